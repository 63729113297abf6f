"""Use cases of organisations and agreements; each is one transaction."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError

from mobility.core.db import check_version, db, lock, savepoint, transaction
from mobility.core.errors import NotFound
from mobility.desks.models import Desk
from mobility.geo import communes
from mobility.notifications.kinds import Channel
from mobility.notifications.services import normalise
from mobility.organisations import rules
from mobility.organisations.errors import SiretTaken, UnknownCommune
from mobility.organisations.hooks import changes
from mobility.organisations.models import Agreement, AgreementDesk, Organisation
from mobility.organisations.rules import OrganisationKind

_FIELDS = ("kind", "name", "siret", "street", "postcode", "city", "insee_code", "phone", "email")


@dataclass(frozen=True, slots=True)
class OrganisationDetails:
    """What the form of an organisation holds; ``insee_code`` may be empty where no place is known."""

    kind: OrganisationKind
    name: str
    siret: str = ""
    street: str = ""
    insee_code: str = ""
    phone: str = ""
    email: str = ""


def create_organisation(*, details: OrganisationDetails, actor_id: int | None, now: datetime) -> int:
    """Create an organisation and return its id.

    Raises InvalidSiret, SiretTaken, UnknownCommune, PhoneInvalid, EmailInvalid.
    """
    with transaction() as session:
        row = Organisation()
        _fill(row, details)
        _check_siret_free(row, except_id=None)
        try:
            with savepoint():
                session.add(row)
                session.flush()
        except IntegrityError:
            raise SiretTaken from None
        written: dict[str, tuple[object, object]] = {name: (None, getattr(row, name)) for name in _FIELDS}
        _tell("organisation.create", "organisation", row.id, actor_id=actor_id, now=now, changed=written)
        return row.id


def update_organisation(
    *, organisation_id: int, details: OrganisationDetails, version: int | None, actor_id: int | None, now: datetime
) -> None:
    """Change an organisation. Raises as ``create_organisation``, and StaleVersion, NotFound."""
    with transaction() as session:
        row = lock(Organisation, organisation_id)
        check_version(row, version)
        before = {name: getattr(row, name) for name in _FIELDS}
        with session.no_autoflush:
            _fill(row, details)
            _check_siret_free(row, except_id=organisation_id)
        try:
            with savepoint():
                session.flush()
        except IntegrityError:
            raise SiretTaken from None
        changed = {name: (old, getattr(row, name)) for name, old in before.items() if old != getattr(row, name)}
        _tell("organisation.update", "organisation", row.id, actor_id=actor_id, now=now, changed=changed)


def _fill(row: Organisation, details: OrganisationDetails) -> None:
    row.kind, row.name, row.street = details.kind, details.name, details.street
    row.search_key = rules.search_key(details.name)[:400]
    row.siret = rules.clean_siret(details.siret) or None
    row.phone = normalise(Channel.SMS, details.phone) if details.phone else ""
    row.email = normalise(Channel.EMAIL, details.email) if details.email else ""
    if not details.insee_code:
        row.insee_code = row.city = row.postcode = ""
        return
    commune = communes.find(details.insee_code)
    if commune is None:
        raise UnknownCommune
    row.insee_code, row.city = commune.insee_code, commune.name
    if row.postcode not in commune.postcodes:
        row.postcode = commune.postcodes[0] if commune.postcodes else ""


def _check_siret_free(row: Organisation, *, except_id: int | None) -> None:
    if row.siret is None:
        return
    same = select(Organisation.id).where(Organisation.kind == row.kind, Organisation.siret == row.siret)
    if any(found != except_id for found in db.session.scalars(same)):
        raise SiretTaken


def set_archived(*, organisation_id: int, archived: bool, actor_id: int | None, now: datetime) -> None:
    """Put an organisation away, or take it back. Raises NotFound."""
    with transaction():
        row = lock(Organisation, organisation_id)
        if (row.archived_at is not None) == archived:
            return
        before, row.archived_at = row.archived_at, now if archived else None
        action = "organisation.archive" if archived else "organisation.restore"
        changed: dict[str, tuple[object, object]] = {"archived_at": (before, row.archived_at)}
        _tell(action, "organisation", row.id, actor_id=actor_id, now=now, changed=changed)


@dataclass(frozen=True, slots=True)
class AgreementDetails:
    """What the form of an agreement holds; no desk means all of them."""

    name: str
    reference: str
    valid_from_on: date
    valid_until_on: date | None
    desk_ids: frozenset[int]
    first_meeting_days: int | None = None
    fse_plus: bool = False


def create_agreement(*, organisation_id: int, details: AgreementDetails, actor_id: int | None, now: datetime) -> int:
    """Create an agreement and return its id. Raises InvalidAgreementPeriod, NotFound."""
    rules.check_period(details.valid_from_on, details.valid_until_on)
    with transaction() as session:
        lock(Organisation, organisation_id)
        row = Agreement(organisation_id=organisation_id)
        _fill_agreement(row, details)
        session.add(row)
        session.flush()
        _set_desks(row.id, details.desk_ids)
        changed: dict[str, tuple[object, object]] = {"agreement": (None, _agreement_text(details))}
        _tell("agreement.create", "agreement", row.id, actor_id=actor_id, now=now, changed=changed)
        return row.id


def update_agreement(
    *,
    organisation_id: int,
    agreement_id: int,
    details: AgreementDetails,
    version: int | None,
    actor_id: int | None,
    now: datetime,
) -> None:
    """Change an agreement of that organisation. Raises InvalidAgreementPeriod, StaleVersion, NotFound."""
    rules.check_period(details.valid_from_on, details.valid_until_on)
    with transaction() as session:
        row = lock(Agreement, agreement_id)
        if row.organisation_id != organisation_id:
            raise NotFound(f"agreement {agreement_id}")
        check_version(row, version)
        desks = frozenset(
            session.scalars(select(AgreementDesk.desk_id).where(AgreementDesk.agreement_id == agreement_id))
        )
        before = AgreementDetails(
            row.name,
            row.reference,
            row.valid_from_on,
            row.valid_until_on,
            desks,
            row.first_meeting_days,
            row.fse_plus,
        )
        _fill_agreement(row, details)
        _set_desks(agreement_id, details.desk_ids)
        if before != details:
            # The desks stand in a table of their own: the version rises with them too.
            row.version = row.version + 1 if not session.is_modified(row) else row.version
            changed: dict[str, tuple[object, object]] = {
                "agreement": (_agreement_text(before), _agreement_text(details))
            }
            _tell("agreement.update", "agreement", agreement_id, actor_id=actor_id, now=now, changed=changed)


def _fill_agreement(row: Agreement, details: AgreementDetails) -> None:
    row.name, row.reference = details.name, details.reference
    row.valid_from_on, row.valid_until_on = details.valid_from_on, details.valid_until_on
    row.first_meeting_days = details.first_meeting_days
    row.fse_plus = details.fse_plus


def _set_desks(agreement_id: int, desk_ids: Collection[int]) -> None:
    session = db.session
    wanted = {desk_id for desk_id in desk_ids if 0 <= desk_id < 2**31}
    known = set(session.scalars(select(Desk.id).where(Desk.id.in_(wanted))))
    if known != set(desk_ids):
        raise NotFound("desk")
    session.execute(delete(AgreementDesk).where(AgreementDesk.agreement_id == agreement_id))
    session.add_all(AgreementDesk(agreement_id=agreement_id, desk_id=desk_id) for desk_id in sorted(known))
    session.flush()


def _agreement_text(details: AgreementDetails) -> str:
    desks = ", ".join(str(desk_id) for desk_id in sorted(details.desk_ids)) or "*"
    until = details.valid_until_on or "…"
    days = f", {details.first_meeting_days} d" if details.first_meeting_days is not None else ""
    fund = ", FSE+" if details.fse_plus else ""
    return f"{details.name} ({details.reference}) {details.valid_from_on} – {until}, desks {desks}{days}{fund}"


def _tell(
    action: str,
    kind: str,
    number: int,
    *,
    actor_id: int | None,
    now: datetime,
    changed: dict[str, tuple[object, object]],
) -> None:
    if changed:
        changes.tell(actor_id=actor_id, action=action, subject_kind=kind, subject_id=number, now=now, changes=changed)
