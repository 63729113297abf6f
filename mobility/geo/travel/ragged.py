"""Rows of unequal length, taken many at once without a loop. Pure.

Rows lie one after another in flat arrays, as in a sparse matrix: row i is ``values[first[i]:first[i + 1]]``.
"""

from __future__ import annotations

from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

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


def frozen(array: NDArray[T]) -> NDArray[T]:
    """Return an array that nobody can change: as those that are mapped from files are, so that loops compile once."""
    array.flags.writeable = False
    return array
