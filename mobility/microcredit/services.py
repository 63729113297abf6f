"""Bank partners and their terms, written by managers."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from sqlalchemy.exc import IntegrityError

from mobility.accounts import audit
from mobility.core.db import check_version, load, lock, transaction
from mobility.microcredit.errors import OfferInvalid, PartnerInvalid
from mobility.microcredit.models import CreditOffer, CreditPartner
from mobility.microcredit.rules.papers import Paper, read_papers
from mobility.organisations.models import Organisation
from mobility.organisations.rules import OrganisationKind

_PAPERS = Path(__file__).parent / "papers.yaml"


@cache
def usual_papers() -> tuple[Paper, ...]:
    """Return the papers with which a bank's list begins, from the file of data that comes with the platform."""
    return read_papers(yaml.safe_load(_PAPERS.read_text(encoding="utf-8")))


def write_partner(
    *,
    facts: Mapping[str, Any],
    actor_id: int | None,
    now: datetime,
    organisation_id: int | None = None,
    desk_id: int | None = None,
    partner_id: int | None = None,
    version: int | None = None,
) -> int:
    """Write a partner, a new one (of a bank, for a desk or all) or over one; return its id.

    Raises PartnerInvalid, StaleVersion, NotFound.
    """
    with transaction() as session:
        if partner_id is None:
            bank = None if organisation_id is None else session.get(Organisation, organisation_id)
            if bank is None or bank.kind is not OrganisationKind.BANK or bank.archived_at is not None:
                raise PartnerInvalid
            row = CreditPartner(organisation_id=bank.id, desk_id=desk_id)
            session.add(row)
        else:
            row = lock(CreditPartner, partner_id)
            check_version(row, version)
        for name, value in facts.items():
            setattr(row, name, value)
        row.updated_at = now
        try:
            session.flush()
        except IntegrityError as error:
            raise PartnerInvalid("Cette banque est déjà partenaire ici.") from error
        _note(row, "credit_partner", partner_id is None, actor_id, now, {"organisation": (None, row.organisation_id)})
        return row.id


def write_offer(
    *,
    facts: Mapping[str, Any],
    partner_id: int,
    actor_id: int | None,
    now: datetime,
    offer_id: int | None = None,
    version: int | None = None,
) -> int:
    """Write the terms of a partner, new ones or over some; return their id. ``facts`` are columns of ``CreditOffer``.

    Raises OfferInvalid, StaleVersion, NotFound.
    """
    _check(facts)
    with transaction() as session:
        if offer_id is None:
            row = CreditOffer(partner_id=load(CreditPartner, partner_id).id)
            session.add(row)
        else:
            row = lock(CreditOffer, offer_id)
            check_version(row, version)
        for name, value in facts.items():
            setattr(row, name, value)
        row.updated_at = now
        try:
            session.flush()
        except IntegrityError as error:
            raise OfferInvalid("Cette banque a déjà des conditions de ce nom à cette date.", field="label") from error
        _note(row, "credit_offer", offer_id is None, actor_id, now, {"label": (None, row.label)})
        return row.id


def _note(
    row: CreditPartner | CreditOffer,
    kind: str,
    is_new: bool,
    actor_id: int | None,
    now: datetime,
    changes: Mapping[str, tuple[object, object]],
) -> None:
    audit.record(
        actor_id=actor_id,
        action="create" if is_new else "update",
        subject_kind=kind,
        subject_id=row.id,
        now=now,
        changes=dict(changes),
    )


def _check(facts: Mapping[str, Any]) -> None:
    if facts["amount_min_cents"] > facts["amount_max_cents"]:
        raise OfferInvalid("Le montant le plus haut doit être au-dessus du plus bas.", field="amount_max_cents")
    if facts["months_min"] > facts["months_max"]:
        raise OfferInvalid("La durée la plus longue doit être au-dessus de la plus courte.", field="months_max")
    if not facts["bands"]:
        raise OfferInvalid("Écrivez au moins un taux.", field="bands")
    until = facts.get("valid_until_on")
    if until is not None and until < facts["valid_from_on"]:
        raise OfferInvalid("La fin doit venir après le début.", field="valid_until_on")
    if facts["insurance_required"] and facts["insurance_kind"] == "none":
        raise OfferInvalid("Dites comment l’assurance exigée est comptée.", field="insurance_kind")
