"""What becomes of a message that is looked at now: send it, let it wait, or end it. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from mobility.core.clock import day_of
from mobility.notifications import timing
from mobility.notifications.kinds import CLASS_RANKS, Channel, Holder, MessageClass, Outcome
from mobility.notifications.timing import LEAD, Hours

# Waits after the 1st, 2nd, … failed attempt; when they are used up the message has failed.
BACK_OFF: Mapping[MessageClass, tuple[timedelta, ...]] = {
    MessageClass.SECURITY: tuple(timedelta(seconds=s) for s in (5, 15, 30, 60, 120)),
    MessageClass.URGENT: tuple(timedelta(minutes=m) for m in (1, 2, 5, 10, 20, 40, 60, 120, 240)),
    MessageClass.NORMAL: tuple(timedelta(minutes=m) for m in (1, 5, 15, 60, 180, 360, 720, 1440)),
}
# Passing failures on one contact point after which another one, if there is one, is tried first.
PATIENCE: Mapping[MessageClass, int] = {
    MessageClass.SECURITY: 1,
    MessageClass.URGENT: 2,
    MessageClass.NORMAL: 3,
}
CHANNEL_DOWN_WAIT = timedelta(minutes=1)
_HOLDER_RANKS = {Holder.SELF: 0, Holder.PROFESSIONAL: 1, Holder.RELATIVE: 2, Holder.SHARED: 3}


@dataclass(frozen=True, slots=True)
class PointFacts:
    """A contact point, as the choice sees it."""

    id: int
    channel: Channel
    value: str
    holder: Holder = Holder.SELF
    neutral: bool = False
    safe: Hours | None = None
    verified: bool = True
    bounced: bool = False
    opted_out: bool = False
    archived: bool = False


@dataclass(frozen=True, slots=True)
class Wishes:
    """What a recipient wishes, and what an adviser decided."""

    preferred: Channel | None = None
    digest: bool = True
    paused_until_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class MessageFacts:
    """A message, as the decision sees it."""

    id: int
    message_class: MessageClass
    due_at: datetime
    expires_at: datetime | None = None
    only_point_id: int | None = None
    attempts: int = 0


@dataclass(frozen=True, slots=True)
class Tried:
    """What earlier attempts at this message met on one contact point."""

    failures: int = 0
    dead: bool = False


@dataclass(frozen=True, slots=True)
class Send:
    """Send it now to this point; ``with_ids`` are the messages that travel in the same digest."""

    point: PointFacts
    with_ids: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Wait:
    """Look at it again then."""

    until_at: datetime


@dataclass(frozen=True, slots=True)
class Expire:
    """It is too late for this message."""


@dataclass(frozen=True, slots=True)
class NoPoint:
    """No contact point can carry it."""


Decision = Send | Wait | Expire | NoPoint


@dataclass(frozen=True, slots=True)
class Situation:
    """Everything around a message: the hour, the recipient, their points, what else waits for them."""

    now: datetime
    quiet: Hours | None
    wishes: Wishes
    points: Sequence[PointFacts]
    tried: Mapping[int, Tried] = field(default_factory=dict)
    others: Sequence[MessageFacts] = ()
    last_normal_sent_at: datetime | None = None
    down: frozenset[Channel] = frozenset()
    lead: timedelta = LEAD


def retry_after(message_class: MessageClass, attempts: int) -> timedelta | None:
    """Return the wait after that many failed attempts, or None: it is given up."""
    waits = BACK_OFF[message_class]
    return waits[attempts - 1] if 1 <= attempts <= len(waits) else None


def tried_by_point(attempts: Iterable[tuple[int, Outcome | None]]) -> dict[int, Tried]:
    """Sum up (contact point, outcome) of earlier attempts."""
    result: dict[int, Tried] = {}
    for point_id, outcome in attempts:
        before = result.get(point_id, Tried())
        dead = before.dead or outcome in {Outcome.BOUNCED, Outcome.REFUSED}
        failed = outcome in {Outcome.TEMPORARY, Outcome.UNAVAILABLE}
        result[point_id] = Tried(failures=before.failures + int(failed), dead=dead)
    return result


def can_use(point: PointFacts, message: MessageFacts, tried: Tried) -> bool:
    """Tell whether the point can carry this message at all."""
    if message.only_point_id is not None and point.id != message.only_point_id:
        return False
    if point.archived or point.bounced or tried.dead:
        return False
    return not point.opted_out or message.message_class is MessageClass.SECURITY


def rank_points(message: MessageFacts, situation: Situation) -> list[PointFacts]:
    """Return the points that can carry the message, the best first.

    Those that keep failing come last, then the preferred channel first, then verified points, then the
    person's own before anybody else's.
    """
    preferred = situation.wishes.preferred or Channel.EMAIL
    patience = PATIENCE[message.message_class]
    hurried = message.message_class is not MessageClass.NORMAL

    def rank(point: PointFacts) -> tuple[bool, bool, bool, bool, int, int]:
        failures = situation.tried.get(point.id, Tried()).failures
        return (
            failures >= patience,
            hurried and point.channel in situation.down,
            point.channel is not preferred,
            not point.verified,
            _HOLDER_RANKS[point.holder],
            point.id,
        )

    usable = (p for p in situation.points if can_use(p, message, situation.tried.get(p.id, Tried())))
    return sorted(usable, key=rank)


def leave_at(message: MessageFacts, point: PointFacts, situation: Situation) -> datetime:
    """Return the first instant from now on at which the message may leave to the point, digest left aside."""
    return timing.leave_at(
        message_class=message.message_class,
        due_at=message.due_at,
        now=situation.now,
        quiet=situation.quiet,
        safe=point.safe,
        paused_until_at=situation.wishes.paused_until_at,
        lead=situation.lead,
    )


def choose_point(message: MessageFacts, situation: Situation) -> tuple[PointFacts, datetime] | None:
    """Return the point and the instant at which the message leaves to it, or None.

    A message that cannot wait takes the point that is open first; a normal one takes the best point,
    unless its safe hours come after the message's expiry.
    """
    options = [(point, leave_at(message, point, situation)) for point in rank_points(message, situation)]
    if not options:
        return None
    if message.message_class is not MessageClass.NORMAL:
        return min(options, key=lambda option: option[1])
    in_time = [o for o in options if message.expires_at is None or o[1] < message.expires_at]
    return (in_time or options)[0]


def planned_at(message: MessageFacts, situation: Situation) -> datetime:
    """Return when the delivery should first look at a message (at its due instant if no point is known)."""
    choice = choose_point(message, situation)
    return max(message.due_at, situation.now) if choice is None else choice[1]


def decide(message: MessageFacts, situation: Situation) -> Decision:
    """Tell what becomes of a message that is looked at now."""
    now, expires_at = situation.now, message.expires_at
    if expires_at is not None and now >= expires_at:
        return Expire()
    choice = choose_point(message, situation)
    if choice is None:
        return NoPoint()
    point, departs_at = choice
    if departs_at > now:
        return Expire() if expires_at is not None and departs_at >= expires_at else Wait(departs_at)
    if point.channel in situation.down:
        return Wait(now + CHANNEL_DOWN_WAIT)
    if message.message_class is MessageClass.NORMAL and situation.wishes.digest and message.only_point_id is None:
        return _digest(message, point, situation)
    return Send(point)


def _digest(message: MessageFacts, point: PointFacts, situation: Situation) -> Decision:
    """Let the normal messages of one day leave as one.

    What is known to leave later on the same day is waited for, and a second one never leaves on a day that
    had one — unless the wait would make a message worthless.
    """
    now = situation.now
    today = day_of(now)
    ready, later = [message], list[datetime]()
    for other in situation.others:
        if other.expires_at is not None and other.expires_at <= now:
            continue
        departs_at = leave_at(other, point, situation)
        if departs_at <= now:
            ready.append(other)
        elif day_of(departs_at) == today:
            later.append(departs_at)
    deadline = min((m.expires_at for m in ready if m.expires_at is not None), default=None)
    sent_at = situation.last_normal_sent_at
    if sent_at is not None and day_of(sent_at) == today:
        tomorrow = timing.next_day_at(today, quiet=situation.quiet, safe=point.safe)
        if deadline is None or tomorrow < deadline:
            return Wait(tomorrow)
        return Send(point, tuple(m.id for m in ready if m is not message))
    awaited = [instant for instant in later if deadline is None or instant < deadline]
    if awaited:
        return Wait(max(awaited))
    return Send(point, tuple(m.id for m in ready if m is not message))


def class_rank(message_class: MessageClass) -> int:
    """Return the place of a class in the queue, security first."""
    return CLASS_RANKS[message_class]
