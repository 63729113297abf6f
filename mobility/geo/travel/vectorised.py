"""The inner loops in numpy (see ``kernels.Kernels``). Pure.

Nodes of one level, or of one depth, do not hang on each other: they are worked on at once. A single search is a plain
loop over one gathered path to the root, which numpy would only slow down.
"""

from __future__ import annotations

import itertools

import numpy as np
from numpy.typing import NDArray

from mobility.geo.network.model import Ints
from mobility.geo.travel.kernels import INFINITE
from mobility.geo.travel.ragged import Index, offsets, pairs_within, spans

# Up to so many searches are made one by one.
FEW = 8
# So many rows are worked on at once: what they hold stays in the processor's cache.
CHUNK = 1024


def customise(first: Index, head: Ints, level: Ints, up: Ints, down: Ints, up_via: Ints, down_via: Ints) -> None:
    """Bring the times of all arcs to those of the fastest ways through lower nodes."""
    keys = _keys(first, head)
    for nodes in _levels(level):
        one, other, across = _triangles(first, head, keys, nodes)
        low = np.repeat(nodes, _pair_counts(first, nodes)).astype(np.int32)
        _relax(up, up_via, across, down[one] + up[other], low)
        _relax(down, down_via, across, down[other] + up[one], low)


def _relax(times: Ints, via: Ints, arcs: Index, found: Ints, low: Ints) -> None:
    better = np.flatnonzero(found < times[arcs])
    arcs, found = arcs[better], found[better]
    np.minimum.at(times, arcs, found)
    best = found == times[arcs]
    via[arcs[best]] = ~low[better[best]]


def needed(first: Index, head: Ints, level: Ints, up: Ints, down: Ints) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Return which arcs no other way beats, upwards and downwards."""
    keys = _keys(first, head)
    up_least, down_least = up.copy(), down.copy()
    for nodes in reversed(_levels(level)):
        # The times between the higher ends of a triangle are the least ones already, those from its lowest node are
        # those of the ways through lower nodes: over the first node that is higher, one of both sums is the least.
        one, other, across = _triangles(first, head, keys, nodes)
        np.minimum.at(up_least, one, up[other] + down_least[across])
        np.minimum.at(up_least, other, up[one] + up_least[across])
        np.minimum.at(down_least, one, down[other] + up_least[across])
        np.minimum.at(down_least, other, down[one] + down_least[across])
    return (up == up_least) & (up < INFINITE), (down == down_least) & (down < INFINITE)


def _keys(first: Index, head: Ints) -> Index:
    """Return a sorted number for each arc, made of both ends."""
    count = len(first) - 1
    return np.repeat(np.arange(count, dtype=np.int64) * count, np.diff(first)) + head


def _levels(level: Ints) -> list[Index]:
    """Return the nodes of each level, from below."""
    nodes = np.argsort(level, kind="stable")
    return np.split(nodes, offsets(level, int(level.max(initial=0)) + 1)[1:-1])


def _pair_counts(first: Index, nodes: Index) -> Index:
    degree = first[nodes + 1] - first[nodes]
    return degree * (degree - 1) // 2


def _triangles(first: Index, head: Ints, keys: Index, nodes: Index) -> tuple[Index, Index, Index]:
    """Return all triangles whose lowest node is one of these: its two arcs, and the arc between their heads."""
    one, other = pairs_within(first[nodes], first[nodes + 1])
    return one, other, np.searchsorted(keys, head[one].astype(np.int64) * (len(first) - 1) + head[other])


def climb(
    parent: Ints, depth: Ints, first: Index, head: Ints, head_depth: Ints, weight: Ints, sources: Ints
) -> tuple[Ints, Ints]:
    """Return the ancestors of each source and the times of the fastest ways that only climb."""
    if len(sources) <= FEW:
        return _climb_few(parent, depth, first, head_depth, weight, sources)
    ancestors = np.full((len(sources), int(depth[sources].max()) + 1), -1, dtype=np.int32)
    times = np.empty_like(ancestors)
    sorting = np.argsort(sources)  # neighbours in rank share most of their ancestors
    for begin in range(0, len(sources), CHUNK):
        some = sorting[begin : begin + CHUNK]
        _ancestors(parent, depth, sources[some], some, ancestors)
        times[some] = _climb_shared(depth, first, head, weight, sources[some], ancestors[some])
    return ancestors, times


def _ancestors(parent: Ints, depth: Ints, sources: Ints, rows: Index, ancestors: Ints) -> None:
    """Fill the rows of some sources with their ancestors."""
    node = sources
    while len(node):
        ancestors[rows, depth[node]] = node
        up = parent[node]
        rows, node = rows[up >= 0], up[up >= 0]


def _climb_shared(depth: Ints, first: Index, head: Ints, weight: Ints, sources: Ints, ancestors: Ints) -> Ints:
    """Return the rows of the sources: each ancestor's own row is made once, from those of the heads of its arcs.

    Nodes of one depth and about as many arcs are worked on at once; where one has fewer, its last arc is repeated.
    """
    nodes = np.unique(ancestors)
    nodes = nodes[nodes >= 0]
    degree = first[nodes + 1] - first[nodes]
    group = depth[nodes].astype(np.int64) * 32 + np.ceil(np.log2(np.maximum(degree, 1))).astype(np.int64)
    sorting = np.argsort(group, kind="stable")
    nodes, degree, group = nodes[sorting], degree[sorting], group[sorting]
    place = np.empty(len(depth), dtype=np.int32)  # only that of these nodes is ever written or read
    place[nodes] = np.arange(len(nodes), dtype=np.int32)
    rows = np.full((len(nodes), ancestors.shape[1]), INFINITE, dtype=np.int32)
    rows[np.arange(len(nodes)), depth[nodes]] = 0
    begins = np.flatnonzero(np.diff(group, prepend=-1))
    for begin, end in itertools.pairwise([*begins.tolist(), len(nodes)]):
        last = degree[begin:end, None] - 1
        linked = begin + np.flatnonzero(last[:, 0] >= 0)
        if not len(linked):
            continue
        arcs = first[nodes[linked], None] + np.minimum(np.arange(last.max() + 1), last[linked - begin])
        through = rows[place[head[arcs]]]
        through += weight[arcs][:, :, None]
        rows[linked] = np.minimum(through.min(axis=1), rows[linked])
    return rows[place[sources]]


def _starts(counts: Index) -> Index:
    return np.cumsum(counts) - counts


def _climb_few(
    parent: Ints, depth: Ints, first: Index, head_depth: Ints, weight: Ints, sources: Ints
) -> tuple[Ints, Ints]:
    width = int(depth[sources].max(initial=-1)) + 1
    ancestors = np.full((len(sources), width), -1, dtype=np.int32)
    times = np.full((len(sources), width), INFINITE, dtype=np.int32)
    for row, source in enumerate(sources.tolist()):
        path = [source]
        while (up := int(parent[path[-1]])) >= 0:
            path.append(up)
        chain = np.array(path, dtype=np.int32)
        heads, weights, bounds = _arcs_of_chain(first, head_depth, weight, chain)
        least = [INFINITE] * len(path)
        least[-1] = 0
        for index, reached in enumerate(range(len(path) - 1, -1, -1)):
            time = least[reached]
            if time < INFINITE:
                for arc in range(bounds[index], bounds[index + 1]):
                    through = time + weights[arc]
                    if through < least[heads[arc]]:
                        least[heads[arc]] = through
        ancestors[row, : len(path)] = chain[::-1]
        times[row, : len(path)] = least
    return ancestors, times


def _arcs_of_chain(first: Index, head_depth: Ints, weight: Ints, chain: Ints) -> tuple[list[int], list[int], list[int]]:
    """Return the heads' depths and the weights of the arcs of some nodes, and where those of each begin."""
    degree = first[chain + 1] - first[chain]
    arcs = spans(first[chain], degree)
    return head_depth[arcs].tolist(), weight[arcs].tolist(), [0, *np.cumsum(degree).tolist()]


