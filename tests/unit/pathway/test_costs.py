"""What journeys cost by day and by month: to the cent, and never twice."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mobility.pathway.costs import Cost, MonthCost, StepCost, by_day, by_month, spread

FIRST = date(2026, 11, 23)
days_of_year = st.integers(0, 120).map(lambda number: FIRST + timedelta(days=number))
day_sets = st.frozensets(days_of_year, max_size=40)
steps = st.lists(
    st.builds(
        StepCost,
        step_id=st.integers(1, 8),
        person_cents=st.integers(0, 100_000),
        funder_cents=st.integers(0, 100_000),
        days=day_sets,
        starts_on=days_of_year,
        dated=st.dictionaries(days_of_year, st.builds(Cost, st.integers(0, 2000), st.integers(0, 500)), max_size=10),
    ),
    max_size=8,
)


def week(*numbers: int) -> frozenset[date]:
    return frozenset(FIRST + timedelta(days=number) for number in numbers)


@pytest.mark.parametrize(
    ("cents", "numbers", "shares"),
    [(1000, (0, 1, 2), [334, 333, 333]), (2, (0, 1, 2), [1, 1, 0]), (0, (0,), [0]), (700, (), [])],
)
def test_cents_are_shared_over_days(cents: int, numbers: tuple[int, ...], shares: list[int]) -> None:
    found = spread(cents, week(*numbers))
    assert [found[day] for day in sorted(found)] == shares


def test_a_step_that_carries_nobody_is_paid_on_the_day_it_begins() -> None:
    assert by_day([StepCost(1, 500, 200, frozenset(), FIRST)]) == {FIRST: Cost(500, 200)}
    assert by_day([StepCost(1, 500, 200, frozenset())]) == {}


def test_what_is_paid_by_the_journey_stands_on_its_day_beside_what_is_spread() -> None:
    seats = {FIRST: Cost(120), FIRST + timedelta(days=1): Cost(60)}
    car = StepCost(1, 1000, 500, week(1, 2), FIRST)
    carpool = StepCost(2, 0, 0, week(0, 1), FIRST, seats)
    assert by_day([carpool]) == {FIRST: Cost(120), FIRST + timedelta(days=1): Cost(60)}
    assert by_day([car, carpool]) == {
        FIRST: Cost(120),
        FIRST + timedelta(days=1): Cost(560, 250),
        FIRST + timedelta(days=2): Cost(500, 250),
    }
    assert by_day([car, carpool, carpool]) == by_day([car, carpool])


def test_a_month_says_what_it_costs_whom_and_for_how_many_days() -> None:
    november, december = week(0, 1, 2, 3, 4), week(8, 9)
    loan = StepCost(1, 7000, 3500, november | december)
    found = by_month(by_day([loan]), [*sorted(november), *sorted(december), FIRST + timedelta(days=5)])
    assert found == [
        MonthCost(date(2026, 11, 1), Cost(5000, 2500), 6),
        MonthCost(date(2026, 12, 1), Cost(2000, 1000), 2),
    ]
    assert [month.per_day_cents for month in found] == [833, 1000]
    assert (found[0].label, found[0].cost.total_cents) == ("novembre 2026", 7500)
    assert MonthCost(FIRST, Cost(5), 0).per_day_cents == 0


@given(st.integers(0, 10**7), day_sets)
def test_nothing_is_lost_and_no_day_bears_a_cent_more_than_another(cents: int, days: frozenset[date]) -> None:
    shares = spread(cents, days)
    assert sum(shares.values()) == (cents if days else 0)
    assert not shares or max(shares.values()) - min(shares.values()) <= 1


@given(steps)
def test_costs_are_never_counted_twice(given_steps: list[StepCost]) -> None:
    once = {step.step_id: step for step in given_steps}
    found = by_day(given_steps)
    journeys = sum((cost for one in once.values() for cost in one.dated.values()), Cost())
    wholes = sum((Cost(one.person_cents, one.funder_cents) for one in once.values()), Cost())
    assert sum(found.values(), Cost()) == wholes + journeys
    assert by_day([*given_steps, *once.values()]) == found
    months = by_month(found, [])
    assert sum(month.cost.total_cents for month in months) == sum(cost.total_cents for cost in found.values())
