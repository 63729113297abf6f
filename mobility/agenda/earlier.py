"""Who is offered an hour that falls free: a few people at a time, never at the last minute, never one twice. Pure.

An hour is news only where it was not free already when the person asked to be told: what they saw and did not want is
not offered to them again and again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from mobility.agenda.slots import Slot, Span, is_within, merged
from mobility.core.state import TransitionTable
from mobility.notifications import timing

STEP = timedelta(minutes=15)


class WishEnd(StrEnum):
    """Why somebody is told of earlier hours no more."""

    SERVED = "served"
    STOPPED = "stopped"
    OVER = "over"


class OfferState(StrEnum):
    """What became of an hour that was offered."""

    OPEN = "open"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    EXPIRED = "expired"
    GONE = "gone"


OFFER_LABELS: Final[Mapping[OfferState, str]] = {
    OfferState.OPEN: "proposée",
    OfferState.ACCEPTED: "acceptée",
    OfferState.DECLINED: "refusée",
    OfferState.EXPIRED: "sans réponse",
    OfferState.GONE: "n’est plus libre",
}


class OfferAction(StrEnum):
    """What happens to an offer."""

    ACCEPT = "accept"
    DECLINE = "decline"
    EXPIRE = "expire"
    WITHDRAW = "withdraw"


OFFERS: Final = TransitionTable[OfferState, OfferAction](
    {
        (OfferState.OPEN, OfferAction.ACCEPT): OfferState.ACCEPTED,
        (OfferState.OPEN, OfferAction.DECLINE): OfferState.DECLINED,
        (OfferState.OPEN, OfferAction.EXPIRE): OfferState.EXPIRED,
        (OfferState.OPEN, OfferAction.WITHDRAW): OfferState.GONE,
    }
)


@dataclass(frozen=True, slots=True)
class Pace:
    """How hours are offered (dated settings): how many offers an hour, how far ahead, how often, how long."""

    at_once: int
    notice: timedelta
    pause: timedelta
    answer: timedelta
    gain: timedelta


@dataclass(frozen=True, slots=True)
class Waiting:
    """Somebody who waits for an earlier hour. ``held_at``: when their appointment begins; None: they have none yet."""

    wish_id: int
    since: datetime
    held_at: datetime | None = None
    offers: int = 0
    last_offer_at: datetime | None = None
    has_open: bool = False
    offered: frozenset[tuple[int, datetime]] = frozenset()
    known: tuple[Span, ...] = field(default=())


def awake(now: datetime, *, answer: timedelta, windows: timing.Windows) -> bool:
    """Tell whether the whole time to answer lies in hours at which people may be written to."""
    steps = max(int(answer / STEP), 1)
    return all(timing.is_open(windows, now + number * STEP) for number in range(steps + 1))


def may_be_offered(waiting: Waiting, slot: Slot, *, pace: Pace, now: datetime) -> bool:
    """Tell whether this person may be offered this hour now."""
    if waiting.has_open or (slot.adviser_id, slot.starts_at) in waiting.offered:
        return False
    if waiting.last_offer_at is not None and now < waiting.last_offer_at + pace.pause:
        return False
    if slot.starts_at < now + pace.notice:
        return False
    if waiting.held_at is not None and slot.starts_at + pace.gain > waiting.held_at:
        return False
    return not is_within(Span(slot.starts_at, slot.ends_at), waiting.known)


def rank(waiting: Waiting, slot: Slot) -> tuple[bool, int, timedelta, datetime, int]:
    """Return the place in the queue, the smallest first.

    Whoever has no appointment at all comes first; then those who were offered least, who gain most, who wait longest.
    """
    gained = timedelta() if waiting.held_at is None else waiting.held_at - slot.starts_at
    return (waiting.held_at is not None, waiting.offers, -gained, waiting.since, waiting.wish_id)


def choose(
    slots: Iterable[Slot],
    waiting: Sequence[Waiting],
    *,
    pace: Pace,
    now: datetime,
    out: Sequence[tuple[int, Span]] = (),
    suits: Callable[[Waiting, Slot], bool] = lambda _waiting, _slot: True,
) -> list[tuple[Waiting, Slot]]:
    """Return who is offered which hour now; ``out``: offers that wait for an answer, by adviser."""
    open_offers = list(out)
    free = {one.wish_id: one for one in waiting}
    chosen: list[tuple[Waiting, Slot]] = []
    for slot in sorted(slots):
        span = Span(slot.starts_at, slot.ends_at)
        known = sum(adviser_id == slot.adviser_id and _meet(span, other) for adviser_id, other in open_offers)
        able = [one for one in free.values() if may_be_offered(one, slot, pace=pace, now=now) and suits(one, slot)]
        for one in sorted(able, key=lambda each: rank(each, slot))[: max(pace.at_once - known, 0)]:
            del free[one.wish_id]
            open_offers.append((slot.adviser_id, span))
            chosen.append((one, slot))
    return chosen


def _meet(one: Span, other: Span) -> bool:
    return one.starts_at < other.ends_at and other.starts_at < one.ends_at


def answer_until(slot: Slot, *, pace: Pace, now: datetime) -> datetime:
    """Return until when the offer holds: never beyond the hour itself."""
    return min(now + pace.answer, slot.starts_at)


def seen(slots: Iterable[Slot], *, pause: timedelta) -> tuple[Span, ...]:
    """Return the stretches that are free at this moment, as the person could see them."""
    return tuple(merged(Span(slot.starts_at, slot.ends_at + pause) for slot in slots))
