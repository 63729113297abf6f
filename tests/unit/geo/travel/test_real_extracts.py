"""The engine on real roads, asked as the application asks it, beside Dijkstra: tables, routes, isochrones, detours.

© OpenStreetMap contributors, ODbL: the extracts are no part of the project (``tests/support/osm.py``).
"""

from __future__ import annotations

import itertools
from datetime import UTC, datetime

import networkx as nx
import numpy as np
import pytest
import shapely
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from mobility.geo.network.calibration import DEFAULT_FACTORS
from mobility.geo.network.importing import build_network
from mobility.geo.network.model import Points, RoadNetwork
from mobility.geo.network.snapping import NodeSnapper, great_circle_metres
from mobility.geo.travel.interface import UNREACHABLE, Trip
from mobility.geo.travel.isochrones import Surroundings
from mobility.geo.travel.local import LocalEngine
from mobility.geo.travel.search import HierarchyEngine
from tests.support.osm import shared_extract

EXTRACTS = ("liechtenstein.pbf", "porto_portugal.pbf")
OFFERS, REQUESTS, SOURCES = 150, 16, 12
MARGIN, DEPART = 900, 1_795_000_000


class Real:
    """An extract: our engine, and what scipy says of the same arcs."""

    def __init__(self, name: str) -> None:
        self.network: RoadNetwork = build_network(
            shared_extract(name), factors=DEFAULT_FACTORS, now=datetime(2026, 11, 22, tzinfo=UTC)
        )
        self.engine = LocalEngine(HierarchyEngine.prepare(self.network))
        self.random = np.random.default_rng(11)
        weights = self.network.seconds.astype(np.float64)
        count = self.network.node_count
        self.graph = csr_array((weights, self.network.head, self.network.first_out), shape=(count, count))
        self.snapper = NodeSnapper(self.network)

    def places(self, count: int) -> Points:
        """Return places some metres beside nodes where a car can stop."""
        nodes = self.random.choice(np.flatnonzero(self.network.stoppable), count, replace=False)
        return self.network.nodes_at()[nodes] + self.random.uniform(-5e-5, 5e-5, (count, 2))

    def oracle(self, sources: Points, targets: Points) -> np.ndarray:
        """Return the seconds from each source to each target, by one-to-all searches from whichever side has fewer."""
        ends = [self.snapper.nearest(points)[0] for points in (sources, targets)]
        if len(sources) <= len(targets):
            found = dijkstra(self.graph, indices=ends[0])[:, ends[1]]
        else:
            found = dijkstra(self.graph.T.tocsr(), indices=ends[1])[:, ends[0]].T
        return np.where(np.isfinite(found), found, UNREACHABLE).astype(np.int64)


@pytest.fixture(scope="module", params=EXTRACTS)
def real(request: pytest.FixtureRequest) -> Real:
    return Real(request.param)


def at(points: Points, index: int) -> tuple[float, float]:
    longitude, latitude = points[index].tolist()
    return longitude, latitude


def test_one_to_many_and_many_to_one_are_what_dijkstra_finds(real: Real) -> None:
    sources, targets = real.places(SOURCES), real.places(400)
    there, back = real.oracle(sources, targets), real.oracle(targets[:SOURCES], sources)
    for index in range(SOURCES):
        assert real.engine.one_to_many(at(sources, index), targets).tolist() == there[index].tolist()
        assert real.engine.many_to_one(targets[:SOURCES], at(sources, index)).tolist() == back[:, index].tolist()
    assert (there != UNREACHABLE).all(), "one strongly connected network"


def test_a_route_takes_dijkstra_s_time_along_arcs_that_exist(real: Real) -> None:
    sources, targets = real.places(15), real.places(15)
    seconds = real.oracle(sources, targets).diagonal()
    tails = real.network.tails()
    arcs = {
        (int(a), int(b)): i for i, (a, b) in enumerate(zip(tails.tolist(), real.network.head.tolist(), strict=True))
    }
    place_of = {tuple(place): node for node, place in enumerate(real.network.nodes_at().tolist())}
    for index in range(15):
        route = real.engine.route(at(sources, index), at(targets, index))
        assert route.seconds == seconds[index]
        nodes = [place_of[tuple(point)] for point in route.line.tolist() if tuple(point) in place_of]
        assert nodes[0] == real.snapper.nearest(sources[[index]])[0][0]
        assert nodes[-1] == real.snapper.nearest(targets[[index]])[0][0]
        along = [arcs[pair] for pair in itertools.pairwise(nodes)]
        assert sum(real.network.seconds[along].tolist()) == route.seconds
        assert route.metres == pytest.approx(float(real.network.metres[along].sum(dtype=np.float64)))
        drawn = float(great_circle_metres(route.line[:-1], route.line[1:]).sum())
        assert drawn == pytest.approx(route.metres, rel=0.01, abs=2)


