"""The detour index finds what asking every trip finds, to the second, through any history of changes."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mobility.geo.errors import Unreachable
from mobility.geo.network.model import RoadNetwork
from mobility.geo.travel import buckets, trips
from mobility.geo.travel.buckets import TripTable
from mobility.geo.travel.exhaustive import ExhaustiveTrips
from mobility.geo.travel.interface import Detours
from mobility.geo.travel.kernels import Kernels, compiled_kernels, vectorised_kernels
from mobility.geo.travel.nodes import DijkstraEngine
from mobility.geo.travel.search import HierarchyEngine
from mobility.geo.travel.trips import TripIndex
from tests.factories.roads import a_network, a_random_network

BOTH = pytest.mark.parametrize("kernels", [vectorised_kernels, compiled_kernels])
MakeKernels = Callable[[], Kernels]


def some_trips(
    network: RoadNetwork, random: np.random.Generator, count: int, *, keys: int = 10_000, margin: int = 900
) -> TripTable:
    """Return trips between nodes: some with the same ends, some that cannot bear a second."""
    ends = random.integers(0, network.node_count, (2, count)).astype(np.int32)
    ends[1, : count // 10] = ends[0, : count // 10]
    return TripTable(
        key=random.choice(keys, count, replace=False).astype(np.int64),
        origin=ends[0],
        destination=ends[1],
        depart_at=random.integers(0, 100, count),
        margin=random.integers(-1, margin, count) * random.integers(0, 2, count),
    )


def rows(found: Detours) -> list[tuple[int, ...]]:
    columns = (found.key, found.detour, found.to_pickup, found.from_dropoff, found.alone, found.depart_at)
    return list(zip(*(column.tolist() for column in columns), strict=True))


@contextmanager
def small_parts(block: int, merged: int) -> Iterator[None]:
    """Let few trips make many blocks, and layers that are too large to be merged."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(buckets, "BLOCK", block)
        patch.setattr(trips, "MERGED_AT_ONCE", merged)
        yield


@BOTH
@given(seed=st.integers(0, 10_000), data=st.data())
@settings(max_examples=40, deadline=None)
def test_any_history_leaves_what_asking_every_trip_finds(kernels: MakeKernels, seed: int, data: st.DataObject) -> None:
    network = a_random_network(seed, data.draw(st.integers(2, 60)))
    random = np.random.default_rng(seed)
    index = TripIndex(HierarchyEngine.prepare(network, kernels()))
    oracle = ExhaustiveTrips(DijkstraEngine(network))
    with small_parts(data.draw(st.integers(1, 5)), data.draw(st.integers(0, 60))):
        for act in data.draw(st.lists(st.sampled_from(["put", "put", "drop", "compact", "ask", "ask"]), max_size=12)):
            if act == "put":
                table = some_trips(network, random, int(random.integers(0, 30)), keys=60)
                index.put(table)
                oracle.put(table)
            elif act == "drop":
                keys = random.integers(0, 60, int(random.integers(0, 25)))
                index.drop(keys)
                oracle.drop(keys)
            elif act == "compact":
                assert len(index.compact()) == len(oracle)
            else:
                ends = random.integers(0, network.node_count, 2).tolist()
                window = dict(
                    zip(("depart_from", "depart_until"), sorted(random.integers(-5, 105, 2).tolist()), strict=True)
                )
                for bounds in (
                    {},
                    window,
                    {"depart_from": window["depart_from"]},
                    {"depart_until": window["depart_until"]},
                ):
                    found, expected = index.detours(*ends, **bounds), oracle.detours(*ends, **bounds)
                    assert found.direct_seconds == expected.direct_seconds
                    assert rows(found) == rows(expected)
            assert len(index) == len(oracle)


