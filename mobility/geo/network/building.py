"""From the roads of a file to the graph of junctions. Pure.

Four steps: every stretch between two points of a way becomes one arc for each direction that it may be driven in; the
largest part in which everything is reached from everywhere is kept; points that are no junction are contracted into
the geometry of longer arcs (osmnx's rules for what an end is); the outcome is subdivided (``subdividing.py``) and
written as compressed rows.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from mobility.geo.errors import BadNetworkFile
from mobility.geo.network.calibration import Factors, calibrated_seconds
from mobility.geo.network.model import GEOMETRY_UNIT, Floats, Ints, NetworkFacts, RoadClass, RoadNetwork
from mobility.geo.network.reading import RawRoads
from mobility.geo.network.snapping import great_circle_metres

# An extract has islands and cut ends, which are left out; but two parts of like size are not one network.
LARGEST_SHARE_MIN = 0.5  # of the metres of all roads
SECOND_TO_LARGEST_MAX = 0.25


@dataclass(frozen=True, slots=True)
class Stretches:
    """Directed arcs between neighbouring points of roads: tail and head are indices of points."""

    tail: Ints
    head: Ints
    metres: Floats
    seconds: Floats  # free flow
    road_class: NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Chains:
    """Arcs between junctions, each with the points that it passes: chain i passes ``point[first[i]:first[i + 1]]``.

    Both ends are among the points, so that there are at least two. ``metres`` and ``seconds`` belong to the points: how
    far each is from the beginning of its chain. Loops and several chains between two junctions are allowed.
    """

    first: NDArray[np.int64]  # [c + 1]
    point: Ints  # [p]
    metres: Floats  # [p]
    seconds: Floats  # [p]
    road_class: NDArray[np.uint8]  # [c] in which most of the time is spent

    @property
    def tail(self) -> Ints:
        """The point where each chain begins."""
        return self.point[self.first[:-1]]

    @property
    def head(self) -> Ints:
        """The point where each chain ends."""
        return self.point[self.first[1:] - 1]

    @property
    def length(self) -> Floats:
        """The metres of each chain."""
        return self.metres[self.first[1:] - 1]

    @property
    def duration(self) -> Floats:
        """The free-flow seconds of each chain."""
        return self.seconds[self.first[1:] - 1]

    def take(self, chosen: NDArray[np.intp]) -> Chains:
        """Return the chosen chains, in the order given."""
        sizes = np.diff(self.first)[chosen]
        inside = ranges(self.first[:-1][chosen], sizes)
        return Chains(
            starts(sizes), self.point[inside], self.metres[inside], self.seconds[inside], self.road_class[chosen]
        )


@dataclass(frozen=True, slots=True)
class Points:
    """The points of roads."""

    osm_id: NDArray[np.int64]
    longitude: Floats
    latitude: Floats
    stoppable: NDArray[np.bool_]


def starts(sizes: NDArray[np.integer]) -> NDArray[np.int64]:
    """Return where each of some consecutive groups begins, and where the last ends."""
    first = np.zeros(len(sizes) + 1, dtype=np.int64)
    np.cumsum(sizes, out=first[1:])
    return first


def ranges(begin: NDArray[np.integer], sizes: NDArray[np.integer]) -> NDArray[np.int64]:
    """Return the concatenation of ``begin[i], begin[i] + 1, …`` (sizes[i] of them)."""
    return np.arange(int(sizes.sum()), dtype=np.int64) + np.repeat(begin - starts(sizes)[:-1], sizes)


def stretches_of(roads: RawRoads) -> Stretches:
    """Return one arc for each stretch and direction; those with an end that the file lacks are left out."""
    way = np.repeat(np.arange(roads.way_count), np.diff(roads.first_ref))
    inside = way[:-1] == way[1:]
    tail, head, way = roads.ref[:-1][inside], roads.ref[1:][inside], way[:-1][inside]
    here = ~np.isnan(roads.longitude)
    whole = here[tail] & here[head] & (tail != head)
    tail, head, way = tail[whole], head[whole], way[whole]
    at = np.column_stack((roads.longitude, roads.latitude))
    metres = great_circle_metres(at[tail], at[head])
    forward, backward = roads.forward_kmh[way], roads.backward_kmh[way]
    ahead, back = ~np.isnan(forward), ~np.isnan(backward)
    road_class = roads.road_class[way]
    return Stretches(
        np.concatenate((tail[ahead], head[back])),
        np.concatenate((head[ahead], tail[back])),
        np.concatenate((metres[ahead], metres[back])),
        np.concatenate((metres[ahead] * 3.6 / forward[ahead], metres[back] * 3.6 / backward[back])),
        np.concatenate((road_class[ahead], road_class[back])),
    )


def largest_part(stretches: Stretches, count: int) -> tuple[Stretches, float]:
    """Return the arcs of the largest strongly connected part, and its share of the metres of all roads.

    Raises BadNetworkFile where it is not much larger than the next.
    """
    graph = csr_array((np.ones(len(stretches.tail), dtype=np.int8), (stretches.tail, stretches.head)), (count, count))
    _, part = connected_components(graph, connection="strong")
    within = part[stretches.tail] == part[stretches.head]
    metres = np.bincount(part[stretches.tail[within]], weights=stretches.metres[within])
    if not metres.any():
        raise BadNetworkFile("Aucune route de ce fichier ne mène quelque part et en revient.")
    largest = int(metres.argmax())
    second = float(np.delete(metres, largest).max(initial=0.0))
    share = min(1.0, float(metres[largest] / stretches.metres.sum()))
    if share < LARGEST_SHARE_MIN or second > SECOND_TO_LARGEST_MAX * metres[largest]:
        raise BadNetworkFile(
            "Les routes de ce fichier forment des morceaux séparés (le plus grand tient %(share)d %% de leur longueur) : "
            "prenez un extrait d’un seul tenant.",
            share=int(100 * share),
        )
    kept = within & (part[stretches.tail] == largest)
    return Stretches(*(getattr(stretches, name)[kept] for name in Stretches.__slots__)), share


def ends_of(stretches: Stretches, count: int) -> NDArray[np.bool_]:
    """Tell which points are junctions, dead ends, or where a one-way street begins: the ends of chains.

    A point is none when it has two neighbours, and either one arc in and one out, or one in from and one out to each
    (osmnx: ``simplification._is_endpoint``).
    """
    into, out = np.bincount(stretches.head, minlength=count), np.bincount(stretches.tail, minlength=count)
    there = stretches.tail.astype(np.int64) * count + stretches.head
    back = stretches.head.astype(np.int64) * count + stretches.tail
    neighbours = _partners(np.concatenate((there, back)), count)
    one_way = (into == 1) & (out == 1)
    both_ways = (into == 2) & (out == 2) & (_partners(there, count) == 2) & (_partners(back, count) == 2)
    ends: NDArray[np.bool_] = (into + out > 0) & ~((neighbours == 2) & (one_way | both_ways))
    if len(stretches.tail) and not ends.any():
        # One ring and nothing else: it has to begin somewhere.
        ends[stretches.tail[0]] = True
    return ends


def _partners(pairs: NDArray[np.int64], count: int) -> NDArray[np.intp]:
    """Return with how many different second points each first point is paired (pair: first · count + second)."""
    pairs = np.sort(pairs)
    return np.bincount(pairs[np.append(True, pairs[1:] != pairs[:-1])] // count, minlength=count)


def chains_of(stretches: Stretches, ends: NDArray[np.bool_]) -> Chains:
    """Join the arcs between two ends into one, with every point on the way."""
    follower = _followers(stretches, ends)
    before = np.full(len(follower), -1, dtype=np.int64)
    linked = follower >= 0
    before[follower[linked]] = np.flatnonzero(linked)
    # Pointer doubling: each round doubles how far back an arc knows the beginning of its chain.
    begin = np.where(before >= 0, before, np.arange(len(before)))
    steps = (before >= 0).astype(np.int64)
    for _ in range(max(1, len(before)).bit_length()):
        further = steps[begin]
        if not further.any():
            break
        steps = steps + further
        begin = begin[begin]
    whole = ends[stretches.tail[begin]]  # a ring without end has no beginning
    order = np.lexsort((steps, begin))
    order = order[whole[order]]
    _, first, sizes = np.unique(begin[order], return_index=True, return_counts=True)
    return _assemble(stretches, order, first, sizes)


def _followers(stretches: Stretches, ends: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Return the arc that continues each arc, -1 where it ends."""
    count = len(ends)
    by_tail = np.argsort(stretches.tail, kind="stable")
    first = starts(np.bincount(stretches.tail, minlength=count))
    one, last = first[stretches.head], first[stretches.head + 1] - 1
    follower = by_tail[np.minimum(one, len(by_tail) - 1)]
    turning = stretches.head[follower] == stretches.tail
    other = by_tail[np.maximum(last, 0)]
    return np.where(ends[stretches.head], -1, np.where(turning, other, follower))


