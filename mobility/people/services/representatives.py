"""Who signs for a minor or a protected adult."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import date, datetime

from sqlalchemy import select

from mobility.core.db import check_version, db, load, lock, transaction
from mobility.core.errors import NotFound
from mobility.notifications import services as notifications
from mobility.notifications.kinds import Channel
from mobility.notifications.models import ContactPoint
from mobility.people import rules
from mobility.people.errors import DatesBackwards, RepresentativeEnded, RepresentativeUnnamed
from mobility.people.identifiers import clean_email, clean_phone, gets_sms
from mobility.people.kinds import RepresentativeKind
from mobility.people.models import Person, Representative
from mobility.people.names import clean_name
from mobility.people.services.common import assign, lock_living, record


@dataclass(frozen=True, kw_only=True)
class Signatory:
    """A representative as typed: a person, an organisation, or both. ``valid_until_on`` is the last day."""

    kind: RepresentativeKind
    valid_from_on: date
    first_name: str | None = None
    last_name: str | None = None
    organisation_name: str | None = None
    phone: str | None = None
    email: str | None = None
    valid_until_on: date | None = None

    def clean(self) -> dict[str, object]:
        """Return the values of the columns. Raises RepresentativeUnnamed, DatesBackwards and those of its fields."""
        if not self.last_name and not self.organisation_name:
            raise RepresentativeUnnamed
        if self.valid_until_on is not None and self.valid_until_on < self.valid_from_on:
            raise DatesBackwards
        return {
            **{field.name: getattr(self, field.name) for field in fields(self)},
            "first_name": clean_name(self.first_name, field="first_name") if self.first_name else "",
            "last_name": clean_name(self.last_name, field="last_name") if self.last_name else "",
            "phone": clean_phone(self.phone, field="phone") if self.phone else None,
            "email": clean_email(self.email, field="email") if self.email else None,
        }


def add_representative(
    *, person_id: int, signatory: Signatory, actor_id: int | None, now: datetime, document_id: int | None = None
) -> int:
    """Add somebody who signs for the person; return the id. Raises as ``Signatory.clean``."""
    values = signatory.clean()
    with transaction() as session:
        lock_living(person_id)
        row = Representative(person_id=person_id, document_id=document_id, **values)
        session.add(row)
        session.flush()
        record(
            person_id=person_id,
            action="person.representative_added",
            actor_id=actor_id,
            now=now,
            subject_kind="representative",
            subject_id=row.id,
            changes={name: (None, value) for name, value in values.items() if value not in (None, "")},
        )
        return row.id


def edit_representative(
    *,
    person_id: int,
    representative_id: int,
    signatory: Signatory,
    version: int | None,
    actor_id: int | None,
    now: datetime,
) -> None:
    """Correct who signs for the person, or how to reach them.

    Raises NotFound for another person's, StaleVersion where somebody else did meanwhile, and as ``Signatory.clean``.
    """
    values = signatory.clean()
    with transaction() as session:
        row = _lock_of(person_id, representative_id)
        check_version(row, version)
        changes = assign(row, values)
        session.flush()
        if changes:
            record(
                person_id=person_id,
                action="person.representative_changed",
                actor_id=actor_id,
                now=now,
                subject_kind="representative",
                subject_id=representative_id,
                changes=changes,
            )


def end_representative(
    *,
    person_id: int,
    representative_id: int,
    on: date,
    actor_id: int | None,
    now: datetime,
    version: int | None = None,
) -> None:
    """End a mandate on a day.

    Raises NotFound for another person's, StaleVersion, RepresentativeEnded, DatesBackwards.
    """
    with transaction():
        row = _lock_of(person_id, representative_id)
        check_version(row, version)
        if row.valid_until_on is not None and row.valid_until_on <= on:
            raise RepresentativeEnded
        if on < row.valid_from_on:
            raise DatesBackwards
        before, row.valid_until_on = row.valid_until_on, on
        record(
            person_id=person_id,
            action="person.representative_ended",
            actor_id=actor_id,
            now=now,
            subject_kind="representative",
            subject_id=representative_id,
            changes={"valid_until_on": (before, on)},
        )


def _lock_of(person_id: int, representative_id: int) -> Representative:
    lock_living(person_id)
    row = lock(Representative, representative_id)
    if row.person_id != person_id:
        raise NotFound("representative")
    return row


def reach_representative(*, person_id: int, representative_id: int, now: datetime) -> int | None:
    """Return the recipient by whom a representative is written to, made or brought up to date.

    None where the file has neither mobile phone nor mailbox of theirs. Raises NotFound for another person's.
    """
    with transaction() as session:
        row = _lock_of(person_id, representative_id)
        wanted = {Channel.EMAIL: row.email, Channel.SMS: row.phone if row.phone and gets_sms(row.phone) else None}
        if not any(wanted.values()):
            return None
        if row.recipient_id is None:
            row.recipient_id = notifications.create_recipient()
        known = session.scalars(
            select(ContactPoint).where(
                ContactPoint.recipient_id == row.recipient_id, ContactPoint.archived_at.is_(None)
            )
        ).all()
        for point in known:
            if wanted[point.channel] == point.value:
                del wanted[point.channel]
            else:
                notifications.archive_contact_point(contact_point_id=point.id, now=now)
        # What goes to a protected file's representative says no more than what goes to the person.
        neutral = load(Person, person_id).protected
        for channel, value in wanted.items():
            if value:
                notifications.add_contact_point(
                    recipient_id=row.recipient_id, channel=channel, value=value, neutral=neutral, now=now
                )
        return row.recipient_id


def check_may_sign(*, person_id: int, on: date) -> None:
    """Raise RepresentativeMissing where nobody may sign for the person on that day. For the other rooms."""
    person = load(Person, person_id)
    if person.born_on is None:
        return
    rows = db.session.scalars(select(Representative).where(Representative.person_id == person_id))
    rules.check_may_sign(
        born_on=person.born_on,
        legal_protection=person.legal_protection,
        mandates=[rules.Mandate(row.kind, row.valid_from_on, row.valid_until_on) for row in rows],
        on=on,
    )
