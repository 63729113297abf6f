"""A server with the local network behind it: always an answer, and always said whose."""

from __future__ import annotations

import threading
import time
from dataclasses import replace
from typing import Any

import hypothesis
import numpy as np
import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from mobility.core.errors import ConfigError
from mobility.core.web.observe import REGISTRY
from mobility.geo.errors import EngineDown, TooFarFromRoad
from mobility.geo.network import demonstration
from mobility.geo.network.model import Points, RoadNetwork
from mobility.geo.travel.breaker import Breaker, BreakerState
from mobility.geo.travel.choose import choose_server, health
from mobility.geo.travel.fallback import FallbackEngine
from mobility.geo.travel.fallback_index import FallbackIndex
from mobility.geo.travel.following import FollowedTrips
from mobility.geo.travel.interface import EngineFacts
from mobility.geo.travel.local import LocalEngine
from mobility.geo.travel.nodes import DijkstraEngine
from mobility.geo.travel.osrm import OsrmEngine
from mobility.geo.travel.valhalla import ValhallaEngine
from tests.factories.roads import a_network, a_random_network
from tests.support.ports import free_port
from tests.support.standin import StandIn
from tests.unit.geo.travel.engines import OracleEngine, brute_force, told, trips_among
from tests.unit.geo.travel.test_following import FakeSource

SMALL = a_network([(0, 1, 100), (1, 0, 100)], [(3.5, 50.3), (3.52, 50.3)])


class Moody(OracleEngine):
    """An engine of the demonstration network in the part of a server, which can be taken down."""

    def __init__(self, network: RoadNetwork | None = None) -> None:
        super().__init__(network or demonstration.load())
        self.down = False
        self.questions = 0

    def facts(self) -> EngineFacts:
        return EngineFacts("Server", False, "© Server")

    def matrix(self, sources: Points, targets: Points) -> Any:
        self.questions += 1
        if self.down:
            raise EngineDown(reason="timeout")
        return super().matrix(sources, targets)


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def server() -> Moody:
    return Moody()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def local() -> OracleEngine:
    return OracleEngine(demonstration.load())


@pytest.fixture
def engine(server: Moody, local: OracleEngine, clock: Clock) -> FallbackEngine:
    return FallbackEngine(server, lambda: local, Breaker(failures=3, open_seconds=30), clock=clock)


def places(count: int = 20) -> Points:
    network = demonstration.load()
    return network.nodes_at()[np.flatnonzero(network.stoppable)[::40][:count]]


def a_place(index: int) -> tuple[float, float]:
    longitude, latitude = places()[index].tolist()
    return longitude, latitude


