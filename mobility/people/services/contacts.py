"""Phones and mailboxes, the second secret, the paper card.

The points themselves stand in ``notifications``; here is what they mean for a person.
"""

from __future__ import annotations

import secrets
from datetime import date, datetime, time

from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import select

from mobility.accounts.services.passwords import hasher
from mobility.core.clock import day_of, end_of
from mobility.core.db import load, transaction
from mobility.core.errors import NotFound
from mobility.notifications import services as notifications
from mobility.notifications.kinds import Channel, Holder
from mobility.notifications.models import ContactPoint
from mobility.people import cards, rules
from mobility.people.errors import HolderUnnamed, SafeHoursHalf, SecondSecretNeeded, SecondSecretStillNeeded
from mobility.people.identifiers import clean_email, clean_phone, gets_sms
from mobility.people.models import Person
from mobility.people.names import words_of
from mobility.people.services.common import lock_living, record


def add_first_contacts(person: Person, *, phone: str | None, email: str | None, now: datetime) -> None:
    """Add what a new file begins with: the person's own phone and mailbox."""
    for channel, value, field in ((Channel.SMS, phone, "phone"), (Channel.EMAIL, email, "email")):
        if value:
            _add_point(person, channel=channel, value=_clean(channel, value, field), now=now)


def _clean(channel: Channel, value: str, field: str) -> str:
    return clean_phone(value, field=field) if channel is Channel.SMS else clean_email(value, field=field)


def _add_point(
    person: Person,
    *,
    channel: Channel,
    value: str,
    now: datetime,
    holder: Holder = Holder.SELF,
    holder_name: str = "",
    safe_from: time | None = None,
    safe_until: time | None = None,
    neutral: bool = False,
) -> int:
    point_id = notifications.add_contact_point(
        recipient_id=person.recipient_id,
        channel=channel,
        value=value,
        now=now,
        holder=holder,
        holder_name=holder_name,
        safe_from=safe_from,
        safe_until=safe_until,
        neutral=neutral,
    )
    if channel is Channel.SMS and not gets_sms(value):
        # A landline is kept for calls: no message is ever sent to it.
        notifications.opt_out(contact_point_id=point_id, now=now)
    return point_id


def add_contact(
    *,
    person_id: int,
    channel: Channel,
    value: str,
    actor_id: int | None,
    now: datetime,
    holder: Holder = Holder.SELF,
    holder_name: str = "",
    safe_from: time | None = None,
    safe_until: time | None = None,
    neutral: bool = False,
    second_secret: str | None = None,
) -> int:
    """Add a phone or a mailbox; return its id.

    Raises PhoneUnreadable, EmailUnreadable, HolderUnnamed, SafeHoursHalf, ContactPointKnown, and
    SecondSecretNeeded for a shared one where the file has no second secret yet.
    """
    kept = _clean(channel, value, "value")
    _check_use(holder, holder_name, safe_from, safe_until)
    with transaction():
        person = lock_living(person_id)
        _give_secret(person, holder, second_secret, actor_id=actor_id, now=now)
        point_id = _add_point(
            person,
            channel=channel,
            value=kept,
            now=now,
            holder=holder,
            holder_name=holder_name,
            safe_from=safe_from,
            safe_until=safe_until,
            neutral=neutral,
        )
        record(
            person_id=person_id,
            action="person.contact_added",
            actor_id=actor_id,
            now=now,
            subject_kind="contact_point",
            subject_id=point_id,
            changes={channel.value: (None, kept), "holder": (None, holder), "holder_name": ("", holder_name)},
        )
        return point_id


def _check_use(holder: Holder, holder_name: str, safe_from: time | None, safe_until: time | None) -> None:
    if holder in {Holder.RELATIVE, Holder.PROFESSIONAL} and not holder_name.strip():
        raise HolderUnnamed
    if (safe_from is None) != (safe_until is None) or (safe_from is not None and safe_from == safe_until):
        raise SafeHoursHalf


def _give_secret(
    person: Person, holder: Holder, second_secret: str | None, *, actor_id: int | None, now: datetime
) -> None:
    if second_secret:
        _set_secret(person, second_secret, actor_id=actor_id, now=now)
    elif holder is Holder.SHARED and person.second_secret_hash is None:
        raise SecondSecretNeeded


def _point_of(person: Person, contact_point_id: int) -> ContactPoint:
    point = load(ContactPoint, contact_point_id)
    if point.recipient_id != person.recipient_id or point.archived_at is not None:
        raise NotFound("contact_point")
    return point


def change_contact(
    *,
    person_id: int,
    contact_point_id: int,
    actor_id: int | None,
    now: datetime,
    holder: Holder,
    holder_name: str = "",
    safe_from: time | None = None,
    safe_until: time | None = None,
    neutral: bool = False,
    second_secret: str | None = None,
    version: int | None = None,
) -> None:
    """Say whose it is, when it may ring and how plainly.

    Raises NotFound for another person's, StaleVersion where somebody else said so meanwhile.
    """
    _check_use(holder, holder_name, safe_from, safe_until)
    with transaction():
        person = lock_living(person_id)
        point = _point_of(person, contact_point_id)
        before = {
            name: getattr(point, name) for name in ("holder", "holder_name", "safe_from", "safe_until", "neutral")
        }
        _give_secret(person, holder, second_secret, actor_id=actor_id, now=now)
        # The version is checked there, under the lock of the row.
        notifications.change_contact_point(
            contact_point_id=contact_point_id,
            now=now,
            holder=holder,
            holder_name=holder_name,
            safe_from=safe_from,
            safe_until=safe_until,
            neutral=neutral,
            version=version,
        )
        record(
            person_id=person_id,
            action="person.contact_changed",
            actor_id=actor_id,
            now=now,
            subject_kind="contact_point",
            subject_id=contact_point_id,
            changes={name: (value, getattr(point, name)) for name, value in before.items()},
        )


