"""The detour index in the application: one in each process, at one with the database and the network in use."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from flask import Flask

from mobility.carpool import index
from mobility.carpool.errors import TripsNotReady
from mobility.carpool.queries import changes_since
from mobility.carpool.services import drop_trips, put_trips
from mobility.core import jobs
from mobility.core.config import SETTINGS
from mobility.geo import engines, networks
from mobility.geo.network import store
from mobility.geo.network.calibration import DEFAULT_FACTORS
from mobility.geo.network.model import RoadNetwork
from mobility.geo.travel import snapshots, trips
from mobility.geo.travel.fallback_index import FollowedServerTrips
from mobility.geo.travel.interface import Detours
from mobility.geo.travel.local import LocalEngine
from mobility.geo.travel.nodes import DijkstraEngine
from tests.factories.carpool import NOW, a_trip
from tests.factories.roads import a_random_network
from tests.support.ports import free_port

ROOT = Path(__file__).resolve().parents[3]


class Server:
    """An application as a process that has just started has it, with the network that is put into use."""

    def __init__(self, app: Flask, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.app, self.folder, self._patch = app, folder, monkeypatch
        monkeypatch.setattr(app, "extensions", dict(app.extensions))
        monkeypatch.setitem(app.config, "NETWORK_DIR", folder)
        self.begin()

    def begin(self, **settings: object) -> None:
        for name, value in settings.items():
            self._patch.setitem(self.app.config, name, value)
        self.app.extensions["mobility.health_details"] = {}
        networks.init_app(self.app)
        engines.init_app(self.app)
        index.init_app(self.app)

    def use(self, network: RoadNetwork) -> RoadNetwork:
        """Put a network into use as an import does."""
        networks.prepare(network)
        store.save(self.folder, network, factors=DEFAULT_FACTORS, now=NOW)
        return network


@pytest.fixture
def server(app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Server:
    """The application, on a small network."""
    server = Server(app, tmp_path / "network", monkeypatch)
    server.use(a_random_network(1))
    return server


def slower() -> RoadNetwork:
    """Return the same roads with other times."""
    network = a_random_network(1)
    return replace(network, seconds=network.seconds * 2 + 7)


def at(network: RoadNetwork, node: int) -> tuple[float, float]:
    longitude, latitude = network.nodes_at()[node].tolist()
    return longitude, latitude


def some_trips(count: int, first: int = 1) -> list[Any]:
    """Return trips between places where the networks of this module have roads."""
    network, random = a_random_network(1), np.random.default_rng(first)
    return [
        a_trip(key, origin=at(network, a), destination=at(network, b), max_detour_seconds=margin)
        for key, (a, b), margin in zip(
            range(first, first + count),
            random.integers(0, network.node_count, (count, 2)).tolist(),
            random.integers(0, 1500, count).tolist(),
            strict=True,
        )
    ]


def rows(found: Detours) -> list[tuple[int, ...]]:
    return list(zip(found.key.tolist(), found.detour.tolist(), found.to_pickup.tolist(), strict=True))


def assert_exact(network: RoadNetwork, *, asked: Any = None) -> int:
    """Hold the index against asking every trip of the database anew; return how many were found."""
    oracle = LocalEngine(DijkstraEngine(network)).detour_index()
    oracle.put_possible(changes_since(0).put)
    count = 0
    for start, end in np.random.default_rng(5).integers(0, network.node_count, (6, 2)).tolist():
        found = rows((asked or index.local()).detours(at(network, start), at(network, end)))
        assert found == rows(oracle.detours(at(network, start), at(network, end)))
        count += len(found)
    return count


@pytest.fixture
def nothing_indexed(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many trips were put in, call by call: none are while a snapshot is at hand."""
    sizes: list[int] = []
    made = trips.ellipses

    def noted(engine: Any, origins: Any, *rest: Any) -> Any:
        sizes.append(len(origins))
        return made(engine, origins, *rest)

    monkeypatch.setattr(trips, "ellipses", noted)
    return sizes


def test_every_question_is_answered_as_of_now(server: Server) -> None:
    put_trips(trips=some_trips(40))
    assert assert_exact(a_random_network(1)) > 10
    assert index.local() is index.local()
    put_trips(trips=some_trips(3, first=50))
    drop_trips(keys=range(1, 20), now=NOW)
    assert assert_exact(a_random_network(1)) > 0


def test_an_imported_network_is_taken_up_without_a_restart(server: Server, nothing_indexed: list[int]) -> None:
    put_trips(trips=some_trips(40))
    before = index.local()
    other = slower()
    server.use(other)
    nothing_indexed.clear()
    assert assert_exact(other) > 0
    assert index.local() is not before
    assert index.local().engine.network.seconds[0] == other.seconds[0]
    assert sum(nothing_indexed) == 0, "whoever put the network into use has kept a snapshot for it"


def test_a_calibration_is_taken_up_without_a_restart(server: Server, nothing_indexed: list[int]) -> None:
    put_trips(trips=some_trips(40))
    index.local()
    slow = dict.fromkeys(DEFAULT_FACTORS, 3.0)
    networks.register_factors(server.app, lambda: slow)
    assert jobs.run("calibrate_roads", now=NOW).counts == {"calibrated": 1}
    nothing_indexed.clear()
    now_used = networks.in_use().network
    assert (now_used.seconds > a_random_network(1).seconds).any()
    assert_exact(now_used)
    assert sum(nothing_indexed) == 0


