"""Candidates that are provably enough: on any network the index answers what brute force does, and asks for less."""

from __future__ import annotations

import threading
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mobility.geo.errors import EngineDown, TooFarFromRoad, Unreachable
from mobility.geo.network import demonstration
from mobility.geo.network.model import Ints, Points, RoadNetwork
from mobility.geo.network.snapping import great_circle_metres
from mobility.geo.travel.interface import Trip
from mobility.geo.travel.remote_index import CandidateIndex
from tests.factories.roads import a_network, a_random_network
from tests.unit.geo.travel.engines import OracleEngine, brute_force, told, trips_among


def honest_speed(network: RoadNetwork) -> float:
    """Return the speed of the fastest arc as the crow flies, km/h: what a setting would have to allow."""
    at = network.nodes_at()
    metres = great_circle_metres(at[network.tails()], at[network.head])
    return float((metres / network.seconds).max() * 3.6)


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10_000), margin=st.integers(1, 900), walk=st.sampled_from([200.0, 1000.0]))
def test_no_bound_ever_loses_a_match(seed: int, margin: int, walk: float) -> None:
    network = a_random_network(seed)
    engine = OracleEngine(network, walk_limit_metres=walk)
    engine.max_speed_kmh = honest_speed(network)
    random = np.random.default_rng(seed)
    places = network.nodes_at()[random.integers(0, network.node_count, 20)] + random.uniform(-5e-4, 5e-4, (20, 2))
    trips = trips_among(places, margin, seed=seed)
    index = CandidateIndex(engine)
    index.put(trips)
    for start, end in random.integers(0, 20, (4, 2)).tolist():
        request = tuple(places[start].tolist()), tuple(places[end].tolist())
        assert told(index.detours(*request)) == brute_force(engine, trips, *request)


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_a_speed_set_too_low_is_found_out_and_loses_nothing_that_was_asked_for(seed: int) -> None:
    """The first answer above the bound widens it; what was left out before by the wrong one is asked for then."""
    network = a_random_network(seed)
    engine = OracleEngine(network, walk_limit_metres=200.0)
    engine.max_speed_kmh = 1.0
    random = np.random.default_rng(seed)
    places = network.nodes_at()[random.integers(0, network.node_count, 20)]
    trips = [replace(trip, max_detour_seconds=10**7) for trip in trips_among(places, 300, seed=seed)]
    index = CandidateIndex(engine)
    index.put(trips)
    request = tuple(places[0].tolist()), tuple(places[1].tolist())
    assert told(index.detours(*request)) == brute_force(engine, trips, *request)
    assert index._metres_per_second * 3.6 > 1.01


def test_far_trips_are_not_asked_for() -> None:
    network = demonstration.load()
    random = np.random.default_rng(1)
    places = network.nodes_at()[random.choice(np.flatnonzero(network.stoppable), 200)]
    whole = OracleEngine(network).matrix(places, places)
    number = {tuple(place): index for index, place in enumerate(places.tolist())}

    class Known(OracleEngine):
        def matrix(self, sources: Points, targets: Points) -> Ints:
            rows, columns = (
                [number[tuple(place)] for place in np.asarray(side).tolist()] for side in (sources, targets)
            )
            self.asked += len(rows) * len(columns)
            return whole[np.ix_(rows, columns)]

    engine = Known(network)
    trips = trips_among(places, 300, count=1000)
    index = CandidateIndex(engine)
    index.put(trips)
    asked: list[int] = []
    found = 0
    for start, end in random.choice(len(places), (40, 2)).tolist():
        engine.asked = 0
        request = tuple(places[start].tolist()), tuple(places[end].tolist())
        answer = index.detours(*request)
        asked.append(engine.asked)
        assert told(answer) == brute_force(engine, trips, *request)
        found += len(answer.key)
    assert found > 100
    # Brute force asks for 200 + 200 times, from each place and to each.
    assert np.mean(asked) < 200


def test_the_bound_is_below_the_time_of_any_way_that_keeps_the_speed() -> None:
    network = demonstration.load()
    engine = OracleEngine(network)
    engine.max_speed_kmh = honest_speed(network)
    index = CandidateIndex(engine)
    random = np.random.default_rng(2)
    places = network.nodes_at()[random.choice(network.node_count, 60)] + random.uniform(-3e-3, 3e-3, (60, 2))
    near = engine._snapper.nearest(places)[1] < engine.walk_limit_metres
    places = places[near]
    times = engine.matrix(places, places)
    apart = np.array([[great_circle_metres(a[None], b[None])[0] for b in places] for a in places])
    least = index._least(apart)
    assert (times >= least).all()
    assert (least[apart > 20_000] > 300).all(), "and worth something"


