"""Which hours are free: what an adviser opens, less what is closed, absent or taken. Pure.

Weekly hours are wall time of Paris, as the desk's are: an adviser who receives from 9 receives from 9 on the day the
clocks change too. Slots follow one another from the start of each free stretch, so that no crumbs are left between
two meetings.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from mobility.core.clock import at_paris, day_of
from mobility.desks.rules import OpeningCalendar


@dataclass(frozen=True, slots=True)
class Opening:
    """Hours in which an adviser receives, each week or every so many weeks. ``type_ids``: only those; empty: all."""

    adviser_id: int
    desk_id: int
    weekday: int
    opens: time
    closes: time
    starts_on: date
    ends_on: date | None = None
    every_weeks: int = 1
    type_ids: frozenset[int] = frozenset()

    def holds_on(self, day: date) -> bool:
        """Tell whether the adviser receives on that day."""
        if day.weekday() != self.weekday or day < self.starts_on or (self.ends_on is not None and day > self.ends_on):
            return False
        weeks = (monday_of(day) - monday_of(self.starts_on)).days // 7
        return weeks % self.every_weeks == 0

    def ever_holds(self) -> bool:
        """Tell whether there is any day on which the adviser receives."""
        first = self.starts_on + timedelta(days=(self.weekday - self.starts_on.weekday()) % 7)
        return any(self.holds_on(first + timedelta(weeks=week)) for week in range(self.every_weeks))

    def serves(self, type_id: int) -> bool:
        """Tell whether that type of meeting is held in these hours."""
        return not self.type_ids or type_id in self.type_ids


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A stretch of time, its end excluded."""

    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True, order=True)
class Slot:
    """One hour that may be booked."""

    starts_at: datetime
    ends_at: datetime
    adviser_id: int
    desk_id: int

    @property
    def code(self) -> str:
        """What a form sends back for it: « 1795600000.12.3 »."""
        return f"{int(self.starts_at.timestamp())}.{self.adviser_id}.{self.desk_id}"


@dataclass(frozen=True, slots=True)
class Wish:
    """What is looked for. ``at_desk``: the desk's own hours hold too; else an open day is enough (a call, a visit)."""

    type_id: int
    duration: timedelta
    pause: timedelta
    from_at: datetime
    until_at: datetime
    at_desk: bool = True


def monday_of(day: date) -> date:
    """Return the Monday of the week."""
    return day - timedelta(days=day.weekday())


def overlap(a: Opening, b: Opening) -> bool:
    """Tell whether two openings of one adviser ever meet."""
    if a.adviser_id != b.adviser_id or a.weekday != b.weekday or not (a.opens < b.closes and b.opens < a.closes):
        return False
    first = max(a.starts_on, b.starts_on)
    last = min(a.ends_on or date.max, b.ends_on or date.max)
    # Within the product of both rhythms every meeting of the two has come round.
    horizon = first + timedelta(weeks=a.every_weeks * b.every_weeks)
    day = first + timedelta(days=(a.weekday - first.weekday()) % 7)
    while day <= min(last, horizon):
        if a.holds_on(day) and b.holds_on(day):
            return True
        day += timedelta(days=7)
    return False


def free_slots(
    wish: Wish,
    openings: Sequence[Opening],
    *,
    calendars: Mapping[int, OpeningCalendar],
    busy: Mapping[int, Sequence[Span]],
) -> list[Slot]:
    """Return the free hours in order. ``calendars``: by desk; ``busy``: by adviser, absences and blocked times alike.

    A desk without a calendar is closed. Each slot ends, its pause too, within the stretch that is free.
    """
    taken = {adviser_id: merged(spans) for adviser_id, spans in busy.items()}
    slots: set[Slot] = set()
    for opening in openings:
        calendar = calendars.get(opening.desk_id)
        if calendar is None or not opening.serves(wish.type_id):
            continue
        for day in _days(opening, wish):
            for stretch in _open_stretches(opening, day, calendar, at_desk=wish.at_desk):
                for free in _without(stretch, taken.get(opening.adviser_id, ())):
                    slots.update(_cut(free, wish, opening))
    return sorted(slots)


