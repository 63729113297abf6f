"""Reads: the outbox, one message, the demonstration's box, a recipient's points."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from mobility.core.db import db, load
from mobility.core.web.pagination import Page, paginate
from mobility.notifications.kinds import Channel, MessageClass, MessageState
from mobility.notifications.models import ContactPoint, DeliveryAttempt, LocalMessage, OutboxMessage, Recipient
from mobility.notifications.templates import find_label

WAITING = (MessageState.QUEUED, MessageState.MERGED)
KEYS_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class MessageRow:
    """A message as lists show it. ``shown_to`` is masked: the list is no address book."""

    id: int
    label: str
    message_class: MessageClass
    state: MessageState
    channel: Channel | None
    shown_to: str
    person_id: int | None
    due_at: datetime
    leave_at: datetime
    sent_at: datetime | None
    attempts: int
    last_error: str
    merged_into_id: int | None


def mask(channel: Channel | None, value: str) -> str:
    """Return « 06 •• •• •• 34 » or « a•••@exemple.fr »."""
    if not value:
        return ""
    if channel is Channel.EMAIL:
        name, _, domain = value.partition("@")
        return f"{name[:1]}•••@{domain}"
    national = f"0{value[3:]}" if value.startswith("+33") else value
    return f"{national[:2]} •• •• •• {national[-2:]}"


def _row(message: OutboxMessage, value: str | None) -> MessageRow:
    return MessageRow(
        id=message.id,
        label=find_label(message.template),
        message_class=message.message_class,
        state=message.state,
        channel=message.channel,
        shown_to=mask(message.channel, value or ""),
        person_id=message.person_id,
        due_at=message.due_at,
        leave_at=message.leave_at,
        sent_at=message.sent_at,
        attempts=message.attempts,
        last_error=message.last_error,
        merged_into_id=message.merged_into_id,
    )


def _messages() -> Any:  # two columns, which paginate() takes as rows
    return (
        select(OutboxMessage, ContactPoint.value)
        .outerjoin(ContactPoint, ContactPoint.id == OutboxMessage.contact_point_id)
        .order_by(OutboxMessage.id.desc())
    )


def list_messages(
    *,
    number: int,
    state: MessageState | None = None,
    channel: Channel | None = None,
    message_class: MessageClass | None = None,
    template: str | None = None,
) -> Page[MessageRow]:
    """Return a page of the outbox, the newest first."""
    query = _messages()
    if state is not None:
        query = query.where(OutboxMessage.state == state)
    if channel is not None:
        query = query.where(OutboxMessage.channel == channel)
    if message_class is not None:
        query = query.where(OutboxMessage.message_class == message_class)
    if template is not None:
        query = query.where(OutboxMessage.template == template)
    page = paginate(query, number=number, scalars=False)
    return Page([_row(message, value) for message, value in page.rows], page.number, page.per_page, page.total)


def count_by_state() -> Mapping[MessageState, int]:
    """Return how many messages are in each state."""
    query = select(OutboxMessage.state, func.count()).group_by(OutboxMessage.state)
    counts = dict(db.session.execute(query).all())
    return {state: counts.get(state, 0) for state in MessageState}


@dataclass(frozen=True, slots=True)
class MessageCard:
    """A message with its attempts and what travelled with it."""

    row: MessageRow
    attempts: Sequence[DeliveryAttempt]
    passengers: Sequence[MessageRow]


def get_message_card(message_id: int) -> MessageCard:
    """Return a message with all that was tried. Raises NotFound."""
    message = load(OutboxMessage, message_id)
    point = db.session.get(ContactPoint, message.contact_point_id) if message.contact_point_id else None
    attempts = db.session.scalars(
        select(DeliveryAttempt)
        .where(DeliveryAttempt.outbox_message_id == message_id)
        .order_by(DeliveryAttempt.number.desc())
    ).all()
    passengers = db.session.execute(_messages().where(OutboxMessage.merged_into_id == message_id)).all()
    return MessageCard(_row(message, point.value if point else None), attempts, [_row(m, v) for m, v in passengers])


def list_for_person(person_id: int, *, limit: int = 20) -> list[MessageRow]:
    """Return the last messages about a person, in one query."""
    query = _messages().where(OutboxMessage.person_id == person_id).limit(limit)
    return [_row(message, value) for message, value in db.session.execute(query)]


def list_local_messages(*, number: int) -> Page[LocalMessage]:
    """Return a page of what the demonstration « sent », the newest first."""
    return paginate(select(LocalMessage).order_by(LocalMessage.id.desc()), number=number, per_page=20)


def known_keys(keys: Sequence[str]) -> set[str]:
    """Return those of the keys under which a message was queued before, whatever became of it."""
    found: set[str] = set()
    for start in range(0, len(keys), KEYS_AT_ONCE):
        chunk = keys[start : start + KEYS_AT_ONCE]
        found.update(db.session.scalars(select(OutboxMessage.dedup_key).where(OutboxMessage.dedup_key.in_(chunk))))
    return found


def waiting_keys(prefix: str) -> list[str]:
    """Return the keys that begin so of the messages that have not left."""
    key = OutboxMessage.dedup_key
    return list(
        db.session.scalars(
            select(key).where(OutboxMessage.state.in_(WAITING), key.startswith(prefix, autoescape=True)).order_by(key)
        )
    )


def keys_since(prefix: str, *, since: datetime) -> set[str]:
    """Return the keys that begin so of the messages queued since then, whatever became of them (one query)."""
    key = OutboxMessage.dedup_key
    return set(
        db.session.scalars(
            select(key).where(OutboxMessage.created_at >= since, key.startswith(prefix, autoescape=True))
        )
    )


def list_points(recipient_id: int) -> list[ContactPoint]:
    """Return the contact points of a recipient that are in use."""
    query = select(ContactPoint).where(ContactPoint.recipient_id == recipient_id, ContactPoint.archived_at.is_(None))
    return list(db.session.scalars(query.order_by(ContactPoint.channel, ContactPoint.id)))


def get_recipient(recipient_id: int) -> Recipient:
    """Return a recipient. Raises NotFound."""
    return load(Recipient, recipient_id)


def get_point(point_id: int) -> ContactPoint:
    """Return a contact point. Raises NotFound."""
    return load(ContactPoint, point_id)


def reachable(recipient_ids: Collection[int]) -> frozenset[int]:
    """Return those of the recipients whom some message can reach: an address or a number that works; one query."""
    query = select(ContactPoint.recipient_id).where(
        ContactPoint.recipient_id.in_(list(recipient_ids)),
        ContactPoint.archived_at.is_(None),
        ContactPoint.bounced_at.is_(None),
        ContactPoint.opted_out_at.is_(None),
    )
    return frozenset(db.session.scalars(query))
