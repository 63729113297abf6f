"""The engine on our own network: points are snapped to nodes, and nodes are what is computed on. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from mobility.geo.distance import WALK_LIMIT_METRES
from mobility.geo.errors import TooFarFromRoad
from mobility.geo.network.model import GEOMETRY_UNIT, Ints, Points, RoadNetwork
from mobility.geo.network.snapping import NodeSnapper
from mobility.geo.travel.buckets import Segment, TripTable
from mobility.geo.travel.exhaustive import ExhaustiveTrips
from mobility.geo.travel.interface import Detours, EngineFacts, Route, Snapped, Trip
from mobility.geo.travel.nodes import NodeEngine
from mobility.geo.travel.ragged import spans
from mobility.geo.travel.search import HierarchyEngine
from mobility.geo.travel.trips import TripIndex


class NodeTrips(Protocol):
    """A detour index between nodes."""

    def __len__(self) -> int: ...

    def put(self, trips: TripTable) -> None:
        """Add trips, or replace those with the same key. All or none: raises Unreachable."""

    def put_possible(self, trips: TripTable) -> NDArray[np.int64]:
        """Add trips, or replace those with the same key; return the keys of those along no road, which are dropped."""

    def drop(self, keys: NDArray[np.int64]) -> None:
        """Forget trips; unknown keys are no error."""

    def contents(self) -> TripTable:
        """Return the trips, in no order."""

    def detours(
        self, origin: int, destination: int, *, depart_from: int | None = None, depart_until: int | None = None
    ) -> Detours:
        """Return every trip that can bear a request between two nodes, in order of key. Raises Unreachable."""


class LocalEngine:
    """Travel times on a network of ours; answers ``interface.TravelTimes``."""

    def __init__(
        self, engine: NodeEngine, snapper: NodeSnapper | None = None, *, walk_limit_metres: float = WALK_LIMIT_METRES
    ) -> None:
        self.engine = engine
        self.network: RoadNetwork = engine.network
        self.walk_limit_metres = walk_limit_metres
        self._snapper = snapper or NodeSnapper(self.network)

    @property
    def snapper(self) -> NodeSnapper:
        """Where points meet the nodes of the network."""
        return self._snapper

    def facts(self) -> EngineFacts:
        """Return what people must be told of where the times come from."""
        facts = self.network.facts
        return EngineFacts(name=facts.name, demonstration=facts.demonstration, attribution=facts.attribution)

    def snap(self, points: Points) -> Snapped:
        """Return where points meet the road. Raises TooFarFromRoad."""
        node, metres = self._snapper.snap(_as_points(points), limit_metres=self.walk_limit_metres)
        return Snapped(node=node, at=self._at(node), walk_metres=metres)

    def matrix(self, sources: Points, targets: Points) -> Ints:
        """Return the seconds from every source to every target, shape (s, t). Raises TooFarFromRoad."""
        return self.engine.matrix(self._nodes_of("sources", sources), self._nodes_of("targets", targets))

    def _nodes_of(self, array: str, points: Points) -> Ints:
        try:
            return self.snap(points).node
        except TooFarFromRoad as error:
            raise TooFarFromRoad(index=error.index, metres=error.metres, array=array) from None

    def one_to_many(self, source: tuple[float, float], targets: Points) -> Ints:
        """Return the seconds from one point to each target, shape (t,)."""
        times: Ints = self.matrix(_as_points(source), targets)[0]
        return times

    def many_to_one(self, sources: Points, target: tuple[float, float]) -> Ints:
        """Return the seconds from each source to one point, shape (s,)."""
        times: Ints = self.matrix(sources, _as_points(target))[:, 0]
        return times

    def route(self, origin: tuple[float, float], destination: tuple[float, float]) -> Route:
        """Return the fastest way. Raises Unreachable, TooFarFromRoad."""
        ends = self.snap(np.array([origin, destination])).node
        arcs = self.engine.path(int(ends[0]), int(ends[1]))
        return Route(
            seconds=int(self.network.seconds[arcs].sum()),
            metres=float(self.network.metres[arcs].sum(dtype=np.float64)),
            line=self._line(arcs, ends),
        )

    def detour_index(self, base: Segment | None = None) -> LocalTrips:
        """Return a new index of trips: empty, or with those of a segment that was made on this very network."""
        if isinstance(self.engine, HierarchyEngine):
            return LocalTrips(self, TripIndex(self.engine, base))
        return LocalTrips(self, ExhaustiveTrips(self.engine))

    def reach(self, points: Points) -> tuple[Ints, NDArray[np.bool_]]:
        """Return the nearest node of each point, and whether it is near enough."""
        node, metres = self._snapper.nearest(_as_points(points))
        return node, metres <= self.walk_limit_metres

    def _at(self, nodes: Ints) -> Points:
        return np.column_stack((self.network.longitude[nodes], self.network.latitude[nodes]))

    def _line(self, arcs: Ints, ends: Ints) -> Points:
        """Return the points along a path: its first node, then the shape and the head of each arc."""
        if not len(arcs):
            return self._at(ends)
        network = self.network
        bends = np.diff(network.first_point)[arcs] if len(network.points) else np.zeros(len(arcs), dtype=np.int64)
        line = np.empty((1 + len(arcs) + int(bends.sum()), 2))
        heads = np.cumsum(bends + 1)
        line[0] = self._at(ends[:1])
        line[heads] = self._at(network.head[arcs])
        between = np.ones(len(line), dtype=np.bool_)
        between[0] = between[heads] = False
        line[between] = network.points[spans(network.first_point[arcs], bends)] * GEOMETRY_UNIT
        return line


class LocalTrips:
    """A detour index between points; answers ``interface.DetourIndex``."""

    def __init__(self, engine: LocalEngine, trips: NodeTrips) -> None:
        self.engine = engine
        self.trips = trips

    def __len__(self) -> int:
        return len(self.trips)

    def put(self, trips: Sequence[Trip]) -> None:
        """Add trips, or replace those with the same key. All or none: raises TooFarFromRoad, Unreachable."""
        if trips:
            origins, destinations = _ends(trips)
            self.trips.put(_table(trips, self._nodes(origins), self._nodes(destinations)))

    def put_possible(self, trips: Sequence[Trip]) -> list[int]:
        """Add trips, or replace those with the same key; return the keys of the impossible ones, which are dropped."""
        table, lost = self._possible(trips)
        self.trips.drop(lost)
        return [*lost.tolist(), *self.trips.put_possible(table).tolist()]

    def become(self, trips: Sequence[Trip]) -> list[int]:
        """Hold these trips and no others, touching only what differs; return the keys of the impossible ones."""
        wanted, far = self._possible(trips)
        wanted = wanted.last_of_each_key()
        held = self.trips.contents().last_of_each_key()
        self.trips.drop(np.setdiff1d(held.key, wanted.key, assume_unique=True))
        _, here, there = np.intersect1d(wanted.key, held.key, assume_unique=True, return_indices=True)
        same = wanted.chosen(here).same_as(held.chosen(there))
        changed = np.setdiff1d(np.arange(len(wanted)), here[same], assume_unique=True)
        return [*far.tolist(), *self.trips.put_possible(wanted.chosen(changed)).tolist()]

    def _possible(self, trips: Sequence[Trip]) -> tuple[TripTable, NDArray[np.int64]]:
        """Return the trips whose ends are near a road, and the keys of the others."""
        (origin, begins), (destination, ends) = (self.engine.reach(points) for points in _ends(trips))
        table = _table(trips, origin, destination)
        return table.chosen(np.flatnonzero(begins & ends)), table.key[~(begins & ends)]

    def _nodes(self, points: Points) -> Ints:
        return self.engine.snap(points).node

    def drop(self, keys: Iterable[int]) -> None:
        """Forget trips; unknown keys are no error."""
        self.trips.drop(np.fromiter(keys, dtype=np.int64))

    def detours(
        self,
        origin: tuple[float, float],
        destination: tuple[float, float],
        *,
        depart_from: int | None = None,
        depart_until: int | None = None,
    ) -> Detours:
        """Return every trip that can bear the request. Raises TooFarFromRoad, Unreachable."""
        ends = self._nodes(np.array([origin, destination], dtype=np.float64)).tolist()
        return self.trips.detours(ends[0], ends[1], depart_from=depart_from, depart_until=depart_until)


def _as_points(points: Points | tuple[float, float]) -> Points:
    return np.asarray(points, dtype=np.float64).reshape(-1, 2)


def _ends(trips: Sequence[Trip]) -> tuple[Points, Points]:
    """Return where trips begin and end."""
    return (
        np.array([trip.origin for trip in trips], dtype=np.float64).reshape(-1, 2),
        np.array([trip.destination for trip in trips], dtype=np.float64).reshape(-1, 2),
    )


def _table(trips: Sequence[Trip], origin: Ints, destination: Ints) -> TripTable:
    return TripTable(
        key=np.array([trip.key for trip in trips], dtype=np.int64),
        origin=origin,
        destination=destination,
        depart_at=np.array([trip.depart_at for trip in trips], dtype=np.int64),
        margin=np.array([trip.max_detour_seconds for trip in trips], dtype=np.int64),
    )