def with_room(slots: Iterable[Slot], rooms: Mapping[int, Sequence[Span]]) -> list[Slot]:
    """Return the hours at which one of the rooms is free; ``rooms``: when each is in use. No room at all: none."""
    return [
        slot
        for slot in slots
        if any(
            all(used.ends_at <= slot.starts_at or slot.ends_at <= used.starts_at for used in spans)
            for spans in rooms.values()
        )
    ]


def is_free(
    starts_at: datetime,
    wish: Wish,
    openings: Sequence[Opening],
    *,
    calendars: Mapping[int, OpeningCalendar],
    busy: Sequence[Span],
) -> bool:
    """Tell whether one adviser may still be had at that very hour, on the rhythm of the free hours or off it.

    For an hour that was promised: what was booked beside it since must not take it away.
    """
    span = Span(starts_at, starts_at + wish.duration + wish.pause)
    taken = merged(busy)
    return any(
        is_within(span, _without(stretch, taken))
        for opening in openings
        if opening.serves(wish.type_id) and opening.holds_on(day_of(starts_at)) and opening.desk_id in calendars
        for stretch in _open_stretches(opening, day_of(starts_at), calendars[opening.desk_id], at_desk=wish.at_desk)
    )


def _days(opening: Opening, wish: Wish) -> Iterator[date]:
    first = max(opening.starts_on, day_of(wish.from_at))
    last = day_of(wish.until_at)
    if opening.ends_on is not None:
        last = min(last, opening.ends_on)
    day = first + timedelta(days=(opening.weekday - first.weekday()) % 7)
    while day <= last:
        if opening.holds_on(day):
            yield day
        day += timedelta(days=7)


def _open_stretches(opening: Opening, day: date, calendar: OpeningCalendar, *, at_desk: bool) -> Iterator[Span]:
    ranges = calendar.hours_on(day)
    if at_desk:
        walls = [(max(opening.opens, hours.opens), min(opening.closes, hours.closes)) for hours in ranges]
    else:
        walls = [(opening.opens, opening.closes)] if ranges else []
    for opens, closes in walls:
        # The hour that March skips leaves nothing of a stretch that lies in it.
        if opens < closes and (starts_at := at_paris(day, opens)) < (ends_at := at_paris(day, closes)):
            yield Span(starts_at, ends_at)


def merged(spans: Iterable[Span]) -> list[Span]:
    """Return the same time as stretches in order that do not touch."""
    found: list[Span] = []
    for span in sorted(spans):
        if found and span.starts_at <= found[-1].ends_at:
            found[-1] = Span(found[-1].starts_at, max(found[-1].ends_at, span.ends_at))
        else:
            found.append(span)
    return found


def is_within(span: Span, stretches: Iterable[Span]) -> bool:
    """Tell whether a span lies wholly in one of the stretches."""
    return any(stretch.starts_at <= span.starts_at and span.ends_at <= stretch.ends_at for stretch in stretches)


def _without(stretch: Span, taken: Sequence[Span]) -> Iterator[Span]:
    """Return what is left of a stretch; ``taken`` is in order and without overlaps."""
    start = stretch.starts_at
    for span in taken:
        if span.ends_at <= start:
            continue
        if span.starts_at >= stretch.ends_at:
            break
        if span.starts_at > start:
            yield Span(start, span.starts_at)
        start = span.ends_at
    if start < stretch.ends_at:
        yield Span(start, stretch.ends_at)


def _cut(free: Span, wish: Wish, opening: Opening) -> Iterator[Slot]:
    step = wish.duration + wish.pause
    start = free.starts_at
    if start < wish.from_at:
        # Keep to the rhythm of the stretch: an hour asked for late must not leave crumbs before it.
        start += step * -(-(wish.from_at - start) // step)
    while start + step <= free.ends_at and start <= wish.until_at:
        yield Slot(start, start + wish.duration, opening.adviser_id, opening.desk_id)
        start += step