@BOTH
def test_many_trips_at_once_are_all_found(kernels: MakeKernels) -> None:
    network = a_random_network(4, 300)
    random = np.random.default_rng(4)
    table = some_trips(network, random, 2500, margin=3000)
    index = TripIndex(HierarchyEngine.prepare(network, kernels()))
    index.put(table)
    times = DijkstraEngine(network).matrix(*[np.arange(network.node_count, dtype=np.int32)] * 2).astype(np.int64)
    matches = 0
    for _ in range(20):
        start, end = random.integers(0, network.node_count, 2).tolist()
        found = index.detours(start, end)
        detour = (
            times[table.origin, start] + times[start, end] + times[end, table.destination]
            - times[table.origin, table.destination]
        )  # fmt: skip
        expected = dict(
            zip(table.key[detour <= table.margin].tolist(), detour[detour <= table.margin].tolist(), strict=True)
        )
        assert dict(zip(found.key.tolist(), found.detour.tolist(), strict=True)) == expected
        assert (found.detour >= 0).all()
        matches += len(expected)
    assert matches > 1000


@BOTH
@given(seed=st.integers(0, 10_000), more=st.integers(0, 5000))
@settings(max_examples=20, deadline=None)
def test_a_wider_margin_never_loses_a_match(kernels: MakeKernels, seed: int, more: int) -> None:
    network = a_random_network(seed)
    random = np.random.default_rng(seed)
    table = some_trips(network, random, 40)
    wider = TripTable(table.key, table.origin, table.destination, table.depart_at, table.margin + more)
    engine = HierarchyEngine.prepare(network, kernels())
    narrow, wide = TripIndex(engine), TripIndex(engine)
    narrow.put(table)
    wide.put(wider)
    for _ in range(5):
        start, end = random.integers(0, network.node_count, 2).tolist()
        assert set(rows(narrow.detours(start, end))) <= set(rows(wide.detours(start, end)))


def test_the_last_of_trips_with_one_key_is_kept() -> None:
    network = a_random_network(1)
    index = TripIndex(HierarchyEngine.prepare(network))
    ones = np.ones(3, dtype=np.int64)
    ends = np.array([0, 1, 2], dtype=np.int32)
    index.put(TripTable(ones, ends, ends, np.array([10, 20, 30]), ones * 10_000))
    assert index.detours(0, 0).depart_at.tolist() == [30]


def test_an_endless_margin_is_borne() -> None:
    network = a_random_network(1)
    index = TripIndex(HierarchyEngine.prepare(network))
    one = np.array([1], dtype=np.int64)
    for margin in (2**31, 2**62):
        index.put(TripTable(one, np.array([0], np.int32), np.array([1], np.int32), one, one * margin))
        assert index.detours(2, 3).key.tolist() == [1]


def test_a_trip_along_no_road_is_refused_with_all_that_came_with_it() -> None:
    network = a_network([(0, 1, 10), (1, 0, 10), (1, 2, 10)])
    index = TripIndex(HierarchyEngine.prepare(network))
    two = np.array([1, 2], dtype=np.int64)
    with pytest.raises(Unreachable):
        index.put(TripTable(two, np.array([0, 2], np.int32), np.array([1, 0], np.int32), two, two))
    assert len(index) == 0
    with pytest.raises(Unreachable):
        index.detours(2, 0)


def test_one_by_one_leaves_few_layers() -> None:
    network = a_random_network(8)
    index = TripIndex(HierarchyEngine.prepare(network))
    table = some_trips(network, np.random.default_rng(0), 200)
    for place in range(len(table)):
        index.put(table.chosen(np.array([place])))
    assert len(index) == 200
    assert len(index._layers) <= 5
    index.drop(table.key[20:])
    assert sum(len(layer.segment) for layer in index._layers) < 60, "dropped trips still take room"
    index.drop(table.key)
    assert index._layers == ()


def test_readers_see_the_index_before_or_after_a_change_never_within() -> None:
    network = a_random_network(6)
    index = TripIndex(HierarchyEngine.prepare(network))
    table = some_trips(network, np.random.default_rng(6), 30)
    free = TripTable(table.key, table.origin, table.destination, table.depart_at, np.full(30, 10**6))
    index.put(free)
    seen: set[int] = set()
    over = threading.Event()

    def ask() -> None:
        while not over.is_set():
            seen.add(len(index.detours(0, 1).key))

    readers = [threading.Thread(target=ask) for _ in range(2)]
    for reader in readers:
        reader.start()
    for _ in range(30):
        index.put(free)
        index.compact()
    over.set()
    for reader in readers:
        reader.join()
    assert seen == {30}
