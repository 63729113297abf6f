"""Everything that a page shows about one person, in a constant number of queries (seven)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time

from sqlalchemy import ScalarSelect, func, select
from sqlalchemy.orm import aliased

from mobility.accounts.models import User
from mobility.core import clock
from mobility.core.db import db
from mobility.core.errors import NotFound
from mobility.desks.models import Desk
from mobility.geo.geocoding import approximate_words
from mobility.notifications.kinds import HOLDER_LABELS, Channel, Holder
from mobility.notifications.models import ContactPoint, Recipient
from mobility.people.identifiers import gets_sms, is_automatic_only
from mobility.people.kinds import (
    CONSENT_LABELS,
    LANGUAGES,
    PHASE_LABELS,
    PROTECTION_LABELS,
    REPRESENTATIVE_LABELS,
    STATUS_LABELS,
    ConsentKind,
    LegalProtection,
    LicenceCategory,
    PersonStatus,
    ReadingEase,
    RepresentativeKind,
    RightsState,
)
from mobility.people.models import (
    ContactNote,
    Person,
    PersonConsent,
    PersonLicence,
    PersonStaff,
    Representative,
    RightsRequest,
)
from mobility.people.queries.alerts import Alert, alerts_of
from mobility.people.rules import Mandate, SignsWith, age_on, lacks_representative, signs_with


@dataclass(frozen=True, slots=True)
class ContactCard:
    """A phone or mailbox, with what to know before using it."""

    id: int
    version: int
    channel: Channel
    value: str
    holder: Holder
    holder_label: str
    holder_name: str
    safe_from: time | None
    safe_until: time | None
    neutral: bool
    shared: bool
    bounced: bool
    opted_out: bool
    calls_only: bool
    verified: bool


@dataclass(frozen=True, slots=True)
class LicenceCard:
    """A licence held, and whether somebody has seen the paper."""

    id: int
    version: int
    category: LicenceCategory
    number: str | None
    issued_on: date
    valid_until_on: date | None
    codes: tuple[str, ...]
    automatic_only: bool
    country: str
    exchange_due_on: date | None
    ads_until_on: date | None
    suspended_from_on: date | None
    suspended_until_on: date | None
    probation_until_on: date | None
    checked_at: datetime | None
    checked_by_id: int | None
    checked_by_name: str


@dataclass(frozen=True, slots=True)
class ConsentCard:
    """An agreement that stands."""

    id: int
    kind: ConsentKind
    label: str
    given_at: datetime


@dataclass(frozen=True, slots=True)
class RepresentativeCard:
    """Somebody who signs for the person."""

    id: int
    version: int
    kind: RepresentativeKind
    kind_label: str
    name: str
    first_name: str
    last_name: str
    organisation_name: str | None
    phone: str | None
    email: str | None
    valid_from_on: date
    valid_until_on: date | None
    stands: bool


@dataclass(frozen=True, slots=True)
class PersonCard:
    """The person as pages show them.

    ``address`` is empty for a protected file: it is asked for apart. ``position_note`` says where the
    address is on the map only about, and is empty where it is exact.
    """

    id: int
    version: int
    name: str
    first_name: str
    last_name: str
    birth_name: str | None
    born_on: date | None
    age: int | None
    status: PersonStatus
    status_label: str
    phase_label: str
    phase_since_on: date
    language: str
    language_label: str
    reading_ease: ReadingEase
    legal_protection: LegalProtection
    legal_protection_label: str
    france_travail_id: str | None
    neph: str | None
    desk_id: int
    desk_name: str
    referent_user_id: int | None
    referent_name: str
    address: str
    address_hidden: bool
    position_note: str
    insee_code: str | None
    preferred_channel: Channel | None
    digest: bool
    paused_until_on: date | None
    contacts: tuple[ContactCard, ...]
    licences: tuple[LicenceCard, ...]
    consents: tuple[ConsentCard, ...]
    representatives: tuple[RepresentativeCard, ...]
    representative: RepresentativeCard | None
    signs_with: SignsWith
    lacks_representative: bool
    has_second_secret: bool
    has_card: bool
    protected: bool
    named_staff: tuple[tuple[int, str], ...]
    recipient_id: int
    created_at: datetime
    last_contact_at: datetime
    restricted_at: datetime | None
    erased_at: datetime | None
    merged_into_id: int | None
    open_callbacks: int
    open_requests: int
    alerts: tuple[Alert, ...]


def get_person_card(person_id: int, *, on: date | None = None) -> PersonCard:
    """Return the card as it stands on a day (today). Raises NotFound."""
    card = find_person_card(person_id, on=on)
    if card is None:
        raise NotFound(f"person {person_id}")
    return card


def find_person_card(person_id: int, *, on: date | None = None) -> PersonCard | None:
    """Return the card, or None. A merged file answers too: its ``merged_into_id`` says where to go."""
    if not 0 <= person_id < 2**31:
        return None
    day = on or clock.today()
    found = db.session.execute(
        select(Person, Desk.name, User.display_name, Recipient, _open_callbacks(), _open_requests())
        .join(Desk, Desk.id == Person.desk_id)
        .join(Recipient, Recipient.id == Person.recipient_id)
        .outerjoin(User, User.id == Person.referent_user_id)
        .where(Person.id == person_id)
    ).one_or_none()
    if found is None:
        return None
    person, desk_name, referent_name, recipient, callbacks, requests = found
    contacts = _contacts(person.recipient_id)
    licences = _licences(person_id)
    representatives = list_representatives(person_id, day)
    mandates = [Mandate(r.kind, r.valid_from_on, r.valid_until_on) for r in representatives]
    lacks = person.born_on is not None and lacks_representative(
        born_on=person.born_on, legal_protection=person.legal_protection, mandates=mandates, on=day
    )
    signs = (
        signs_with(born_on=person.born_on, legal_protection=person.legal_protection, on=day)
        if person.born_on
        else SignsWith.ALONE
    )
    return PersonCard(
        id=person.id,
        version=person.version,
        name=person.full_name,
        first_name=person.first_name,
        last_name=person.last_name,
        birth_name=person.birth_name,
        born_on=person.born_on,
        age=age_on(person.born_on, day) if person.born_on else None,
        status=person.status,
        status_label=STATUS_LABELS[person.status],
        phase_label=PHASE_LABELS[person.phase],
        phase_since_on=person.phase_since_on or clock.day_of(person.created_at),
        language=person.language,
        language_label=LANGUAGES.get(person.language, person.language),
        reading_ease=person.reading_ease,
        legal_protection=person.legal_protection,
        legal_protection_label=PROTECTION_LABELS[person.legal_protection],
        france_travail_id=person.france_travail_id,
        neph=person.neph,
        desk_id=person.desk_id,
        desk_name=desk_name,
        referent_user_id=person.referent_user_id,
        referent_name=referent_name or "",
        address="" if person.protected else address_of(person),
        address_hidden=person.protected,
        position_note="" if person.protected else approximate_words(person.position_precision),
        insee_code=None if person.protected else person.insee_code,
        preferred_channel=recipient.preferred_channel,
        digest=recipient.digest,
        # The pause ends as this day does.
        paused_until_on=clock.last_day_before(recipient.paused_until_at),
        contacts=contacts,
        licences=licences,
        consents=_consents(person_id),
        representatives=representatives,
        representative=next((r for r in representatives if r.stands), None),
        signs_with=signs,
        lacks_representative=lacks,
        has_second_secret=person.second_secret_hash is not None,
        has_card=person.card_code_hash is not None,
        protected=person.protected,
        named_staff=_named_staff(person_id),
        recipient_id=person.recipient_id,
        created_at=person.created_at,
        last_contact_at=person.last_contact_at,
        restricted_at=person.restricted_at,
        erased_at=person.erased_at,
        merged_into_id=person.merged_into_id,
        open_callbacks=callbacks,
        open_requests=requests,
        alerts=tuple(alerts_of(person, contacts=contacts, licences=licences, lacks=lacks, day=day)),
    )


def address_of(person: Person) -> str:
    """Return « 12 rue de Villars, 59220 Denain »."""
    city = " ".join(filter(None, (person.postcode, person.city)))
    return ", ".join(filter(None, (person.street, city)))


def _open_callbacks() -> ScalarSelect[int]:
    return (
        select(func.count(ContactNote.id))
        .where(
            ContactNote.person_id == Person.id,
            ContactNote.callback_user_id.is_not(None),
            ContactNote.called_back_at.is_(None),
        )
        .scalar_subquery()
    )


def _open_requests() -> ScalarSelect[int]:
    return (
        select(func.count(RightsRequest.id))
        .where(RightsRequest.person_id == Person.id, RightsRequest.state == RightsState.OPEN)
        .scalar_subquery()
    )


def _contacts(recipient_id: int) -> tuple[ContactCard, ...]:
    points = db.session.scalars(
        select(ContactPoint)
        .where(ContactPoint.recipient_id == recipient_id, ContactPoint.archived_at.is_(None))
        .order_by(ContactPoint.channel.desc(), ContactPoint.id)
    )
    return tuple(
        ContactCard(
            id=point.id,
            version=point.version,
            channel=point.channel,
            value=point.value,
            holder=point.holder,
            holder_label=HOLDER_LABELS[point.holder],
            holder_name=point.holder_name,
            safe_from=point.safe_from,
            safe_until=point.safe_until,
            neutral=point.neutral,
            shared=point.holder is Holder.SHARED,
            bounced=point.bounced_at is not None,
            opted_out=point.opted_out_at is not None,
            calls_only=point.channel is Channel.SMS and not gets_sms(point.value),
            verified=point.verified_at is not None,
        )
        for point in points
    )


def _licences(person_id: int) -> tuple[LicenceCard, ...]:
    rows = db.session.execute(
        select(PersonLicence, User.display_name)
        .outerjoin(User, User.id == PersonLicence.checked_by_id)
        .where(PersonLicence.person_id == person_id)
        .order_by(PersonLicence.issued_on, PersonLicence.id)
    )
    return tuple(
        LicenceCard(
            id=row.id,
            version=row.version,
            category=row.category,
            number=row.number,
            issued_on=row.issued_on,
            valid_until_on=row.valid_until_on,
            codes=tuple(row.codes),
            automatic_only=is_automatic_only(row.codes),
            country=row.country,
            exchange_due_on=row.exchange_due_on,
            ads_until_on=row.ads_until_on,
            suspended_from_on=row.suspended_from_on,
            suspended_until_on=row.suspended_until_on,
            probation_until_on=row.probation_until_on,
            checked_at=row.checked_at,
            checked_by_id=row.checked_by_id,
            checked_by_name=name or "",
        )
        for row, name in rows
    )


def _consents(person_id: int) -> tuple[ConsentCard, ...]:
    rows = db.session.scalars(
        select(PersonConsent)
        .where(PersonConsent.person_id == person_id, PersonConsent.withdrawn_at.is_(None))
        .order_by(PersonConsent.given_at, PersonConsent.id)
    )
    return tuple(ConsentCard(row.id, row.kind, CONSENT_LABELS[row.kind], row.given_at) for row in rows)


def list_representatives(person_id: int, day: date) -> tuple[RepresentativeCard, ...]:
    """Return everybody who was ever named to sign for the person, and whether they may on the day (one query)."""
    rows = db.session.scalars(
        select(Representative)
        .where(Representative.person_id == person_id)
        .order_by(Representative.valid_from_on.desc())
    )
    return tuple(
        RepresentativeCard(
            id=row.id,
            version=row.version,
            kind=row.kind,
            kind_label=REPRESENTATIVE_LABELS[row.kind],
            name=", ".join(filter(None, (f"{row.first_name} {row.last_name}".strip(), row.organisation_name))),
            first_name=row.first_name,
            last_name=row.last_name,
            organisation_name=row.organisation_name,
            phone=row.phone,
            email=row.email,
            valid_from_on=row.valid_from_on,
            valid_until_on=row.valid_until_on,
            stands=Mandate(row.kind, row.valid_from_on, row.valid_until_on).stands_on(day),
        )
        for row in rows
    )


def _named_staff(person_id: int) -> tuple[tuple[int, str], ...]:
    staff = aliased(User)
    rows = db.session.execute(
        select(staff.id, staff.display_name)
        .join(PersonStaff, PersonStaff.user_id == staff.id)
        .where(PersonStaff.person_id == person_id)
        .order_by(staff.display_name)
    )
    return tuple((row.id, row.display_name) for row in rows)