def test_networkx_agrees_on_the_very_same_graph(real: Real) -> None:
    """Another library, another algorithm: bidirectional Dijkstra on a graph of its own."""
    graph = nx.DiGraph()
    tails = real.network.tails().tolist()
    graph.add_weighted_edges_from(zip(tails, real.network.head.tolist(), real.network.seconds.tolist(), strict=True))
    sources, targets = real.places(5), real.places(5)
    for index in range(5):
        ends = [int(real.snapper.nearest(points[[index]])[0][0]) for points in (sources, targets)]
        expected, _path = nx.bidirectional_dijkstra(graph, *ends)
        assert real.engine.one_to_many(at(sources, index), targets[[index]]).tolist() == [expected]


def test_isochrones_reach_what_dijkstra_reaches(real: Real) -> None:
    origin = at(real.places(1), 0)
    found = Surroundings(real.network).isochrones(origin, [3, 6, 10])
    seconds = dijkstra(real.graph, indices=real.snapper.nearest(np.array([origin]))[0])[0]
    nodes = shapely.points(real.network.nodes_at())
    for area in found.areas:
        reached = seconds <= area.minutes * 60
        assert reached.sum() > 1
        assert shapely.covers(area.shape, nodes[reached]).all()
        # Some hundred metres around roads are drawn in: what lies a kilometre beyond all that is reached is outside.
        far = ~shapely.covers(area.shape.buffer(0.01), nodes)
        assert not reached[far].any()
    assert found.areas[0].shape.area < found.areas[-1].shape.area


def test_the_index_finds_every_detour_that_can_be_borne_and_no_other(real: Real) -> None:
    starts, ends = real.places(OFFERS), real.places(OFFERS)
    trips = [
        Trip(key, at(starts, key), at(ends, key), DEPART + 60 * (key % 50), MARGIN - 2 * key) for key in range(OFFERS)
    ]
    index = real.engine.detour_index()
    index.put(trips)
    origins, destinations = real.places(REQUESTS), real.places(REQUESTS)
    # Some requests lie along a driver's way, so that there are matches in a large network too.
    origins[: REQUESTS // 2], destinations[: REQUESTS // 2] = starts[: REQUESTS // 2], ends[: REQUESTS // 2]
    alone = real.oracle(starts, ends).diagonal()
    to_pickup, ride = real.oracle(starts, origins), real.oracle(origins, destinations).diagonal()
    from_dropoff = real.oracle(destinations, ends)
    margins = np.array([trip.max_detour_seconds for trip in trips])
    matches = 0
    for number in range(REQUESTS):
        expected = to_pickup[:, number] + ride[number] + from_dropoff[number] - alone
        keys = np.flatnonzero(expected <= margins)
        answer = index.detours(at(origins, number), at(destinations, number))
        assert answer.key.tolist() == keys.tolist()
        assert answer.detour.tolist() == expected[keys].tolist()
        assert answer.direct_seconds == ride[number]
        assert answer.alone.tolist() == alone[keys].tolist()
        assert answer.to_pickup.tolist() == to_pickup[keys, number].tolist()
        assert answer.from_dropoff.tolist() == from_dropoff[number, keys].tolist()
        window = index.detours(
            at(origins, number), at(destinations, number), depart_from=DEPART + 600, depart_until=DEPART + 1200
        )
        inside = [key for key in keys.tolist() if 600 <= 60 * (key % 50) <= 1200]
        assert window.key.tolist() == inside
        matches += len(keys)
    print(f"{real.network.facts.name}: {OFFERS * REQUESTS} pairs, {matches} hold")
    assert REQUESTS // 2 <= matches < OFFERS * REQUESTS / 2
    index.drop([0, 1])
    assert not {0, 1} & set(index.detours(at(origins, 0), at(destinations, 0)).key.tolist())
