"""Create and edit the file itself: names, situation, address, desk."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import date, datetime

from sqlalchemy import update

from mobility.core.clock import day_of
from mobility.core.db import check_version, load, transaction
from mobility.core.errors import RuleViolation
from mobility.desks.models import Desk
from mobility.geo import communes
from mobility.geo.geocoding import POSITION_COLUMNS, Place, is_better, position_columns
from mobility.notifications import services as notifications
from mobility.notifications.models import Recipient
from mobility.people import hooks, rules
from mobility.people.duplicates import Facts
from mobility.people.errors import CommuneUnknown, DuplicateSuspected, PhoneUnreadable
from mobility.people.identifiers import clean_france_travail_id, clean_neph, clean_phone, clean_postcode
from mobility.people.kinds import LANGUAGES, LegalProtection, PersonStatus, ReadingEase
from mobility.people.models import Person
from mobility.people.names import clean_name, name_key, name_plain
from mobility.people.queries.duplicates import Scope, find_duplicates
from mobility.people.services.common import assign, lock_living, record
from mobility.people.services.contacts import add_first_contacts


@dataclass(frozen=True, kw_only=True)
class Identity:
    """Who the person is, as typed. ``clean`` gives the columns."""

    first_name: str
    last_name: str
    born_on: date
    birth_name: str | None = None
    status: PersonStatus = PersonStatus.JOB_SEEKER
    language: str = "fr"
    reading_ease: ReadingEase = ReadingEase.EASY
    legal_protection: LegalProtection = LegalProtection.NONE
    france_travail_id: str | None = None
    neph: str | None = None

    def clean(self, *, today: date) -> dict[str, object]:
        """Return the values of the columns. Raises a violation on the field it concerns."""
        rules.check_birth_date(self.born_on, today=today)
        if self.language not in LANGUAGES:
            raise RuleViolation("Choisissez une langue dans la liste.", field="language", code="language_unknown")
        return {
            "first_name": clean_name(self.first_name, field="first_name"),
            "last_name": clean_name(self.last_name, field="last_name"),
            "birth_name": clean_name(self.birth_name, field="birth_name") if self.birth_name else None,
            "born_on": self.born_on,
            "status": PersonStatus(self.status),
            "language": self.language,
            "reading_ease": ReadingEase(self.reading_ease),
            "legal_protection": LegalProtection(self.legal_protection),
            "france_travail_id": clean_france_travail_id(self.france_travail_id) if self.france_travail_id else None,
            "neph": clean_neph(self.neph) if self.neph else None,
            "name_key": name_key(self.last_name, self.birth_name, self.first_name),
            "name_plain": name_plain(self.last_name, self.birth_name, self.first_name),
        }


IDENTITY_FIELDS = tuple(field.name for field in fields(Identity))
DERIVED = ("name_key", "name_plain")


@dataclass(frozen=True, kw_only=True)
class Address:
    """Where the person lives, as typed. ``place`` is where the geocoder saw it; the commune's centre without it."""

    street: str | None = None
    address_note: str | None = None
    postcode: str | None = None
    insee_code: str | None = None
    place: Place | None = None

    def clean(self) -> dict[str, object]:
        """Return the values of the columns. Raises CommuneUnknown, PostcodeUnreadable."""
        city, postcode = None, clean_postcode(self.postcode) if self.postcode else None
        if self.insee_code:
            commune = communes.find(self.insee_code)
            if commune is None:
                raise CommuneUnknown
            city = commune.name
            postcode = postcode or (commune.postcodes[0] if len(commune.postcodes) == 1 else None)
        return {
            "street": self.street,
            "address_note": self.address_note,
            "postcode": postcode,
            "city": city,
            "insee_code": self.insee_code or None,
            **position_columns(self.place, insee_code=self.insee_code or None),
        }


def create_person(
    *,
    desk_id: int,
    identity: Identity,
    actor_id: int | None,
    now: datetime,
    address: Address | None = None,
    phone: str | None = None,
    email: str | None = None,
    referent_user_id: int | None = None,
    scope: Scope | None = None,
    not_a_duplicate: bool = False,
) -> int:
    """Open a file; return its id. The creator is its referent unless another is named.

    Raises DuplicateSuspected where another file is probably the same person's, until ``not_a_duplicate``
    says that somebody has looked. ``scope`` is what the actor may see of the others.
    """
    values = identity.clean(today=day_of(now))
    where = (address or Address()).clean()
    with transaction() as session:
        load(Desk, desk_id)
        if not not_a_duplicate:
            check_no_duplicate(identity, phone=phone, email=email, scope=scope)
        recipient = Recipient(locale=identity.language)
        session.add(recipient)
        session.flush()
        person = Person(
            desk_id=desk_id,
            recipient_id=recipient.id,
            referent_user_id=referent_user_id or actor_id,
            created_at=now,
            created_by_id=actor_id,
            last_contact_at=now,
            **values,
            **where,
        )
        session.add(person)
        session.flush()
        add_first_contacts(person, phone=phone, email=email, now=now)
        record(person_id=person.id, action="person.created", actor_id=actor_id, now=now, changes=_first(values, where))
        return person.id


