"""The hierarchy: a skeleton with times on it. Pure.

``customise`` lays the times of a network on the skeleton: each arc gets the time of the fastest way whose inner nodes
are all lower than both ends ("lower triangles", from below), and remembers by which node, so that paths can be
unfolded. Then arcs that some other way beats are left out of the graphs that are searched ("perfect customisation",
from above). A fastest way then always climbs, and falls: it is found by two searches upwards that meet.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mobility.geo.network.model import Ints, RoadNetwork
from mobility.geo.travel.kernels import INFINITE, Kernels, best_kernels
from mobility.geo.travel.ragged import Index, frozen, offsets
from mobility.geo.travel.skeleton import Skeleton


@dataclass(frozen=True, slots=True)
class SearchGraph:
    """The arcs that a search upwards follows, in one direction of travel: those of v are ``first[v]:first[v + 1]``."""

    first: Index  # [n + 1]
    head: Ints  # [a] rank of the higher end
    head_depth: Ints  # [a] its depth: where it stands on the path from the root to the tail
    weight: Ints  # [a] seconds

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Return every array by its name."""
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, slots=True)
class Hierarchy:
    """What every search works on. Times of the k arcs of the skeleton are seconds, INFINITE where none leads."""

    skeleton: Skeleton
    up: Ints  # [k] from the lower end to the higher one
    down: Ints  # [k] from the higher end to the lower one
    # [k] what the time is made of: an arc of the network (≥ 0), or ~rank of the lower node by which it goes (< 0).
    up_via: Ints
    down_via: Ints
    leaving: SearchGraph  # climbs along the way of travel: from a source
    arriving: SearchGraph  # climbs against it: from a target

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Return every array but the skeleton's by its name: what is stored."""
        found: dict[str, NDArray[Any]] = {name: getattr(self, name) for name in ("up", "down", "up_via", "down_via")}
        for prefix in ("leaving", "arriving"):
            found |= {f"{prefix}_{name}": array for name, array in getattr(self, prefix).arrays().items()}
        return found

    @classmethod
    def from_arrays(cls, skeleton: Skeleton, arrays: dict[str, NDArray[Any]]) -> Hierarchy:
        """Return the hierarchy that ``arrays`` described."""
        names = SearchGraph.__slots__
        return cls(
            skeleton,
            **{name: arrays[name] for name in ("up", "down", "up_via", "down_via")},
            leaving=SearchGraph(**{name: arrays[f"leaving_{name}"] for name in names}),
            arriving=SearchGraph(**{name: arrays[f"arriving_{name}"] for name in names}),
        )


def customise(network: RoadNetwork, skeleton: Skeleton, kernels: Kernels | None = None) -> Hierarchy:
    """Lay the times of a network on its skeleton. Times must be at least 0."""
    kernels = kernels or best_kernels()
    if network.arc_count and int(network.seconds.min()) < 0:
        raise ValueError("a road cannot take less than no time")
    up, down, up_via, down_via = _own_times(network, skeleton)
    kernels.customise(skeleton.first, skeleton.head, skeleton.level, up, down, up_via, down_via)
    keep_up, keep_down = kernels.needed(skeleton.first, skeleton.head, skeleton.level, up, down)
    tails = skeleton.tails()
    return Hierarchy(
        skeleton, frozen(up), frozen(down), frozen(up_via), frozen(down_via),
        leaving=_search_graph(skeleton, tails, keep_up, up),
        arriving=_search_graph(skeleton, tails, keep_down, down),
    )  # fmt: skip


def _own_times(network: RoadNetwork, skeleton: Skeleton) -> tuple[Ints, Ints, Ints, Ints]:
    """Return up, down and what they are made of, of the network's own arcs alone."""
    count, arcs = np.int64(skeleton.node_count), len(skeleton.head)
    tail, head = skeleton.rank[network.tails()], skeleton.rank[network.head]
    climbs = tail < head
    keys = skeleton.tails() * count + skeleton.head
    place = np.searchsorted(keys, np.minimum(tail, head) * count + np.maximum(tail, head))
    found = []
    for chosen in (np.flatnonzero(climbs), np.flatnonzero(~climbs)):
        times, via = np.full(arcs, INFINITE, dtype=np.int32), np.zeros(arcs, dtype=np.int32)
        times[place[chosen]] = np.minimum(network.seconds[chosen], INFINITE)
        via[place[chosen]] = chosen
        found.append((times, via))
    (up, up_via), (down, down_via) = found
    return up, down, up_via, down_via


def _search_graph(skeleton: Skeleton, tails: Ints, keep: NDArray[np.bool_], times: Ints) -> SearchGraph:
    head = skeleton.head[keep]
    return SearchGraph(
        first=frozen(offsets(tails[keep], skeleton.node_count)),
        head=frozen(head),
        head_depth=frozen(skeleton.depth[head]),
        weight=frozen(times[keep]),
    )
