"""The deadline measured and forecast."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mobility.prescriptions.rules.measure import Forecast, Measure, Wait, forecast, measure

D = date(2026, 11, 2)
DAY = timedelta(days=1)


def wait(days: int, target: int = 30) -> Wait:
    return Wait(D, D + days * DAY, D + target * DAY)


@pytest.mark.parametrize(
    ("waits", "expected", "share"),
    [
        ([], Measure(0, 0, None), None),
        ([wait(10)], Measure(1, 1, 10.0), 100),
        ([wait(30), wait(31)], Measure(2, 1, 30.5), 50),
        ([wait(0), wait(12), wait(45)], Measure(3, 2, 12.0), 66),
    ],
)
def test_waits_are_summed_up(waits: list[Wait], expected: Measure, share: int | None) -> None:
    assert measure(waits) == expected
    assert measure(waits).share_percent == share


@pytest.mark.parametrize(
    ("due", "met", "missed"),
    [
        ([], 5, 0),
        ([D + 10 * DAY], 0, 1),
        # 28 met in 28 days: one a day.
        ([D + DAY, D + 2 * DAY, D + 3 * DAY], 28, 0),
        ([D, D + DAY, D + DAY], 28, 3),
        ([D + DAY, D + DAY, D + 9 * DAY], 28, 1),
        ([D - DAY], 28, 1),
    ],
)
def test_todays_pace_tells_who_will_be_missed(due: list[date], met: int, missed: int) -> None:
    assert forecast(due, met_lately=met, on=D) == Forecast(len(due), missed)


due_days = st.lists(st.dates(date(2026, 9, 1), date(2027, 3, 1)), max_size=60)


@given(due=due_days, met=st.integers(0, 200))
def test_a_better_pace_never_misses_more(due: list[date], met: int) -> None:
    assert forecast(due, met_lately=met + 1, on=D).missed <= forecast(due, met_lately=met, on=D).missed <= len(due)


@given(due=due_days, met=st.integers(0, 200), one=st.dates(date(2026, 9, 1), date(2027, 3, 1)))
def test_one_more_who_waits_never_makes_fewer_missed(due: list[date], met: int, one: date) -> None:
    assert forecast([*due, one], met_lately=met, on=D).missed >= forecast(due, met_lately=met, on=D).missed


@given(st.lists(st.tuples(st.integers(0, 200), st.integers(1, 90)), min_size=1, max_size=50))
def test_the_median_lies_among_the_waits(pairs: list[tuple[int, int]]) -> None:
    waits = [wait(days, target) for days, target in pairs]
    found = measure(waits)
    assert found.median_days is not None
    assert min(w.days for w in waits) <= found.median_days <= max(w.days for w in waits)
    assert 0 <= found.within <= found.count == len(waits)
