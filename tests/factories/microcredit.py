"""Bank partners and their terms."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from mobility.microcredit import services
from mobility.microcredit.rules.offers import InsuranceKind
from mobility.microcredit.rules.papers import keep_papers
from mobility.microcredit.rules.schedule import Waiting
from mobility.organisations.rules import OrganisationKind
from tests.factories.organisations import make_organisation

AT = datetime(2026, 1, 5, 9, tzinfo=UTC)


def make_partner(name: str = "Banque des Saules", *, desk_id: int | None = None, **facts: Any) -> int:
    """A bank that is a partner; return the partner's id."""
    bank = make_organisation(OrganisationKind.BANK, name)
    return services.write_partner(facts=facts, organisation_id=bank.id, desk_id=desk_id, actor_id=None, now=AT)


def offer_facts(**facts: Any) -> dict[str, Any]:
    """Usual terms: 300 to 8 000 euros over 6 to 84 months at 4 per cent, for anything, anywhere."""
    return {
        "label": "Micro-crédit", "valid_from_on": date(2026, 1, 1), "valid_until_on": None,
        "amount_min_cents": 300_00, "amount_max_cents": 8000_00, "months_min": 6, "months_max": 84,
        "bands": [{"up_to_cents": None, "up_to_months": None, "percent": "4"}], "purposes": [], "communes": [],
        "fee_cents": 0, "fee_percent": "0", "insurance_kind": InsuranceKind.NONE, "insurance_percent": "0",
        "insurance_cents": 0, "insurance_required": False, "waiting": Waiting.SPREAD, "most_wait_months": 3,
        "papers": keep_papers(services.usual_papers()), **facts,
    }  # fmt: skip


def make_offer(partner_id: int | None = None, **facts: Any) -> int:
    """Terms of a partner, of a new one unless told; return their id."""
    partner_id = make_partner() if partner_id is None else partner_id
    return services.write_offer(facts=offer_facts(**facts), partner_id=partner_id, actor_id=None, now=AT)
