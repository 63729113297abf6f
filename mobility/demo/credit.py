"""Bank partners of the demo: three invented banks with different terms."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from mobility.microcredit import services
from mobility.microcredit.rules.offers import InsuranceKind
from mobility.microcredit.rules.papers import keep_papers
from mobility.microcredit.rules.schedule import Waiting
from mobility.organisations.rules import OrganisationKind
from mobility.organisations.services import OrganisationDetails, create_organisation

_TERMS: dict[str, Any] = {
    "valid_until_on": None, "amount_min_cents": 300_00, "amount_max_cents": 8000_00, "months_min": 6, "months_max": 84,
    "purposes": [], "communes": [], "fee_cents": 0, "fee_percent": "0", "insurance_kind": InsuranceKind.NONE,
    "insurance_percent": "0", "insurance_cents": 0, "insurance_required": False, "waiting": Waiting.SPREAD,
    "most_wait_months": 3,
}  # fmt: skip
# Invented: no bank of this name exists, and nobody lends on these terms.
BANKS: dict[str, dict[str, Any]] = {
    "Banque coopérative des Terrils (fictive)": {
        "label": "Micro-crédit mobilité",
        "bands": [{"up_to_cents": None, "up_to_months": None, "percent": "3"}],
        "amount_max_cents": 5000_00,
        "months_max": 48,
        "insurance_kind": InsuranceKind.INITIAL,
        "insurance_percent": "0.36",
    },
    "Caisse solidaire de l’Escaut (fictive)": {
        "label": "Prêt accompagné",
        "bands": [
            {"up_to_cents": 3000_00, "up_to_months": None, "percent": "1.5"},
            {"up_to_cents": None, "up_to_months": None, "percent": "4"},
        ],
        "waiting": Waiting.MONTHLY,
    },
    "Crédit du Cambrésis (fictif)": {
        "label": "Coup de pouce permis et réparation",
        "bands": [{"up_to_cents": None, "up_to_months": None, "percent": "2.5"}],
        "amount_max_cents": 3000_00,
        "months_max": 36,
        "purposes": ["licence", "repair", "insurance"],
        "fee_cents": 15_00,
        "insurance_kind": InsuranceKind.FIXED,
        "insurance_cents": 1_50,
        "insurance_required": True,
    },
}


def build(*, since_on: date, now: datetime) -> None:
    """Write the banks and their terms, for all desks."""
    for number, (name, terms) in enumerate(BANKS.items()):
        bank_id = create_organisation(
            details=OrganisationDetails(OrganisationKind.BANK, name, insee_code="59606"), actor_id=None, now=now
        )
        partner_id = services.write_partner(
            facts={"contact": "Service des micro-crédits", "committee": number == 1, "decides_days": 10 + 5 * number},
            organisation_id=bank_id,
            actor_id=None,
            now=now,
        )
        services.write_offer(
            facts={**_TERMS, **terms, "valid_from_on": since_on, "papers": keep_papers(services.usual_papers())},
            partner_id=partner_id,
            actor_id=None,
            now=now,
        )
