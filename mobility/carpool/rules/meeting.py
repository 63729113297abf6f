"""Meeting points: places to get in or out that are walked to, and save the driver a detour. Pure.

Nobody knows the footpaths: a walk is the straight line, made longer by a factor, at a stated pace. Both are cautious;
a platform that knows better sets its own.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from mobility.geo.network.model import Floats, Ints, RoadNetwork
from mobility.geo.network.snapping import NodeSnapper, great_circle_metres

# Meeting points closer to one another than this are one and the same to people.
APART_METRES = 150.0


@dataclass(frozen=True, slots=True)
class Pace:
    """How people walk: km per hour, and how much longer a walk is than the straight line."""

    kmh: float = 4.5
    crookedness: float = 1.3

    def seconds(self, straight_metres: float) -> int:
        """Return the seconds of a walk, a started one counts."""
        return math.ceil(straight_metres * self.crookedness / (self.kmh / 3.6))

    def reach_metres(self, seconds: int) -> float:
        """Return how far, as the crow flies, somebody gets in so many seconds."""
        return seconds * (self.kmh / 3.6) / self.crookedness


DEFAULT_PACE = Pace()


def meeting_points(
    network: RoadNetwork,
    snapper: NodeSnapper,
    point: tuple[float, float],
    *,
    within_metres: float,
    most: int,
    apart: float = APART_METRES,
) -> tuple[Ints, Floats]:
    """Return nodes near a point (longitude, latitude) and the metres to each, nearest first, at most so many.

    The first is the one at the door, however far. Further ones lie within reach, and apart from all nearer ones, so
    that a few cover the surroundings.
    """
    door, walk = snapper.nearest(np.array([point], dtype=np.float64))
    nodes, metres = [int(door[0])], [float(walk[0])]
    at = network.nodes_at()
    for node, straight in zip(*snapper.within(point, within_metres), strict=True):
        if len(nodes) >= most:
            break
        if great_circle_metres(at[nodes], np.broadcast_to(at[node], (len(nodes), 2))).min() >= apart:
            nodes.append(int(node))
            metres.append(float(straight))
    return np.array(nodes, dtype=np.int32), np.array(metres)