def _assemble(
    stretches: Stretches, order: NDArray[np.intp], first: NDArray[np.intp], sizes: NDArray[np.intp]
) -> Chains:
    chain = np.repeat(np.arange(len(sizes)), sizes)
    begin = starts(sizes + 1)
    # The heads of the arcs fill all places but the first of each chain.
    place = np.arange(len(order)) + chain + 1
    point = np.empty(int(begin[-1]), dtype=np.int32)
    point[begin[:-1]] = stretches.tail[order[first]]
    point[place] = stretches.head[order]
    sums = []
    for values in (stretches.metres, stretches.seconds):
        along = np.zeros(len(point))
        along[place] = values[order]
        total = np.cumsum(along)
        sums.append(total - np.repeat(total[begin[:-1]], sizes + 1))
    spent = np.zeros((len(sizes), len(RoadClass)))
    np.add.at(spent, (chain, stretches.road_class[order]), stretches.seconds[order])
    return Chains(begin, point, sums[0], sums[1], spent.argmax(axis=1).astype(np.uint8))


def without_loops_and_slower_twins(chains: Chains) -> Chains:
    """Keep one chain from a junction to another, the fastest, and none that comes back to where it began."""
    order = np.lexsort((chains.length, chains.duration, chains.head, chains.tail))
    tail, head = chains.tail[order], chains.head[order]
    kept = tail != head
    kept[1:] &= (tail[1:] != tail[:-1]) | (head[1:] != head[:-1])
    return chains.take(order[kept])