def test_many_trips_on_a_network_that_nobody_prepared_wait_for_nobody(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    may_go_on = threading.Event()
    made = index.TripIndexes._made
    monkeypatch.setattr(index, "AT_ONCE", 10)
    monkeypatch.setattr(index.TripIndexes, "_made", lambda self, engine: may_go_on.wait(60) and made(self, engine))
    put_trips(trips=some_trips(40))
    for _ in range(2):
        with pytest.raises(TripsNotReady, match="Réessayez"):
            index.local()
    may_go_on.set()
    index.of(server.app).wait(60)
    first = index.local()
    assert_exact(a_random_network(1))
    # On the next one the index is made beside, and the one before answers meanwhile, of what is offered now.
    may_go_on.clear()
    store.save(server.folder, slower(), factors=DEFAULT_FACTORS, now=NOW)
    put_trips(trips=some_trips(2, first=90))
    assert index.local() is first
    assert_exact(a_random_network(1))
    may_go_on.set()
    index.of(server.app).wait(60)
    assert index.local() is not first
    assert_exact(slower())


def test_the_job_keeps_what_a_process_starts_with(server: Server, nothing_indexed: list[int]) -> None:
    put_trips(trips=some_trips(40))
    assert jobs.run("carpool_save_index", now=NOW).counts == {"trips": 40}
    (kept,) = next(server.folder.rglob("trips-*")).iterdir()
    assert jobs.run("carpool_save_index", now=NOW).counts == {"trips": 40}
    assert kept.is_dir(), "what did not change is not written again"
    put_trips(trips=some_trips(1, first=60))
    drop_trips(keys=[1], now=NOW)
    server.begin()
    nothing_indexed.clear()
    assert_exact(a_random_network(1))
    assert sum(nothing_indexed) == 1
    assert jobs.run("carpool_save_index", now=NOW).counts == {"trips": 40}
    assert not kept.exists()


def test_snapshots_of_other_networks_are_forgotten(server: Server) -> None:
    put_trips(trips=some_trips(5))
    jobs.run("carpool_save_index", now=NOW)
    server.use(slower())
    first, second = (
        snapshots.folder_of(server.folder / store.PREPARED, network) for network in (a_random_network(1), slower())
    )
    jobs.run("carpool_save_index", now=NOW)
    assert first.is_dir(), "it may be about to be used"
    os.utime(first, (time.time() - snapshots.ANOTHER_KEPT_SECONDS - 60,) * 2)
    jobs.run("carpool_save_index", now=NOW)
    assert not first.exists()
    assert second.is_dir()
    drop_trips(keys=range(1, 6), now=NOW)
    assert jobs.run("carpool_save_index", now=NOW).counts == {"trips": 0}
    (kept,) = second.iterdir()
    assert snapshots.revision_of(kept) == 10, "what is gone leaves the snapshot too"


def test_whoever_shares_no_rides_keeps_and_loads_nothing(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engines, "local", lambda: pytest.fail("roads were loaded"))
    assert jobs.run("carpool_save_index", now=NOW).counts == {"trips": 0}
    assert list(server.folder.rglob("trips-*")) == []


def test_a_routing_server_that_is_down_leaves_the_local_index_to_answer(server: Server) -> None:
    put_trips(trips=some_trips(30))
    server.begin(ROUTING="osrm", ROUTING_URL=f"http://127.0.0.1:{free_port()}")
    asked = index.in_use()
    assert isinstance(asked, FollowedServerTrips)
    assert index.in_use() is asked
    assert assert_exact(a_random_network(1), asked=asked) > 0
    server.use(slower())
    assert_exact(slower(), asked=asked)


# ---- real processes


class Process:
    """One of several processes of a server."""

    def __init__(self, environ: dict[str, str]) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.support.carpool_process"], cwd=ROOT, env=environ, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        )  # fmt: skip

    def __call__(self, *words: Any) -> Any:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        print(json.dumps(words), file=self._process.stdin, flush=True)
        return json.loads(self._process.stdout.readline())

    def end(self) -> None:
        self._process.communicate(timeout=30)


@pytest.fixture
def processes(server: Server, settings: dict[str, Any]) -> Iterator[list[Process]]:
    """Two of them, on the same database and folder."""
    clean = {name: value for name, value in os.environ.items() if name not in {setting.name for setting in SETTINGS}}
    environ = {
        **clean, "NETWORK_DIR": str(server.folder), "LOG_LEVEL": "ERROR",
        **{name: str(settings[name]) for name in ("DATABASE_URL", "SECRET_KEY", "VAR_DIR")},
    }  # fmt: skip
    started = [Process(environ), Process(environ)]
    yield started
    for process in started:
        process.end()


def test_two_processes_answer_alike_whoever_writes_saves_or_imports(server: Server, processes: list[Process]) -> None:
    one, other = processes
    network = a_random_network(1)
    ends = [at(network, node) for node in (0, 5)]
    asked = ("ask", *ends)

    def both() -> list[int]:
        answers = [process(*asked) for process in processes]
        assert answers[0] == answers[1]
        oracle = LocalEngine(DijkstraEngine(networks.in_use().network)).detour_index()
        oracle.put_possible(changes_since(0).put)
        found = oracle.detours(*ends)
        pairs = [list(pair) for pair in zip(found.key.tolist(), found.detour.tolist(), strict=True)]
        assert answers[0] == [networks.in_use().version, pairs]
        return [key for key, _ in pairs]

    assert both() == []
    assert one("put", 1, *ends, 86_400) == 1
    assert both() == [1]
    assert other("put", 2, *ends[::-1], 86_400) == 1
    assert other("put", 3, *ends[::-1], 0) == 1
    assert both() == [1, 2]
    assert one("save") == 3
    assert other("drop", 1) == 1
    assert both() == [2]
    server.use(slower())
    assert one("put", 4, *ends, 86_400) == 1
    assert both() == [2, 4]
    assert other("save") == 3
    assert both() == [2, 4]
