"""Exact travel times and paths on a hierarchy. Pure."""

from __future__ import annotations

from bisect import bisect_left

import numpy as np

from mobility.geo.errors import Unreachable
from mobility.geo.network.model import Ints, RoadNetwork
from mobility.geo.travel.hierarchy import Hierarchy, SearchGraph, customise
from mobility.geo.travel.kernels import INFINITE, Kernels, best_kernels
from mobility.geo.travel.meeting import Rows, meet_all, meet_pairwise
from mobility.geo.travel.order import elimination_order
from mobility.geo.travel.ragged import spans
from mobility.geo.travel.skeleton import build_skeleton


class HierarchyEngine:
    """Answers from a hierarchy; safe for threads, as nothing of it ever changes."""

    def __init__(self, network: RoadNetwork, hierarchy: Hierarchy, kernels: Kernels | None = None) -> None:
        self.network = network
        self.hierarchy = hierarchy
        self.kernels = kernels or best_kernels()
        # Read one by one where paths are unfolded: numbers of Python, which those of numpy take many times as long as.
        skeleton = hierarchy.skeleton
        self._first, self._head = skeleton.first.data, skeleton.head.data
        self._up_via, self._down_via = hierarchy.up_via.data, hierarchy.down_via.data

    @classmethod
    def prepare(cls, network: RoadNetwork, kernels: Kernels | None = None) -> HierarchyEngine:
        """Make order and hierarchy of a network now: seconds for a town, minutes for a region."""
        skeleton = build_skeleton(network, elimination_order(network))
        return cls(network, customise(network, skeleton, kernels), kernels)

    def leaving(self, nodes: Ints) -> Rows:
        """Return the times from nodes of the network to their ancestors, over ways that only climb."""
        return self._climb(self.hierarchy.leaving, nodes)

    def arriving(self, nodes: Ints) -> Rows:
        """Return the times to nodes of the network from their ancestors, over ways that only fall."""
        return self._climb(self.hierarchy.arriving, nodes)

    def _climb(self, graph: SearchGraph, nodes: Ints) -> Rows:
        skeleton = self.hierarchy.skeleton
        sources = skeleton.rank[np.asarray(nodes, dtype=np.int64)]
        return Rows(
            *self.kernels.climb(
                skeleton.parent, skeleton.depth, graph.first, graph.head, graph.head_depth, graph.weight, sources
            )
        )

    def settle(self, graph: SearchGraph, rows: Rows) -> Rows:
        """Return rows whose times are the least, also over higher ancestors: exact, where the highest ones are."""
        return Rows(
            rows.ancestors,
            self.kernels.settle(graph.first, graph.head_depth, graph.weight, rows.ancestors, rows.times),
        )

    def matrix(self, sources: Ints, targets: Ints) -> Ints:
        """Return the seconds, shape (s, t); UNREACHABLE where no road leads."""
        if not len(sources) or not len(targets):
            return np.empty((len(sources), len(targets)), dtype=np.int32)
        return meet_all(self.leaving(sources), self.arriving(targets))

    def times(self, sources: Ints, targets: Ints) -> Ints:
        """Return the seconds from each source to the target of the same place, shape (s,)."""
        return meet_pairwise(self.leaving(sources), self.arriving(targets))

    def path(self, source: int, target: int) -> Ints:
        """Return the arcs of one fastest path, in order; empty where both are the same. Raises Unreachable."""
        up = self.leaving(np.array([source], dtype=np.int32))
        down = self.arriving(np.array([target], dtype=np.int32))
        width = min(up.times.shape[1], down.times.shape[1])
        common = up.ancestors[0, :width] == down.ancestors[0, :width]
        over = np.where(common, up.times[0, :width] + down.times[0, :width], INFINITE)
        top = int(np.argmin(over))
        if over[top] >= INFINITE:
            raise Unreachable
        climbed = _steps(self.hierarchy.leaving, up, top)
        fallen = _steps(self.hierarchy.arriving, down, top)
        arcs: list[int] = []
        for tail, head in reversed(climbed):
            self._unfold(tail, head, arcs)
        for tail, head in fallen:
            self._unfold(head, tail, arcs)
        return np.array(arcs, dtype=np.int32)

    def _unfold(self, tail: int, head: int, arcs: list[int]) -> None:
        """Append the arcs of the network that a time of the hierarchy is made of, from rank to rank."""
        first, heads, up_via, down_via = self._first, self._head, self._up_via, self._down_via
        open_ = [(tail, head)]
        while open_:
            tail, head = open_.pop()
            low, high, vias = (tail, head, up_via) if tail < head else (head, tail, down_via)
            via = vias[bisect_left(heads, high, first[low], first[low + 1])]
            if via >= 0:
                arcs.append(via)
            else:
                open_ += [(~via, head), (tail, ~via)]


def _steps(graph: SearchGraph, rows: Rows, top: int) -> list[tuple[int, int]]:
    """Return the arcs (tail, head), as ranks, that lead from a row's node up to its ancestor, the last first."""
    ancestors, times = rows.ancestors[0], rows.times[0].astype(np.int64)
    degree = graph.first[ancestors + 1] - graph.first[ancestors]
    tail = np.repeat(np.arange(len(ancestors)), degree)
    arcs = spans(graph.first[ancestors], degree)
    head = graph.head_depth[arcs]
    tight = np.flatnonzero((times[tail] + graph.weight[arcs] == times[head]) & (times[head] < INFINITE))
    below = np.full(len(ancestors), -1)
    below[head[tight]] = tail[tight]
    steps = []
    while top != len(ancestors) - 1:
        steps.append((int(ancestors[below[top]]), int(ancestors[top])))
        top = int(below[top])
    return steps