def points_of(roads: RawRoads, stretches: Stretches) -> Points:
    """Return the points; a car may stop where any road but a motorway or a trunk road passes."""
    stoppable = np.zeros(len(roads.osm_id), dtype=bool)
    calm = stretches.road_class > RoadClass.TRUNK
    stoppable[stretches.tail[calm]] = stoppable[stretches.head[calm]] = True
    return Points(roads.osm_id, roads.longitude, roads.latitude, stoppable)


@dataclass(frozen=True, slots=True)
class Junctions:
    """The graph of junctions, and how much of all roads it holds, from 0 to 1."""

    points: Points
    chains: Chains
    share: float


def junction_graph(roads: RawRoads, *, bare: bool = False) -> Junctions:
    """Return the points and the chains between junctions. Raises BadNetworkFile.

    A point where a road begins on which no car can stop is an end too, unless ``bare`` (as osmnx has it).
    """
    stretches = stretches_of(roads)
    if not len(stretches.tail):
        raise BadNetworkFile("Ce fichier ne contient aucune route entière.")
    stretches, share = largest_part(stretches, len(roads.osm_id))
    ends = ends_of(stretches, len(roads.osm_id))
    points = points_of(roads, stretches)
    if not bare:
        fast = np.zeros(len(ends), dtype=bool)
        hurried = stretches.road_class <= RoadClass.TRUNK
        fast[stretches.tail[hurried]] = fast[stretches.head[hurried]] = True
        ends |= points.stoppable & fast
    return Junctions(points, chains_of(stretches, ends), share)


def to_network(points: Points, chains: Chains, *, facts: NetworkFacts, factors: Factors) -> RoadNetwork:
    """Write points and chains as a network: nodes in the order of their ids, arcs by tail and head."""
    chains = without_loops_and_slower_twins(chains)
    used = np.unique(np.concatenate((chains.tail, chains.head)))
    used = used[np.argsort(points.osm_id[used], kind="stable")]
    node = np.full(len(points.osm_id), -1, dtype=np.int32)
    node[used] = np.arange(len(used), dtype=np.int32)
    chains = chains.take(np.lexsort((node[chains.head], node[chains.tail])))
    sizes = np.diff(chains.first) - 2
    between = chains.point[ranges(chains.first[:-1] + 1, sizes)]
    network = RoadNetwork(
        facts=facts,
        longitude=np.round(points.longitude[used], 7), latitude=np.round(points.latitude[used], 7),
        stoppable=points.stoppable[used], osm_id=points.osm_id[used],
        first_out=starts(np.bincount(node[chains.tail], minlength=len(used))), head=node[chains.head],
        seconds=np.ones(len(sizes), dtype=np.int32), free_flow_seconds=chains.duration.astype(np.float32),
        metres=chains.length.astype(np.float32), road_class=chains.road_class,
        first_point=starts(sizes),
        points=np.column_stack((
            np.rint(points.longitude[between] / GEOMETRY_UNIT), np.rint(points.latitude[between] / GEOMETRY_UNIT)
        )).astype(np.int32),
    )  # fmt: skip
    return replace(network, seconds=calibrated_seconds(network, factors))
