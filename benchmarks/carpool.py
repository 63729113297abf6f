"""Measure the road engine against scipy's Dijkstra, in one run: requests, matrices, insertion, memory, preparation.

Usage: ``python -m benchmarks.carpool --network-file porto.osm.pbf --tiles 1 20 --offers 1000 10000 100000``.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np
from scipy.sparse.csgraph import dijkstra

from benchmarks import roads
from mobility.core.memory import peak_megabytes
from mobility.geo import array_folder
from mobility.geo.network.model import RoadNetwork
from mobility.geo.travel import compiled, prepared
from mobility.geo.travel.hierarchy import customise
from mobility.geo.travel.interface import Detours
from mobility.geo.travel.kernels import Kernels, compiled_kernels, vectorised_kernels
from mobility.geo.travel.order import elimination_order, topology_digest
from mobility.geo.travel.search import HierarchyEngine
from mobility.geo.travel.skeleton import Skeleton, build_skeleton
from mobility.geo.travel.trips import TripIndex

KERNELS: dict[str, Callable[[], Kernels]] = {"numpy": vectorised_kernels, "numba": compiled_kernels}
WINDOW_SECONDS = 20 * 60
MATRIX = 1000
# Sources of the matrix that scipy is timed on; the rest would take it as long.
SCIPY_SOURCES = 20


def seconds_of(act: Callable[[], Any]) -> tuple[float, Any]:
    """Return how long an act takes, and what it gives."""
    begun = time.perf_counter()
    given = act()
    return time.perf_counter() - begun, given


def times_of(acts: Iterable[Callable[[], Any]]) -> np.ndarray:
    """Return the seconds of each act, after the first three, which do not count."""
    return np.array([seconds_of(act)[0] for act in acts])[3:]


def megabytes(arrays: Iterable[np.ndarray]) -> float:
    """Return what arrays hold, in megabytes."""
    return sum(array.nbytes for array in arrays) / 1e6


class Benchmark:
    """The measures of one network."""

    def __init__(self, network: RoadNetwork, given: argparse.Namespace, folder: Path) -> None:
        self.network, self.given, self.folder = network, given, folder
        self.random = np.random.default_rng(7)
        self.forward, self.backward = roads.graphs(network)

    def run(self) -> None:
        """Measure everything."""
        print(f"\n== {self.network.node_count} nodes, {self.network.arc_count} arcs", flush=True)
        self.prepare()
        base = self.scipy()
        for name in self.given.kernels:
            kernels = KERNELS[name]()
            load, engine = seconds_of(lambda kernels=kernels: prepared.load(self.network, self.folder, kernels))
            assert engine is not None
            _tell(name, "loading the prepared hierarchy, every byte checked", f"{load:.2f} s")
            self.matrix(name, engine, base)
            self.paths(name, engine)
            for offers in self.given.offers:
                self.requests(name, engine, offers, base)

    def prepare(self) -> None:
        """Make the hierarchy as an import does, step by step."""
        network = self.network
        kept = self.folder / f"skeleton-{topology_digest(network)}"
        if kept.exists():
            skeleton = Skeleton(**array_folder.read(kept, kind=prepared.SKELETON).arrays)
            print("order and skeleton: kept from an earlier run")
        else:
            order_took, order = seconds_of(lambda: elimination_order(network))
            took, skeleton = seconds_of(lambda: build_skeleton(network, order))
            print(f"order: {order_took:.1f} s; skeleton: {took:.2f} s, {len(skeleton.head)} arcs, "
                  f"depth {skeleton.depth.mean():.0f} in the mean, {skeleton.depth.max()} at most")  # fmt: skip
            array_folder.write(kept, skeleton.arrays(), kind=prepared.SKELETON, facts={})
        for name in self.given.kernels:
            kernels = KERNELS[name]()
            customise(network, skeleton, kernels)
            took, hierarchy = seconds_of(lambda kernels=kernels: customise(network, skeleton, kernels))
            _tell(name, "customisation, all of it", f"{took:.2f} s, {len(hierarchy.leaving.head)} arcs leave")
        arrays = [*skeleton.arrays().values(), *hierarchy.arrays().values()]
        print(f"network: {megabytes(network.arrays().values()):.0f} MB; hierarchy: {megabytes(arrays):.0f} MB")
        prepared.prepare(network, self.folder)

    def scipy(self) -> float:
        """Return the seconds that scipy takes for one request: one search from its end, one to its begin."""
        ends = self.random.integers(0, self.network.node_count, (13, 2)).tolist()

        def ask(start: int, end: int) -> None:
            dijkstra(self.backward, indices=start)
            dijkstra(self.forward, indices=end)

        base = float(np.median(times_of([lambda pair=pair: ask(*pair) for pair in ends])))
        print(f"scipy: {base * 1000:.1f} ms for the two searches of a request", flush=True)
        return base

    def matrix(self, name: str, engine: HierarchyEngine, base: float) -> None:
        """Measure a large matrix."""
        sources, targets = self.random.integers(0, self.network.node_count, (2, MATRIX)).astype(np.int32)
        took, expected = seconds_of(lambda: dijkstra(self.forward, indices=sources[:SCIPY_SOURCES]))
        scipy = took / SCIPY_SOURCES * MATRIX
        found = engine.matrix(sources, targets)
        assert (found[:SCIPY_SOURCES] == expected[:, targets]).all()
        median = float(np.median(times_of([lambda: engine.matrix(sources, targets)] * 8)))
        _tell(name, f"matrix {MATRIX} x {MATRIX}", f"{median * 1000:.0f} ms", scipy / median)

    def paths(self, name: str, engine: HierarchyEngine) -> None:
        """Measure paths, unfolded to arcs."""
        pairs = self.random.integers(0, self.network.node_count, (103, 2)).tolist()
        took = times_of([lambda pair=pair: engine.path(*pair) for pair in pairs])
        _tell(name, "path", f"{np.median(took) * 1000:.2f} ms, p99 {np.percentile(took, 99) * 1000:.2f} ms")

    def requests(self, name: str, engine: HierarchyEngine, offers: int, base: float) -> None:
        """Measure requests against so many offers, and what it takes to put them in."""
        table = roads.trips(self.network, np.random.default_rng(offers), offers, uniform=self.given.uniform)
        index = TripIndex(engine)
        index.put(table.chosen(np.arange(min(offers, 50))))
        index = TripIndex(engine)
        took, _ = seconds_of(lambda: index.put(table))
        size = sum(array.nbytes for side in ("origins", "destinations")
                   for array in getattr(index.compact(), side).arrays().values())  # fmt: skip
        entries = len(index.compact().origins.slot) + len(index.compact().destinations.slot)
        _tell(name, f"{offers} offers put in at once", f"{took / offers * 1e6:.0f} us each, {entries / offers:.0f} entries "
              f"each, {size / 1e6:.0f} MB")  # fmt: skip
        pickups, dropoffs = roads.ends_of_trips(
            self.network, np.random.default_rng(1), self.given.requests + 3, uniform=self.given.uniform
        )
        pairs = list(zip(pickups.tolist(), dropoffs.tolist(), strict=True))
        self.check(index, table, *pairs[0])
        whole = times_of([lambda pair=pair: index.detours(*pair) for pair in pairs])
        matches = np.median([len(index.detours(*pair).key) for pair in pairs[:20]])
        self.told(name, f"request, {offers} offers ({matches:.0f} match)", whole, base)
        middle = roads.DAY_SECONDS // 2
        window = {"depart_from": middle - WINDOW_SECONDS, "depart_until": middle + WINDOW_SECONDS}
        windowed = times_of([lambda pair=pair: index.detours(*pair, **window) for pair in pairs])
        self.told(name, f"request, {offers} offers, ± 20 min", windowed, base)
        more = roads.trips(self.network, np.random.default_rng(2), 103, uniform=self.given.uniform)
        more = type(more)(more.key + offers, more.origin, more.destination, more.depart_at, more.margin)
        single = times_of([lambda place=place: index.put(more.chosen(np.array([place]))) for place in range(len(more))])
        _tell(name, f"one more offer among {offers}", f"{np.median(single) * 1000:.2f} ms, "
              f"p99 {np.percentile(single, 99) * 1000:.2f} ms")  # fmt: skip

    def told(self, name: str, what: str, took: np.ndarray, base: float) -> None:
        """Print how long requests took."""
        median, slowest = float(np.median(took)), float(np.percentile(took, 99))
        _tell(name, what, f"{median * 1000:.2f} ms, p99 {slowest * 1000:.2f} ms", base / median)

    def check(self, index: TripIndex, table: Any, start: int, end: int) -> None:
        """Hold one answer against scipy's, trip by trip, so that nothing fast and wrong is measured."""
        found: Detours = index.detours(start, end)
        to_pickup = dijkstra(self.backward, indices=start)[table.origin]
        from_end = dijkstra(self.forward, indices=end)
        direct = dijkstra(self.forward, indices=start)[end]
        some = np.random.default_rng(3).choice(len(table), min(40, len(table)), replace=False)
        alone = dijkstra(self.forward, indices=table.origin[some])[np.arange(len(some)), table.destination[some]]
        detour = (to_pickup + direct + from_end[table.destination])[some] - alone
        expected = {int(key): int(time) for key, time in zip(some, detour, strict=True) if time <= roads.MARGIN_SECONDS}
        told = dict(zip(found.key.tolist(), found.detour.tolist(), strict=True))
        assert {key: told[key] for key in some.tolist() if key in told} == expected


