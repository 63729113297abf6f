"""A small world of roads, drivers and riders for the tests of matching."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np

from mobility.carpool.rules.facts import Driver, Rider, RoadTable, Spot, Window
from mobility.geo.network.model import RoadNetwork
from mobility.geo.travel.nodes import DijkstraEngine
from tests.factories.roads import a_random_network

MINUTE = 60
# A Tuesday, 4 in the morning in Paris.
FOUR = 1795489200


@lru_cache(maxsize=64)
def random_roads(seed: int, nodes: int = 24) -> tuple[RoadNetwork, RoadTable]:
    """Return a random network and all its times and metres."""
    network = a_random_network(seed, nodes)
    everywhere = np.arange(network.node_count, dtype=np.int32)
    engine = DijkstraEngine(network)
    seconds = engine.matrix(everywhere, everywhere)
    metres = np.zeros(seconds.shape)
    for a in everywhere:
        for b in everywhere:
            metres[a, b] = network.metres[engine.path(int(a), int(b))].sum()
    return network, RoadTable.of(seconds, metres)


def a_line(*gaps: int) -> RoadTable:
    """Return places along one road, so many seconds apart both ways; a metre each second."""
    at = np.cumsum([0, *gaps])
    seconds = np.abs(at[:, None] - at[None, :])
    return RoadTable.of(seconds.astype(np.int32), seconds.astype(np.float64))


def a_driver(origin: int, destination: int, **values: Any) -> Driver:
    """Return a driver who leaves at four and bears ten minutes."""
    known: dict[str, Any] = {"depart": Window(FOUR, FOUR), "seats": 4, "max_detour_seconds": 10 * MINUTE}
    return Driver(origin=origin, destination=destination, **{**known, **values})


def a_rider(pickup: int | tuple[Spot, ...], dropoff: int | tuple[Spot, ...], **values: Any) -> Rider:
    """Return a rider who has to be there by five."""
    pickups = (Spot(pickup),) if isinstance(pickup, int) else pickup
    dropoffs = (Spot(dropoff),) if isinstance(dropoff, int) else dropoff
    known: dict[str, Any] = {"arrive": Window(latest=FOUR + 60 * MINUTE)}
    return Rider(pickups=pickups, dropoffs=dropoffs, **{**known, **values})
