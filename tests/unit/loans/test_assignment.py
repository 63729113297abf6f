"""Which vehicle a loan gets."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from itertools import pairwise, permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mobility.fleet.kinds import Category
from mobility.loans.assignment import (
    HORIZON,
    Candidate,
    Span,
    fit_reasons,
    rank,
    remaining_slack,
    shared_reasons,
    suitable,
)
from mobility.loans.rules.licences import Driver
from tests.unit.loans.helpers import NOW, paris

DRIVER = Driver(age_years=30, seniority_months=120)


def hours(start: int, end: int) -> Span:
    return Span(NOW + timedelta(hours=start), NOW + timedelta(hours=end))


def vehicle(vehicle_id: int = 1, *busy: Span, **kwargs: Any) -> Candidate:
    return Candidate(vehicle_id, 1, Category.CAR, f"Clio {vehicle_id}", busy=busy, **kwargs)


def test_the_gap_that_the_loan_fills_best_is_taken() -> None:
    wide = vehicle(1)
    tight = vehicle(2, hours(0, 10), hours(21, 30))
    tighter = vehicle(3, hours(0, 10), hours(20, 30))
    assert [c.vehicle_id for c in rank([wide, tight, tighter], hours(10, 20))] == [3, 2, 1]


def test_equal_gaps_go_to_the_lowest_odometer_then_to_the_lowest_id() -> None:
    cars = [vehicle(3, odometer_km=100), vehicle(2, odometer_km=100), vehicle(1, odometer_km=5000)]
    for order in permutations(cars):
        assert [c.vehicle_id for c in rank(order, hours(10, 20))] == [2, 3, 1]


def test_a_loan_may_begin_at_the_very_end_of_the_one_before() -> None:
    car = vehicle(1, hours(0, 10), hours(20, 30))
    assert remaining_slack(car, hours(10, 20)) == timedelta(0)
    assert remaining_slack(car, hours(9, 20)) is None
    assert remaining_slack(car, hours(10, 21)) is None
    assert remaining_slack(vehicle(), hours(0, 1)) == 2 * HORIZON


@st.composite
def fleets(draw: st.DrawFn) -> tuple[list[Candidate], Span]:
    cars = []
    for vehicle_id in range(draw(st.integers(0, 6))):
        marks = sorted(draw(st.sets(st.integers(0, 200), max_size=10)))
        busy = tuple(hours(a, b) for a, b in zip(marks[::2], marks[1::2], strict=False))
        cars.append(vehicle(vehicle_id, *busy, odometer_km=draw(st.integers(0, 3))))
    start = draw(st.integers(0, 200))
    return cars, hours(start, start + draw(st.integers(1, 50)))


@given(fleets(), st.randoms(use_true_random=False))
def test_no_assignment_ever_overlaps_and_the_order_of_the_fleet_changes_nothing(
    fleet: tuple[list[Candidate], Span], random: Any
) -> None:
    cars, wanted = fleet
    ranked = rank(cars, wanted)
    assert all(not span.overlaps(wanted) for car in ranked for span in car.busy)
    assert {c.vehicle_id for c in ranked} == {c.vehicle_id for c in cars if c.is_free(wanted)}
    shuffled = list(cars)
    random.shuffle(shuffled)
    assert rank(shuffled, wanted) == ranked


@given(fleets())
def test_the_best_leaves_the_least_free_time_around(fleet: tuple[list[Candidate], Span]) -> None:
    cars, wanted = fleet
    slacks = [remaining_slack(car, wanted) for car in rank(cars, wanted)]
    assert slacks == sorted(s for s in slacks if s is not None)


@given(st.lists(st.tuples(st.integers(0, 100), st.integers(1, 30)), max_size=30))
def test_a_sequence_of_bookings_never_puts_two_loans_on_one_vehicle(wishes: list[tuple[int, int]]) -> None:
    busy: dict[int, list[Span]] = {1: [], 2: [], 3: []}
    for start, length in wishes:
        wanted = hours(start, start + length)
        ranked = rank([vehicle(key, *spans) for key, spans in busy.items()], wanted)
        if ranked:
            busy[ranked[0].vehicle_id].append(wanted)
    for spans in busy.values():
        ordered = sorted(spans)
        assert all(a.ends_at <= b.starts_at for a, b in pairwise(ordered))


LAST = date(2026, 12, 11)


@pytest.mark.parametrize(
    ("car", "driver", "needs", "expected"),
    [
        ({}, {}, (), []),
        ({"lendable_until_on": LAST}, {}, (), []),
        ({"lendable_until_on": date(2026, 12, 10)}, {}, (), ["vehicle_papers"]),
        ({"manual": True}, {}, (), []),
        ({"manual": True}, {"automatic_only": True}, (), ["automatic_only"]),
        ({"manual": False}, {"automatic_only": True}, (), []),
        ({"equipment": frozenset({"child_seat"})}, {}, ("child_seat",), []),
        ({}, {}, ("child_seat",), ["equipment_missing"]),
        ({}, {}, ("<script>",), ["equipment_missing"]),
        ({"min_age_years": 30}, {}, (), []),
        ({"min_age_years": 31}, {}, (), ["insurer_age"]),
        ({"min_age_years": 18}, {"age_years": None}, (), ["insurer_age"]),
        ({"min_seniority_months": 120}, {}, (), []),
        ({"min_seniority_months": 121}, {}, (), ["insurer_seniority"]),
        ({"min_seniority_months": 24}, {"seniority_months": None}, (), []),
    ],
)
def test_a_vehicle_suits_its_driver_or_says_why_not(
    car: dict[str, Any], driver: dict[str, Any], needs: tuple[str, ...], expected: list[str]
) -> None:
    who = Driver(**{"age_years": 30, "seniority_months": 120, **driver})
    got = fit_reasons(vehicle(**car), driver=who, needs=needs, last_on=LAST)
    assert [reason.code for reason in got] == expected


def test_when_none_suits_the_reasons_are_those_of_the_nearest() -> None:
    due: datetime = paris("2026-12-11", "17:00")
    who = Driver(30, 120, automatic_only=True)
    cars = [vehicle(1, manual=True, min_age_years=60), vehicle(2, manual=True)]
    assert suitable(cars, driver=who, needs=(), due_at=due) == []
    assert [r.code for r in shared_reasons(cars, driver=who, needs=(), due_at=due)] == ["automatic_only"]
    cars.append(vehicle(3))
    assert [c.vehicle_id for c in suitable(cars, driver=who, needs=(), due_at=due)] == [3]
    assert shared_reasons(cars, driver=who, needs=(), due_at=due) == []
    assert shared_reasons([], driver=DRIVER, needs=(), due_at=due) == []
