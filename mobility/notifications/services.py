"""Use cases: queue and cancel messages, keep contact points and wishes.

``queue`` joins the transaction of its caller, so that a message exists if and only if its cause does.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, time
from typing import Any

import phonenumbers
from email_validator import EmailNotValidError, validate_email
from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from mobility.core.db import db, load, lock, transaction
from mobility.core.errors import StaleVersion
from mobility.notifications import facts, rules, templates
from mobility.notifications.errors import (
    CannotRetry,
    ContactPointKnown,
    EmailInvalid,
    PhoneInvalid,
    SafeHoursIncomplete,
)
from mobility.notifications.kinds import TRANSITIONS, Channel, Holder, MessageAction, MessageClass, MessageState
from mobility.notifications.models import ContactPoint, LocalMessage, OutboxMessage, Recipient

CANCELLABLE = (MessageState.QUEUED, MessageState.MERGED)


def queue(
    *,
    recipient_id: int,
    template: str,
    params: Mapping[str, Any],
    message_class: MessageClass,
    dedup_key: str,
    now: datetime,
    due_at: datetime | None = None,
    person_id: int | None = None,
    expires_at: datetime | None = None,
    only_point_id: int | None = None,
) -> int | None:
    """Queue a message in the caller's transaction.

    Returns its id, or None if a message with this key exists (whatever became of it) or if it would be
    too late at once. ``due_at`` is when it should reach the person; a normal one due in quiet hours goes
    out before they begin. ``only_point_id`` binds it to one contact point. Raises LookupError for an
    undeclared template and ValueError for missing values.
    """
    templates.check_params(template, params)
    if expires_at is not None and expires_at <= now:
        return None
    with transaction() as session:
        row = {
            "dedup_key": dedup_key,
            "recipient_id": recipient_id,
            "person_id": person_id,
            "message_class": message_class,
            "template": template,
            "params": dict(params),
            "created_at": now,
            "due_at": due_at or now,
            "leave_at": due_at or now,
            "expires_at": expires_at,
            "state": MessageState.QUEUED,
            "only_point_id": only_point_id,
            "attempts": 0,
            "message_id": "",
            "last_error": "",
        }
        message_id = _insert_once(session, row)
        if message_id is not None:
            _plan(session, lock(OutboxMessage, message_id), load(Recipient, recipient_id), now)
        return message_id


def _insert_once(session: Session, row: Mapping[str, Any]) -> int | None:
    """Insert the message unless its key is taken; a rival that has not committed yet is waited for."""
    postgres = session.get_bind().dialect.name == "postgresql"
    insert = postgresql.insert if postgres else sqlite.insert
    statement = insert(OutboxMessage).values(**row).on_conflict_do_nothing(index_elements=["dedup_key"])
    message_id: int | None = session.execute(statement.returning(OutboxMessage.id)).scalar_one_or_none()
    return message_id


def _plan(session: Session, row: OutboxMessage, recipient: Recipient, now: datetime) -> None:
    """Set when the delivery should first look at the message."""
    around = rules.Situation(
        now=now,
        quiet=facts.quiet_hours(),
        wishes=facts.wishes_of(recipient),
        points=facts.points_of(recipient.id),
    )
    row.leave_at = rules.planned_at(facts.message_facts(row), around)
    session.flush()


def cancel(*, dedup_prefix: str, now: datetime) -> int:
    """Cancel the messages whose key begins so and that have not left. Returns how many.

    One that is in the hands of a mail server at this moment is not called back.
    """
    if not dedup_prefix:
        raise ValueError("an empty prefix would cancel everything")
    with transaction() as session:
        rows = session.scalars(
            select(OutboxMessage)
            .where(_begins_with(session, dedup_prefix), OutboxMessage.state.in_(CANCELLABLE))
            .order_by(OutboxMessage.id)
            .with_for_update()
            .execution_options(populate_existing=True)
        ).all()
        for row in rows:
            row.state = TRANSITIONS.after(row.state, MessageAction.CANCEL)
            row.merged_into_id = None
            row.ended_at = now
        session.flush()
        _release_passengers(session, [row.id for row in rows], now)
        return len(rows)


def _begins_with(session: Session, prefix: str) -> ColumnElement[bool]:
    key = OutboxMessage.dedup_key
    exact = func.substr(key, 1, len(prefix)) == prefix  # LIKE of SQLite ignores the case
    if session.get_bind().dialect.name == "postgresql":
        return and_(key.startswith(prefix, autoescape=True), exact)
    return and_(key >= prefix, key < prefix + "\U0010ffff", exact)


def _release_passengers(session: Session, carrier_ids: list[int], now: datetime) -> None:
    """Let the messages that would have travelled with a cancelled one travel by themselves."""
    if not carrier_ids:
        return
    passengers = session.scalars(
        select(OutboxMessage)
        .where(OutboxMessage.merged_into_id.in_(carrier_ids), OutboxMessage.state == MessageState.MERGED)
        .order_by(OutboxMessage.id)
        .with_for_update()
    )
    for row in passengers:
        row.state = TRANSITIONS.after(row.state, MessageAction.UNMERGE)
        row.merged_into_id = None
        row.leave_at = now


def retry(*, message_id: int, now: datetime) -> None:
    """Put a failed message back into the queue. Raises NotFound, CannotRetry."""
    with transaction():
        row = lock(OutboxMessage, message_id)
        if not TRANSITIONS.allows(row.state, MessageAction.REQUEUE):
            raise CannotRetry
        row.state = TRANSITIONS.after(row.state, MessageAction.REQUEUE)
        row.leave_at, row.ended_at, row.sent_at, row.last_error = now, None, None, ""
        if row.expires_at is not None and row.expires_at <= now:
            row.expires_at = None  # whoever sends it again knows that it is late


def create_recipient(*, preferred_channel: Channel | None = None, locale: str = "fr") -> int:
    """Make a recipient without any contact point yet. Returns its id."""
    with transaction() as session:
        recipient = Recipient(locale=locale, preferred_channel=preferred_channel)
        session.add(recipient)
        session.flush()
        return recipient.id


def normalise(channel: Channel, text: str) -> str:
    """Return the address or the number as it is kept (E.164). Raises EmailInvalid, PhoneInvalid."""
    if channel is Channel.EMAIL:
        try:
            found = validate_email(text.strip()[:320], check_deliverability=False, allow_smtputf8=False)
        except EmailNotValidError:
            raise EmailInvalid from None
        return str(found.ascii_email or found.normalized)
    try:
        number = phonenumbers.parse(text[:40], "FR")
    except phonenumbers.NumberParseException:
        raise PhoneInvalid from None
    if not phonenumbers.is_possible_number(number) or number.extension:
        raise PhoneInvalid
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def add_contact_point(
    *,
    recipient_id: int,
    channel: Channel,
    value: str,
    now: datetime,
    holder: Holder = Holder.SELF,
    holder_name: str = "",
    safe_from: time | None = None,
    safe_until: time | None = None,
    neutral: bool = False,
    verified_at: datetime | None = None,
) -> int:
    """Add a number or an address. Returns its id. Raises EmailInvalid, PhoneInvalid, ContactPointKnown."""
    _check_safe_hours(safe_from, safe_until)
    kept = normalise(channel, value)
    with transaction() as session:
        lock(Recipient, recipient_id)
        known = session.scalar(
            select(ContactPoint.id).where(
                ContactPoint.recipient_id == recipient_id,
                ContactPoint.channel == channel,
                ContactPoint.value == kept,
                ContactPoint.archived_at.is_(None),
            )
        )
        if known is not None:
            raise ContactPointKnown(field="email" if channel is Channel.EMAIL else "phone")
        point = ContactPoint(
            recipient_id=recipient_id,
            channel=channel,
            value=kept,
            holder=holder,
            holder_name=holder_name,
            safe_from=safe_from,
            safe_until=safe_until,
            neutral=neutral,
            verified_at=verified_at,
            created_at=now,
        )
        session.add(point)
        session.flush()
        replan(recipient_id=recipient_id, now=now)
        return point.id


def change_contact_point(
    *,
    contact_point_id: int,
    now: datetime,
    holder: Holder,
    holder_name: str = "",
    safe_from: time | None = None,
    safe_until: time | None = None,
    neutral: bool = False,
    version: int | None = None,
) -> None:
    """Say whose it is, when it may ring and how plainly. Raises NotFound, StaleVersion."""
    _check_safe_hours(safe_from, safe_until)
    with transaction():
        point = lock(ContactPoint, contact_point_id)
        if version is not None and point.version != version:
            raise StaleVersion
        point.version += 1
        point.holder, point.holder_name, point.neutral = holder, holder_name, neutral
        point.safe_from, point.safe_until = safe_from, safe_until
        replan(recipient_id=point.recipient_id, now=now)


def archive_contact_point(*, contact_point_id: int, now: datetime) -> None:
    """Take a contact point out of use; what was sent to it stays known."""
    with transaction():
        point = lock(ContactPoint, contact_point_id)
        point.archived_at = point.archived_at or now
        replan(recipient_id=point.recipient_id, now=now)


def confirm_contact_point(*, contact_point_id: int, now: datetime) -> None:
    """Note that the point works: it was verified, or somebody checked it after a bounce."""
    with transaction():
        point = lock(ContactPoint, contact_point_id)
        point.verified_at = point.verified_at or now
        point.bounced_at = None


def _check_safe_hours(safe_from: time | None, safe_until: time | None) -> None:
    if (safe_from is None) != (safe_until is None) or (safe_from is not None and safe_from == safe_until):
        raise SafeHoursIncomplete


def set_wishes(*, recipient_id: int, preferred_channel: Channel | None, digest: bool, now: datetime) -> None:
    """Keep how somebody wants to be written to. Raises NotFound."""
    with transaction():
        recipient = lock(Recipient, recipient_id)
        recipient.preferred_channel, recipient.digest = preferred_channel, digest
        replan(recipient_id=recipient_id, now=now)


def speak(*, recipient_id: int, locale: str) -> None:
    """Keep the language that somebody would like to be written to in. Raises NotFound."""
    with transaction():
        lock(Recipient, recipient_id).locale = locale


def keep_preferences(
    *, recipient_id: int, preferred_channel: Channel | None, digest: bool, wanted_point_ids: set[int], now: datetime
) -> None:
    """Keep what somebody chose on the page of preferences, all at once. Raises NotFound."""
    with transaction() as session:
        recipient = lock(Recipient, recipient_id)
        recipient.preferred_channel, recipient.digest = preferred_channel, digest
        points = session.scalars(
            select(ContactPoint).where(ContactPoint.recipient_id == recipient_id, ContactPoint.archived_at.is_(None))
        )
        for point in points:
            point.opted_out_at = None if point.id in wanted_point_ids else (point.opted_out_at or now)
        replan(recipient_id=recipient_id, now=now)


def pause(*, recipient_id: int, until_at: datetime | None, now: datetime) -> None:
    """Hold the normal messages to somebody until an instant (None: end the pause). Raises NotFound."""
    with transaction():
        lock(Recipient, recipient_id).paused_until_at = until_at
        replan(recipient_id=recipient_id, now=now)


def opt_out(*, contact_point_id: int, now: datetime) -> None:
    """Send nothing more to this point but codes asked for (« désabonnement », STOP). Raises NotFound."""
    with transaction():
        point = lock(ContactPoint, contact_point_id)
        point.opted_out_at = point.opted_out_at or now
        replan(recipient_id=point.recipient_id, now=now)


def opt_in(*, contact_point_id: int, now: datetime) -> None:
    """Send messages to this point again. Raises NotFound."""
    with transaction():
        point = lock(ContactPoint, contact_point_id)
        point.opted_out_at = None
        replan(recipient_id=point.recipient_id, now=now)


def replan(*, recipient_id: int, now: datetime) -> None:
    """Look at the queued messages of a recipient again: their wishes or contact points changed."""
    with transaction() as session:
        session.flush()
        recipient = load(Recipient, recipient_id)
        around = rules.Situation(
            now=now,
            quiet=facts.quiet_hours(),
            wishes=facts.wishes_of(recipient),
            points=facts.points_of(recipient_id),
        )
        rows = session.scalars(
            select(OutboxMessage)
            .where(OutboxMessage.recipient_id == recipient_id, OutboxMessage.state == MessageState.QUEUED)
            .order_by(OutboxMessage.id)
            .with_for_update(skip_locked=True)
        )
        for row in rows:
            if row.attempts == 0:  # a retry keeps its own waiting time
                row.leave_at = rules.planned_at(facts.message_facts(row), around)


def merge_recipients(*, kept_id: int, gone_id: int, now: datetime) -> None:
    """Give everything of one recipient to another (the same person had two files)."""
    if kept_id == gone_id:
        return
    with transaction() as session:
        for identity in sorted((kept_id, gone_id)):
            lock(Recipient, identity)
        has = {
            (point.channel, point.value)
            for point in session.scalars(
                select(ContactPoint).where(ContactPoint.recipient_id == kept_id, ContactPoint.archived_at.is_(None))
            )
        }
        for point in session.scalars(select(ContactPoint).where(ContactPoint.recipient_id == gone_id)):
            if (point.channel, point.value) in has and point.archived_at is None:
                point.archived_at = now
            point.recipient_id = kept_id
        for row in session.scalars(select(OutboxMessage).where(OutboxMessage.recipient_id == gone_id)):
            row.recipient_id = kept_id
        replan(recipient_id=kept_id, now=now)


def erase_recipient(*, recipient_id: int, now: datetime) -> None:
    """Erase numbers, addresses and contents; what is left says only that messages existed."""
    with transaction() as session:
        lock(Recipient, recipient_id)
        points = session.scalars(select(ContactPoint).where(ContactPoint.recipient_id == recipient_id)).all()
        values = [point.value for point in points if point.value]
        for point in points:
            point.archived_at = point.archived_at or now
            point.value, point.holder_name = "", ""
        for row in session.scalars(select(OutboxMessage).where(OutboxMessage.recipient_id == recipient_id)):
            row.params, row.person_id = {}, None
            if TRANSITIONS.allows(row.state, MessageAction.CANCEL):
                row.state = TRANSITIONS.after(row.state, MessageAction.CANCEL)
                row.merged_into_id, row.ended_at, row.sent_at = None, now, None
        _erase_traces(session, recipient_id, values)


def _erase_traces(session: Session, recipient_id: int, values: list[str]) -> None:
    from mobility.notifications.models import InboundMessage

    for inbound in session.scalars(select(InboundMessage).where(InboundMessage.recipient_id == recipient_id)):
        inbound.body, inbound.from_value, inbound.person_id = "", "(effacé)", None
    for stored in db.session.scalars(select(LocalMessage).where(LocalMessage.to_value.in_(values))):
        session.delete(stored)
