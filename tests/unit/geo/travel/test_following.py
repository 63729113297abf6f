"""An index that keeps up with its source: every process answers as if it asked every trip of the source anew."""

from __future__ import annotations

import tempfile
import threading
import time
from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mobility.geo.network.model import RoadNetwork
from mobility.geo.travel import following, snapshots, trips
from mobility.geo.travel.following import FollowedTrips
from mobility.geo.travel.interface import Detours, Trip
from mobility.geo.travel.local import LocalEngine
from mobility.geo.travel.nodes import DijkstraEngine
from mobility.geo.travel.search import HierarchyEngine
from tests.factories.roads import a_network, a_random_network

SEA = (0.0, 0.0)


@dataclass
class FakeChanges:
    revision: int
    put: Sequence[Trip]
    dropped: Sequence[int]
    whole: bool = False


@dataclass
class FakeSource:
    """Trips with revisions, as a table keeps them; what was dropped is remembered for a while."""

    revision: int = 0
    forgotten: int = 0
    rows: dict[int, tuple[int, Trip | None]] = field(default_factory=dict)
    asked: int = 0
    read_whole: int = 0

    def write(self, key: int, trip: Trip | None) -> None:
        self.revision += 1
        self.rows[key] = (self.revision, trip)

    def put(self, trips_: Sequence[Trip]) -> None:
        for trip in trips_:
            self.write(trip.key, trip)

    def drop(self, keys: Sequence[int]) -> None:
        for key in keys:
            if key in self.rows:
                self.write(key, None)

    def forget(self) -> None:
        self.forgotten = self.revision
        self.rows = {key: row for key, row in self.rows.items() if row[1] is not None}

    def trips(self) -> list[Trip]:
        return [trip for _, trip in self.rows.values() if trip is not None]

    def changes_since(self, revision: int) -> FakeChanges:
        self.asked += 1
        if not self.forgotten <= revision <= self.revision:
            self.read_whole += 1
            return FakeChanges(self.revision, self.trips(), (), whole=True)
        news = [(key, trip) for key, (at, trip) in self.rows.items() if at > revision]
        return FakeChanges(
            self.revision, [trip for _, trip in news if trip], [key for key, trip in news if trip is None]
        )


def at(network: RoadNetwork, node: int) -> tuple[float, float]:
    longitude, latitude = network.nodes_at()[node].tolist()
    return longitude, latitude


def a_trip(network: RoadNetwork, random: np.random.Generator, key: int) -> Trip:
    """Return a trip; now and then one that begins in the sea."""
    ends = [at(network, node) for node in random.integers(0, network.node_count, 2).tolist()]
    if random.random() < 0.1:
        ends[0] = SEA
    return Trip(key, ends[0], ends[1], int(random.integers(0, 50)), int(random.integers(0, 900)))


def rows(found: Detours) -> list[tuple[int, ...]]:
    columns = (found.key, found.detour, found.to_pickup, found.from_dropoff, found.alone, found.depart_at)
    return list(zip(*(column.tolist() for column in columns), strict=True))


def same_answers(followed: FollowedTrips, source: FakeSource, random: np.random.Generator) -> bool:
    """Tell whether an index answers what asking every trip of the source would."""
    network = followed.engine.network
    oracle = LocalEngine(DijkstraEngine(network)).detour_index()
    oracle.put([trip for trip in source.trips() if trip.origin != SEA])
    for start, end in random.integers(0, network.node_count, (3, 2)).tolist():
        ends = at(network, start), at(network, end)
        low, high = sorted(random.integers(0, 50, 2).tolist())
        if rows(followed.detours(*ends)) != rows(oracle.detours(*ends)):
            return False
        window = {"depart_from": low, "depart_until": high}
        if rows(followed.detours(*ends, **window)) != rows(oracle.detours(*ends, **window)):
            return False
    return len(followed) == len(oracle)