def metric(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(name, labels) or 0.0


def test_the_server_answers_while_it_does(engine: FallbackEngine, local: OracleEngine) -> None:
    assert (engine.matrix(places(), places()) == local.matrix(places(), places())).all()
    assert engine.facts() == EngineFacts("Server", False, "© Server")
    assert engine.state() is BreakerState.CLOSED


def test_a_failure_is_answered_by_the_local_network_and_said(engine: FallbackEngine, server: Moody) -> None:
    server.down = True
    with structlog.testing.capture_logs() as logs:
        assert engine.one_to_many(a_place(0), places()).shape == (20,)
    facts = engine.facts()
    assert facts.fallen_back
    assert facts.demonstration
    assert facts.name == "Réseau de démonstration"
    assert logs == [{"event": "routing_server_failed", "engine": "Server", "reason": "timeout", "log_level": "warning"}]
    server.down = False
    engine.one_to_many(a_place(0), places())
    assert not engine.facts().fallen_back


def test_a_dead_server_is_left_alone_and_asked_again_later(engine: FallbackEngine, server: Moody, clock: Clock) -> None:
    server.down = True
    with structlog.testing.capture_logs() as logs:
        for _ in range(5):
            engine.many_to_one(places(), a_place(0))
    assert server.questions == 3
    assert logs[-1] == {
        "event": "routing_server_down", "engine": "Server", "reason": "timeout", "instead": "Réseau de démonstration",
        "log_level": "error",
    }  # fmt: skip
    assert metric("mobility_routing_down") == 1
    assert health(engine) == {"engine": "Server", "state": "fallen back to local"}
    clock.now += 30
    engine.many_to_one(places(), a_place(0))
    assert server.questions == 4
    clock.now += 29
    engine.many_to_one(places(), a_place(0))
    assert server.questions == 4
    clock.now += 1
    server.down = False
    engine.many_to_one(places(), a_place(0))
    assert metric("mobility_routing_down") == 0
    assert health(engine) == {"engine": "Server", "state": "ok"}
    assert not engine.facts().fallen_back


def test_questions_are_counted_by_how_they_ended(engine: FallbackEngine, server: Moody) -> None:
    def counts() -> dict[str, float]:
        return {
            outcome: metric("mobility_routing_questions_total", engine="Server", outcome=outcome)
            for outcome in ("answered", "refused", "failed", "not_asked")
        }

    before = counts()
    engine.snap(places())
    with pytest.raises(TooFarFromRoad):
        engine.matrix(np.array([[0.0, 0.0]]), places())
    server.down = True
    for _ in range(4):
        engine.matrix(places(), places())
    after = counts()
    assert {name: after[name] - before[name] for name in after} == {
        "answered": 1,
        "refused": 1,
        "failed": 3,
        "not_asked": 1,
    }


def test_a_refusal_is_an_answer_and_a_mistake_of_ours_is_none(engine: FallbackEngine, server: Moody) -> None:
    for _ in range(5):
        with pytest.raises(TooFarFromRoad):
            engine.matrix(np.array([[0.0, 0.0]]), places())
    for _ in range(5):
        with pytest.raises(ValueError, match="reshape"):
            engine.snap(np.array([1.0, 2.0, 3.0]))
    assert engine.state() is BreakerState.CLOSED


def test_who_is_told_that_it_fell_back_is_who_was_answered_so(engine: FallbackEngine, server: Moody) -> None:
    """One page's failure is not another page's."""
    server.down = True
    thread = threading.Thread(target=lambda: engine.matrix(places(), places()))
    thread.start()
    thread.join()
    server.down = False
    engine.matrix(places(), places())
    assert not engine.facts().fallen_back


def the_index(engine: FallbackEngine) -> FallbackIndex:
    index = engine.detour_index()
    assert isinstance(index, FallbackIndex)
    return index


def test_an_index_answers_from_the_local_network_while_the_server_is_down(
    engine: FallbackEngine, server: Moody, local: OracleEngine, clock: Clock
) -> None:
    trips = trips_among(places(), 4000, count=12)
    index = the_index(engine)
    index.put(trips[:6])
    server.down = True
    index.put(trips[6:])
    assert (len(index), index.waiting) == (12, 6)
    request = a_place(3), a_place(11)
    expected = brute_force(local, trips, *request)
    assert expected
    assert told(index.detours(*request)) == expected
    assert engine.facts().fallen_back
    index.drop([trips[7].key])
    index.put([replace(trips[0], max_detour_seconds=0)])
    assert (len(index), index.waiting) == (11, 6)
    now = [replace(trips[0], max_detour_seconds=0), *trips[1:7], *trips[8:]]
    assert told(index.detours(*request)) == brute_force(local, now, *request)

    server.down = False
    clock.now += 60
    assert told(index.detours(*request)) == brute_force(local, now, *request)
    assert index.waiting == 0
    assert not engine.facts().fallen_back
    assert told(index._backlog.index.detours(*request)) == brute_force(local, now, *request)


def test_an_index_that_waits_for_long_answers_locally_until_it_has_caught_up(
    engine: FallbackEngine, server: Moody, local: OracleEngine, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    trips = trips_among(places(), 600, count=50)
    index = the_index(engine)
    server.down = True
    index.put(trips)
    server.down = False
    monkeypatch.setattr(Clock, "__call__", lambda self: setattr(self, "now", self.now + 0.3) or self.now)
    request = a_place(3), a_place(11)
    waited = []
    while index.waiting:
        assert told(index.detours(*request)) == brute_force(local, trips, *request)
        waited.append((index.waiting, engine.facts().fallen_back))
    assert len(waited) > 1
    assert waited[0] == (30, True)
    assert waited[-1] == (0, False)


def test_who_asks_does_not_wait_for_who_writes(engine: FallbackEngine, server: Moody) -> None:
    trips = trips_among(places(), 600, count=4)
    index = the_index(engine)
    server.down = True
    index.put(trips[:2])
    server.down = False
    with index._writing:
        started = time.monotonic()
        index.detours(a_place(0), a_place(1))
        assert time.monotonic() - started < 5
    assert engine.facts().fallen_back


def test_trips_outside_the_local_network_are_the_server_s_alone(server: Moody, clock: Clock) -> None:
    small = OracleEngine(SMALL)
    engine = FallbackEngine(server, lambda: small, Breaker(), clock=clock)
    trips = trips_among(places(), 600, count=9)
    index = the_index(engine)
    index.put(trips)
    assert (len(index), len(index._backlog.index), len(index._local)) == (9, 9, 0)
    request = a_place(3), a_place(11)
    assert told(index.detours(*request)) == brute_force(server, trips, *request)


def test_trips_that_the_server_refuses_later_stay_local(server: Moody, clock: Clock) -> None:
    """Taken by the local network while the server was down; the server knows no road there."""
    local = OracleEngine(demonstration.load())
    small = Moody(SMALL)
    engine = FallbackEngine(small, lambda: local, Breaker(), clock=clock)
    trips = trips_among(places(), 600, count=5)
    index = the_index(engine)
    small.down = True
    index.put(trips)
    small.down = False
    with structlog.testing.capture_logs() as logs:
        assert index.catch_up(60)
    assert (len(index), index.waiting, len(index._backlog.index)) == (5, 0, 0)
    assert {line["trip"] for line in logs if line["event"] == "trip_unknown_to_routing_server"} == {
        trip.key for trip in trips
    }


@given(
    seed=st.integers(0, 1000),
    steps=st.lists(
        st.tuples(st.sampled_from(["put", "drop", "down", "up", "forget", "sea", "ask"]), st.integers(0, 11)),
        max_size=25,
    ),
)
@hypothesis.settings(max_examples=25, deadline=None)
def test_followed_trips_are_those_of_the_source_whoever_answers(seed: int, steps: list[tuple[str, int]]) -> None:
    network = a_random_network(seed)
    at = network.nodes_at()
    server = Moody(network)
    clock = Clock()
    engine = FallbackEngine(server, lambda: oracle, Breaker(failures=1, open_seconds=5), clock=clock)
    oracle = OracleEngine(network)
    source = FakeSource()
    index = engine.follow(source, FollowedTrips(LocalEngine(DijkstraEngine(network)), source, None))
    trips = trips_among(at[: min(12, len(at))], 900, seed=seed, count=24)
    request = tuple(at[0].tolist()), tuple(at[1].tolist())
    for act, number in [*steps, ("up", 0), ("ask", 0)]:
        clock.now += 10
        if act == "put":
            source.put([replace(trips[number + 12 * (number % 2)], key=number)])
        elif act == "sea":
            source.put([replace(trips[number], key=number, origin=(0.0, 0.0))])
        elif act == "drop":
            source.drop([number])
        elif act == "forget":
            source.forget()
        else:
            server.down = act == "down"
            reachable = [trip for trip in source.trips() if trip.origin != (0.0, 0.0)]
            expected = brute_force(oracle, reachable, *request) if reachable else {}
            assert told(index.detours(*request)) == expected
            assert engine.facts().fallen_back == server.down
    assert index.waiting == 0


def settings(**changed: object) -> dict[str, object]:
    return {
        "ROUTING": "osrm", "ROUTING_URL": "http://127.0.0.1:5000", "ROUTING_TIMEOUT_SECONDS": 2.0,
        "ROUTING_TABLE_SIZE": 100, "ROUTING_MAX_SPEED_KMH": 130, **changed,
    }  # fmt: skip


def test_the_settings_choose_the_engine(local: OracleEngine) -> None:
    assert choose_server(settings(ROUTING="local"), lambda: local) is None
    for name, kind in (("osrm", OsrmEngine), ("valhalla", ValhallaEngine)):
        chosen = choose_server(
            settings(ROUTING=name, ROUTING_TIMEOUT_SECONDS=0.5, ROUTING_TABLE_SIZE=40, ROUTING_MAX_SPEED_KMH=110), lambda: local
        )  # fmt: skip
        assert chosen is not None
        assert isinstance(chosen.server, kind)
        assert (chosen.server.timeout_seconds, chosen.server.table_size, chosen.server.max_speed_kmh) == (0.5, 40, 110)


@pytest.mark.parametrize("url", ["", "routing.example"])
def test_a_server_without_an_address_is_refused_at_start(local: OracleEngine, url: str) -> None:
    with pytest.raises(ConfigError, match="ROUTING_URL"):
        choose_server(settings(ROUTING_URL=url), lambda: local)


def test_a_server_that_hangs_or_is_not_there_delays_a_page_by_its_limit_at_most(local: OracleEngine) -> None:
    silent = StandIn(lambda _connection, _request: not silent.wait(60))
    for url in (silent.url, f"http://127.0.0.1:{free_port()}"):
        engine = choose_server(settings(ROUTING_URL=url, ROUTING_TIMEOUT_SECONDS=0.3), lambda: local)
        assert engine is not None
        index = engine.detour_index()
        questions = [
            lambda engine=engine: engine.route(a_place(0), a_place(1)),
            lambda engine=engine: engine.snap(places()),
            lambda engine=engine: engine.matrix(places(), places()),
            lambda index=index: index.detours(a_place(0), a_place(1)),
        ]
        for question in questions:
            started = time.monotonic()
            question()
            assert time.monotonic() - started < 0.3 + 2
            assert engine.facts().fallen_back
        assert engine.state() is BreakerState.OPEN
    silent.stop()
