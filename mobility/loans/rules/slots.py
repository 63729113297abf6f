"""The hours that a borrower may choose: half-hours in which the desk is open."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, time

from mobility.desks.rules import Hours, OpeningCalendar

STEP_MINUTES = 30
DAY_MINUTES = 24 * 60


def slots(ranges: Iterable[Hours], *, at_closing: bool) -> list[time]:
    """Return each half-hour in the ranges, and their very beginning; for a return (``at_closing``) their end too."""
    found: set[int] = set()
    for hours in ranges:
        opens, closes = _minutes(hours.opens), _minutes(hours.closes)
        first = -(-opens // STEP_MINUTES) * STEP_MINUTES
        found |= {opens, *range(first, closes, STEP_MINUTES)}
        if at_closing:
            found.add(closes)
    return [_time(minutes) for minutes in sorted(found)]


def whole_day() -> list[time]:
    """Return every half-hour of the day: a key box is always open."""
    return [_time(minutes) for minutes in range(0, DAY_MINUTES, STEP_MINUTES)]


def slots_of(calendar: OpeningCalendar, day: date | None, *, at_closing: bool) -> list[time]:
    """Return the hours to choose from: those of any week day, and those of the day itself where it is known."""
    of_day = calendar.hours_on(day) if day is not None else ()
    return slots([*(opening.hours for opening in calendar.weekly), *of_day], at_closing=at_closing)


def _minutes(wall: time) -> int:
    return wall.hour * 60 + wall.minute


def _time(minutes: int) -> time:
    return time(minutes // 60, minutes % 60)
