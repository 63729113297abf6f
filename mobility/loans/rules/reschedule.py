"""A pickup or return that the desk's own closing displaces: which other times, and what it costs (nothing)."""

from __future__ import annotations

from datetime import datetime, timedelta

from mobility.core.clock import at_paris, day_of
from mobility.desks.rules import OpeningCalendar

LOOK_BACK_DAYS = 14


def other_times(
    calendar: OpeningCalendar, instant: datetime, *, at_closing: bool, now: datetime
) -> tuple[datetime, ...]:
    """Return the nearest times to come at which the desk is open, before and after the instant.

    ``at_closing``: a vehicle that comes back may come at closing time, one that leaves needs an opening.
    """
    before = _before(calendar, instant, at_closing=at_closing, now=now)
    after = calendar.next_opening(max(instant, now))
    return tuple(time for time in (before, after) if time is not None and time != instant)


def _before(calendar: OpeningCalendar, instant: datetime, *, at_closing: bool, now: datetime) -> datetime | None:
    for back in range(LOOK_BACK_DAYS):
        day = day_of(instant) - timedelta(days=back)
        for hours in reversed(calendar.hours_on(day)):
            candidate = at_paris(day, hours.closes if at_closing else hours.opens)
            if now < candidate < instant:
                return candidate
    return None


def days_free(*, paid_days: int, days: int) -> int:
    """Return how many of the days of the moved period are given: what the desk's closing adds is not paid."""
    return max(days - max(paid_days, 1), 0)