def test_negative_detours_are_the_driver_s_own_better_way() -> None:
    """Servers round each leg: a way with stops can come out shorter than the way alone."""
    network = a_network([(0, 1, 10), (1, 0, 10)], [(3.5, 50.3), (3.51, 50.3)])

    class Rounding(OracleEngine):
        def pairs(self, origins, destinations):  # type: ignore[no-untyped-def]
            return super().pairs(origins, destinations) + 3

    index = CandidateIndex(Rounding(network))
    index.put([Trip(1, (3.5, 50.3), (3.51, 50.3), 0, 0)])
    answer = index.detours((3.5, 50.3), (3.51, 50.3))
    assert told(answer) == {1: (0, 0, 0, 10, 0)}


def test_trips_that_no_road_leads_along_are_refused() -> None:
    network = a_network([(0, 1, 10), (1, 2, 10)], [(3.5, 50.3), (3.51, 50.3), (3.52, 50.3)])
    index = CandidateIndex(OracleEngine(network))
    good = Trip(1, (3.5, 50.3), (3.52, 50.3), 0, 60)
    with pytest.raises(Unreachable):
        index.put([good, Trip(2, (3.52, 50.3), (3.5, 50.3), 0, 60)])
    assert len(index) == 0
    index.put([good])
    with pytest.raises(Unreachable):
        index.detours((3.52, 50.3), (3.5, 50.3))
    # A passenger whom the driver could bring, but after whom no road goes on, is nobody's.
    index.put([Trip(3, (3.5, 50.3), (3.51, 50.3), 0, 10**6)])
    assert told(index.detours((3.5, 50.3), (3.52, 50.3))).keys() == {1}


def test_of_two_trips_with_one_key_the_later_one_is_kept() -> None:
    network = a_network([(0, 1, 10), (1, 0, 10)], [(3.5, 50.3), (3.51, 50.3)])
    index = CandidateIndex(OracleEngine(network))
    index.put([Trip(1, (3.5, 50.3), (3.51, 50.3), 5, 60), Trip(1, (3.51, 50.3), (3.5, 50.3), 6, 70)])
    assert len(index) == 1
    assert told(index.detours((3.51, 50.3), (3.5, 50.3))) == {1: (0, 0, 0, 10, 6)}


def test_the_refused_trip_is_named_by_its_place() -> None:
    network = a_network([(0, 1, 10), (1, 0, 10)], [(3.5, 50.3), (3.51, 50.3)])
    index = CandidateIndex(OracleEngine(network))
    trips = [Trip(key, (3.5, 50.3), (3.51, 50.3), 0, 60) for key in (1, 1, 2, 3)]
    with pytest.raises(TooFarFromRoad) as refused:
        index.put([*trips, Trip(9, (3.5, 50.3), (4.0, 51.0), 0, 60)])
    assert (refused.value.index, refused.value.array) == (4, "targets")


def test_a_question_works_on_one_state_of_the_trips() -> None:
    """Trips come and go while questions are asked; each answer is that of some moment."""
    network = demonstration.load()
    engine = OracleEngine(network)
    nodes = np.flatnonzero(network.stoppable)[:40]
    trips = trips_among(network.nodes_at()[nodes], 10_000, count=60)
    index = CandidateIndex(engine)
    index.put(trips)
    request = tuple(network.nodes_at()[nodes[0]].tolist()), tuple(network.nodes_at()[nodes[1]].tolist())
    everything = brute_force(engine, trips, *request)
    errors: list[BaseException] = []

    def change() -> None:
        try:
            for _ in range(15):
                index.drop([trip.key for trip in trips[30:]])
                index.put(trips[30:])
        except Exception as error:  # noqa: BLE001 - whatever it is, the test fails with it
            errors.append(error)

    thread = threading.Thread(target=change)
    thread.start()
    half = {trip.key for trip in trips[:30]}
    while thread.is_alive():
        found = told(index.detours(*request))
        assert found.keys() in (everything.keys(), everything.keys() & half)
        assert found.items() <= everything.items()
    thread.join()
    assert errors == []


def test_a_question_that_takes_too_long_ends() -> None:
    network = a_network([(0, 1, 10), (1, 0, 10)], [(3.5, 50.3), (3.51, 50.3)])

    class Late(OracleEngine):
        def times(self, sources, targets, deadline):  # type: ignore[no-untyped-def]
            assert deadline is not None
            deadline._ends = 0
            deadline.left()

    index = CandidateIndex(Late(network))
    with pytest.raises(EngineDown):
        index.detours((3.5, 50.3), (3.51, 50.3))