def settle(first: Index, head_depth: Ints, weight: Ints, ancestors: Ints, times: Ints) -> Ints:
    """Return the least of the times and of what leads there over higher ancestors."""
    if len(ancestors) <= FEW:
        return _settle_few(first, head_depth, weight, ancestors, times)
    settled = times.copy()
    for begin in range(0, len(times), CHUNK):
        _settle_rows(first, head_depth, weight, ancestors[begin : begin + CHUNK], settled[begin : begin + CHUNK])
    return settled


def _settle_rows(first: Index, head_depth: Ints, weight: Ints, ancestors: Ints, settled: Ints) -> None:
    degrees = np.where(ancestors >= 0, first[ancestors + 1] - first[ancestors], 0)
    for column in range(1, ancestors.shape[1]):
        rows = np.flatnonzero(degrees[:, column])
        if not len(rows):
            continue
        degree = degrees[rows, column]
        arcs = spans(first[ancestors[rows, column]], degree)
        through = settled[np.repeat(rows, degree), head_depth[arcs]] + weight[arcs]
        least = np.minimum.reduceat(through, _starts(degree))
        settled[rows, column] = np.minimum(settled[rows, column], least)


def _settle_few(first: Index, head_depth: Ints, weight: Ints, ancestors: Ints, times: Ints) -> Ints:
    settled = times.copy()
    for row in range(len(times)):
        chain = ancestors[row][ancestors[row] >= 0]
        heads, weights, bounds = _arcs_of_chain(first, head_depth, weight, chain)
        least = times[row].tolist()
        for index in range(len(chain)):
            for arc in range(bounds[index], bounds[index + 1]):
                through = least[heads[arc]] + weights[arc]
                if through < least[index]:
                    least[index] = through
        settled[row] = least
    return settled


def scan(
    bucket: Index,
    toll: Ints,
    need: int,
    first_block: Index,
    block_start: Index,
    block_lowest: Ints,
    block_highest: Ints,
    slot: Ints,
    leeway: Ints,
    lowest: int,
    highest: int,
    best: Ints,
) -> None:
    """Raise ``best`` to the most leeway − toll of the entries of some buckets."""
    count = first_block[bucket + 1] - first_block[bucket]
    block, toll = spans(first_block[bucket], count), np.repeat(toll, count)
    # Its first entry has the most leeway of a block.
    useful = leeway[block_start[block]] >= toll + need
    useful &= (block_lowest[block] < highest) & (block_highest[block] >= lowest)
    block, toll = block[useful], toll[useful]
    start = block_start[block]
    count = _leading(leeway, start, block_start[block + 1], toll + need) - start
    entry = spans(start, count)
    slots = slot[entry] - np.int32(lowest)
    left = leeway[entry] - np.repeat(toll, count)
    inside = (slots >= 0) & (slots < len(best))
    if not inside.all():
        slots, left = slots[inside], left[inside]
    np.maximum.at(best, slots, left)


def _leading(leeway: Ints, start: Index, end: Index, least: Ints) -> Index:
    """Return where the entries with at least so much leeway end, in each block: many binary searches at once."""
    low, high = start, end
    while (open_ := low < high).any():
        middle = (low + high) // 2
        enough = open_ & (leeway[np.minimum(middle, end - 1)] >= least)
        low = np.where(enough, middle + 1, low)
        high = np.where(open_ & ~enough, middle, high)
    return low