def remove_contact(*, person_id: int, contact_point_id: int, actor_id: int | None, now: datetime) -> None:
    """Take a phone or mailbox out of use. Raises NotFound for another person's."""
    with transaction():
        person = lock_living(person_id)
        point = _point_of(person, contact_point_id)
        notifications.archive_contact_point(contact_point_id=contact_point_id, now=now)
        record(
            person_id=person_id,
            action="person.contact_removed",
            actor_id=actor_id,
            now=now,
            subject_kind="contact_point",
            subject_id=contact_point_id,
            changes={point.channel.value: (point.value, None)},
        )


def confirm_contact(*, person_id: int, contact_point_id: int, actor_id: int | None, now: datetime) -> None:
    """Note that the contact works, after a bounce for example. Raises NotFound for another person's."""
    with transaction():
        _point_of(lock_living(person_id), contact_point_id)
        notifications.confirm_contact_point(contact_point_id=contact_point_id, now=now)
        record(
            person_id=person_id,
            action="person.contact_confirmed",
            actor_id=actor_id,
            now=now,
            subject_kind="contact_point",
            subject_id=contact_point_id,
        )


def set_preferences(
    *,
    person_id: int,
    preferred_channel: Channel | None,
    digest: bool,
    actor_id: int | None,
    now: datetime,
    paused_until_on: date | None = None,
) -> None:
    """Keep how the person wants to be written to; a pause ends with its last day."""
    with transaction():
        person = lock_living(person_id)
        notifications.set_wishes(
            recipient_id=person.recipient_id, preferred_channel=preferred_channel, digest=digest, now=now
        )
        until_at = None if paused_until_on is None or paused_until_on < day_of(now) else end_of(paused_until_on)
        notifications.pause(recipient_id=person.recipient_id, until_at=until_at, now=now)
        record(
            person_id=person_id,
            action="person.preferences_changed",
            actor_id=actor_id,
            now=now,
            changes={
                "preferred_channel": (None, preferred_channel),
                "digest": (None, digest),
                "paused_until_on": (None, paused_until_on),
            },
        )


def _set_secret(person: Person, secret: str, *, actor_id: int | None, now: datetime) -> None:
    known = rules.known_of(person.first_name, person.last_name, person.born_on, person.city)
    # Hashed inside the transaction: the check needs the file, the act is rare, and it takes some 30 ms.
    person.second_secret_hash = hasher().hash(rules.check_secret(secret, known=known))
    record(person_id=person.id, action="person.secret_set", actor_id=actor_id, now=now)


def set_second_secret(*, person_id: int, second_secret: str, actor_id: int | None, now: datetime) -> None:
    """Keep the person's own secret, asked for on shared phones and with the card. Raises SecondSecretWeak."""
    with transaction():
        _set_secret(lock_living(person_id), second_secret, actor_id=actor_id, now=now)


def clear_second_secret(*, person_id: int, actor_id: int | None, now: datetime) -> None:
    """Forget the second secret. Raises SecondSecretStillNeeded while a phone is shared or a card is out."""
    with transaction() as session:
        person = lock_living(person_id)
        shared = session.scalar(
            select(ContactPoint.id)
            .where(
                ContactPoint.recipient_id == person.recipient_id,
                ContactPoint.archived_at.is_(None),
                ContactPoint.holder == Holder.SHARED,
            )
            .limit(1)
        )
        if shared is not None or person.card_code_hash is not None:
            raise SecondSecretStillNeeded
        person.second_secret_hash = None
        record(person_id=person_id, action="person.secret_cleared", actor_id=actor_id, now=now)


def secret_matches(stored_hash: str | None, secret: str) -> bool:
    """Tell whether this is the secret behind the hash; accents, case and spaces do not count."""
    try:
        return stored_hash is not None and hasher().verify(stored_hash, "".join(words_of(secret[:200])))
    except (VerificationError, InvalidHashError):
        return False


def make_card(*, person_id: int, actor_id: int | None, now: datetime, second_secret: str | None = None) -> str:
    """Make a new paper card; return its code, which is kept nowhere. An older card stops working.

    Raises SecondSecretNeeded: a card found in the street must open nothing.
    """
    code = cards.make_code(secrets.choice)
    with transaction():
        person = lock_living(person_id)
        if second_secret:
            _set_secret(person, second_secret, actor_id=actor_id, now=now)
        if person.second_secret_hash is None:
            raise SecondSecretNeeded(
                "La carte s’utilise avec un code personnel : choisissez-le avec la personne.", field="second_secret"
            )
        person.card_code_hash = cards.card_hash(code)
        record(person_id=person_id, action="person.card_made", actor_id=actor_id, now=now)
    return code


def revoke_card(*, person_id: int, actor_id: int | None, now: datetime) -> None:
    """Make the paper card worthless (lost, stolen)."""
    with transaction():
        lock_living(person_id).card_code_hash = None
        record(person_id=person_id, action="person.card_revoked", actor_id=actor_id, now=now)
