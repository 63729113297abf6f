"""The inner loops of the engine: what they compute, and which of the two ways of computing it is at hand.

``vectorised`` is numpy and always there. ``compiled`` is plain loops, which numba (the extra ``fast``) makes several
times faster still. Both give the same answers, and the same tests hold both.
"""

from __future__ import annotations

from typing import Protocol, cast

import numpy as np
from numpy.typing import NDArray

from mobility.geo.network.model import Ints
from mobility.geo.travel.ragged import Index

# Of the inner loops: no way leads there. Two of them still fit an int32; longer times count as no way (34 years).
INFINITE = 2**30 - 1


class Kernels(Protocol):
    """The inner loops, on plain arrays. Letters: n nodes, k arcs of the skeleton, a arcs of a search graph, s rows.

    A **row** belongs to one node and has one column for each of its ancestors by depth, the root first and the node
    itself last; what lies beyond holds -1 (ancestors) or INFINITE (times).
    """

    def customise(
        self, first: Index, head: Ints, level: Ints, up: Ints, down: Ints, up_via: Ints, down_via: Ints
    ) -> None:
        """Bring the times of all arcs to those of the fastest ways through lower nodes, in place."""

    def needed(
        self, first: Index, head: Ints, level: Ints, up: Ints, down: Ints
    ) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
        """Return which arcs no other way beats, upwards and downwards, bool[k] each."""

    def climb(
        self, parent: Ints, depth: Ints, first: Index, head: Ints, head_depth: Ints, weight: Ints, sources: Ints
    ) -> tuple[Ints, Ints]:
        """Return the ancestors of each source and the times of the fastest ways that only climb, int32[s, d] each."""

    def settle(self, first: Index, head_depth: Ints, weight: Ints, ancestors: Ints, times: Ints) -> Ints:
        """Return the least of the times and of what leads there over higher ancestors, int32[s, d].

        The arcs are those between an ancestor and higher ones, of the direction that the times do not climb in.
        """

    def scan(
        self,
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
        """Raise ``best[slot − lowest]`` to the most leeway − toll of the entries of some buckets, in place.

        ``bucket[h]`` is to be scanned at ``toll[h]``. Entries with leeway − toll < need, and those of slots outside
        ``lowest ≤ slot < highest``, are passed over. The blocks of bucket b are ``first_block[b]:first_block[b + 1]``;
        the entries of block c are ``block_start[c]:block_start[c + 1]``, by falling leeway, and their slots lie between
        ``block_lowest[c]`` and ``block_highest[c]``, both included.
        """


def vectorised_kernels() -> Kernels:
    """Return the loops in numpy."""
    from mobility.geo.travel import vectorised

    return cast("Kernels", vectorised)


def compiled_kernels() -> Kernels:
    """Return the plain loops; without numba they are slow."""
    from mobility.geo.travel import compiled

    return cast("Kernels", compiled)


def best_kernels() -> Kernels:
    """Return the fastest loops at hand."""
    from mobility.geo.travel import compiled

    return compiled_kernels() if compiled.COMPILED else vectorised_kernels()
