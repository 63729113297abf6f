"""The road network as arrays. Pure.

Nodes are junctions, dead ends, and places where a car can stop (no more than some hundred metres apart on a road
where stopping is allowed), so that every place beside a road is near a node. Arcs go one way. What the engine
computes on, what is exported and what is drawn is this very graph.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from datetime import datetime
from enum import IntEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int32]
Floats = NDArray[np.float64]
# Shape (k, 2): longitude, latitude in degrees (WGS 84), in this order as in GeoJSON.
Points = NDArray[np.float64]

# Geometry is kept in whole units of 1e-7 degree (about 1 cm), as OpenStreetMap does.
GEOMETRY_UNIT = 1e-7


class RoadClass(IntEnum):
    """What kind of road an arc is: speeds, their calibration and where one may stop hang on it."""

    MOTORWAY = 0
    TRUNK = 1
    PRIMARY = 2
    SECONDARY = 3
    TERTIARY = 4
    LOCAL = 5


ROAD_LABELS: dict[RoadClass, str] = {
    RoadClass.MOTORWAY: "autoroutes",
    RoadClass.TRUNK: "voies rapides",
    RoadClass.PRIMARY: "grandes routes",
    RoadClass.SECONDARY: "routes départementales",
    RoadClass.TERTIARY: "petites routes",
    RoadClass.LOCAL: "rues et chemins",
}


@dataclass(frozen=True, slots=True)
class NetworkFacts:
    """Where a network comes from."""

    name: str
    source: str
    # True: made up by our own script from public facts; must be said wherever it is used.
    demonstration: bool
    made_at: datetime
    # What has to be shown beside every map or route drawn from it.
    attribution: str
    # Of the data, where the file tells (OpenStreetMap's replication timestamp).
    data_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Landmarks:
    """Named places near the roads, k of them; the name of place i is ``names[first_byte[i]:first_byte[i + 1]]``, UTF-8."""

    kind: NDArray[np.uint8]  # [k] LandmarkKind
    longitude: Floats  # [k] degrees
    latitude: Floats  # [k]
    first_byte: NDArray[np.int64]  # [k + 1]
    names: NDArray[np.uint8]  # [b]

    def __len__(self) -> int:
        return len(self.kind)

    def at(self) -> Points:
        """Return the position of every place, shape (k, 2)."""
        return np.column_stack((self.longitude, self.latitude))

    def name(self, index: int) -> str:
        """Return the name of a place; empty where it has none."""
        return self.names[self.first_byte[index] : self.first_byte[index + 1]].tobytes().decode()

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Return every array by its name: what is stored."""
        return {one.name: getattr(self, one.name) for one in fields(self)}


def no_landmarks() -> Landmarks:
    """Return the places of a network that names none."""
    nothing = np.empty(0)
    return Landmarks(np.empty(0, np.uint8), nothing, nothing, np.zeros(1, np.int64), np.empty(0, np.uint8))


@dataclass(frozen=True, slots=True)
class RoadNetwork:
    """A strongly connected graph of n nodes and m arcs, in compressed rows (CSR).

    The arcs that leave node v are ``first_out[v]:first_out[v + 1]``, sorted by head; two nodes are joined by one arc
    at most in each direction (the fastest), and no arc is a loop.
    """

    facts: NetworkFacts
    longitude: Floats  # [n] degrees
    latitude: Floats  # [n] degrees
    stoppable: NDArray[np.bool_]  # [n] a car may stop there: no motorway, no trunk road
    osm_id: NDArray[np.int64]  # [n] of the OpenStreetMap node; negative where the node is ours
    first_out: NDArray[np.int64]  # [n + 1]
    head: Ints  # [m]
    seconds: Ints  # [m] whole seconds, at least 1: the weights
    free_flow_seconds: NDArray[np.float32]  # [m] before calibration
    metres: NDArray[np.float32]  # [m]
    road_class: NDArray[np.uint8]  # [m] RoadClass
    first_point: NDArray[np.int64]  # [m + 1]
    points: NDArray[np.int32]  # [g, 2] longitude, latitude in GEOMETRY_UNIT: between the ends, ends left out
    # No part of the roads: what is computed from them does not change with it.
    landmarks: Landmarks = field(default_factory=no_landmarks)

    @property
    def node_count(self) -> int:
        """The number of nodes."""
        return len(self.longitude)

    @property
    def arc_count(self) -> int:
        """The number of arcs."""
        return len(self.head)

    def tails(self) -> Ints:
        """Return the tail of every arc, int32[m]."""
        return np.repeat(np.arange(self.node_count, dtype=np.int32), np.diff(self.first_out))

    def nodes_at(self) -> Points:
        """Return the position of every node, shape (n, 2)."""
        return np.column_stack((self.longitude, self.latitude))

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Return every array by its name: what is stored."""
        return {name: getattr(self, name) for name in ARRAYS}


ARRAYS = (
    "longitude", "latitude", "stoppable", "osm_id", "first_out", "head", "seconds", "free_flow_seconds", "metres",
    "road_class", "first_point", "points",
)  # fmt: skip
