"""The hours that a borrower may choose."""

from __future__ import annotations

from datetime import date, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mobility.core.clock import at_paris
from mobility.desks.rules import DayException, Hours, OpeningCalendar, WeeklyOpening, misses
from mobility.loans.rules.slots import slots, slots_of, whole_day

MORNING = Hours(time(9), time(10, 30))
SATURDAY, SUNDAY = date(2026, 11, 28), date(2026, 11, 29)
CALENDAR = OpeningCalendar(
    [WeeklyOpening(day, MORNING) for day in range(5)],
    {SATURDAY: [DayException(Hours(time(13, 10), time(14)), "Portes ouvertes")]},
)


@pytest.mark.parametrize(
    ("ranges", "at_closing", "expected"),
    [
        ([MORNING], False, ["09:00", "09:30", "10:00"]),
        ([MORNING], True, ["09:00", "09:30", "10:00", "10:30"]),
        ([Hours(time(8, 45), time(9, 10))], True, ["08:45", "09:00", "09:10"]),
        ([MORNING, Hours(time(10), time(11))], False, ["09:00", "09:30", "10:00", "10:30"]),
        ([], True, []),
    ],
)
def test_half_hours_in_which_the_desk_is_open(ranges: list[Hours], at_closing: bool, expected: list[str]) -> None:
    assert [f"{wall:%H:%M}" for wall in slots(ranges, at_closing=at_closing)] == expected


def test_a_day_adds_its_own_hours_to_those_of_the_week() -> None:
    assert slots_of(CALENDAR, SATURDAY, at_closing=False)[-2:] == [time(13, 10), time(13, 30)]
    assert slots_of(CALENDAR, SUNDAY, at_closing=False) == slots([MORNING], at_closing=False)
    assert slots_of(CALENDAR, None, at_closing=True)[-1] == time(10, 30)
    assert len(whole_day()) == 48


@given(st.integers(0, 60), st.booleans())
def test_on_every_open_day_some_hour_that_is_offered_finds_the_desk_open(days: int, at_closing: bool) -> None:
    day = date(2026, 11, 23) + timedelta(days=days)
    if CALENDAR.is_open_day(day):
        offered = slots_of(CALENDAR, day, at_closing=at_closing)
        assert not all(misses(CALENDAR, at_paris(day, wall), at_closing=at_closing) for wall in offered)
