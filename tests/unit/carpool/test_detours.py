"""Detours in bulk, what the straight line rules out, one rider against many cars."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mobility.carpool.rules.bounds import StraightLines
from mobility.carpool.rules.detours import (
    MICROSECONDS,
    PlainDrivers,
    PlainRiders,
    detours,
    in_time,
    plain_matches,
)
from mobility.carpool.rules.facts import ANY_TIME, FOREVER, NO_ROAD, Driver, Window
from mobility.carpool.rules.plan import best_plan
from mobility.carpool.rules.score import Weights, score_of
from mobility.carpool.rules.single import Drivers, single_matches
from mobility.geo.travel.nodes import DijkstraEngine
from tests.factories.roads import a_network
from tests.unit.carpool.helpers import FOUR, MINUTE, a_driver, a_rider, random_roads
from tests.unit.carpool.strategies import Scene, scenes


def longs(values: Any) -> np.ndarray[Any, np.dtype[np.int64]]:
    return np.array(values, dtype=np.int64)


def test_a_detour_stands_against_the_driver_alone() -> None:
    detour, there = detours(longs([100, 0, NO_ROAD]), longs(300), longs([200, 0, 5]), longs([450, 300, 5]))
    assert detour[:2].tolist() == [150, 0]
    assert there.tolist() == [True, True, False]


@given(st.integers(0, 11), st.data())
@settings(max_examples=100, deadline=None)
def test_no_detour_is_negative_and_each_is_the_sum_of_its_legs(seed: int, data: st.DataObject) -> None:
    network, table = random_roads(seed)
    o, t, r, s = (data.draw(st.integers(0, network.node_count - 1)) for _ in range(4))
    d = np.array(table.seconds, dtype=np.int32)
    detour, there = detours(d[o, r], d[r, s], d[s, t], d[o, t])
    assert there
    assert detour == int(d[o, r]) + int(d[r, s]) + int(d[s, t]) - int(d[o, t]) >= 0


@given(st.integers(0, 11), st.data())
@settings(max_examples=60, deadline=None)
def test_straight_lines_lose_no_match(seed: int, data: st.DataObject) -> None:
    network, table = random_roads(seed)
    lines = StraightLines(network)
    d = np.array(table.seconds, dtype=np.int64)
    everywhere = np.arange(network.node_count, dtype=np.int32)
    assert (lines.matrix(everywhere, everywhere) <= d).all()
    draw = st.lists(st.integers(0, network.node_count - 1), min_size=8, max_size=8)
    o, t, r, s = (np.array(data.draw(draw), dtype=np.int32) for _ in range(4))
    assert (lines.pairwise(o, t) <= d[o, t]).all()
    most = longs(data.draw(st.lists(st.integers(0, 3600), min_size=8, max_size=8)))
    detour = d[np.ix_(o, r)] + d[r, s] + d[np.ix_(s, t)].T - d[o, t][:, None]
    may = lines.may_match(o, t, most + d[o, t], r, s)
    assert may[detour <= most[:, None]].all()


def test_straight_lines_rule_something_out_and_believe_the_weights_not_the_map() -> None:
    network, table = random_roads(3)
    lines = StraightLines(network)
    everywhere = np.arange(network.node_count, dtype=np.int32)
    alone = longs(table.seconds)[:, 0]
    may = lines.may_match(everywhere, np.zeros_like(everywhere), alone, everywhere, everywhere)
    assert 0 < may.mean() < 0.9
    # An arc of 7 km in one second, as an error of the data might have it: the bound follows.
    odd = a_network([(0, 1, 1), (1, 0, 1), (1, 2, 600), (2, 1, 600)], [(3.5, 50.3), (3.6, 50.3), (3.6, 50.4)])
    nodes = np.arange(3, dtype=np.int32)
    assert StraightLines(odd).metres_per_second > 7000
    assert (StraightLines(odd).matrix(nodes, nodes) <= DijkstraEngine(odd).matrix(nodes, nodes)).all()


@st.composite
def plain_problems(draw: st.DrawFn) -> tuple[PlainDrivers, PlainRiders, Any, Any]:
    count, riders = draw(st.integers(0, 6)), draw(st.integers(0, 6))

    def column(strategy: st.SearchStrategy[int], size: int) -> Any:
        return longs(draw(st.lists(strategy, min_size=size, max_size=size)))

    network, table = random_roads(draw(st.integers(0, 11)))
    d = np.array(table.seconds, dtype=np.int32)
    place = st.integers(0, network.node_count - 1)
    o, t, r, s = (column(place, size) for size in (count, count, riders, riders))
    by = column(st.integers(0, 7200), riders) * MICROSECONDS
    drivers = PlainDrivers(
        depart_us=column(st.integers(0, 3600), count) * MICROSECONDS,
        max_detour=column(st.integers(0, 3600), count),
        seats=column(st.integers(0, 3), count),
        alone=d[o, t].astype(np.int64),
    )
    flex = column(st.integers(0, 3600), riders) * MICROSECONDS
    asked = PlainRiders(by - flex, by, column(st.integers(1, 3), riders), d[r, s].astype(np.int64))
    return drivers, asked, d[np.ix_(o, r)], d[np.ix_(s, t)].T


def by_hand(problem: tuple[PlainDrivers, PlainRiders, Any, Any]) -> list[tuple[int, ...]]:
    """Return (rider, detour, −drop-off, driver) of every pair, by the words of the rule."""
    drivers, riders, to_pickup, from_dropoff = problem
    found = []
    for j in range(len(riders.seats)):
        for i in range(len(drivers.seats)):
            pickup = int(drivers.depart_us[i]) + int(to_pickup[i, j]) * MICROSECONDS
            dropoff = pickup + int(riders.direct[j]) * MICROSECONDS
            detour = int(to_pickup[i, j]) + int(riders.direct[j]) + int(from_dropoff[i, j]) - int(drivers.alone[i])
            in_window = riders.arrive_from_us[j] <= dropoff <= riders.arrive_by_us[j]
            if in_window and detour <= drivers.max_detour[i] and riders.seats[j] <= drivers.seats[i]:
                found.append((j, detour, -dropoff, i))
    return sorted(found)


@given(plain_problems())
@settings(max_examples=150, deadline=None)
def test_the_plain_rule_finds_and_ranks_what_its_words_say(problem: tuple[PlainDrivers, PlainRiders, Any, Any]) -> None:
    drivers, riders, *_ = problem
    found = plain_matches(*problem)
    dropoff = drivers.depart_us[found.driver] + found.to_dropoff * MICROSECONDS
    rows = zip(found.rider, found.detour, -dropoff, found.driver, strict=True)
    assert [tuple(map(int, row)) for row in rows] == by_hand(problem)
    assert (found.to_dropoff - found.to_pickup == riders.direct[found.rider]).all()
    assert in_time(drivers, riders)[found.driver, found.rider].all()


def test_what_no_road_joins_never_matches() -> None:
    wide = {"depart_us": longs([0]), "max_detour": longs([10**9]), "seats": longs([4])}
    riders = PlainRiders(longs([-(10**18)]), longs([10**18]), longs([1]), longs([60]))
    near, nowhere = np.array([[60]], dtype=np.int32), np.array([[NO_ROAD]], dtype=np.int32)
    joined, apart = PlainDrivers(alone=longs([60]), **wide), PlainDrivers(alone=longs([NO_ROAD]), **wide)
    assert len(plain_matches(joined, riders, near, near).driver) == 1
    assert len(plain_matches(joined, riders, nowhere, near).driver) == 0
    assert len(plain_matches(joined, riders, near, nowhere).driver) == 0
    assert len(plain_matches(apart, riders, near, near).driver) == 0
    assert not in_time(apart, riders).any()


def _columns(drivers: list[Driver]) -> Drivers:
    return Drivers(
        depart_from=longs([driver.depart.earliest for driver in drivers]),
        depart_until=longs([driver.depart.latest for driver in drivers]),
        arrive_from=longs([driver.arrive.earliest for driver in drivers]),
        arrive_until=longs([driver.arrive.latest for driver in drivers]),
        seats=longs([driver.seats for driver in drivers]),
        max_detour=longs([driver.max_detour_seconds for driver in drivers]),
        max_longer=longs([FOREVER if d.max_longer_seconds is None else d.max_longer_seconds for d in drivers]),
    )


@given(st.lists(scenes(most_riders=1), min_size=1, max_size=4), st.integers(0, 11))
@settings(max_examples=150, deadline=None)
def test_one_rider_against_many_cars_is_each_car_by_itself(drawn: list[Scene], seed: int) -> None:
    network, table = random_roads(seed)
    rider = drawn[0].riders[0]
    d = np.array(table.seconds, dtype=np.int32)
    last = network.node_count - 1
    r, s = min(rider.pickups[0].place, last), min(rider.dropoffs[0].place, last)
    drivers = [scene.driver for scene in drawn]
    o = [min(driver.origin, last) for driver in drivers]
    t = [min(driver.destination, last) for driver in drivers]
    found = single_matches(_columns(drivers), rider, d[o, r], int(d[r, s]), d[s, t], d[o, t])
    for row, driver in enumerate(drivers):
        alone = replace(driver, origin=o[row], destination=t[row], max_detour_metres=None)
        asked = replace(
            rider,
            pickups=(replace(rider.pickups[0], place=r),),
            dropoffs=(replace(rider.dropoffs[0], place=s),),
        )
        plan = best_plan(alone, (asked,), table).plan
        assert bool(found.holds[row]) == (plan is not None)
        if plan is not None:
            times = found.depart_at[row], *(found.pickup_at[row], found.dropoff_at[row]), found.arrive_at[row]
            assert times == (plan.depart_at, *plan.stop_at, plan.arrive_at)
            assert found.detour[row] == plan.detour_seconds
            assert found.score[row] == score_of(plan, (asked,), Weights()).total


def test_open_windows_do_not_overflow() -> None:
    drivers = _columns([Driver(0, 1, ANY_TIME, 4, 10**6), Driver(0, 1, Window(FOUR, FOUR), 4, 10**6)])
    d = np.array([60, 60], dtype=np.int32)
    rider = a_rider(0, 1, arrive=Window(FOUR, FOUR + 30 * MINUTE), max_ride_seconds=60)
    found = single_matches(drivers, rider, d, 60, d, d)
    assert found.holds.tolist() == [True, True]
    assert found.arrive_at.tolist() == [FOUR + 60, FOUR + 180]


@pytest.mark.parametrize("weights", [Weights(), Weights(detour=0, wait=0, walk=0, ride=0, early=0, linger=0)])
def test_weights_are_told_apart(weights: Weights) -> None:
    _network, table = random_roads(1)
    rider = a_rider(2, 1, arrive=ANY_TIME)
    driver = a_driver(0, 1, max_detour_seconds=10**6)
    plan = best_plan(driver, (rider,), table, weights=weights).plan
    assert plan is not None
    total = score_of(plan, (rider,), weights).total
    assert total == plan.detour_seconds * weights.detour
