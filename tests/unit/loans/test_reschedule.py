"""A pickup or return that the desk's closing displaces: other times, and no day more to pay."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mobility.core.clock import at_paris
from mobility.desks.rules import DayException, Hours, OpeningCalendar, WeeklyOpening, misses
from mobility.loans.rules.policy import Terms
from mobility.loans.rules.quote import days_to_pay, quote_days
from mobility.loans.rules.reschedule import days_free, other_times

WEEK = tuple(
    WeeklyOpening(day, hours) for day in range(5) for hours in (Hours(time(9), time(12)), Hours(time(14), time(17)))
)
# Thursday 26 and Friday 27 November 2026 are closed.
CLOSED = OpeningCalendar(WEEK, {date(2026, 11, day): [DayException(None, "Travaux")] for day in (26, 27)})
NOW = at_paris(date(2026, 11, 23), time(10))


def at(day: int, hour: int, minute: int = 0) -> datetime:
    return at_paris(date(2026, 11, day), time(hour, minute))


@pytest.mark.parametrize(
    ("instant", "at_closing", "expected"),
    [
        (at(27, 10), False, [at(25, 14), at(30, 9)]),
        (at(27, 17), True, [at(25, 17), at(30, 9)]),
        (at(25, 13), False, [at(25, 9), at(25, 14)]),
        (at(25, 13), True, [at(25, 12), at(25, 14)]),
        # Nothing before now.
        (at(23, 8), False, [at(23, 14)]),
    ],
)
def test_the_nearest_openings_on_both_sides_are_proposed(
    instant: datetime, at_closing: bool, expected: list[datetime]
) -> None:
    now = NOW if instant > NOW else at(23, 13)
    assert list(other_times(CLOSED, instant, at_closing=at_closing, now=now)) == expected


def test_a_desk_that_never_opens_proposes_nothing() -> None:
    assert other_times(OpeningCalendar(), at(27, 10), at_closing=False, now=NOW) == ()


@given(minutes=st.integers(-4000, 40000), at_closing=st.booleans())
def test_what_is_proposed_is_open_and_to_come(minutes: int, at_closing: bool) -> None:
    instant = NOW + timedelta(minutes=minutes)
    for time_ in other_times(CLOSED, instant, at_closing=at_closing, now=NOW):
        assert time_ >= NOW
        assert not misses(CLOSED, time_, at_closing=at_closing)


@pytest.mark.parametrize(
    ("instant", "at_closing", "missed"),
    [
        (at(25, 12), False, True),
        (at(25, 12), True, False),
        (at(25, 9), False, False),
        (at(25, 13), True, True),
        (at(26, 10), True, True),
    ],
)
def test_closing_time_is_in_time_for_a_return_alone(instant: datetime, at_closing: bool, missed: bool) -> None:
    assert misses(CLOSED, instant, at_closing=at_closing) is missed


@pytest.mark.parametrize(
    ("returned", "free_days", "paid"),
    [(at(25, 10), 0, 2), (at(25, 10), 3, 2), (at(30, 10), 3, 4), (at(27, 10), 3, 4), (at(24, 10), 9, 1)],
)
def test_days_that_the_desk_gave_are_not_paid(returned: datetime, free_days: int, paid: int) -> None:
    assert days_to_pay(start_at=at(24, 9), due_at=at(30, 10), returned_at=returned, free_days=free_days) == paid


def test_days_given_count_in_the_kilometres() -> None:
    assert quote_days(Terms(km_per_day=50), first_on=date(2026, 11, 24), days=4, free_days=3).km_allowance == 350


@given(st.integers(1, 60), st.integers(1, 60))
def test_a_displaced_end_never_makes_anybody_pay_more(paid_days: int, days: int) -> None:
    free = days_free(paid_days=paid_days, days=days)
    assert 0 <= free < days
    assert days - free <= paid_days
