"""Several riders in one car: the best order, and everybody's budget."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mobility.carpool.rules.facts import ANY_TIME, NO_ROAD, Order, Plan, RoadTable, Spot, Visit, Window, ride_budget
from mobility.carpool.rules.plan import best_insertion, best_plan, evaluate, insertions, keeps_metres, loads
from mobility.carpool.rules.score import Weights, score_of
from tests.unit.carpool.helpers import FOUR, MINUTE, a_driver, a_line, a_rider
from tests.unit.carpool.strategies import Scene, scenes


def check_everybody(plan: Plan, scene: Scene) -> None:
    """Check a plan from its stops alone, by arithmetic that shares nothing with the code."""
    driver, riders, seconds = scene.driver, scene.riders, scene.table.seconds
    places = [driver.origin, *(visit.spot.place for visit in plan.order), driver.destination]
    times = [plan.depart_at, *plan.stop_at, plan.arrive_at]
    drive = 0
    for (a, b), (begin, end) in zip(itertools.pairwise(places), itertools.pairwise(times), strict=True):
        assert end - begin >= seconds[a][b]
        drive += seconds[a][b]
    alone = seconds[driver.origin][driver.destination]
    assert 0 <= plan.detour_seconds == drive - alone <= driver.max_detour_seconds
    assert 0 <= plan.wait_seconds == plan.arrive_at - plan.depart_at - drive
    if driver.max_longer_seconds is not None:
        assert plan.arrive_at - plan.depart_at - alone <= driver.max_longer_seconds
    if driver.max_detour_metres is not None:
        metres = scene.table.metres
        assert metres is not None
        longer = sum(metres[a][b] for a, b in itertools.pairwise(places)) - metres[driver.origin][driver.destination]
        assert longer == pytest.approx(plan.detour_metres)
        assert longer <= driver.max_detour_metres
    assert driver.depart.earliest <= plan.depart_at <= driver.depart.latest
    assert driver.arrive.earliest <= plan.arrive_at <= driver.arrive.latest
    assert sorted(visit.rider for visit in plan.order) == sorted([*range(len(riders))] * 2)
    aboard: set[int] = set()
    for visit in plan.order:
        assert (visit.rider in aboard) != visit.pickup
        aboard ^= {visit.rider}
        assert sum(riders[rider].seats for rider in aboard) <= driver.seats
    for ride in plan.rides:
        rider = riders[ride.rider]
        assert ride.pickup in rider.pickups
        assert ride.dropoff in rider.dropoffs
        leaves, arrives = ride.pickup_at - ride.pickup.walk_seconds, ride.dropoff_at + ride.dropoff.walk_seconds
        assert rider.leave.earliest <= leaves <= rider.leave.latest
        assert rider.arrive.earliest <= arrives <= rider.arrive.latest
        assert ride.dropoff_at - ride.pickup_at >= seconds[ride.pickup.place][ride.dropoff.place]
        if rider.max_ride_seconds is not None:
            assert ride.dropoff_at - ride.pickup_at <= rider.max_ride_seconds
        at_the_doors = (ride.pickup, ride.dropoff) == (rider.pickups[0], rider.dropoffs[0])
        if rider.max_walk_seconds is not None and not at_the_doors:
            assert ride.walk_seconds <= rider.max_walk_seconds


def every_order(scene: Scene) -> Iterator[Order]:
    """Yield every order of stops, by permutations."""
    choices = []
    for row, rider in enumerate(scene.riders):
        walks = [
            (pickup, dropoff)
            for pickup, dropoff in itertools.product(rider.pickups, rider.dropoffs)
            if rider.max_walk_seconds is None
            or pickup.walk_seconds + dropoff.walk_seconds <= rider.max_walk_seconds
            or (pickup, dropoff) == (rider.pickups[0], rider.dropoffs[0])
        ]
        choices.append([(Visit(row, True, pickup), Visit(row, False, dropoff)) for pickup, dropoff in walks])
    for chosen in itertools.product(*choices):
        for order in itertools.permutations([visit for pair in chosen for visit in pair]):
            if all(order.index(into) < order.index(out) for into, out in chosen):
                yield order


def best_of_all(scene: Scene) -> int | None:
    """Return the score of the best of all orders."""
    plans = [evaluate(scene.driver, scene.riders, order, scene.table) for order in every_order(scene)]
    return min(
        (
            score_of(plan, scene.riders, Weights()).total
            for plan in plans
            if plan is not None and keeps_metres(scene.driver, plan)
        ),
        default=None,
    )


@given(scenes())
@settings(max_examples=100, deadline=None)
def test_growing_order_by_order_is_as_good_as_trying_all(scene: Scene) -> None:
    found = best_plan(scene.driver, scene.riders, scene.table)
    assert found.complete
    best = best_of_all(scene)
    assert (found.plan is None) == (best is None)
    if found.plan is not None:
        check_everybody(found.plan, scene)
        assert score_of(found.plan, scene.riders, Weights()).total == best


@given(scenes(most_riders=2, most_spots=3))
@settings(max_examples=80, deadline=None)
def test_meeting_points_are_chosen_as_well_as_by_trying_all(scene: Scene) -> None:
    found = best_plan(scene.driver, scene.riders, scene.table)
    best = best_of_all(scene)
    assert (found.plan is None) == (best is None)
    if found.plan is not None:
        check_everybody(found.plan, scene)
        assert score_of(found.plan, scene.riders, Weights()).total == best


@given(scenes(most_riders=3, least_riders=2))
@settings(max_examples=100, deadline=None)
def test_an_insertion_is_the_best_of_all_orders_that_keep_the_others_in_theirs(scene: Scene) -> None:
    *_, last = range(len(scene.riders))
    others = best_plan(scene.driver, scene.riders[:last], scene.table).plan
    if others is None:
        return
    found = best_insertion(scene.driver, scene.riders, others.order, last, scene.table)
    plans = [
        plan
        for order in every_order(scene)
        if tuple(visit for visit in order if visit.rider != last) == others.order
        and (plan := evaluate(scene.driver, scene.riders, order, scene.table)) is not None
        and keeps_metres(scene.driver, plan)
    ]
    assert (found is None) == (not plans)
    if found is not None:
        check_everybody(found, scene)
        scores = [score_of(plan, scene.riders, Weights()).total for plan in plans]
        assert score_of(found, scene.riders, Weights()).total == min(scores)


@given(scenes(most_riders=4), st.integers(1, 3))
@settings(max_examples=60, deadline=None)
def test_a_narrow_search_breaks_no_budget_and_says_that_it_was_narrow(scene: Scene, width: int) -> None:
    found = best_plan(scene.driver, scene.riders, scene.table, width=width)
    whole = best_plan(scene.driver, scene.riders, scene.table)
    if found.plan is not None:
        check_everybody(found.plan, scene)
    if found.complete:
        assert found.plan == whole.plan
    assert best_plan(scene.driver, scene.riders, scene.table, width=width) == found


@given(scenes(most_spots=2, most_riders=2), st.data())
@settings(max_examples=100, deadline=None)
def test_more_margin_never_loses_a_match(scene: Scene, data: st.DataObject) -> None:
    if best_plan(scene.driver, scene.riders, scene.table).plan is None:
        return
    margin = st.integers(0, 3600)

    def wider(window: Window) -> Window:
        return Window(window.earliest - data.draw(margin), window.latest + data.draw(margin))

    def more(budget: int | None) -> int | None:
        return None if budget is None else budget + data.draw(margin)

    metres = scene.driver.max_detour_metres
    driver = replace(
        scene.driver,
        depart=wider(scene.driver.depart),
        arrive=wider(scene.driver.arrive),
        seats=scene.driver.seats + data.draw(st.integers(0, 2)),
        max_detour_seconds=scene.driver.max_detour_seconds + data.draw(margin),
        max_detour_metres=None if metres is None else metres + data.draw(margin),
        max_longer_seconds=more(scene.driver.max_longer_seconds),
    )
    riders = tuple(
        replace(
            rider,
            leave=wider(rider.leave),
            arrive=wider(rider.arrive),
            max_ride_seconds=more(rider.max_ride_seconds),
            max_walk_seconds=more(rider.max_walk_seconds),
        )
        for rider in scene.riders
    )
    assert best_plan(driver, riders, scene.table).plan is not None


def test_a_search_one_order_wide_finds_a_plan_and_says_that_there_may_be_a_better_one() -> None:
    table = a_line(*[2 * MINUTE] * 5)
    riders = [a_rider(1, 4), a_rider(2, 5), a_rider(3, 4)]
    driver = a_driver(0, 5, max_detour_seconds=30 * MINUTE)
    narrow, wide = (best_plan(driver, riders, table, width=width) for width in (1, 2520))
    assert (narrow.complete, wide.complete) == (False, True)
    assert narrow.plan is not None
    assert wide.plan is not None
    assert sorted(ride.rider for ride in narrow.plan.rides) == [0, 1, 2]
    totals = [score_of(plan, riders, Weights()).total for plan in (narrow.plan, wide.plan)]
    assert totals[0] >= totals[1]


def test_the_detour_stands_against_the_driver_alone() -> None:
    # 0 —10 min— 1 —10 min— 2, and the rider lives five minutes behind the driver.
    table = a_line(5 * MINUTE, 10 * MINUTE, 10 * MINUTE)
    found = best_plan(a_driver(1, 3), (a_rider(0, 2),), table)
    assert found.plan is not None
    assert found.plan.detour_seconds == 10 * MINUTE
    assert found.plan.detour_metres == 600
    assert found.plan.stop_at == (FOUR + 5 * MINUTE, FOUR + 20 * MINUTE)
    assert best_plan(a_driver(1, 3, max_detour_seconds=599), (a_rider(0, 2),), table).plan is None
    assert best_plan(a_driver(1, 3, max_detour_metres=599.0), (a_rider(0, 2),), table).plan is None


def test_a_seat_is_free_again_once_somebody_got_out() -> None:
    table = a_line(300, 300, 300)
    riders = (a_rider(0, 1), a_rider(2, 3))
    plan = best_plan(a_driver(0, 3, seats=1), riders, table).plan
    assert plan is not None
    assert loads(plan.order, riders) == [0, 1, 0, 1, 0]
    # Two who overlap: the car would have to come back for the second one, which is ten minutes.
    both = (a_rider(0, 2), a_rider(1, 3))
    assert best_plan(a_driver(0, 3, seats=1), both, table).plan is not None
    assert best_plan(a_driver(0, 3, seats=1, max_detour_seconds=599), both, table).plan is None
    assert best_plan(a_driver(0, 3, seats=2, max_detour_seconds=0), both, table).plan is not None


def test_the_budget_of_those_in_the_car_stands_when_another_gets_in() -> None:
    table = a_line(300, 300, 300)
    far = a_rider(0, 2, max_ride_seconds=ride_budget(600, max_extra_seconds=0))
    early = Window(FOUR, FOUR + 9999)
    waits = a_rider(1, 3, leave=Window(FOUR + 1200, FOUR + 1200), arrive=ANY_TIME)
    assert best_plan(a_driver(0, 3, depart=early), (far,), table).plan is not None
    # The second one is ready after twenty minutes: the first is picked up later rather than kept waiting in the car.
    plan = best_plan(a_driver(0, 3, depart=early), (far, waits), table).plan
    assert plan is not None
    assert [ride.seconds for ride in plan.rides] == [600, 600]
    # With a driver who leaves at once there is no such way.
    assert best_plan(a_driver(0, 3, max_longer_seconds=300), (far, waits), table).plan is None


def test_a_walk_saves_a_detour_where_it_is_worth_it() -> None:
    # 0 — 1 — 2 along the road; the rider lives at 3, six minutes beside 1, and may walk to 1.
    seconds = [[0, 600, 1200, 960], [600, 0, 600, 360], [1200, 600, 0, 960], [960, 360, 960, 0]]
    table = RoadTable(seconds)
    door, corner = Spot(3), Spot(1, walk_seconds=240)
    rider = a_rider((door, corner), 2)
    plan = best_plan(a_driver(0, 2, max_detour_seconds=900), (rider,), table).plan
    assert plan is not None
    assert (plan.rides[0].pickup, plan.detour_seconds) == (corner, 0)
    stays = best_plan(a_driver(0, 2, max_detour_seconds=900), (replace(rider, max_walk_seconds=200),), table).plan
    assert stays is not None
    assert (stays.rides[0].pickup, stays.detour_seconds) == (door, 720)


def test_without_a_road_there_is_no_plan() -> None:
    table = RoadTable([[0, NO_ROAD], [60, 0]])
    assert best_plan(a_driver(0, 1), (a_rider(1, 0),), table).plan is None
    assert best_plan(a_driver(1, 1), (a_rider(1, 0),), table).plan is None
    assert best_plan(a_driver(1, 0), (a_rider(1, 0),), table).plan is not None


def test_nobody_in_the_car_is_the_driver_alone() -> None:
    found = best_plan(a_driver(0, 1), (), a_line(300))
    assert found.plan is not None
    assert (found.plan.detour_seconds, found.plan.depart_at, found.plan.arrive_at) == (0, FOUR, FOUR + 300)


def test_a_budget_in_metres_needs_metres() -> None:
    with pytest.raises(ValueError, match="metres"):
        best_plan(a_driver(0, 1, max_detour_metres=1.0), (a_rider(0, 1),), RoadTable([[0, 60], [60, 0]]))


def test_two_riders_go_into_a_car_in_six_orders_of_which_none_comes_twice() -> None:
    riders = (a_rider(0, 1), a_rider(0, 1))
    (first,) = insertions((), 0, riders)
    grown = list(insertions(first, 1, riders))
    assert len(grown) == len(set(grown)) == 6


@pytest.mark.parametrize(
    ("bounds", "budget"),
    [({}, None), ({"max_ride_seconds": 900}, 900), ({"max_extra_seconds": 120}, 720),
     ({"max_ride_seconds": 650, "max_extra_seconds": 120}, 650)],
)  # fmt: skip
def test_the_tighter_bound_of_a_ride_holds(bounds: dict[str, int], budget: int | None) -> None:
    assert ride_budget(600, **bounds) == budget
