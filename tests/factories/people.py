"""People: files with traits (protected, minor, archived), their contacts, licences and staff."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime
from itertools import count

from mobility.accounts.models import User
from mobility.accounts.policy import Role
from mobility.core.db import transaction
from mobility.desks.models import Desk
from mobility.notifications.kinds import Channel, Holder
from mobility.notifications.models import ContactPoint, Recipient
from mobility.people.kinds import LicenceCategory
from mobility.people.models import Person, PersonLicence, PersonStaff
from mobility.people.names import name_key, name_plain
from tests.factories.accounts import make_user
from tests.factories.desks import make_desk

CREATED = datetime(2026, 1, 12, 9, tzinfo=UTC)
BORN = date(1990, 5, 17)
_numbers = count(1)


def make_person(
    first_name: str = "",
    last_name: str = "",
    *,
    desk: Desk | None = None,
    desk_id: int | None = None,
    phone: str | None = None,
    email: str | None = None,
    protected_for: Iterable[User] | None = None,
    minor: bool = False,
    archived: bool = False,
    created_at: datetime = CREATED,
    **fields: object,
) -> Person:
    """A person of 36 with an own name; a desk is made unless one is given."""
    number = next(_numbers)
    first, last = first_name or "Camille", last_name or f"Dubois{_letters(number)}"
    values: dict[str, object] = {
        "born_on": date(2009, 9, 1) if minor else BORN,
        "last_contact_at": created_at,
        "restricted_at": created_at if archived else None,
    }
    with transaction() as session:
        recipient = Recipient()
        session.add(recipient)
        session.flush()
        person = Person(
            desk_id=desk_id or (desk.id if desk is not None else make_desk().id),
            recipient_id=recipient.id,
            first_name=first,
            last_name=last,
            name_key=name_key(last, str(fields.get("birth_name") or ""), first),
            name_plain=name_plain(last, str(fields.get("birth_name") or ""), first),
            created_at=created_at,
            protected=protected_for is not None,
            **{**values, **fields},
        )
        session.add(person)
        session.flush()
        for channel, value in ((Channel.SMS, phone), (Channel.EMAIL, email)):
            if value:
                add_contact(person, channel, value)
        for user in protected_for or ():
            session.add(PersonStaff(person_id=person.id, user_id=user.id, added_at=created_at))
        session.flush()
        return person


def _letters(number: int) -> str:
    """Return a number as letters, so that made-up names hold none of the digits that searches look for."""
    return "".join(chr(ord("a") + int(digit)) for digit in str(number))


def add_contact(
    person: Person,
    channel: Channel,
    value: str,
    *,
    holder: Holder = Holder.SELF,
    holder_name: str = "",
    **fields: object,
) -> ContactPoint:
    """A phone or mailbox of the person."""
    with transaction() as session:
        point = ContactPoint(
            recipient_id=person.recipient_id,
            channel=channel,
            value=value,
            holder=holder,
            holder_name=holder_name,
            created_at=CREATED,
            **fields,
        )
        session.add(point)
        session.flush()
        return point


def add_licence(
    person: Person, category: LicenceCategory = LicenceCategory.B, *, checked_by: User | None = None, **fields: object
) -> PersonLicence:
    """A licence held since 2015, seen by somebody where ``checked_by`` says so."""
    values: dict[str, object] = {"issued_on": date(2015, 6, 1), "number": "150659200123", "codes": []}
    with transaction() as session:
        licence = PersonLicence(
            person_id=person.id,
            category=category,
            checked_by_id=checked_by.id if checked_by else None,
            checked_at=CREATED if checked_by else None,
            **{**values, **fields},
        )
        session.add(licence)
        session.flush()
        return licence


def make_adviser(desk: Desk, *, name: str = "", role: Role = Role.ADVISER) -> User:
    """An adviser (or manager) of a desk."""
    return make_user(role, desk_id=desk.id, name=name)
