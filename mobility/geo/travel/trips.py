"""The detour index between nodes: every trip's exact detour for a request, at once. Pure.

Layers of segments, the oldest and largest first, as in a log-structured merge tree: new trips come as a small layer,
layers of like size are merged, dropped trips are marked until their layer is merged. All that readers see is one tuple
that is replaced whole, so they need no lock and always see the index before or after a change, never within.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from mobility.geo.errors import Unreachable
from mobility.geo.network.model import Ints
from mobility.geo.travel.buckets import Buckets, Segment, TripTable, merged
from mobility.geo.travel.ellipse import Ellipses, ellipses
from mobility.geo.travel.interface import UNREACHABLE, Detours
from mobility.geo.travel.kernels import INFINITE
from mobility.geo.travel.meeting import Rows, meet_pairwise
from mobility.geo.travel.search import HierarchyEngine

# A layer is merged with the one before it while that is less than so many times larger.
GROWTH = 4
# Larger ones are merged by ``compact`` alone, so that no request ever waits long for it.
MERGED_AT_ONCE = 8192


@dataclass(frozen=True, slots=True)
class Layer:
    """A segment and which of its trips are still there."""

    segment: Segment
    alive: NDArray[np.bool_]
    living: int

    def without(self, keys: NDArray[np.int64]) -> Layer:
        """Return the layer with these trips dropped."""
        slots = self.segment.find(keys)
        slots = slots[self.alive[slots]]
        if not len(slots):
            return self
        alive = self.alive.copy()
        alive[slots] = False
        return replace(self, alive=alive, living=int(alive.sum()))


class TripIndex:
    """Trips between nodes of a network, kept so that a request learns the exact detour of each at once."""

    def __init__(self, engine: HierarchyEngine, base: Segment | None = None) -> None:
        self.engine = engine
        self._layers: tuple[Layer, ...] = (_whole(base),) if base is not None and len(base) else ()
        self._writing = threading.Lock()

    def __len__(self) -> int:
        return sum(layer.living for layer in self._layers)

    def put(self, trips: TripTable) -> None:
        """Add trips, or replace those with the same key. All or none: raises Unreachable."""
        trips = trips.last_of_each_key()
        found = ellipses(self.engine, trips.origin, trips.destination, trips.margin)
        if (found.alone == UNREACHABLE).any():
            raise Unreachable
        self._add(trips, found)

    def put_possible(self, trips: TripTable) -> NDArray[np.int64]:
        """Add trips, or replace those with the same key; return the keys of those along no road, which are dropped."""
        trips = trips.last_of_each_key()
        found = ellipses(self.engine, trips.origin, trips.destination, trips.margin)
        self._add(trips, found)
        lost: NDArray[np.int64] = trips.key[found.alone == UNREACHABLE]
        self.drop(lost)
        return lost

    def _add(self, trips: TripTable, found: Ellipses) -> None:
        if not len(trips):
            return
        added = _whole(Segment.of(trips, found))
        with self._writing:
            layers = [layer.without(trips.key) for layer in self._layers]
            self._layers = _tidied([*layers, added])

    def drop(self, keys: NDArray[np.int64]) -> None:
        """Forget trips; unknown keys are no error."""
        with self._writing:
            self._layers = _tidied([layer.without(keys) for layer in self._layers])

    def contents(self) -> TripTable:
        """Return the trips, in no order."""
        return TripTable.joined([layer.segment.trips.chosen(np.flatnonzero(layer.alive)) for layer in self._layers])

    def beside_the_base(self) -> int:
        """Return how many trips, with the dropped ones, are not kept in the largest segment as they should be."""
        layers = self._layers
        dead = sum(len(layer.segment) - layer.living for layer in layers[:1])
        return dead + sum(len(layer.segment) for layer in layers[1:])

    def compact(self) -> Segment:
        """Merge everything into one segment, and return it."""
        with self._writing:
            clean = len(self._layers) == 1 and self._layers[0].living == len(self._layers[0].segment)
            segment = self._layers[0].segment if clean else _merge(list(self._layers)).segment
            self._layers = (_whole(segment),) if len(segment) else ()
            return segment

    def detours(
        self, origin: int, destination: int, *, depart_from: int | None = None, depart_until: int | None = None
    ) -> Detours:
        """Return every trip that can bear a request between two nodes, in order of key. Raises Unreachable."""
        layers = self._layers
        ends = np.array([origin, destination], dtype=np.int32)
        leaving, arriving = self.engine.leaving(ends), self.engine.arriving(ends)
        direct = int(meet_pairwise(_row(leaving, 0), _row(arriving, 1))[0])
        if direct == UNREACHABLE:
            raise Unreachable
        pickup, dropoff = _hubs(arriving, 0), _hubs(leaving, 1)
        parts = []
        for layer in layers:
            lowest, highest = layer.segment.window(depart_from, depart_until)
            if lowest < highest:
                parts.append(self._ask(layer, direct, pickup, dropoff, lowest, highest))
        return _joined(direct, parts)

    def _ask(
        self,
        layer: Layer,
        direct: int,
        pickup: tuple[Ints, Ints],
        dropoff: tuple[Ints, Ints],
        lowest: int,
        highest: int,
    ) -> Detours:
        """Return the trips of a layer, in the window of slots, that can bear the request."""
        segment = layer.segment
        window = slice(lowest, highest)
        # What is left of the budget at the pick-up, and what of it the way from the drop-off on leaves.
        after = self._scan(segment.origins, pickup, direct, lowest, highest)
        before = self._scan(segment.destinations, dropoff, direct, lowest, highest)
        slots = np.flatnonzero((after >= direct) & (before >= direct) & layer.alive[window])
        budget = segment.budget[window][slots]
        to_pickup, from_dropoff = budget - after[slots], budget - before[slots]
        bearable = to_pickup.astype(np.int64) + direct + from_dropoff <= budget
        slots, to_pickup, from_dropoff = slots[bearable] + lowest, to_pickup[bearable], from_dropoff[bearable]
        alone = segment.alone[slots]
        return Detours(
            direct_seconds=direct,
            key=segment.trips.key[slots],
            detour=to_pickup + np.int32(direct) + from_dropoff - alone,
            to_pickup=to_pickup,
            from_dropoff=from_dropoff,
            alone=alone,
            depart_at=segment.trips.depart_at[slots],
        )

    def _scan(self, buckets: Buckets, hubs: tuple[Ints, Ints], direct: int, lowest: int, highest: int) -> Ints:
        """Return the most that is left of each trip's budget at one end of the request; -1: too little."""
        best = np.full(highest - lowest, -1, dtype=np.int32)
        hub, toll = hubs
        place = np.searchsorted(buckets.hub, hub)
        known = np.flatnonzero(place < len(buckets.hub))
        known = known[buckets.hub[place[known]] == hub[known]]
        self.engine.kernels.scan(
            place[known], toll[known], direct, buckets.first_block, buckets.block_start, buckets.block_lowest,
            buckets.block_highest, buckets.slot, buckets.leeway, lowest, highest, best,
        )  # fmt: skip
        return best


