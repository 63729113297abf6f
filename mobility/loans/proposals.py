"""The next best when nothing is free: other times, other desks, a neighbouring category."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from mobility.core.clock import at_paris, day_of, in_paris
from mobility.desks.rules import OpeningCalendar
from mobility.fleet.kinds import Category
from mobility.loans.assignment import Candidate, Span, rank
from mobility.loans.rules.periods import open_for_return

REACH_DAYS = 21
MOST_TIMES = 3

# What a person may take instead, nearest use first.
NEIGHBOURS: dict[Category, tuple[Category, ...]] = {
    Category.CAR: (Category.LIGHT_CAR, Category.MOPED, Category.EBIKE),
    Category.ADAPTED: (),
    Category.LIGHT_CAR: (Category.CAR, Category.MOPED, Category.EBIKE),
    Category.MOPED: (Category.EBIKE, Category.LIGHT_CAR, Category.BIKE),
    Category.EBIKE: (Category.BIKE, Category.MOPED),
    Category.BIKE: (Category.EBIKE,),
}


class ProposalKind(StrEnum):
    """In what the proposal differs from the wish."""

    OTHER_TIME = "other_time"
    OTHER_DESK = "other_desk"
    OTHER_CATEGORY = "other_category"


@dataclass(frozen=True)
class Proposal:
    """A loan that could be booked instead."""

    kind: ProposalKind
    desk_id: int
    category: Category
    start_at: datetime
    due_at: datetime


@dataclass(frozen=True)
class DeskHours:
    """What the search for other times asks of a desk. ``anytime``: a key box, and a policy that allows it."""

    desk_id: int
    calendar: OpeningCalendar
    anytime: bool = False


def is_free(candidates: Sequence[Candidate], start_at: datetime, due_at: datetime, buffer: timedelta) -> bool:
    """Tell whether one of the vehicles takes the loan; its papers must hold to the end."""
    last_on = day_of(due_at)
    lendable = [c for c in candidates if c.lendable_until_on is None or c.lendable_until_on >= last_on]
    return bool(rank(lendable, Span(start_at, due_at + buffer)))


def _offsets() -> Iterator[int]:
    for distance in range(1, REACH_DAYS + 1):
        yield distance
        yield -distance


def _start_on(day: date, wall: datetime, hours: DeskHours) -> datetime | None:
    same = at_paris(day, in_paris(wall).time())
    if hours.anytime or hours.calendar.is_open_at(same):
        return same
    return hours.calendar.opens_at(day)


def _end_on(day: date, wall: datetime, hours: DeskHours) -> datetime | None:
    same = at_paris(day, in_paris(wall).time())
    if hours.anytime or open_for_return(hours.calendar, same):
        return same
    return hours.calendar.closes_at(day)


def other_times(
    candidates: Sequence[Candidate],
    *,
    category: Category,
    start_at: datetime,
    due_at: datetime,
    buffer: timedelta,
    hours: DeskHours,
    earliest_at: datetime,
) -> list[Proposal]:
    """Return the nearest other days with as many days of loan, at most three, the nearest first."""
    found: list[Proposal] = []
    first_on, last_on = day_of(start_at), day_of(due_at)
    for offset in _offsets():
        shift = timedelta(days=offset)
        start = _start_on(first_on + shift, start_at, hours)
        due = _end_on(last_on + shift, due_at, hours)
        if start is None or due is None or start < earliest_at or due <= start:
            continue
        if is_free(candidates, start, due, buffer):
            found.append(Proposal(ProposalKind.OTHER_TIME, hours.desk_id, category, start, due))
            if len(found) == MOST_TIMES:
                break
    return found
