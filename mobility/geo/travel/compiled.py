"""The inner loops as plain loops (see ``kernels.Kernels``), compiled by numba where it is installed. Pure.

Without numba they run as they stand: right, and slow. They let go of Python's lock, so that threads search at once.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from typing import TypeVar, cast

import numpy as np
from numpy.typing import NDArray

from mobility.geo.network.model import Ints
from mobility.geo.travel.kernels import INFINITE
from mobility.geo.travel.ragged import Index

F = TypeVar("F", bound=Callable[..., object])

COMPILED = importlib.util.find_spec("numba") is not None


def _compiled(function: F) -> F:
    """Compile a loop when it is first called; the machine code is kept on disk where that is possible."""
    if not COMPILED:
        return function
    import numba

    try:
        return cast("F", numba.njit(cache=True, nogil=True)(function))
    except RuntimeError:  # no folder that could be written to
        return cast("F", numba.njit(nogil=True)(function))


@_compiled
def customise(first: Index, head: Ints, level: Ints, up: Ints, down: Ints, up_via: Ints, down_via: Ints) -> None:
    """Bring the times of all arcs to those of the fastest ways through lower nodes."""
    for low in range(len(first) - 1):
        for one in range(first[low], first[low + 1]):
            across = first[head[one]]
            for other in range(one + 1, first[low + 1]):
                while head[across] != head[other]:
                    across += 1
                time = down[one] + up[other]
                if time < up[across]:
                    up[across] = time
                    up_via[across] = ~low
                time = down[other] + up[one]
                if time < down[across]:
                    down[across] = time
                    down_via[across] = ~low


@_compiled
def needed(first: Index, head: Ints, level: Ints, up: Ints, down: Ints) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Return which arcs no other way beats, upwards and downwards."""
    up_least, down_least = up.copy(), down.copy()
    for low in range(len(first) - 2, -1, -1):
        for one in range(first[low], first[low + 1]):
            across = first[head[one]]
            for other in range(one + 1, first[low + 1]):
                while head[across] != head[other]:
                    across += 1
                up_least[one] = min(up_least[one], up[other] + down_least[across])
                up_least[other] = min(up_least[other], up[one] + up_least[across])
                down_least[one] = min(down_least[one], down[other] + up_least[across])
                down_least[other] = min(down_least[other], down[one] + down_least[across])
    return (up == up_least) & (up < INFINITE), (down == down_least) & (down < INFINITE)


@_compiled
def climb(
    parent: Ints, depth: Ints, first: Index, head: Ints, head_depth: Ints, weight: Ints, sources: Ints
) -> tuple[Ints, Ints]:
    """Return the ancestors of each source and the times of the fastest ways that only climb."""
    width = 0
    for source in sources:
        width = max(width, depth[source] + 1)
    ancestors = np.full((len(sources), width), -1, dtype=np.int32)
    times = np.full((len(sources), width), INFINITE, dtype=np.int32)
    for row in range(len(sources)):
        node = sources[row]
        column = depth[node]
        times[row, column] = 0
        while column >= 0:
            ancestors[row, column] = node
            time = times[row, column]
            if time < INFINITE:
                for arc in range(first[node], first[node + 1]):
                    through = time + weight[arc]
                    if through < times[row, head_depth[arc]]:
                        times[row, head_depth[arc]] = through
            node = parent[node]
            column -= 1
    return ancestors, times


@_compiled
def settle(first: Index, head_depth: Ints, weight: Ints, ancestors: Ints, times: Ints) -> Ints:
    """Return the least of the times and of what leads there over higher ancestors."""
    settled = times.copy()
    for row in range(ancestors.shape[0]):
        for column in range(ancestors.shape[1]):
            node = ancestors[row, column]
            if node < 0:
                break
            least = settled[row, column]
            for arc in range(first[node], first[node + 1]):
                least = min(least, settled[row, head_depth[arc]] + weight[arc])
            settled[row, column] = least
    return settled


@_compiled
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
    for index in range(len(bucket)):
        paid = toll[index]
        least = paid + need
        for block in range(first_block[bucket[index]], first_block[bucket[index] + 1]):
            if block_lowest[block] >= highest or block_highest[block] < lowest:
                continue
            for entry in range(block_start[block], block_start[block + 1]):
                if leeway[entry] < least:
                    break
                place = slot[entry] - lowest
                if 0 <= place < len(best) and leeway[entry] - paid > best[place]:
                    best[place] = leeway[entry] - paid
