"""Free-flow times made true: one factor for each class of road. Pure.

The factors are a dated setting; whoever reads it stands above this room and hands them in.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from mobility.geo.network.model import Ints, RoadClass, RoadNetwork

Factors = Mapping[RoadClass, float]

# OSRM's durations were 1.25 times free flow on a real town (measured, see docs/operating/roads.md).
DEFAULT_FACTOR = 1.25
DEFAULT_FACTORS: Factors = dict.fromkeys(RoadClass, DEFAULT_FACTOR)


def calibrated_seconds(network: RoadNetwork, factors: Factors) -> Ints:
    """Return the weights: free flow times the factor of the class, whole seconds, at least 1."""
    by_class = np.array([factors[road_class] for road_class in RoadClass], dtype=np.float64)
    slowed = network.free_flow_seconds.astype(np.float64) * by_class[network.road_class]
    return np.maximum(1, np.rint(slowed)).astype(np.int32)


def calibrate(network: RoadNetwork, factors: Factors) -> RoadNetwork:
    """Return the same network with the weights that the factors give."""
    return replace(network, seconds=calibrated_seconds(network, factors))