def _whole(segment: Segment) -> Layer:
    return Layer(segment, np.ones(len(segment), dtype=np.bool_), len(segment))


def _merge(layers: list[Layer]) -> Layer:
    return _whole(merged([layer.segment for layer in layers], [layer.alive for layer in layers]))


def _tidied(layers: list[Layer]) -> tuple[Layer, ...]:
    """Return the layers with the smallest ones merged, and those that are mostly dropped cleaned."""
    kept: list[Layer] = []
    for layer in layers:
        if not layer.living:
            continue
        mostly_dropped = 2 * layer.living < len(layer.segment) and len(layer.segment) <= MERGED_AT_ONCE
        kept.append(_merge([layer]) if mostly_dropped else layer)
        while (
            len(kept) > 1
            and len(kept[-2].segment) < GROWTH * len(kept[-1].segment)
            and len(kept[-2].segment) + len(kept[-1].segment) <= MERGED_AT_ONCE
        ):
            kept[-2:] = [_merge(kept[-2:])]
    return tuple(kept)


def _row(rows: Rows, index: int) -> Rows:
    return Rows(rows.ancestors[index : index + 1], rows.times[index : index + 1])


def _hubs(rows: Rows, index: int) -> tuple[Ints, Ints]:
    """Return the ancestors that a search reached, and the times."""
    reached = np.flatnonzero(rows.times[index] < INFINITE)
    return rows.ancestors[index][reached], rows.times[index][reached]


def _joined(direct: int, parts: list[Detours]) -> Detours:
    """Return the answers of all layers, in order of key."""
    names = ("key", "detour", "to_pickup", "from_dropoff", "alone", "depart_at")
    types = (np.int64, np.int32, np.int32, np.int32, np.int32, np.int64)
    found = {
        name: np.concatenate([getattr(part, name) for part in parts]) if parts else np.empty(0, dtype=kind)
        for name, kind in zip(names, types, strict=True)
    }
    sorting = np.argsort(found["key"])
    return Detours(direct_seconds=direct, **{name: values[sorting] for name, values in found.items()})