class World:
    """A source, two processes that follow it, and what may happen to them."""

    def __init__(self, seed: int, folder: Path) -> None:
        self.random = np.random.default_rng(seed)
        self.engine = LocalEngine(HierarchyEngine.prepare(a_random_network(seed % 20, 25)))
        self.folder = folder
        self.source, self.kept = FakeSource(), FakeSource()
        self.processes = [self.started(), self.started()]

    def started(self) -> FollowedTrips:
        return FollowedTrips(self.engine, self.source, self.folder)

    def put(self, who: int) -> None:
        keys = self.random.integers(0, 20, int(self.random.integers(1, 9))).tolist()
        self.source.put([a_trip(self.engine.network, self.random, key) for key in keys])

    def drop(self, who: int) -> None:
        self.source.drop(self.random.integers(0, 20, 5).tolist())

    def forget(self, who: int) -> None:
        self.source.forget()

    def backup(self, who: int) -> None:
        self.kept = deepcopy(self.source)

    def restore(self, who: int) -> None:
        """Put the backup in; the processes are stopped for it, as the manual says."""
        vars(self.source).update(vars(deepcopy(self.kept)))
        self.processes = [self.started(), self.started()]

    def snapshot(self, who: int) -> None:
        self.processes[who].save_snapshot()

    def restart(self, who: int) -> None:
        self.processes[who] = self.started()

    def damage(self, who: int) -> None:
        for path in self.folder.rglob("origins_slot.npy"):
            path.unlink()  # who has mapped it keeps it
            path.write_bytes(b"")

    def ask(self, who: int) -> None:
        assert same_answers(self.processes[who], self.source, self.random)


ACTS = ("put", "put", "drop", "ask", "ask", "snapshot", "restart", "forget", "backup", "restore", "damage")


@given(seed=st.integers(0, 10_000), data=st.data())
@settings(max_examples=50, deadline=None)
def test_two_processes_answer_alike_through_any_history(seed: int, data: st.DataObject) -> None:
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(following, "PILED_UP", data.draw(st.integers(0, 20)))
        patch.setattr(trips, "MERGED_AT_ONCE", data.draw(st.integers(0, 30)))
        world = World(seed, Path(folder))
        for act, who in data.draw(st.lists(st.tuples(st.sampled_from(ACTS), st.integers(0, 1)), max_size=14)):
            getattr(world, act)(who)
        for who in range(2):
            world.ask(who)


def test_a_question_that_finds_nothing_new_changes_nothing(tmp_path: Path) -> None:
    network = a_random_network(1)
    source = FakeSource()
    random = np.random.default_rng(1)
    source.put([a_trip(network, random, key) for key in range(30)])
    followed = FollowedTrips(LocalEngine(HierarchyEngine.prepare(network)), source, tmp_path)
    layers = followed.catch_up().trips._layers
    followed.detours(at(network, 0), at(network, 1))
    assert followed.catch_up().trips._layers is layers
    assert followed.revision == source.revision == 30


def test_a_restart_takes_the_snapshot_and_touches_only_what_differs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    network = a_random_network(1)
    random = np.random.default_rng(1)
    source = FakeSource()
    source.put([a_trip(network, random, key) for key in range(40)])
    engine = LocalEngine(HierarchyEngine.prepare(network))
    first = FollowedTrips(engine, source, tmp_path)
    assert first.save_snapshot() == len(first)
    source.put([a_trip(network, random, 7)])
    source.drop([8, 9])
    sizes = []
    made = trips.ellipses
    monkeypatch.setattr(trips, "ellipses", lambda engine, origins, *rest: (sizes.append(len(origins)), made(engine, origins, *rest))[1])  # fmt: skip
    again = FollowedTrips(engine, source, tmp_path)
    assert sum(sizes) <= 1
    assert not again.catch_up().trips._layers[0].segment.origins.slot.flags.writeable
    assert same_answers(again, source, random)


