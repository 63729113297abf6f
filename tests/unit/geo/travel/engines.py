"""Engines for the tests: the simplest that can be right, and what a contract is tried on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from mobility.geo.distance import WALK_LIMIT_METRES
from mobility.geo.errors import TooFarFromRoad
from mobility.geo.network.model import Ints, Points, RoadNetwork
from mobility.geo.network.snapping import NodeSnapper
from mobility.geo.travel.interface import DetourIndex, Detours, EngineFacts, Route, Snapped, TravelTimes, Trip
from mobility.geo.travel.nodes import DijkstraEngine
from mobility.geo.travel.remote_index import CandidateIndex
from mobility.geo.travel.transport import Deadline


class OracleEngine:
    """Dijkstra between the nearest nodes, and the index of candidates on top of it."""

    def __init__(self, network: RoadNetwork, *, walk_limit_metres: float = WALK_LIMIT_METRES) -> None:
        self.network = network
        self.walk_limit_metres = walk_limit_metres
        self.max_speed_kmh = 130.0
        self.asked = 0
        self._nodes = DijkstraEngine(network)
        self._snapper = NodeSnapper(network)

    def facts(self) -> EngineFacts:
        facts = self.network.facts
        return EngineFacts(facts.name, facts.demonstration, facts.attribution)

    def snap(self, points: Points) -> Snapped:
        nodes, metres = self._snapper.snap(np.reshape(points, (-1, 2)), limit_metres=self.walk_limit_metres)
        return Snapped(nodes, self.network.nodes_at()[nodes], metres)

    def matrix(self, sources: Points, targets: Points) -> Ints:
        self.asked += len(sources) * len(targets)
        return self._nodes.matrix(self._in("sources", sources), self._in("targets", targets))

    def one_to_many(self, source: tuple[float, float], targets: Points) -> Ints:
        return self.matrix(np.array([source]), targets)[0]

    def many_to_one(self, sources: Points, target: tuple[float, float]) -> Ints:
        return self.matrix(sources, np.array([target]))[:, 0]

    def route(self, origin: tuple[float, float], destination: tuple[float, float]) -> Route:
        source, target = self.snap(np.array([origin, destination])).node.tolist()
        arcs = self._nodes.path(source, target)
        nodes = [source, *self.network.head[arcs].tolist()]
        line = self.network.nodes_at()[nodes if len(nodes) > 1 else nodes * 2]
        return Route(int(self.network.seconds[arcs].sum()), float(self.network.metres[arcs].sum()), line)

    def detour_index(self) -> DetourIndex:
        return CandidateIndex(self)

    def deadline(self) -> Deadline:
        return Deadline(60)

    def times(self, sources: Points, targets: Points, deadline: Deadline | None) -> Ints:
        return self.matrix(sources, targets)

    def pairs(self, origins: Points, destinations: Points) -> Ints:
        return np.diagonal(self.matrix(origins, destinations)).copy()

    def _in(self, array: str, points: Points) -> Ints:
        try:
            return self.snap(points).node
        except TooFarFromRoad as error:
            raise TooFarFromRoad(index=error.index, metres=error.metres, array=array) from None


@dataclass(frozen=True)
class Case:
    """An engine and where to try it: points beside roads, most of them joined by roads, and one without."""

    name: str
    engine: TravelTimes
    points: Points
    far: tuple[float, float]
    # A margin that some trips can bear and others cannot.
    margin_seconds: int
    # By how much a route may differ from the matrix: nothing, where both are exact.
    route_slack: float = 0.0
    # The same engine with small tables, where it has tables.
    in_small_tables: Callable[[], TravelTimes] | None = None


def trips_among(points: Points, margin_seconds: int, *, seed: int = 1, count: int = 30) -> list[Trip]:
    """Return trips between points, their margins from none to twice the given one, one a minute."""
    random = np.random.default_rng(seed)
    ends = random.integers(0, len(points), (count, 2))
    margins = random.integers(0, 2 * margin_seconds, count)
    return [
        Trip(100 + 7 * number, tuple(points[a].tolist()), tuple(points[b].tolist()), 1_000_000 + 60 * number, int(margin))
        for number, ((a, b), margin) in enumerate(zip(ends.tolist(), margins.tolist(), strict=True))
    ]  # fmt: skip


def brute_force(
    engine: TravelTimes, trips: list[Trip], origin: tuple[float, float], destination: tuple[float, float]
) -> dict[int, tuple[int, int, int, int, int]]:
    """Return what each trip that can bear the request is told, from the engine's whole matrix: no bound, no index."""
    starts = np.array([trip.origin for trip in trips])
    ends = np.array([trip.destination for trip in trips])
    alone = np.diagonal(engine.matrix(starts, ends)).astype(np.int64)
    pickup = engine.matrix(starts, np.array([origin]))[:, 0].astype(np.int64)
    dropoff = engine.matrix(np.array([destination]), ends)[0].astype(np.int64)
    direct = int(engine.matrix(np.array([origin]), np.array([destination]))[0, 0])
    found = {}
    for number, trip in enumerate(trips):
        via = int(pickup[number]) + direct + int(dropoff[number])
        if via - int(alone[number]) <= trip.max_detour_seconds:
            by_itself = min(int(alone[number]), via)
            found[trip.key] = (via - by_itself, int(pickup[number]), int(dropoff[number]), by_itself, trip.depart_at)
    return found


def told(detours: Detours) -> dict[int, tuple[int, int, int, int, int]]:
    """Return what an index said, by key."""
    columns = (detours.detour, detours.to_pickup, detours.from_dropoff, detours.alone, detours.depart_at)
    rows = zip(*(column.tolist() for column in columns), strict=True)
    return dict(zip(detours.key.tolist(), rows, strict=True))
