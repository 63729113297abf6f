"""Networks and trips for the road benchmarks: a town as it is, or many of it side by side."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.spatial import cKDTree

from mobility.geo.network import demonstration
from mobility.geo.network.calibration import DEFAULT_FACTORS
from mobility.geo.network.importing import build_network
from mobility.geo.network.model import Ints, RoadNetwork
from mobility.geo.travel.buckets import TripTable

# Roads that join two towns side by side, each in both directions.
JOINS = 24
DAY_SECONDS = 86_400
MARGIN_SECONDS = 600


def base_network(file: Path | None) -> RoadNetwork:
    """Return the network of a file, or the demonstration network."""
    if file is None:
        return demonstration.load()
    return build_network(file, factors=DEFAULT_FACTORS, now=datetime(2026, 11, 22, tzinfo=UTC))


def tiled(network: RoadNetwork, tiles: int) -> RoadNetwork:
    """Return so many copies of a network in a grid, joined along their sides; geometry is left out."""
    if tiles == 1:
        return network
    across = int(np.ceil(np.sqrt(tiles)))
    at = network.nodes_at()
    size = (at.max(axis=0) - at.min(axis=0)) * 1.001
    count = network.node_count
    places = [np.array([tile // across, tile % across]) for tile in range(tiles)]
    tail = np.concatenate([network.tails() + np.int64(tile * count) for tile in range(tiles)])
    head = np.concatenate([network.head + np.int64(tile * count) for tile in range(tiles)])
    seconds, metres = np.tile(network.seconds, tiles), np.tile(network.metres, tiles)
    joins = []
    for tile in range(tiles):
        if (tile + 1) % across and tile + 1 < tiles:
            joins.append(np.add(_joined(at, axis=1), [[tile * count], [(tile + 1) * count]]))
        if tile + across < tiles:
            joins.append(np.add(_joined(at, axis=0), [[tile * count], [(tile + across) * count]]))
    ends = np.concatenate(joins, axis=1)
    points = np.concatenate([at + size * place for place in places])
    far = np.hypot(*((points[ends[0]] - points[ends[1]]) * [75_000, 111_000]).T)
    tail, head = np.concatenate((tail, *ends)), np.concatenate((head, *ends[::-1]))
    seconds = np.concatenate((seconds, *[np.maximum(1, far / 16).astype(np.int32)] * 2))
    metres = np.concatenate((metres, *[far.astype(np.float32)] * 2))
    return _network(network, points, tail, head, seconds, metres)


def _joined(at: NDArray[np.float64], *, axis: int) -> NDArray[np.int64]:
    """Return pairs of nodes, shape (2, j), that a road joins across the border of two copies."""
    side = 1 - axis
    low, high = np.argsort(at[:, axis])[:500], np.argsort(-at[:, axis])[:500]
    levels = np.linspace(at[:, side].min(), at[:, side].max(), JOINS + 2)[1:-1]
    nearest = [[nodes[np.argmin(abs(at[nodes, side] - level))] for level in levels] for nodes in (high, low)]
    return np.unique(np.array(nearest), axis=1)


def _network(
    like: RoadNetwork, points: NDArray[np.float64], tail: NDArray[np.int64], head: NDArray[np.int64],
    seconds: Ints, metres: NDArray[np.float32],
) -> RoadNetwork:  # fmt: skip
    count, arcs = len(points), len(tail)
    sorting = np.lexsort((head, tail))
    return replace(
        like,
        longitude=points[:, 0].copy(), latitude=points[:, 1].copy(),
        stoppable=np.ones(count, dtype=bool), osm_id=np.arange(count),
        first_out=np.searchsorted(tail[sorting], np.arange(count + 1)),
        head=head[sorting].astype(np.int32), seconds=seconds[sorting].astype(np.int32), metres=metres[sorting],
        free_flow_seconds=seconds[sorting].astype(np.float32), road_class=np.full(arcs, 5, dtype=np.uint8),
        first_point=np.zeros(arcs + 1, dtype=np.int64), points=np.empty((0, 2), dtype=np.int32),
    )  # fmt: skip


def ends_of_trips(network: RoadNetwork, random: np.random.Generator, count: int, *, uniform: bool) -> tuple[Ints, Ints]:
    """Return origins and destinations: uniform over the nodes, or as people commute (12 km in the mean)."""
    origin = random.integers(0, network.node_count, count).astype(np.int32)
    if uniform:
        return origin, random.integers(0, network.node_count, count).astype(np.int32)
    km = network.nodes_at() * [111.2 * np.cos(np.radians(network.latitude.mean())), 111.2]
    far, turn = random.exponential(12, count) + 1, random.uniform(0, 2 * np.pi, count)
    aim = np.clip(
        km[origin] + np.column_stack((far * np.cos(turn), far * np.sin(turn))), km.min(axis=0), km.max(axis=0)
    )
    return origin, cKDTree(km).query(aim)[1].astype(np.int32)


def trips(network: RoadNetwork, random: np.random.Generator, count: int, *, uniform: bool) -> TripTable:
    """Return offers through one day, each with ten minutes to spare."""
    origin, destination = ends_of_trips(network, random, count, uniform=uniform)
    return TripTable(
        key=np.arange(count, dtype=np.int64), origin=origin, destination=destination,
        depart_at=random.integers(0, DAY_SECONDS, count), margin=np.full(count, MARGIN_SECONDS, dtype=np.int64),
    )  # fmt: skip


def graphs(network: RoadNetwork) -> tuple[csr_array, csr_array]:
    """Return the network as scipy wants it, forwards and backwards."""
    count = network.node_count
    forward = csr_array((network.seconds.astype(np.float64), network.head, network.first_out), shape=(count, count))
    return forward, forward.T.tocsr()
