"""The inner loops in numpy (see ``kernels.Kernels``). Pure.

Nodes of one level, or of one depth, do not hang on each other: they are worked on at once. A single search is a plain
loop over one gathered path to the root, which numpy would only slow down.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mobility.geo.network.model import Ints
from mobility.geo.travel.kernels import INFINITE
from mobility.geo.travel.ragged import Index, offsets, own_nodes, pairs_within, runs, spans

# Up to so many searches are made one by one.
FEW = 8
# So many rows are worked on at once: what they hold stays in the processor's cache.
CHUNK = 1024
# An ancestor of so many rows is worked on by itself: for fewer that costs more than the cells do.
SHARED = 8


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
        found = _ancestors(parent, depth, sources[some], ancestors.shape[1])
        ancestors[some], times[some] = found, _climb_shared(depth, first, head_depth, weight, sources[some], found)
    return ancestors, times


def _ancestors(parent: Ints, depth: Ints, sources: Ints, width: int) -> Ints:
    """Return the ancestors of some sources."""
    ancestors = np.full((len(sources), width), -1, dtype=np.int32)
    node, rows = sources, np.arange(len(sources))
    while len(node):
        ancestors[rows, depth[node]] = node
        up = parent[node]
        rows, node = rows[up >= 0], up[up >= 0]
    return ancestors


def _climb_shared(depth: Ints, first: Index, head_depth: Ints, weight: Ints, sources: Ints, ancestors: Ints) -> Ints:
    """Return the times of sources that are sorted by rank, each arc followed for all sources below it at once."""
    count, width = ancestors.shape
    times = np.full((width, count), INFINITE, dtype=np.int32)
    times[depth[sources], np.arange(count)] = 0
    flat = times.reshape(-1)
    arcs = _ArcsByDepth.below(ancestors, first, head_depth, weight)
    for column in range(width - 1, 0, -1):
        low, high, seconds = arcs.few(column)
        if len(low):
            flat[high] = np.minimum(flat[high], flat[low] + seconds)
        for begin, end, left, right in arcs.shared[column]:
            columns = head_depth[begin:end]
            through = times[column, left:right] + weight[begin:end, None]
            times[columns, left:right] = np.minimum(times[columns, left:right], through)
    return times.T


@dataclass(frozen=True, slots=True)
class _ArcsByDepth:
    """The arcs of all ancestors of some rows, by the depth of their tails.

    Those that many rows share are told as arcs (from, to) and rows (from, to): numpy works on a rectangle. Those of few
    rows are told cell by cell: a cell of row r and depth d is ``d * rows + r``. No cell is named twice at one depth as
    a tail's arcs lead to different depths, and each row has one ancestor of a depth.
    """

    shared: list[list[tuple[int, int, int, int]]]  # by depth
    first: list[int]  # [d + 1] where the arcs of few rows of a depth begin
    low: Index  # cell of the lower end
    high: Index  # cell of the higher end
    seconds: Ints

    @classmethod
    def below(cls, ancestors: Ints, first: Index, head_depth: Ints, weight: Ints) -> _ArcsByDepth:
        """Find them for rows that are sorted by rank."""
        count, width = ancestors.shape
        node, depth, left, right = runs(ancestors)
        size, begin, end = right - left, first[node], first[node + 1]
        shared: list[list[tuple[int, int, int, int]]] = [[] for _ in range(width)]
        large = np.flatnonzero((size >= SHARED) & (end > begin))
        told = np.column_stack((begin, end, left, right))[large].tolist()
        for column, rectangle in zip(depth[large].tolist(), told, strict=True):
            shared[column].append(tuple(rectangle))
        few = np.flatnonzero(size < SHARED)
        row, run = spans(left[few], size[few]), np.repeat(few, size[few])
        degree = (end - begin)[run]
        arcs = spans(begin[run], degree)
        row, column = np.repeat(row, degree), np.repeat(depth[run], degree)
        return cls(
            shared=shared,
            first=offsets(column, width).tolist(),
            low=column * count + row,
            high=head_depth[arcs].astype(np.int64) * count + row,
            seconds=weight[arcs],
        )

    def few(self, column: int) -> tuple[Index, Index, Ints]:
        """Return the lower and higher cells and the seconds of the arcs of few rows, of tails of one depth."""
        which = slice(self.first[column], self.first[column + 1])
        return self.low[which], self.high[which], self.seconds[which]


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
    settled = np.empty_like(times)
    sorting = np.argsort(own_nodes(ancestors))
    for begin in range(0, len(times), CHUNK):
        some = sorting[begin : begin + CHUNK]
        settled[some] = _settle_shared(first, head_depth, weight, ancestors[some], times[some])
    return settled


def _settle_shared(first: Index, head_depth: Ints, weight: Ints, ancestors: Ints, times: Ints) -> Ints:
    """Return the times of rows that are sorted by rank."""
    settled = times.T.copy()
    flat = settled.reshape(-1)
    arcs = _ArcsByDepth.below(ancestors, first, head_depth, weight)
    for column in range(1, len(settled)):
        low, high, seconds = arcs.few(column)
        if len(low):
            begins = np.flatnonzero(np.diff(low, prepend=-1))
            least = np.minimum.reduceat(flat[high] + seconds, begins)
            flat[low[begins]] = np.minimum(flat[low[begins]], least)
        for begin, end, left, right in arcs.shared[column]:
            through = settled[head_depth[begin:end], left:right] + weight[begin:end, None]
            cells = settled[column, left:right]
            np.minimum(cells, through.min(axis=0), out=cells)
    return settled.T


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
