"""What an attempt changes: the message's state, its next try, its contact point."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.orm import Session

from mobility.core.db import load, lock, transaction
from mobility.notifications import facts, hooks, rules
from mobility.notifications.kinds import (
    OUTCOME_LABELS,
    TRANSITIONS,
    MessageAction,
    MessageClass,
    MessageState,
    Outcome,
)
from mobility.notifications.models import ContactPoint, DeliveryAttempt, OutboxMessage, Recipient

if TYPE_CHECKING:
    from mobility.notifications.claims import Claim

UNAVAILABLE_WAITS = (1, 2, 5, 10, 30, 60)


def record(claim: Claim, outcome: Outcome, *, reference: str, detail: str, now: datetime) -> None:
    """Note how an attempt ended and what follows from it."""
    with transaction() as session:
        row = lock(OutboxMessage, claim.message_pk)
        attempt = session.scalars(
            select(DeliveryAttempt).where(
                DeliveryAttempt.outbox_message_id == row.id, DeliveryAttempt.number == claim.number
            )
        ).one()
        attempt.outcome, attempt.ended_at, attempt.detail = outcome, max(now, attempt.started_at), detail
        if row.state is not MessageState.SENDING or row.attempts != claim.number or row.claimed_by != claim.worker:
            return  # the lease had ended and somebody else has it: their result counts
        session.flush()
        if outcome is Outcome.SENT:
            _succeed(row, reference, now)
        elif outcome in {Outcome.BOUNCED, Outcome.REFUSED}:
            if outcome is Outcome.BOUNCED:
                flag_bounced(claim.point_id, now)
            fall_back(row, MessageAction.RETRY_LATER, outcome, now)
        else:
            _try_later(session, row, outcome, now, hurried=_another_way(row, outcome, now))


def move(row: OutboxMessage, action: MessageAction) -> None:
    """Move a message to its next state; one that is no longer being sent is in nobody's hands."""
    row.state = TRANSITIONS.after(row.state, action)
    row.claimed_by, row.lease_until_at = None, None


def _succeed(row: OutboxMessage, reference: str, now: datetime) -> None:
    move(row, MessageAction.SUCCEED)
    row.sent_at, row.provider_ref, row.last_error = now, reference or None, ""
    if row.message_class is MessageClass.SECURITY:
        row.params = {}  # a code that has served, or will in a minute, is not kept in clear


def flag_bounced(point_id: int, now: datetime) -> None:
    """Note that a contact point does not exist, and tell whoever wants to know."""
    point = lock(ContactPoint, point_id)
    if point.bounced_at is None:
        point.bounced_at = now
        hooks.tell_bounced(hooks.Bounced(point.id, point.recipient_id, point.channel, now))


def fall_back(row: OutboxMessage, back: MessageAction, outcome: Outcome, now: datetime) -> None:
    """Try another contact point at once, or give up if none is left. Needs what was tried flushed."""
    around = facts.situation(row, load(Recipient, row.recipient_id), now=now, others=[])
    if rules.rank_points(facts.message_facts(row), around):
        move(row, back)
        row.leave_at, row.sent_at, row.last_error = now, None, OUTCOME_LABELS[outcome]
    else:
        end(row, MessageAction.GIVE_UP, OUTCOME_LABELS[outcome], now)


def _another_way(row: OutboxMessage, outcome: Outcome, now: datetime) -> bool:
    """Tell whether a message that cannot wait has another channel while this one is down."""
    if outcome is not Outcome.UNAVAILABLE or row.message_class is MessageClass.NORMAL:
        return False
    around = facts.situation(row, load(Recipient, row.recipient_id), now=now, others=[])
    ranked = rules.rank_points(facts.message_facts(row), around)
    return any(point.channel is not row.channel for point in ranked)


def _try_later(session: Session, row: OutboxMessage, outcome: Outcome, now: datetime, *, hurried: bool) -> None:
    """Wait and try again; a service that is down does not use up a message's attempts."""
    failures = session.scalars(
        select(DeliveryAttempt.outcome).where(
            DeliveryAttempt.outbox_message_id == row.id,
            DeliveryAttempt.outcome.in_((Outcome.TEMPORARY, Outcome.UNAVAILABLE)),
        )
    ).all()
    count = sum(each is outcome for each in failures)
    if outcome is Outcome.UNAVAILABLE and row.message_class is not MessageClass.SECURITY:
        minutes = UNAVAILABLE_WAITS[min(count, len(UNAVAILABLE_WAITS)) - 1]
        wait: timedelta | None = timedelta(minutes=minutes)
    else:
        wait = rules.retry_after(row.message_class, len(failures) if outcome is Outcome.UNAVAILABLE else count)
    if wait is None:
        end(row, MessageAction.GIVE_UP, OUTCOME_LABELS[outcome], now)
        return
    move(row, MessageAction.RETRY_LATER)
    row.leave_at, row.last_error = now if hurried else now + wait, OUTCOME_LABELS[outcome]


def end(row: OutboxMessage, action: MessageAction, reason: str, now: datetime) -> None:
    """End a message that reached nobody, and tell whoever wants to know."""
    move(row, action)
    row.ended_at, row.last_error = now, reason
    if row.message_class is MessageClass.SECURITY:
        row.params = {}
    hooks.tell_undelivered(
        hooks.Undelivered(
            outbox_message_id=row.id,
            recipient_id=row.recipient_id,
            person_id=row.person_id,
            message_class=row.message_class,
            template=row.template,
            state=row.state,
            reason=reason,
            at=now,
        )
    )