def _first(*groups: dict[str, object]) -> dict[str, tuple[object, object]]:
    return {
        name: (None, value)
        for group in groups
        for name, value in group.items()
        if value not in (None, "") and name not in DERIVED
    }


def check_no_duplicate(
    identity: Identity, *, phone: str | None, email: str | None, scope: Scope | None, person_id: int | None = None
) -> None:
    """Raise DuplicateSuspected where a file is probably the same person's."""
    found = find_duplicates(typed_facts(identity, phone=phone, email=email), scope=scope, except_id=person_id)
    if any(match.score.probable for match in found):
        raise DuplicateSuspected


def typed_facts(identity: Identity, *, phone: str | None, email: str | None) -> Facts:
    """Return what was typed as facts to compare; unreadable numbers are left for their own checks."""
    return Facts(
        first_name=identity.first_name,
        last_name=identity.last_name,
        birth_name=identity.birth_name,
        born_on=identity.born_on,
        phones=frozenset(_readable_phone(phone)),
        emails=frozenset([email.strip().lower()] if email else ()),
        france_travail_id=identity.france_travail_id,
    )


def _readable_phone(phone: str | None) -> list[str]:
    try:
        return [clean_phone(phone)] if phone else []
    except PhoneUnreadable:
        return []


def edit_identity(
    *, person_id: int, identity: Identity, version: int | None, actor_id: int | None, now: datetime
) -> None:
    """Change who the person is. Raises StaleVersion where somebody else did meanwhile."""
    values = identity.clean(today=day_of(now))
    with transaction() as session:
        person = lock_living(person_id)
        check_version(person, version)
        changes = assign(person, values)
        session.flush()
        if "language" in changes:
            notifications.speak(recipient_id=person.recipient_id, locale=identity.language)
        for name in DERIVED:
            changes.pop(name, None)
        if changes:
            record(person_id=person_id, action="person.identity_changed", actor_id=actor_id, now=now, changes=changes)


def edit_address(*, person_id: int, address: Address, version: int | None, actor_id: int | None, now: datetime) -> None:
    """Change where the person lives. Raises StaleVersion, CommuneUnknown, PostcodeUnreadable."""
    values = address.clean()
    with transaction() as session:
        person = lock_living(person_id)
        check_version(person, version)
        same_place = (person.street, person.insee_code) == (values["street"], values["insee_code"])
        if same_place and is_better(person.position_precision, values["position_precision"]):
            values.update((name, getattr(person, name)) for name in POSITION_COLUMNS)
        changes = assign(person, values)
        session.flush()
        if changes:
            record(person_id=person_id, action="person.address_changed", actor_id=actor_id, now=now, changes=changes)


def set_follow_up(
    *,
    person_id: int,
    desk_id: int,
    referent_user_id: int | None,
    version: int | None,
    actor_id: int | None,
    now: datetime,
    reason: str = "",
) -> None:
    """Say which desk accompanies the person, and who is the referent; higher rooms hear of another desk."""
    from mobility.people.services.protection import check_staff

    with transaction() as session:
        person = lock_living(person_id)
        check_version(person, version)
        load(Desk, desk_id)
        if referent_user_id is not None:
            check_staff([referent_user_id], field="referent_user_id")
        before = person.desk_id
        changes = assign(person, {"desk_id": desk_id, "referent_user_id": referent_user_id})
        session.flush()
        if before != desk_id:
            hooks.desk_changed(hooks.DeskChanged(person_id, before, desk_id, reason, actor_id, now))
        if changes:
            record(person_id=person_id, action="person.follow_up_changed", actor_id=actor_id, now=now, changes=changes)


def touch(*, person_id: int, now: datetime) -> None:
    """Note that there was contact with the person: the retention clock starts anew.

    Joins the caller's transaction; leaves the version alone, so that nobody's edit is refused for it.
    """
    with transaction() as session:
        session.execute(
            update(Person)
            .where(Person.id == person_id, Person.last_contact_at < now, Person.erased_at.is_(None))
            .values(last_contact_at=now)
            .execution_options(synchronize_session=False)
        )


def identity_of(person: Person) -> dict[str, object]:
    """Return the identity's columns of a row."""
    return {name: getattr(person, name) for name in IDENTITY_FIELDS}
