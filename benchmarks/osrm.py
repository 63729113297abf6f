"""Measure detours by a real OSRM server: asking it for every offer, asking for candidates only, and our own engine.

Usage: ``python -m benchmarks.osrm --network-file porto.osm.pbf --offers 1000``. The server comes from the wheel that the
tests use, on this machine, and is prepared first (some 40 s for 3 MB). Its times are not ours (other rules of the road),
so answers are held against the same server's, not against the local ones.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from benchmarks import roads
from benchmarks.measure import Line, show
from mobility.geo.network.model import RoadNetwork
from mobility.geo.travel.interface import Trip
from mobility.geo.travel.local import LocalEngine
from mobility.geo.travel.osrm import OsrmEngine
from mobility.geo.travel.search import HierarchyEngine
from mobility.geo.travel.transport import RoutingServer
from tests.support.routing import start_osrm

Point = tuple[float, float]


def offers(network: RoadNetwork, count: int) -> list[Trip]:
    """Return offers through one day, as people commute."""
    table = roads.trips(network, np.random.default_rng(count), count, uniform=False)
    at = network.nodes_at()
    rows = zip(
        table.key.tolist(), at[table.origin].tolist(), at[table.destination].tolist(), table.depart_at.tolist(), strict=True
    )  # fmt: skip
    return [Trip(key, tuple(start), tuple(end), depart_at, roads.MARGIN_SECONDS) for key, start, end, depart_at in rows]


def requests(network: RoadNetwork, count: int) -> list[tuple[Point, Point]]:
    """Return requests, as people commute."""
    at = network.nodes_at()
    ends = roads.ends_of_trips(network, np.random.default_rng(1), count, uniform=False)
    starts, stops = (at[nodes].tolist() for nodes in ends)
    return [(tuple(start), tuple(stop)) for start, stop in zip(starts, stops, strict=True)]


def measure(given: argparse.Namespace, network: RoadNetwork, server: OsrmEngine) -> list[Line]:
    """Return the lines of the report."""
    trips, asked = offers(network, given.offers), requests(network, given.requests)
    local = LocalEngine(HierarchyEngine.prepare(network)).detour_index()
    remote = server.detour_index()
    for index in (local, remote):
        index.put(trips)
    origins, destinations = (np.array([getattr(trip, end) for trip in trips]) for end in ("origin", "destination"))
    alone = np.array(
        [server.matrix(origins[row : row + 1], destinations[row : row + 1])[0, 0] for row in range(len(trips))]
    )

    def of_every_offer(start: Point, end: Point) -> list[int]:
        direct = server.one_to_many(start, np.array([end]))[0]
        detour = server.many_to_one(origins, start).astype(int) + direct + server.one_to_many(end, destinations) - alone
        return np.flatnonzero(detour <= roads.MARGIN_SECONDS).tolist()

    for start, end in asked[:5]:
        assert remote.detours(start, end).key.tolist() == of_every_offer(start, end)
    own = mean_ms(local.detours, asked)
    return [
        Line("OSRM, asked for every offer", mean_ms(of_every_offer, asked), "our engine", own),
        Line("OSRM, asked for candidates", mean_ms(remote.detours, asked), "our engine", own),
    ]


def mean_ms(ask: Callable[[Point, Point], object], asked: list[tuple[Point, Point]]) -> float:
    """Return the mean time of a request in milliseconds."""
    begun = time.perf_counter()
    for start, end in asked:
        ask(start, end)
    return (time.perf_counter() - begun) / len(asked) * 1000


def main() -> None:
    """Run the benchmark and print the report."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.osrm", description=__doc__)
    parser.add_argument("--network-file", type=Path, required=True, help="an OpenStreetMap extract")
    parser.add_argument("--offers", type=int, default=1000, help="offers in the index")
    parser.add_argument("--requests", type=int, default=20, help="requests of each measure")
    given = parser.parse_args()
    network = roads.base_network(given.network_file)
    process = start_osrm(given.network_file, table_size=max(1000, given.offers + 1))
    try:
        server = OsrmEngine(
            RoutingServer(process.url),
            timeout_seconds=60,
            table_size=max(1000, given.offers + 1),
            max_speed_kmh=130,
            walk_limit_metres=5000,
        )
        print(show(measure(given, network, server)))
    finally:
        process.stop()


if __name__ == "__main__":
    main()
