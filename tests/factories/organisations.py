"""Organisations of each kind, and their agreements."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from itertools import count

from stdnum import luhn

from mobility.core.db import transaction
from mobility.organisations.models import Agreement, AgreementDesk, Organisation
from mobility.organisations.rules import OrganisationKind, search_key

_numbers = count(1)


def make_siret(number: int) -> str:
    """A number that passes as a SIRET: both its keys are right."""
    siren = f"{10_000_000 + number:08d}"
    siren += luhn.calc_check_digit(siren)
    establishment = f"{siren}0001"
    return establishment + luhn.calc_check_digit(establishment)


def make_organisation(
    kind: OrganisationKind = OrganisationKind.EMPLOYER, name: str = "", **fields: object
) -> Organisation:
    """An organisation in Onnaing, an employer unless told otherwise."""
    number = next(_numbers)
    title = name or f"Organisation {number}"
    values: dict[str, object] = {
        "kind": kind,
        "name": title,
        "search_key": search_key(title),
        "street": f"{number} avenue des Nations",
        "postcode": "59264",
        "city": "Onnaing",
        "insee_code": "59447",
    }
    with transaction() as session:
        organisation = Organisation(**(values | fields))
        session.add(organisation)
        session.flush()
        return organisation


def make_agreement(
    organisation_id: int,
    *,
    desk_ids: Iterable[int] = (),
    name: str = "Convention mobilité",
    valid_from_on: date = date(2026, 1, 1),
    valid_until_on: date | None = None,
    reference: str = "",
    first_meeting_days: int | None = None,
    fse_plus: bool = False,
) -> Agreement:
    """An agreement; without desks it covers all of them."""
    with transaction() as session:
        agreement = Agreement(
            organisation_id=organisation_id,
            name=name,
            reference=reference,
            valid_from_on=valid_from_on,
            valid_until_on=valid_until_on,
            first_meeting_days=first_meeting_days,
            fse_plus=fse_plus,
        )
        session.add(agreement)
        session.flush()
        session.add_all(AgreementDesk(agreement_id=agreement.id, desk_id=desk_id) for desk_id in desk_ids)
        return agreement
