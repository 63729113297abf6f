"""Runs of days that nobody carries: told once, before they begin."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mobility.pathway.coverage import Carrier, CoverageDay, DayLeg, state_of
from mobility.pathway.gaps import next_run
from mobility.pathway.rules import Direction

FIRST = date(2026, 11, 16)  # a Monday
BUS = (Carrier("Bus", "bus-front"),)


def day(number: int, letter: str) -> CoverageDay:
    """One day by a letter: c carried, g nobody, t nothing there, b nothing back, . no work, u not known."""
    on = FIRST + timedelta(days=number)
    there, back = (
        datetime(on.year, on.month, on.day, 7, tzinfo=UTC),
        datetime(on.year, on.month, on.day, 16, tzinfo=UTC),
    )
    legs = ()
    if letter != ".":
        legs = (
            DayLeg(Direction.THERE, there, letter != "u", BUS if letter in "cb" else ()),
            DayLeg(Direction.BACK, back, letter != "u", BUS if letter in "ct" else ()),
        )
    return CoverageDay(on, state_of(legs), "", legs)


def days(letters: str) -> list[CoverageDay]:
    return [day(number, letter) for number, letter in enumerate(letters)]


def at(number: int, hour: int = 6) -> datetime:
    return datetime(FIRST.year, FIRST.month, FIRST.day, hour, tzinfo=UTC) + timedelta(days=number)


@pytest.mark.parametrize(
    ("letters", "now", "starts", "length"),
    [
        ("ccccc..ccccc", at(0), None, 0),
        ("ccggg..ggc", at(0), 2, 5),  # the weekend does not end a run, Wednesday does
        ("ccggg..ggc", at(2), 2, 5),
        ("ccggg..ggc", at(2, 12), 2, 5),  # the way back is still ahead: the same run
        ("ccggg..ggc", at(2, 17), None, 0),  # it has begun
        ("ccggg..ggc", at(3), None, 0),
        ("ccggg..cgg", at(3), 8, 2),  # the next one has not
        ("ggggg", at(0), 0, 5),  # the work begins without a solution
        ("ggggg", at(1), None, 0),
        ("cctcc", at(0), 2, 1),
        ("ccbcc", at(2, 12), 2, 1),
        ("cctcc", at(2, 12), None, 0),  # only the way there was missing, and it is over
        ("ccuugg", at(0), 4, 2),  # days that are not known are no gap, and end none
        ("ggu.gc", at(1), None, 0),
        ("", at(0), None, 0),
    ],
)
def test_a_run_is_found_before_it_begins(letters: str, now: datetime, starts: int | None, length: int) -> None:
    run = next_run(days(letters), now=now)
    found = (None, 0) if run is None else ((run.starts_on - FIRST).days, len(run.days))
    assert found == (starts, length)


def test_the_first_leg_is_the_first_that_nobody_carries() -> None:
    run = next_run(days("ctb"), now=at(0))
    assert run is not None
    assert run.first_at == at(1, 7)
    back = next_run(days("bb"), now=at(0))
    assert back is not None
    assert back.first_at == at(0, 16)


@given(st.text("cgtb.u", max_size=20), st.integers(0, 20), st.integers(0, 23))
def test_whoever_looks_at_every_hour_tells_each_run_under_one_name(letters: str, number: int, hour: int) -> None:
    calendar, now = days(letters), at(number, hour)
    run = next_run(calendar, now=now)
    if run is None:
        return
    assert run.first_at > now
    assert all(any(leg.certain and not leg.carried for leg in one.legs) for one in run.days)
    later = next_run(calendar, now=now + timedelta(hours=1))
    if run.first_at > now + timedelta(hours=1):
        assert later == run
    elif later is not None:
        # The first leg is over: the way back of the same day, or another run altogether.
        assert later.starts_on == run.starts_on or later.starts_on > run.days[-1].day_on
