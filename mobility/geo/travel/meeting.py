"""Where searches upwards meet: times between nodes from what each of them found on its way to the root. Pure."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mobility.geo.network.model import Ints
from mobility.geo.travel.interface import UNREACHABLE
from mobility.geo.travel.kernels import INFINITE
from mobility.geo.travel.ragged import Index, own_nodes, runs, spans

# A block of the matrix that stays in the processor's cache while ancestor after ancestor is laid on it.
BLOCK_CELLS = 1 << 17
# Smaller rectangles are laid all at once: one by one they cost more than their cells do.
SMALL_CELLS = 512
# Of numpy's buffer while rectangles are laid one by one. Rows of rectangles that are shorter than the buffer are copied
# there first, which costs twice what the sums do.
ROW_BUFFER = 256


@dataclass(frozen=True, slots=True)
class Rows:
    """What searches upwards found: for each of s nodes its ancestors, by depth, and the times to or from them."""

    ancestors: Ints  # [s, d] rank; -1 beyond the node itself
    times: Ints  # [s, d] seconds; INFINITE where no way leads, or none that only climbs


def meet_pairwise(up: Rows, down: Rows) -> Ints:
    """Return the least time over a common ancestor, row by row, shape (s,); UNREACHABLE where none is met."""
    width = min(up.times.shape[1], down.times.shape[1])
    over = up.times[:, :width] + down.times[:, :width]
    over[up.ancestors[:, :width] != down.ancestors[:, :width]] = INFINITE
    return _or_unreachable(over.min(axis=1, initial=INFINITE))


def meet_all(up: Rows, down: Rows) -> Ints:
    """Return the least time over a common ancestor, for every pair, shape (s, t); UNREACHABLE where none is met.

    Ranks are a postorder, so the nodes below one ancestor stand together once they are sorted by rank: each ancestor
    is laid on one rectangle of the matrix.
    """
    up_sorting, down_sorting = (np.argsort(own_nodes(rows.ancestors), kind="stable") for rows in (up, down))
    up_times, down_times = up.times[up_sorting].T.copy(), down.times[down_sorting].T.copy()
    laid = _Rectangles.between(up.ancestors[up_sorting], down.ancestors[down_sorting])
    found = np.full((len(up_sorting), len(down_sorting)), INFINITE, dtype=np.int32)
    large = laid.cells() > SMALL_CELLS
    _lay_at_once(laid.chosen(np.flatnonzero(~large)), up_times, down_times, found)
    with np.errstate():  # its end gives numpy its buffer back
        np.setbufsize(ROW_BUFFER)
        _lay_one_by_one(laid.chosen(np.flatnonzero(large)), up_times, down_times, found)
    result = np.empty_like(found)
    result[up_sorting[:, None], down_sorting] = found
    return _or_unreachable(result)


@dataclass(frozen=True, slots=True)
class _Rectangles:
    """For each common ancestor its depth, and the rows and columns of the matrix that stand below it."""

    depth: Index
    top: Index
    bottom: Index
    left: Index
    right: Index

    @classmethod
    def between(cls, up: Ints, down: Ints) -> _Rectangles:
        """Find them from ancestors that are sorted by rank."""
        node, depth, top, bottom = runs(up)
        other, _, left, right = runs(down)
        _, here, there = np.intersect1d(node, other, assume_unique=True, return_indices=True)
        return cls(depth[here], top[here], bottom[here], left[there], right[there])

    def chosen(self, which: Index) -> _Rectangles:
        """Return some of them, by their indices."""
        return _Rectangles(*(getattr(self, name)[which] for name in self.__slots__))

    def cells(self) -> Index:
        """Return how many cells each covers."""
        return (self.bottom - self.top) * (self.right - self.left)


def _lay_at_once(laid: _Rectangles, up: Ints, down: Ints, found: Ints) -> None:
    height, width = laid.bottom - laid.top, laid.right - laid.left
    row = spans(laid.top, height)
    depth, left, across = (np.repeat(values, height) for values in (laid.depth, laid.left, width))
    column = spans(left, across)
    over = np.repeat(up[depth, row], across) + down[np.repeat(depth, across), column]
    np.minimum.at(found.reshape(-1), np.repeat(row, across) * found.shape[1] + column, over)


def _lay_one_by_one(laid: _Rectangles, up: Ints, down: Ints, found: Ints) -> None:
    step = max(1, BLOCK_CELLS // found.shape[1])
    scratch = np.empty(BLOCK_CELLS + found.shape[1], dtype=np.int32)
    for begin in range(0, len(found), step):
        block, times = found[begin : begin + step], up[:, begin : begin + step]
        here = laid.chosen(np.flatnonzero((laid.top < begin + len(block)) & (laid.bottom > begin)))
        tops = np.maximum(here.top - begin, 0).tolist()
        bottoms = np.minimum(here.bottom - begin, len(block)).tolist()
        rest = (here.depth.tolist(), here.left.tolist(), here.right.tolist())
        for top, bottom, depth, left, right in zip(tops, bottoms, *rest, strict=True):
            shape = (bottom - top, right - left)
            over = scratch[: shape[0] * shape[1]].reshape(shape)
            np.add(times[depth, top:bottom, None], down[depth, left:right], out=over)
            cells = block[top:bottom, left:right]
            np.minimum(cells, over, out=cells)


def _or_unreachable(times: Ints) -> Ints:
    times[times >= INFINITE] = UNREACHABLE
    return times
