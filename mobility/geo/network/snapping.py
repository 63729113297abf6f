"""Points brought to the road network. Pure.

Every point of a road where a car can stop is near a node, so points are snapped to nodes alone; nearest is meant by
great-circle distance (a tree of chords in space keeps that order, also near the poles and the date line).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from mobility.geo.distance import EARTH_RADIUS_KM, WALK_LIMIT_METRES
from mobility.geo.errors import TooFarFromRoad
from mobility.geo.network.model import Floats, Ints, Points, RoadNetwork


def unit_vectors(points: Points) -> Floats:
    """Return points (k, 2), degrees, as unit vectors in space (k, 3)."""
    longitude, latitude = np.radians(np.asarray(points, dtype=np.float64)).T
    flat = np.cos(latitude)
    return np.column_stack((flat * np.cos(longitude), flat * np.sin(longitude), np.sin(latitude)))


def chord_to_metres(chord: Floats) -> Floats:
    """Return the great-circle distance in metres for chords of the unit sphere."""
    arc: Floats = 2 * np.arcsin(np.minimum(1.0, chord / 2))
    return arc * (EARTH_RADIUS_KM * 1000)


def great_circle_metres(a: Points, b: Points) -> Floats:
    """Return the distance in metres between points (k, 2) pairwise."""
    chord: Floats = np.linalg.norm(unit_vectors(a) - unit_vectors(b), axis=1)
    return chord_to_metres(chord)


class NodeSnapper:
    """Finds the nearest node of a network: those where a car can stop, or all of them."""

    def __init__(self, network: RoadNetwork, *, stoppable_only: bool = True) -> None:
        chosen: NDArray[np.intp] = (
            np.flatnonzero(network.stoppable) if stoppable_only else np.arange(network.node_count)
        )
        self._nodes = chosen.astype(np.int32)
        self._tree = cKDTree(unit_vectors(network.nodes_at()[chosen]))

    def nearest(self, points: Points) -> tuple[Ints, Floats]:
        """Return the nearest node and the metres to it, for each point; of two at one place, the first."""
        chords, found = self._tree.query(unit_vectors(points), k=[1, 2])
        chosen = np.where(chords[:, 1] == chords[:, 0], found.min(axis=1), found[:, 0])
        return self._nodes[chosen], chord_to_metres(chords[:, 0])

    def within(self, point: tuple[float, float], metres: float) -> tuple[Ints, Floats]:
        """Return the nodes within so many metres of a point (longitude, latitude) and the metres, nearest first."""
        here = unit_vectors(np.array([point], dtype=np.float64))[0]
        chord = 2 * np.sin(metres / (EARTH_RADIUS_KM * 1000) / 2)
        found = np.array(self._tree.query_ball_point(here, chord), dtype=np.intp)
        lengths = chord_to_metres(np.linalg.norm(self._tree.data[found] - here, axis=1))
        order = np.lexsort((found, lengths))
        return self._nodes[found[order]], lengths[order]

    def snap(self, points: Points, *, limit_metres: float = WALK_LIMIT_METRES) -> tuple[Ints, Floats]:
        """Return the nearest node and the metres to it. Raises TooFarFromRoad for the first that is too far."""
        nodes, metres = self.nearest(points)
        if len(metres) and (metres > limit_metres).any():
            index = int(np.argmax(metres > limit_metres))
            raise TooFarFromRoad(index=index, metres=float(metres[index]))
        return nodes, metres
