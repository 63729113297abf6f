"""The skeleton of the hierarchy: what hangs on the roads and their order, not on times. Pure.

Nodes are eliminated in order; whoever is still there and was joined to the one that goes is joined to each other, so
that no way is lost (the chordal completion of sparse elimination). The node that goes next among them is its parent in
the elimination tree. Two facts make everything else simple and fast:

* the higher ends of a node's arcs are all ancestors of it, so whatever a search meets lies on one path to the root;
* numbered in postorder, the descendants of a node are the numbers just below its own.

Dibbelt, Strasser, Wagner, "Customizable Contraction Hierarchies" (2016).
"""

from __future__ import annotations

from array import array
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mobility.geo.network.model import Ints, RoadNetwork
from mobility.geo.travel.ragged import Index, frozen, spans


@dataclass(frozen=True, slots=True)
class Skeleton:
    """The completed graph of n nodes and k arcs, and its elimination tree.

    Nodes are named by their **rank**, a postorder of the tree. Each arc joins a node to a higher one and stands for
    both directions; the arcs of v are ``first[v]:first[v + 1]``, sorted by head.
    """

    rank: Ints  # [n] of each node of the network
    node: Ints  # [n] of the network, of each rank
    parent: Ints  # [n] -1 at a root (one root for a connected network)
    depth: Ints  # [n] the number of ancestors
    level: Ints  # [n] the longest way down to a leaf: those of one level do not touch each other
    first: Index  # [n + 1]
    head: Ints  # [k]

    @property
    def node_count(self) -> int:
        """The number of nodes."""
        return len(self.rank)

    def tails(self) -> Ints:
        """Return the tail of every arc, int32[k]."""
        return np.repeat(np.arange(self.node_count, dtype=np.int32), np.diff(self.first))

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Return every array by its name: what is stored."""
        return {name: getattr(self, name) for name in self.__slots__}


def build_skeleton(network: RoadNetwork, order: Ints) -> Skeleton:
    """Complete a network in an order of elimination (a permutation of its nodes)."""
    count = network.node_count
    place = np.empty(count, dtype=np.int32)
    place[order] = np.arange(count, dtype=np.int32)
    first, head, parent = _eliminate(count, place[network.tails()], place[network.head])
    renumbered = _postorder(parent)
    before = np.empty(count, dtype=np.int32)  # the place in the order, of each rank
    before[renumbered] = np.arange(count, dtype=np.int32)
    degree = np.diff(first)[before]
    up = parent[before]
    tree = np.where(up >= 0, renumbered[up], -1).astype(np.int32)
    rank = renumbered[place]
    node = np.empty(count, dtype=np.int32)
    node[rank] = np.arange(count, dtype=np.int32)
    depth, level = _depths(tree)
    return Skeleton(
        rank=frozen(rank),
        node=frozen(node),
        parent=frozen(tree),
        depth=frozen(depth),
        level=frozen(level),
        first=frozen(np.concatenate(([0], np.cumsum(degree))).astype(np.int64)),
        # Ancestors keep their order among each other, so the rows stay sorted.
        head=frozen(renumbered[head[spans(first[before], degree)]]),
    )


def _eliminate(count: int, tails: Ints, heads: Ints) -> tuple[Index, Ints, Ints]:
    """Return rows of higher neighbours (first, head) and the parent of each node, in places of the order.

    A node's higher neighbours are its own and those that its children leave to it. Sets of Python do this at the speed
    of C: 3 s for a million nodes, a fraction of what the order costs.
    """
    low, high = np.minimum(tails, heads), np.maximum(tails, heads)
    sorting = np.argsort(low, kind="stable")
    own = high[sorting].tolist()
    begins = np.searchsorted(low[sorting], np.arange(count + 1)).tolist()
    left: list[list[list[int]] | None] = [None] * count
    first, head, parent = array("q", [0]), array("i"), array("i", [-1]) * count
    for node in range(count):
        above = set(own[begins[node] : begins[node + 1]])
        children = left[node]
        if children is not None:
            above.update(*children)
            above.discard(node)
            left[node] = None
        if above:
            row = sorted(above)
            head.extend(row)
            parent[node] = row[0]
            siblings = left[row[0]]
            if siblings is None:
                left[row[0]] = [row]
            else:
                siblings.append(row)
        first.append(len(head))
    return (
        np.array(first, dtype=np.int64),
        np.array(head, dtype=np.int32),
        np.array(parent, dtype=np.int32),
    )


def _postorder(parent: Ints) -> Ints:
    """Return the number of each node in a postorder of the tree; parents stand above their children already."""
    above = parent.tolist()
    size = [1] * len(above)
    for node, up in enumerate(above):
        if up >= 0:
            size[up] += size[node]
    number = [0] * len(above)
    free = [0] * len(above)  # the end of the numbers that the children of a node may still take
    roots_end = len(above)
    for node in range(len(above) - 1, -1, -1):
        up = above[node]
        if up < 0:
            end, roots_end = roots_end, roots_end - size[node]
        else:
            end = free[up]
            free[up] = end - size[node]
        number[node] = free[node] = end - 1
    return np.array(number, dtype=np.int32)


def _depths(parent: Ints) -> tuple[Ints, Ints]:
    """Return depth and level of each node."""
    above = parent.tolist()
    depth, level = [0] * len(above), [0] * len(above)
    for node in range(len(above) - 1, -1, -1):
        if above[node] >= 0:
            depth[node] = depth[above[node]] + 1
    for node, up in enumerate(above):
        if up >= 0 and level[up] <= level[node]:
            level[up] = level[node] + 1
    return np.array(depth, dtype=np.int32), np.array(level, dtype=np.int32)
