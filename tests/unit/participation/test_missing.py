"""Until when what is missing can be had, and the bound by which the database sorts it."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mobility.participation.rules.exits import Clock
from mobility.participation.rules.missing import (
    MISSING_ACTS,
    Delays,
    Missing,
    Pressure,
    due_on,
    first_open_base,
    pressure,
)

TODAY = date(2026, 11, 24)
DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("kind", "base_on", "expected"),
    [
        (Missing.ANSWERS, date(2026, 11, 1), date(2026, 11, 29)),
        (Missing.EVIDENCE, date(2026, 11, 1), date(2026, 11, 29)),
        (Missing.EXIT, date(2026, 10, 31), date(2026, 11, 28)),
        (Missing.PROOF, date(2026, 10, 31), date(2026, 11, 28)),
        (Missing.LATER, date(2026, 5, 31), date(2026, 12, 28)),
        (Missing.LATER, date(2026, 8, 31), date(2027, 3, 28)),
    ],
)
def test_last_days(kind: Missing, base_on: date, expected: date) -> None:
    assert due_on(kind, base_on, Delays()) == expected


@pytest.mark.parametrize(
    ("due", "expected"),
    [
        (TODAY - DAY, Pressure.LATE),
        (TODAY, Pressure.SOON),
        (TODAY + 10 * DAY, Pressure.SOON),
        (TODAY + 11 * DAY, Pressure.CALM),
    ],
)
def test_it_is_said_well_before_it_is_too_late(due: date, expected: Pressure) -> None:
    assert pressure(due, today=TODAY, delays=Delays()) is expected


def test_every_lack_says_what_to_do() -> None:
    assert set(MISSING_ACTS) == set(Missing)


@given(
    kind=st.sampled_from(Missing),
    today=st.dates(min_value=date(2024, 1, 1), max_value=date(2029, 12, 31)),
    entry_days=st.integers(1, 90),
    data_days=st.integers(1, 90),
    later_months=st.integers(1, 24),
    later_days=st.integers(7, 90),
    around=st.integers(-10, 10),
)
def test_the_bound_parts_what_can_be_had_from_what_is_too_late(
    kind: Missing, today: date, entry_days: int, data_days: int, later_months: int, later_days: int, around: int
) -> None:
    clock = Clock(data_days=data_days, later_months=later_months, later_days=later_days)
    delays = Delays(entry_days=entry_days, clock=clock)
    first = first_open_base(kind, today=today, delays=delays)
    base_on = first + around * DAY
    assert (due_on(kind, base_on, delays) >= today) is (base_on >= first)
