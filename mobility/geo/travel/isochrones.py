"""How far one comes by car: areas and communes reached within some minutes of a place. Pure.

Computed on the local network, whichever engine answers for journeys: a server has no table of everywhere. One search
from the place, then

- a commune is reached where its position snaps to a reached node, as any engine of the same network would tell;
- an area is drawn around every point of a road that is reached in time (also part of the way along an arc), on a grid
  of squares, 250 m or a square and a half wide, and its bays and gaps are closed.

Drawing around, closing, and joining the middles of neighbouring squares all keep « a part of »: the area of 15 minutes
lies inside that of 30. The grid has whole coordinates and the map to degrees keeps its lines straight, so the polygons
are valid as drawn. Vertices lie on a grid of 60 m for 15 minutes, 240 m for an hour.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.ndimage import distance_transform_edt
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from mobility.geo import communes
from mobility.geo.distance import EARTH_RADIUS_KM, WALK_LIMIT_METRES
from mobility.geo.network.model import GEOMETRY_UNIT, Floats, Ints, NetworkFacts, Points, RoadNetwork
from mobility.geo.network.snapping import NodeSnapper
from mobility.geo.travel.interface import UNREACHABLE

MINUTES = (15, 30, 45, 60)
LONGEST_MINUTES = 120
MOST_AREAS = 12
# Around each reached point of a road, and how wide a bay may be and still be filled in.
AROUND_METRES, CLOSED_METRES = 250.0, 400.0
# So that an area of any minutes has some 500 × 500 squares.
SQUARE_METRES_A_MINUTE = 4.0
# 480 km/h.
FARTHEST_SQUARES = 2000
_METRES_A_DEGREE = EARTH_RADIUS_KM * 1000 * np.pi / 180


@dataclass(frozen=True, slots=True)
class ReachedCommune:
    """A commune that is reached, and how soon."""

    insee_code: str
    name: str
    seconds: int
    # Its position is only the middle of its neighbours, some km off.
    approximate: bool

    @property
    def minutes(self) -> int:
        """The whole minutes that are enough."""
        return -(-self.seconds // 60)


@dataclass(frozen=True, slots=True)
class Area:
    """Where one comes within some minutes: a polygon or several, longitude and latitude."""

    minutes: int
    shape: Any


@dataclass(frozen=True, slots=True)
class Isochrones:
    """What is reached from a place."""

    origin: tuple[float, float]
    walk_metres: float
    areas: tuple[Area, ...]  # the smallest first
    communes: tuple[ReachedCommune, ...]  # the soonest first
    facts: NetworkFacts

    def geojson(self) -> dict[str, Any]:
        """Return a FeatureCollection (RFC 7946): the areas, the largest first as they are drawn, then the place."""
        areas = [
            {
                "type": "Feature",
                "properties": {"kind": "area", "minutes": area.minutes},
                "geometry": shapely.geometry.mapping(shapely.orient_polygons(area.shape)),
            }
            for area in reversed(self.areas)
        ]
        place = {
            "type": "Feature",
            "properties": {"kind": "origin", "walk_metres": round(self.walk_metres)},
            "geometry": {"type": "Point", "coordinates": list(self.origin)},
        }
        return {
            "type": "FeatureCollection",
            "features": [*areas, place],
            "network": self.facts.name,
            "demonstration": self.facts.demonstration,
            "attribution": self.facts.attribution,
            "communes": [
                {"insee_code": c.insee_code, "name": c.name, "minutes": c.minutes, "approximate": c.approximate}
                for c in self.communes
            ],
        }


class Surroundings:
    """Answers isochrones on one network; keep it as long as the network."""

    def __init__(self, network: RoadNetwork, snapper: NodeSnapper | None = None) -> None:
        self.network = network
        self._snapper = snapper or NodeSnapper(network)
        self._graph = csr_array(
            (network.seconds.astype(np.float64), network.head, network.first_out),
            shape=(network.node_count, network.node_count),
        )

    def isochrones(self, origin: tuple[float, float], minutes: Sequence[int] = MINUTES) -> Isochrones:
        """Return what is reached within each of the minutes. Raises TooFarFromRoad, ValueError for odd minutes."""
        wanted = check_minutes(minutes)
        node, walk = self._snapper.snap(np.array([origin], dtype=np.float64))
        seconds = self.reached(int(node[0]), wanted[-1] * 60)
        return Isochrones(
            origin=origin,
            walk_metres=float(walk[0]),
            areas=self._areas(origin, int(node[0]), seconds, wanted),
            communes=self._communes(seconds),
            facts=self.network.facts,
        )

    def reached(self, node: int, seconds: int) -> Ints:
        """Return the seconds to every node, int32[n]; UNREACHABLE where they are more than allowed."""
        found = dijkstra(self._graph, indices=node, limit=seconds)
        return np.where(np.isfinite(found), found, UNREACHABLE).astype(np.int32)

    def _communes(self, seconds: Ints) -> tuple[ReachedCommune, ...]:
        placed, at, approximate = _placed_communes()
        nodes, walk = self._snapper.nearest(at)
        found = np.flatnonzero((walk <= WALK_LIMIT_METRES) & (seconds[nodes] != UNREACHABLE))
        reached = [
            ReachedCommune(placed[i].insee_code, placed[i].name, int(seconds[nodes[i]]), bool(approximate[i]))
            for i in found.tolist()
        ]
        return tuple(sorted(reached, key=lambda commune: (commune.seconds, commune.name, commune.insee_code)))

    def _areas(self, origin: tuple[float, float], node: int, seconds: Ints, minutes: list[int]) -> tuple[Area, ...]:
        grid = _Grid(origin, minutes[-1])
        at, soon = self._roads(seconds, minutes[-1] * 60, grid.square_metres)
        # One walks to the car: the way there belongs to the smallest area.
        start = np.linspace(origin, self.network.nodes_at()[node], 2 + int(WALK_LIMIT_METRES // grid.square_metres))
        at, soon = np.concatenate((at, start)), np.concatenate((soon, np.zeros(len(start))))
        field = grid.soonest(at, soon)
        return tuple(Area(minute, grid.outline(field <= minute * 60)) for minute in minutes)

    def _roads(self, seconds: Ints, longest: int, step_metres: float) -> tuple[Points, Floats]:
        """Return points of the roads, not further apart than a step, and the seconds at which each is reached."""
        network = self.network
        tails = network.tails()
        arcs = np.flatnonzero(seconds[tails] != UNREACHABLE)
        bends = np.diff(network.first_point)[arcs]
        # Each arc as its corners: tail, bends, head.
        first = np.concatenate(([0], np.cumsum(bends + 2)))
        corners = np.empty((first[-1], 2))
        corners[first[:-1]] = network.nodes_at()[tails[arcs]]
        corners[first[1:] - 1] = network.nodes_at()[network.head[arcs]]
        between = np.ones(len(corners), dtype=bool)
        between[first[:-1]] = between[first[1:] - 1] = False
        which = np.repeat(network.first_point[arcs] - np.concatenate(([0], np.cumsum(bends)[:-1])), bends)
        corners[between] = network.points[which + np.arange(len(which))] * GEOMETRY_UNIT
        return _along(corners, first, seconds[tails[arcs]], network.seconds[arcs], longest, step_metres)


def _along(
    corners: Points, first: NDArray[np.int64], leave: Ints, takes: Ints, longest: int, step_metres: float
) -> tuple[Points, Floats]:
    """Return points along lines that are left at some second and take some, up to the longest."""
    owner = np.repeat(np.arange(len(leave)), np.diff(first) - 1)
    starts = np.delete(np.arange(len(corners)), first[1:] - 1)
    a, b = corners[starts], corners[starts + 1]
    metres = np.hypot((b - a)[:, 0] * np.cos(np.radians(a[:, 1])), (b - a)[:, 1]) * _METRES_A_DEGREE
    after = np.concatenate(([0.0], np.cumsum(metres)))
    begins = np.searchsorted(owner, np.arange(len(leave)))
    whole = np.maximum(after[np.searchsorted(owner, np.arange(len(leave)), side="right")] - after[begins], 1e-9)
    pieces = np.maximum(1, np.ceil(metres / step_metres)).astype(np.int64)
    segment = np.repeat(np.arange(len(a)), pieces)
    step = np.arange(len(segment)) - np.repeat(np.cumsum(pieces) - pieces, pieces) + 1
    share = step / pieces[segment]
    line = owner[segment]
    done = (after[segment] - after[begins[line]] + share * metres[segment]) / whole[line]
    soon = leave[line] + takes[line] * np.minimum(done, 1.0)
    # A hair of slack: the last point of an arc is its head, reached to the second.
    kept = soon <= longest + 1e-6
    at = a[segment] + share[:, None] * (b - a)[segment]
    tails = corners[first[:-1]]
    return np.concatenate((tails, at[kept])), np.concatenate((leave.astype(np.float64), np.floor(soon[kept] + 1e-6)))


class _Grid:
    """Squares around a place; columns to the east, rows to the north."""

    def __init__(self, origin: tuple[float, float], longest_minutes: int) -> None:
        self.square_metres = SQUARE_METRES_A_MINUTE * max(longest_minutes, 5)
        self._origin = np.array(origin)
        self._degrees = self.square_metres / _METRES_A_DEGREE / np.array([np.cos(np.radians(origin[1])), 1.0])
        self._around = max(AROUND_METRES / self.square_metres, 1.5)
        self._closed = CLOSED_METRES / self.square_metres
        self._corner = np.zeros(2, dtype=np.int64)

    def soonest(self, at: Points, seconds: Floats) -> Floats:
        """Return the earliest second at which something in each square is reached, infinite where nothing is."""
        square = np.floor((at - self._origin) / self._degrees).astype(np.int64)
        # No car comes so far: a broken course of a road must not ask for a grid of the whole earth.
        near = (np.abs(square) <= FARTHEST_SQUARES).all(axis=1)
        square, seconds = square[near], seconds[near]
        margin = int(np.ceil(self._around + self._closed)) + 3
        self._corner = square.min(axis=0) - margin
        column, row = (square - self._corner).T
        field = np.full((row.max() + margin + 1, column.max() + margin + 1), np.inf)
        np.minimum.at(field, (row, column), seconds)
        return field

    def outline(self, reached: NDArray[np.bool_]) -> Any:
        """Return the polygon around the squares that are reached, longitude and latitude."""
        wide = distance_transform_edt(~reached) <= self._around + self._closed
        filled = distance_transform_edt(wide) > self._closed
        shape = _without_idle_corners(join_middles(filled))
        middles = self._corner + 0.5

        def to_degrees(corners: Points) -> Points:
            # Every corner of one column gets the very same longitude: areas that touch or hold one another still do.
            return np.round(self._origin + (corners + middles) * self._degrees, 7)

        return shapely.transform(shape, to_degrees)


def join_middles(filled: NDArray[np.bool_]) -> Any:
    """Return the union of squares and triangles between the middles of filled neighbours, in columns and rows."""
    corners = np.stack((filled[:-1, :-1], filled[:-1, 1:], filled[1:, 1:], filled[1:, :-1]))
    full = corners.all(axis=0)
    # Runs of full squares in a row become one box.
    edge = np.diff(np.pad(full, ((0, 0), (1, 1))).astype(np.int8), axis=1)
    row, left = np.nonzero(edge == 1)
    right = np.nonzero(edge == -1)[1]
    parts = [shapely.box(left, row, right, row + 1)]
    places = np.array([(0, 0), (1, 0), (1, 1), (0, 1)])
    for missing in range(4):
        others = [corner for corner in range(4) if corner != missing]
        rows, columns = np.nonzero(corners[others].all(axis=0) & ~corners[missing])
        triangle = np.column_stack((columns, rows))[:, None, :] + places[others][None]
        parts.append(shapely.polygons(triangle.astype(np.float64)) if len(rows) else np.empty(0, dtype=object))
    return shapely.union_all(np.concatenate(parts))


def _without_idle_corners(shape: Any) -> Any:
    """Return polygons without corners on straight lines along the grid.

    Those on diagonals stay: rounding to degrees would move a long diagonal off the corners of an area beside it.
    """

    def ring(line: Any) -> Any:
        corners = shapely.get_coordinates(line)[:-1]
        before, after = np.roll(corners, 1, axis=0), np.roll(corners, -1, axis=0)
        idle = ((corners == before) & (corners == after)).any(axis=1)
        return shapely.linearrings(corners[~idle])

    polygons = [
        shapely.Polygon(ring(polygon.exterior), [ring(hole) for hole in polygon.interiors])
        for polygon in shapely.get_parts(shape)
    ]
    return polygons[0] if len(polygons) == 1 else shapely.MultiPolygon(polygons)


def check_minutes(minutes: Sequence[int]) -> list[int]:
    """Return the minutes in order, each once. Raises ValueError."""
    wanted = sorted(set(minutes))
    if not wanted or len(wanted) > MOST_AREAS or wanted[0] < 1 or wanted[-1] > LONGEST_MINUTES:
        raise ValueError(f"from 1 to {LONGEST_MINUTES} minutes, {MOST_AREAS} values at most")
    return wanted


@lru_cache(maxsize=1)
def _placed_communes() -> tuple[list[communes.Commune], Points, NDArray[np.bool_]]:
    """Return the communes whose position is known or estimated, their positions, and which are estimated."""
    found = [(commune, communes.estimate_position(commune.insee_code)) for commune in communes.everywhere()]
    placed = [(commune, estimate) for commune, estimate in found if estimate is not None]
    at = np.array([(estimate.position.longitude, estimate.position.latitude) for _, estimate in placed])
    return [commune for commune, _ in placed], at, np.array([estimate.from_neighbours for _, estimate in placed])
