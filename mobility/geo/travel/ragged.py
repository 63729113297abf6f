"""Rows of unequal length, taken many at once without a loop. Pure.

Rows lie one after another in flat arrays, as in a sparse matrix: row i is ``values[first[i]:first[i + 1]]``.
"""

from __future__ import annotations

from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from mobility.geo.network.model import Ints

Index = NDArray[np.int64]
T = TypeVar("T", bound=np.generic)


def spans(first: Index, count: Index) -> Index:
    """Return the places of many rows, ``first[i] … first[i] + count[i] − 1`` for each i, one after another."""
    if not len(count):
        return np.empty(0, dtype=np.int64)
    end = np.cumsum(count)
    return np.arange(end[-1]) + np.repeat(first + count - end, count)


def offsets(rows: NDArray[np.integer], count: int) -> Index:
    """Return where each of ``count`` rows begins, int64[count + 1], for entries that are sorted by their row."""
    return np.concatenate(([0], np.cumsum(np.bincount(rows, minlength=count)))).astype(np.int64)


def pairs_within(first: Index, end: Index) -> tuple[Index, Index]:
    """Return all pairs of places a < b inside each row ``first[i] … end[i] − 1``, sorted."""
    places = spans(first, end - first)
    following = np.repeat(end, end - first) - places - 1
    return np.repeat(places, following), spans(places + 1, following)


def runs(ancestors: Ints) -> tuple[Ints, Index, Index, Index]:
    """Return each ancestor with its depth, and the rows (from, to) below it, by depth.

    ``ancestors[row, depth]`` is -1 beyond the row's own node; rows are sorted by rank, a postorder, so that those below
    one ancestor stand together.
    """
    count = len(ancestors)
    flat = ancestors.T.ravel()
    start = np.concatenate(([0], np.flatnonzero(flat[1:] != flat[:-1]) + 1))
    end = np.concatenate((start[1:], [len(flat)]))
    real = flat[start] >= 0
    start, end = start[real], end[real]
    depth = start // count
    return flat[start], depth, start - depth * count, end - depth * count


def own_nodes(ancestors: Ints) -> Ints:
    """Return the last ancestor of each row: the row's own node."""
    own: Ints = ancestors[np.arange(len(ancestors)), (ancestors >= 0).sum(axis=1) - 1]
    return own


def frozen(array: NDArray[T]) -> NDArray[T]:
    """Return an array that nobody can change: as those that are mapped from files are, so that loops compile once."""
    array.flags.writeable = False
    return array
