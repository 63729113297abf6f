"""From rows to the facts that the rules read, in a constant number of queries."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, time

from flask import current_app
from sqlalchemy import func, select

from mobility.core.db import db
from mobility.notifications.kinds import Channel, MessageClass, MessageState
from mobility.notifications.models import ContactPoint, DeliveryAttempt, OutboxMessage, Recipient
from mobility.notifications.rules import MessageFacts, PointFacts, Situation, Tried, Wishes, tried_by_point
from mobility.notifications.timing import Hours

DIGEST_MAX = 50


def quiet_hours() -> Hours | None:
    """Return the configured quiet hours; equal ends mean none."""
    begins, ends = current_app.config["QUIET_FROM"], current_app.config["QUIET_UNTIL"]
    begins = begins if isinstance(begins, time) else time.fromisoformat(begins)
    ends = ends if isinstance(ends, time) else time.fromisoformat(ends)
    return None if begins == ends else Hours(begins, ends)


def point_facts(point: ContactPoint) -> PointFacts:
    """Return what the rules need of a contact point."""
    safe = Hours(point.safe_from, point.safe_until) if point.safe_from is not None and point.safe_until else None
    return PointFacts(
        id=point.id,
        channel=point.channel,
        value=point.value,
        holder=point.holder,
        neutral=point.neutral,
        safe=safe,
        verified=point.verified_at is not None,
        bounced=point.bounced_at is not None,
        opted_out=point.opted_out_at is not None,
        archived=point.archived_at is not None,
    )


def message_facts(row: OutboxMessage) -> MessageFacts:
    """Return what the rules need of a message."""
    return MessageFacts(
        id=row.id,
        message_class=row.message_class,
        due_at=row.due_at,
        expires_at=row.expires_at,
        only_point_id=row.only_point_id,
        attempts=row.attempts,
    )


def points_of(recipient_id: int) -> list[PointFacts]:
    """Return the contact points of a recipient that are not archived."""
    query = select(ContactPoint).where(ContactPoint.recipient_id == recipient_id, ContactPoint.archived_at.is_(None))
    return [point_facts(point) for point in db.session.scalars(query)]


def tried_of(message_id: int) -> Mapping[int, Tried]:
    """Return what earlier attempts at a message met."""
    query = select(DeliveryAttempt.contact_point_id, DeliveryAttempt.outcome).where(
        DeliveryAttempt.outbox_message_id == message_id
    )
    return tried_by_point(db.session.execute(query))


def last_normal_sent_at(recipient_id: int, *, but_for_id: int, now: datetime) -> datetime | None:
    """Return when the last normal message left to a recipient; one on its way leaves now."""
    query = select(func.max(OutboxMessage.sent_at), func.max(OutboxMessage.lease_until_at)).where(
        OutboxMessage.recipient_id == recipient_id,
        OutboxMessage.message_class == MessageClass.NORMAL,
        OutboxMessage.only_point_id.is_(None),
        OutboxMessage.id != but_for_id,
        OutboxMessage.state.in_((MessageState.SENT, MessageState.DELIVERED, MessageState.SENDING)),
    )
    sent_at, lease = db.session.execute(query).one()
    return now if lease is not None else sent_at


def waiting_normals(row: OutboxMessage) -> list[OutboxMessage]:
    """Return (and hold) the other normal messages that wait for the same recipient."""
    query = (
        select(OutboxMessage)
        .where(
            OutboxMessage.recipient_id == row.recipient_id,
            OutboxMessage.message_class == MessageClass.NORMAL,
            OutboxMessage.state == MessageState.QUEUED,
            OutboxMessage.only_point_id.is_(None),
            OutboxMessage.id != row.id,
        )
        .order_by(OutboxMessage.due_at, OutboxMessage.id)
        .limit(DIGEST_MAX)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    )
    return list(db.session.scalars(query))


def wishes_of(recipient: Recipient) -> Wishes:
    """Return a recipient's wishes."""
    return Wishes(
        preferred=recipient.preferred_channel,
        digest=recipient.digest,
        paused_until_at=recipient.paused_until_at,
    )


def situation(
    row: OutboxMessage,
    recipient: Recipient,
    *,
    now: datetime,
    others: list[OutboxMessage],
    down: frozenset[Channel] = frozenset(),
) -> Situation:
    """Return everything that decides about a message."""
    digest = row.message_class is MessageClass.NORMAL and recipient.digest and row.only_point_id is None
    return Situation(
        now=now,
        quiet=quiet_hours(),
        wishes=wishes_of(recipient),
        points=points_of(recipient.id),
        tried=tried_of(row.id) if row.attempts else {},
        others=[message_facts(other) for other in others],
        last_normal_sent_at=last_normal_sent_at(recipient.id, but_for_id=row.id, now=now) if digest else None,
        down=down,
    )