def test_a_snapshot_of_another_network_is_not_taken(tmp_path: Path) -> None:
    random = np.random.default_rng(1)
    source = FakeSource()
    networks = [a_random_network(seed) for seed in (1, 1)]
    networks[1] = replace(networks[1], seconds=networks[1].seconds * 2)
    for network in networks:
        source.put([a_trip(networks[0], random, key) for key in range(20)])
        followed = FollowedTrips(LocalEngine(HierarchyEngine.prepare(network)), source, tmp_path)
        followed.save_snapshot()
        assert same_answers(followed, source, random)
    assert len(list(tmp_path.glob("trips-*"))) == 2


def test_an_old_snapshot_is_forgotten_with_the_trips_that_it_tells_of(tmp_path: Path) -> None:
    network = a_random_network(1)
    source = FakeSource()
    source.put([Trip(1, at(network, 0), at(network, 1), 0, 60)])
    followed = FollowedTrips(LocalEngine(HierarchyEngine.prepare(network)), source, tmp_path)
    followed.save_snapshot()
    source.drop([1])
    assert followed.save_snapshot() == 0
    (kept,) = next(tmp_path.glob("trips-*")).iterdir()
    found = snapshots.load(kept)
    assert found is not None
    assert (found.revision, len(found.segment)) == (2, 0)


def test_a_process_whose_changes_pile_up_goes_over_to_a_newer_snapshot(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(following, "PILED_UP", 10)
    monkeypatch.setattr(trips, "MERGED_AT_ONCE", 5)
    network = a_random_network(1)
    random = np.random.default_rng(1)
    source = FakeSource()
    engine = LocalEngine(HierarchyEngine.prepare(network))
    server, job = FollowedTrips(engine, source, tmp_path), FollowedTrips(engine, source, tmp_path)
    for key in range(40):
        source.put([replace(a_trip(network, random, key), origin=at(network, 0))])
        server.catch_up()
    assert server.catch_up().trips.beside_the_base() > 10
    job.save_snapshot()
    source.put([replace(a_trip(network, random, 99), origin=at(network, 0))])
    assert server.catch_up().trips.beside_the_base() <= 1
    assert same_answers(server, source, random)


def test_threads_that_ask_while_trips_come_see_all_that_was_there_before_they_asked(tmp_path: Path) -> None:
    network = a_network([(0, 1, 10), (1, 0, 10)])
    source, writing = FakeSource(), threading.Lock()

    class Locked:
        def changes_since(self, revision: int) -> FakeChanges:
            with writing:
                return source.changes_since(revision)

    followed = FollowedTrips(LocalEngine(HierarchyEngine.prepare(network)), Locked(), tmp_path)
    problems: list[str] = []
    over = threading.Event()

    def ask() -> None:
        while not over.is_set():
            before = len(source.rows)
            found = len(followed.detours(at(network, 0), at(network, 1)).key)
            if found < before:
                problems.append(f"{found} of {before}")

    askers = [threading.Thread(target=ask) for _ in range(3)]
    for asker in askers:
        asker.start()
    for key in range(150):
        with writing:
            source.put([Trip(key, at(network, 0), at(network, 1), key, 60)])
        time.sleep(0.002)
    over.set()
    for asker in askers:
        asker.join()
    assert problems == []
    assert len(followed.detours(at(network, 0), at(network, 1)).key) == 150


def test_without_a_hierarchy_trips_are_followed_too(tmp_path: Path) -> None:
    network = a_random_network(1)
    random = np.random.default_rng(1)
    source = FakeSource()
    source.put([a_trip(network, random, key) for key in range(20)])
    followed = FollowedTrips(LocalEngine(DijkstraEngine(network)), source, tmp_path)
    source.put([a_trip(network, random, 3)])
    source.drop([4])
    assert same_answers(followed, source, random)
    assert followed.save_snapshot() == 0
