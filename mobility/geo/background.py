"""The ground of our own maps: simplified roads around a place, and the names of communes. Pure.

Roads come class by class, motorways first, until there are as many points as a page can bear: a map of a commune has
its streets, a map of an hour's drive the main roads alone.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from mobility.geo import communes
from mobility.geo.distance import Position, straight_line_km
from mobility.geo.network.model import GEOMETRY_UNIT, RoadClass, RoadNetwork
from mobility.geo.travel.ragged import spans

# Half the width of a map, in km.
WIDTHS = (4, 15, 30, 60)
# Some 60 kB gzipped.
MOST_POINTS = 20_000
# A map is some 1 200 pixels wide: bends finer than a pixel are left out, and lines shorter than three.
PIXELS = 1200
MOST_NAMES = 30
KEPT = 32
_KM_A_DEGREE = 111.2
Arcs = NDArray[np.intp]
# 1 m.
_DIGITS = 5


class Backgrounds:
    """Draws the grounds of one network, and keeps the last ones; safe for threads."""

    def __init__(self, network: RoadNetwork) -> None:
        self.network = network
        self._lock = threading.Lock()
        self._kept: OrderedDict[tuple[str, int], dict[str, Any]] = OrderedDict()

    def around(self, insee_code: str, km: int) -> dict[str, Any] | None:
        """Return GeoJSON of roads and names within so many km of a commune's centre; None for an unplaced commune.

        Shared between callers: nobody changes it.
        """
        place = communes.estimate_position(insee_code)
        if place is None:
            return None
        key = (insee_code, km)
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
        drawn = {
            "type": "FeatureCollection",
            "features": [*self._roads(place.position, km), *_names(place.position, km)],
        }
        with self._lock:
            self._kept[key] = drawn
            while len(self._kept) > KEPT:
                self._kept.popitem(last=False)
        return drawn

    def _roads(self, center: Position, km: float) -> list[dict[str, Any]]:
        network = self.network
        arcs = self._arcs_within(center, km)
        classes = network.road_class[arcs]
        finest = 2 * km / _KM_A_DEGREE / PIXELS
        features: list[dict[str, Any]] = []
        points = 0
        for road_class in RoadClass:
            chosen = arcs[classes == road_class]
            if not len(chosen):
                continue
            merged = shapely.get_parts(shapely.line_merge(shapely.multilinestrings(self._lines(chosen))))
            # Each line alone: keeping the topology of the whole takes minutes in a city.
            lines = shapely.simplify(merged[shapely.length(merged) >= 3 * finest], finest, preserve_topology=False)
            points += int(shapely.get_num_coordinates(lines).sum())
            if features and points > MOST_POINTS:
                break
            features.append(_feature({"road": int(road_class)}, lines))
        return features

    def _arcs_within(self, center: Position, km: float) -> Arcs:
        """Return the arcs of which an end lies in the square, those of both ways once."""
        network = self.network
        high = km / _KM_A_DEGREE
        wide = high / max(0.01, float(np.cos(np.radians(center.latitude))))
        inside = (np.abs(network.latitude - center.latitude) <= high) & (
            np.abs(network.longitude - center.longitude) <= wide
        )
        tails, heads = network.tails(), network.head
        arcs = np.flatnonzero(inside[tails] | inside[heads])
        ends = np.sort(np.column_stack((tails[arcs], heads[arcs])).astype(np.int64), axis=1)
        _, first = np.unique(ends[:, 0] * network.node_count + ends[:, 1], return_index=True)
        once: Arcs = arcs[np.sort(first)]
        return once

    def _lines(self, arcs: Arcs) -> NDArray[Any]:
        """Return each arc as a line: tail, bends, head."""
        network = self.network
        bends = np.diff(network.first_point)[arcs]
        first = np.concatenate(([0], np.cumsum(bends + 2)))
        corners = np.empty((first[-1], 2))
        at = network.nodes_at()
        corners[first[:-1]] = at[network.tails()[arcs]]
        corners[first[1:] - 1] = at[network.head[arcs]]
        between = np.ones(len(corners), dtype=bool)
        between[first[:-1]] = between[first[1:] - 1] = False
        corners[between] = network.points[spans(network.first_point[arcs], bends)] * GEOMETRY_UNIT
        lines: NDArray[Any] = shapely.linestrings(corners, indices=np.repeat(np.arange(len(arcs)), bends + 2))
        return lines


def _feature(properties: dict[str, Any], shapes: NDArray[Any]) -> dict[str, Any]:
    lines = [np.round(shapely.get_coordinates(shape), _DIGITS).tolist() for shape in shapes]
    return {
        "type": "Feature",
        "properties": properties,
        "geometry": {"type": "MultiLineString", "coordinates": lines},
    }


def _names(center: Position, km: float) -> list[dict[str, Any]]:
    """Return the names of the largest communes, so far apart that they can be read."""
    chosen: list[Position] = []
    features = []
    for name, at in _largest_first(center, km):
        if len(chosen) == MOST_NAMES:
            break
        if all(straight_line_km(at, other) >= km / 5 for other in chosen):
            chosen.append(at)
            point = {"type": "Point", "coordinates": [at.longitude, at.latitude]}
            features.append({"type": "Feature", "properties": {"name": name}, "geometry": point})
    return features


def _largest_first(center: Position, km: float) -> list[tuple[str, Position]]:
    far = km / _KM_A_DEGREE
    found = [
        (commune.population, commune.name, commune.position)
        for commune in communes.everywhere()
        if commune.position is not None and abs(commune.position.latitude - center.latitude) <= far
    ]
    return [(name, at) for _, name, at in sorted(found, reverse=True) if straight_line_km(center, at) <= km]
