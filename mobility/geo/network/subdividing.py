"""Nodes of our own along long roads, so that no place on a road where a car can stop is far from a node. Pure.

Everything snaps to nodes: the export, the matching, the service. See docs/decisions/0015.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from mobility.geo.network.building import Chains, Points, ranges, starts
from mobility.geo.network.model import Floats, RoadClass

# A stretch without a node is at most so long: every place on it is within half of that of a node, along the road.
STRETCH_MAX_METRES = 300.0
# A ring cut in two would leave two pieces between the same nodes, of which one is dropped as the slower twin.
_RING_PIECES_MIN = 3


class _Cuts(NamedTuple):
    """Where chains are cut: chain, and how far from its beginning; the twin of a chain is cut at the same places."""

    chain: NDArray[np.int64]
    metres: Floats
    node: NDArray[np.int64]  # the new point


def subdivide(points: Points, chains: Chains) -> tuple[Points, Chains]:
    """Return points and chains with every long chain on a stoppable road cut into equal pieces.

    Both directions of a street are cut at the same new points, whose ids are negative.
    """
    twin = twins_of(chains)
    pieces = _pieces(chains)
    pieces = np.where(twin >= 0, np.maximum(pieces, pieces[twin]), pieces)
    # The one of two twins that comes first has the points made; the other meets them in opposite order.
    own = (pieces > 1) & ((twin < 0) | (twin > np.arange(len(twin))))
    cuts, points = _cut(points, chains, np.flatnonzero(own), pieces)
    mirrored = np.isin(cuts.chain, np.flatnonzero(twin >= 0))
    back = twin[cuts.chain[mirrored]]
    there = _Cuts(
        np.concatenate((cuts.chain, back)),
        np.concatenate((cuts.metres, chains.length[back] - cuts.metres[mirrored])),
        np.concatenate((cuts.node, cuts.node[mirrored])),
    )
    return points, _insert(chains, there)


def twins_of(chains: Chains) -> NDArray[np.int64]:
    """Return the chain that passes the same points in opposite order, -1 where there is none."""
    size = np.diff(chains.first)
    second, before_last = chains.point[chains.first[:-1] + 1], chains.point[chains.first[1:] - 2]
    there = np.column_stack((chains.tail, second, before_last, chains.head, size))
    back = np.column_stack((chains.head, before_last, second, chains.tail, size))
    both, which = np.unique(np.concatenate((there, back)), axis=0, return_inverse=True)
    chain_of = np.full(len(both), -1, dtype=np.int64)
    chain_of[which[: len(there)]] = np.arange(len(there))
    twin = chain_of[which[len(there) :]]
    # Each must be the other's: two chains with the same ends, second points and sizes are told apart by nobody.
    mutual = (twin >= 0) & (twin[np.maximum(twin, 0)] == np.arange(len(twin))) & (twin != np.arange(len(twin)))
    return np.where(mutual, twin, -1)


def _pieces(chains: Chains) -> NDArray[np.int64]:
    """Return into how many pieces each chain is cut."""
    pieces = np.ceil(chains.length / STRETCH_MAX_METRES).astype(np.int64)
    ring = (chains.tail == chains.head) & (pieces > 1)
    pieces[ring] = np.maximum(pieces[ring], _RING_PIECES_MIN)
    pieces[chains.road_class <= RoadClass.TRUNK] = 1
    return np.maximum(pieces, 1)


def _cut(points: Points, chains: Chains, chosen: NDArray[np.int64], pieces: NDArray[np.int64]) -> tuple[_Cuts, Points]:
    """Return the cuts of the chosen chains and the points with the new ones."""
    counts = pieces[chosen] - 1
    chain = np.repeat(chosen, counts)
    step = ranges(np.ones(len(chosen), dtype=np.int64), counts)
    metres = chains.length[chain] * step / pieces[chain]
    after = _point_after(chains, chain, metres)
    share = _share(chains.metres, after, metres)
    a, b = chains.point[after - 1], chains.point[after]
    # Rounded as everything is, so that the export shows the very place.
    longitude = np.round(points.longitude[a] + share * (points.longitude[b] - points.longitude[a]), 7)
    latitude = np.round(points.latitude[a] + share * (points.latitude[b] - points.latitude[a]), 7)
    count = len(points.osm_id)
    ours = -1 - np.arange(len(chain), dtype=np.int64)
    return (
        _Cuts(chain, metres, count + np.arange(len(chain))),
        Points(
            np.concatenate((points.osm_id, ours)),
            np.concatenate((points.longitude, longitude)),
            np.concatenate((points.latitude, latitude)),
            np.concatenate((points.stoppable, np.ones(len(chain), dtype=bool))),
        ),
    )


def _point_after(chains: Chains, chain: NDArray[np.int64], metres: Floats) -> NDArray[np.int64]:
    """Return the place (index into the points of chains) of the first point that lies further than the metres."""
    # Along the whole array distances begin anew at each chain; adding what lies before makes them ascend.
    size = np.diff(chains.first)
    before = starts(np.ceil(chains.length).astype(np.int64) + 1)[:-1].astype(np.float64)
    along = chains.metres + np.repeat(before, size)
    found = np.searchsorted(along, metres + before[chain], side="right")
    return np.clip(found, chains.first[chain] + 1, chains.first[chain + 1] - 1)


def _share(values: Floats, after: NDArray[np.int64], wanted: Floats) -> Floats:
    """Return how far between two points of a chain the wanted value lies, 0 to 1."""
    width = values[after] - values[after - 1]
    return np.clip((wanted - values[after - 1]) / np.where(width > 0, width, 1.0), 0.0, 1.0)


def _insert(chains: Chains, cuts: _Cuts) -> Chains:
    """Return the chains broken at the cuts."""
    after = _point_after(chains, cuts.chain, cuts.metres)
    share = _share(chains.metres, after, cuts.metres)
    seconds = chains.seconds[after - 1] + share * (chains.seconds[after] - chains.seconds[after - 1])
    # Every cut ends one chain and begins the next, hence twice in the array.
    owner = np.concatenate((np.repeat(np.arange(len(chains.first) - 1), np.diff(chains.first)), cuts.chain, cuts.chain))
    metres = np.concatenate((chains.metres, cuts.metres, cuts.metres))
    place = np.concatenate((np.arange(len(chains.point)) * 2, after * 2 - 1, after * 2 - 1))
    point = np.concatenate((chains.point, cuts.node, cuts.node)).astype(np.int32)
    time = np.concatenate((chains.seconds, seconds, seconds))
    begins = np.zeros(len(owner), dtype=np.int8)
    begins[chains.first[:-1]] = 1
    begins[len(chains.point) + len(cuts.chain) :] = 1
    order = np.lexsort((begins, metres, place, owner))
    begin = np.flatnonzero(begins[order])
    first = np.append(begin, len(order)).astype(np.int64)
    size = np.diff(first)
    metres, time, owner = metres[order], time[order], owner[order]
    return Chains(
        first,
        point[order],
        metres - np.repeat(metres[begin], size),
        time - np.repeat(time[begin], size),
        chains.road_class[owner[begin]],
    )
