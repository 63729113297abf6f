"""Claiming: which message is next, and whether it leaves, waits or ends. One short transaction each."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import parseaddr
from enum import StrEnum

from flask import current_app
from sqlalchemy import select, text, update
from sqlalchemy.orm import Session

from mobility.core.crypto import keyed_hash
from mobility.core.db import load, transaction
from mobility.notifications import facts, outcomes, rules, short_links
from mobility.notifications.kinds import (
    CLASS_RANKS,
    TRANSITIONS,
    Channel,
    MessageAction,
    MessageClass,
    MessageState,
    Outcome,
)
from mobility.notifications.models import DeliveryAttempt, OutboxMessage, Recipient
from mobility.notifications.render import Part

# A message whose delivery killed its process that many times is not tried again by itself.
LOST_MAX = 5


class Handled(StrEnum):
    """What became of a message that was looked at and not sent."""

    WAITED = "waited"
    EXPIRED = "expired"
    NO_POINT = "no_point"
    TAKEN = "taken"


@dataclass(frozen=True, slots=True)
class Claim:
    """A message in our hands, with all that its rendering and sending need."""

    message_pk: int
    number: int
    worker: str
    message_class: MessageClass
    recipient_id: int
    point_id: int
    channel: Channel
    to: str
    neutral: bool
    locale: str
    message_id: str
    parts: tuple[Part, ...]


def claim_next(*, now: datetime, worker_id: str, lease: timedelta, down: frozenset[Channel]) -> Claim | Handled | None:
    """Take the next message in hand, or settle what becomes of it; None: nothing is due."""
    with transaction() as session:
        found = _next_due(session, now)
        if found is None:
            return None
        message_pk, recipient_id = found
        row = session.scalar(
            select(OutboxMessage)
            .where(
                OutboxMessage.id == message_pk,
                OutboxMessage.state == MessageState.QUEUED,
                OutboxMessage.leave_at <= now,
            )
            .with_for_update(skip_locked=True)
            .execution_options(populate_existing=True)
        )
        if row is None:  # another worker had it between the two statements
            return Handled.TAKEN
        recipient = load(Recipient, recipient_id)
        digest = row.message_class is MessageClass.NORMAL and recipient.digest and row.only_point_id is None
        others = facts.waiting_normals(row) if digest else []
        around = facts.situation(row, recipient, now=now, others=others, down=down)
        decision = rules.decide(facts.message_facts(row), around)
        if isinstance(decision, rules.Send):
            passengers = [other for other in others if other.id in decision.with_ids]
            return _take(session, row, recipient, decision.point, passengers, now=now, worker=worker_id, lease=lease)
        return _settle(row, decision, now)


def _next_due(session: Session, now: datetime) -> tuple[int, int] | None:
    """Return the next (message, recipient), security first; the recipient's row is held.

    Holding the recipient keeps two workers from writing to one person at once, which the digest needs.
    A recipient in other hands is skipped. The state is written out so that the partial index serves.
    """
    for message_class in sorted(MessageClass, key=CLASS_RANKS.__getitem__):
        query = (
            select(OutboxMessage.id, OutboxMessage.recipient_id)
            .join(Recipient, Recipient.id == OutboxMessage.recipient_id)
            .where(
                text("outbox_message.state = 'queued'"),
                OutboxMessage.message_class == message_class,
                OutboxMessage.leave_at <= now,
            )
            .order_by(OutboxMessage.leave_at, OutboxMessage.id)
            .limit(1)
            .with_for_update(of=Recipient, skip_locked=True, key_share=True)
        )
        found = session.execute(query).first()
        if found is not None:
            return found[0], found[1]
    return None


def _settle(row: OutboxMessage, decision: rules.Decision, now: datetime) -> Handled:
    """Note what becomes of a message that does not leave now."""
    if isinstance(decision, rules.Wait):
        row.leave_at = decision.until_at
        return Handled.WAITED
    if isinstance(decision, rules.Expire):
        outcomes.end(row, MessageAction.EXPIRE, "Trop tard pour l’envoyer", now)
        return Handled.EXPIRED
    outcomes.end(row, MessageAction.GIVE_UP, "Aucun moyen de contact utilisable", now)
    return Handled.NO_POINT


def _take(
    session: Session,
    row: OutboxMessage,
    recipient: Recipient,
    point: rules.PointFacts,
    passengers: list[OutboxMessage],
    *,
    now: datetime,
    worker: str,
    lease: timedelta,
) -> Claim:
    """Mark the message (and those that travel with it) as ours until the lease ends."""
    row.state = TRANSITIONS.after(row.state, MessageAction.CLAIM)
    row.claimed_by, row.lease_until_at = worker, now + lease
    row.channel, row.contact_point_id = point.channel, point.id
    row.attempts += 1
    row.message_id = row.message_id or _message_id(row)
    row.last_error = ""
    _embark(session, row, passengers)
    session.add(
        DeliveryAttempt(
            outbox_message_id=row.id,
            number=row.attempts,
            contact_point_id=point.id,
            channel=point.channel,
            worker=worker,
            started_at=now,
        )
    )
    session.flush()
    return Claim(
        message_pk=row.id,
        number=row.attempts,
        worker=worker,
        message_class=row.message_class,
        recipient_id=recipient.id,
        point_id=point.id,
        channel=point.channel,
        to=point.value,
        neutral=point.neutral,
        locale=recipient.locale,
        message_id=row.message_id,
        parts=tuple(_parts(session, row, point.channel, now)),
    )


def _embark(session: Session, row: OutboxMessage, passengers: list[OutboxMessage]) -> None:
    """Let the passengers travel with the message; those of a carrier that embarks change with it."""
    if not passengers:
        return
    for other in passengers:
        other.state = TRANSITIONS.after(other.state, MessageAction.MERGE)
        other.merged_into_id = row.id
    session.execute(
        update(OutboxMessage)
        .where(
            OutboxMessage.merged_into_id.in_([other.id for other in passengers]),
            OutboxMessage.state == MessageState.MERGED,
        )
        .values(merged_into_id=row.id)
    )


def _parts(session: Session, row: OutboxMessage, channel: Channel, now: datetime) -> list[Part]:
    """Return the message and all that travel with it, also since an earlier attempt."""
    rows = [row]
    if row.message_class is MessageClass.NORMAL:
        carried = select(OutboxMessage).where(
            OutboxMessage.merged_into_id == row.id, OutboxMessage.state == MessageState.MERGED
        )
        rows += session.scalars(carried.order_by(OutboxMessage.due_at, OutboxMessage.id)).all()
    if channel is Channel.SMS:
        return [Part(each.template, short_links.shorten_params(each.params, now=now)) for each in rows]
    return [Part(each.template, dict(each.params)) for each in rows]


def _message_id(row: OutboxMessage) -> str:
    """Return the e-mail's ``Message-ID``: the same at each attempt, so that a repeated one can be known."""
    domain = parseaddr(str(current_app.config["MAIL_FROM"]))[1].rpartition("@")[2] or "localhost"
    return f"<{row.id}.{keyed_hash(row.dedup_key, purpose='message-id')[:24]}@{domain}>"


def recover_lost(*, now: datetime, limit: int = 1000) -> int:
    """Take again what dead processes had in hand and whose lease has ended. Returns how many."""
    count = 0
    while count < limit and _recover_one(now):
        count += 1
    return count


def _recover_one(now: datetime) -> bool:
    with transaction() as session:
        row = session.scalar(
            select(OutboxMessage)
            .where(text("outbox_message.state = 'sending'"), OutboxMessage.lease_until_at <= now)
            .order_by(OutboxMessage.lease_until_at, OutboxMessage.id)
            .limit(1)
            .with_for_update(skip_locked=True)
            .execution_options(populate_existing=True)
        )
        if row is None:
            return False
        tries = session.scalars(select(DeliveryAttempt).where(DeliveryAttempt.outbox_message_id == row.id)).all()
        for attempt in tries:
            if attempt.outcome is None:
                attempt.outcome, attempt.ended_at = Outcome.LOST, now
        if sum(attempt.outcome is Outcome.LOST for attempt in tries) >= LOST_MAX:
            outcomes.end(row, MessageAction.GIVE_UP, "Son envoi s’interrompt à chaque fois", now)
        else:
            outcomes.move(row, MessageAction.RECOVER)
            row.leave_at = now
        return True