def _tell(kernels: str, what: str, value: str, ratio: float | None = None) -> None:
    times = f"{ratio:8.0f} x scipy" if ratio else ""
    print(f"{kernels:6} {what:52} {value:44} {times}", flush=True)


def main() -> None:
    """Run the benchmarks and print the report."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.carpool", description=__doc__)
    parser.add_argument(
        "--network-file", type=Path, help="an OpenStreetMap extract (default: the demonstration network)"
    )
    parser.add_argument("--tiles", type=int, nargs="+", default=[1], help="copies of it side by side; several runs")
    parser.add_argument(
        "--offers", type=int, nargs="+", default=[1000, 10_000], help="offers in the index; several runs"
    )
    parser.add_argument("--requests", type=int, default=100, help="requests of each measure")
    parser.add_argument("--uniform", action="store_true", help="trips from anywhere to anywhere, not as people commute")
    available = [name for name in KERNELS if name == "numpy" or compiled.COMPILED]
    parser.add_argument("--kernels", nargs="+", choices=available, default=available, help="what computes")
    parser.add_argument("--keep", type=Path, help="folder for prepared files, so that the next run finds them")
    given = parser.parse_args()
    network = roads.base_network(given.network_file)
    with tempfile.TemporaryDirectory(prefix="benchmarks-") as scratch:
        for tiles in given.tiles:
            Benchmark(roads.tiled(network, tiles), given, given.keep or Path(scratch)).run()
    print(f"\nmemory at most: {peak_megabytes():.0f} MB")


if __name__ == "__main__":
    main()
