"""What a trip leaves in the buckets: the places of its hierarchy from which a detour could still begin or end. Pure.

A **hub** is an ancestor of a trip's origin (or destination). A driver who fetches somebody comes over a hub at which
the search from the origin and the one to the pick-up meet. Nobody can be fetched over a hub outside the trip's
ellipse, where the way there and the way on to the destination already cost more than the whole budget (the time alone
and the allowed detour), so only hubs inside it get an entry: the ellipse loses no match. What is left of the budget
there is the entry's **leeway**.

Geisberger et al., "Fast Detour Computation for Ride Sharing" (2010); Buchhold, Sanders, Wagner, LOUD (2021).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mobility.geo.network.model import Ints
from mobility.geo.travel.interface import UNREACHABLE
from mobility.geo.travel.kernels import INFINITE
from mobility.geo.travel.meeting import Rows, meet_pairwise
from mobility.geo.travel.ragged import Index
from mobility.geo.travel.search import HierarchyEngine

# So many trips are worked on at once.
CHUNK = 1024


@dataclass(frozen=True, slots=True)
class Entries:
    """Entries of some trips on one side (origins, or destinations), in no order: arrays of one length."""

    hub: Ints  # rank
    trip: Ints  # which of the trips
    leeway: Ints  # seconds left of the budget at the hub, before it (destinations) or after it (origins)

    @classmethod
    def joined(cls, parts: list[Entries]) -> Entries:
        """Return the entries of all parts."""
        return cls(*(joined_ints([getattr(part, name) for part in parts]) for name in cls.__slots__))


@dataclass(frozen=True, slots=True)
class Ellipses:
    """What t trips leave in the buckets."""

    alone: Ints  # [t] seconds of the trip itself; UNREACHABLE where no road leads
    budget: Ints  # [t] seconds: alone and the allowed detour
    origins: Entries
    destinations: Entries


def ellipses(engine: HierarchyEngine, origins: Ints, destinations: Ints, margins: Index) -> Ellipses:
    """Return the entries of trips between nodes of the network; ``margins`` are allowed detours in seconds."""
    # Neighbours share most of what is searched.
    sorting = np.argsort(engine.hierarchy.skeleton.rank[origins], kind="stable").astype(np.int32)
    parts = [
        _chunk(engine, origins[some], destinations[some], margins[some], some)
        for some in (sorting[begin : begin + CHUNK] for begin in range(0, len(sorting), CHUNK))
    ]
    alone, budget = np.empty(len(origins), dtype=np.int32), np.empty(len(origins), dtype=np.int32)
    alone[sorting] = joined_ints([part.alone for part in parts])
    budget[sorting] = joined_ints([part.budget for part in parts])
    return Ellipses(
        alone, budget, Entries.joined([part.origins for part in parts]), Entries.joined([part.destinations for part in parts])
    )  # fmt: skip


def _chunk(engine: HierarchyEngine, origins: Ints, destinations: Ints, margins: Index, trips: Ints) -> Ellipses:
    leaving, arriving = engine.hierarchy.leaving, engine.hierarchy.arriving
    up, down = engine.leaving(origins), engine.arriving(destinations)
    alone = meet_pairwise(up, down)
    # Beyond these bounds a margin is none, or as good as endless.
    budget = np.minimum(alone + np.clip(margins, -1, INFINITE), INFINITE - 1).astype(np.int32)
    budget[alone == UNREACHABLE] = -1
    # Exact times from the origin to its own ancestors, from there on to the destination; and the other way round.
    from_origin = engine.settle(arriving, up)
    to_destination = engine.settle(leaving, down)
    onward = engine.settle(leaving, _seen_from(up, to_destination))
    before = engine.settle(arriving, _seen_from(down, from_origin))
    return Ellipses(
        alone, budget, _inside(up, from_origin, onward, budget, trips), _inside(down, to_destination, before, budget, trips)
    )  # fmt: skip


def _seen_from(rows: Rows, other: Rows) -> Rows:
    """Return the other rows' times at the ancestors that both have in common."""
    times = np.full_like(rows.times, INFINITE)
    width = min(times.shape[1], other.times.shape[1])
    common = (rows.ancestors[:, :width] == other.ancestors[:, :width]) & (rows.ancestors[:, :width] >= 0)
    times[:, :width][common] = other.times[:, :width][common]
    return Rows(rows.ancestors, times)


def _inside(climbed: Rows, exact: Rows, rest: Rows, budget: Ints, trips: Ints) -> Entries:
    """Return entries at the hubs inside the ellipse; none where climbing is a detour, as such a hub is never the top."""
    row, column = np.nonzero((climbed.times == exact.times) & (exact.times + rest.times <= budget[:, None]))
    return Entries(climbed.ancestors[row, column], trips[row], budget[row] - exact.times[row, column])


def joined_ints(parts: list[Ints]) -> Ints:
    """Return arrays one after another; none are an empty one."""
    return np.concatenate([np.empty(0, dtype=np.int32), *parts])
