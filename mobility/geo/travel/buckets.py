"""Trips and their bucket entries, laid out for scanning: a segment is built once and never changed. Pure.

Trips stand in **slots** by departure, and so do the entries of each bucket, cut into blocks: a window of departures is
a range of slots, and passes over whole blocks. Inside its block an entry stands by falling leeway: the scan leaves a
block at the first entry that cannot afford the way, which spares nine tenths of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mobility.geo.network.model import Ints
from mobility.geo.travel.ellipse import Ellipses, Entries, joined_ints
from mobility.geo.travel.ragged import Index, frozen

# Entries in a block: few enough for narrow windows, enough to make the look at each block cheap.
BLOCK = 512
_MOST = np.int64(2**31 - 1)


@dataclass(frozen=True, slots=True)
class Buckets:
    """The entries of one side (origins, or destinations) of the trips of a segment: b buckets, c blocks, e entries."""

    hub: Ints  # [b] rank, ascending
    first_block: Index  # [b + 1]
    block_start: Index  # [c + 1]
    block_lowest: Ints  # [c] slot
    block_highest: Ints  # [c] slot
    slot: Ints  # [e]
    leeway: Ints  # [e] seconds

    @classmethod
    def of(cls, entries: Entries, slot_of: Ints) -> Buckets:
        """Lay out entries of trips whose slots are given."""
        slot = slot_of[entries.trip]
        sorting = np.argsort(entries.hub.astype(np.int64) << 32 | slot)
        hubs, slot = entries.hub[sorting], slot[sorting]
        start = np.flatnonzero(np.diff(hubs, prepend=-1))
        count = np.diff(start, append=len(hubs))
        blocks = -(-count // BLOCK)
        first_block = np.concatenate(([0], np.cumsum(blocks)))
        begin = np.repeat(start - first_block[:-1] * BLOCK, blocks) + np.arange(first_block[-1]) * BLOCK
        block_start = np.append(begin, len(hubs))
        size = np.diff(block_start)
        leeway = entries.leeway[sorting]
        by_leeway = np.argsort(np.repeat(np.arange(len(begin)), size) << 32 | _MOST - leeway)
        return cls(
            hub=frozen(hubs[start]),
            first_block=frozen(first_block),
            block_start=frozen(block_start),
            block_lowest=frozen(slot[begin]),
            block_highest=frozen(slot[block_start[1:] - 1]),
            slot=frozen(slot[by_leeway]),
            leeway=frozen(leeway[by_leeway]),
        )

    def entries(self) -> Entries:
        """Return the entries; ``trip`` is the slot."""
        per_bucket = np.diff(self.block_start[self.first_block])
        return Entries(np.repeat(self.hub, per_bucket), self.slot, self.leeway)

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Return every array by its name: what is stored."""
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, slots=True)
class TripTable:
    """Trips between nodes: arrays of one length."""

    key: NDArray[np.int64]
    origin: Ints  # node of the network
    destination: Ints
    depart_at: NDArray[np.int64]  # whole seconds since the epoch
    margin: NDArray[np.int64]  # allowed detour, seconds

    def __len__(self) -> int:
        return len(self.key)

    def chosen(self, which: Index) -> TripTable:
        """Return some of them, by their indices."""
        return TripTable(*(getattr(self, name)[which] for name in self.__slots__))

    def same_as(self, other: TripTable) -> NDArray[np.bool_]:
        """Tell which trips are the other ones at their place."""
        same: NDArray[np.bool_] = np.logical_and.reduce(
            [getattr(self, name) == getattr(other, name) for name in self.__slots__]
        )
        return same

    def last_of_each_key(self) -> TripTable:
        """Return the trips with the earlier ones of the same key left out, in order of key."""
        _, backwards = np.unique(self.key[::-1], return_index=True)
        return self.chosen(len(self) - 1 - backwards)

    @classmethod
    def joined(cls, parts: list[TripTable]) -> TripTable:
        """Return the trips of all parts."""
        return cls(
            *(
                np.concatenate([np.empty(0, dtype=kind), *(getattr(part, name) for part in parts)])
                for name, kind in zip(cls.__slots__, (np.int64, np.int32, np.int32, np.int64, np.int64), strict=True)
            )
        )


@dataclass(frozen=True, slots=True)
class Segment:
    """Trips in slots by departure (then key), and their entries. t trips."""

    trips: TripTable
    alone: Ints  # [t] seconds
    budget: Ints  # [t] seconds
    by_key: Index  # [t] slots in order of key
    origins: Buckets
    destinations: Buckets

    @classmethod
    def of(cls, trips: TripTable, found: Ellipses) -> Segment:
        """Lay out trips with what they leave in the buckets."""
        sorting = np.lexsort((trips.key, trips.depart_at))
        slot_of = np.empty(len(trips), dtype=np.int32)
        slot_of[sorting] = np.arange(len(trips), dtype=np.int32)
        ordered = trips.chosen(sorting)
        return cls(
            trips=ordered,
            alone=found.alone[sorting],
            budget=found.budget[sorting],
            by_key=np.argsort(ordered.key),
            origins=Buckets.of(found.origins, slot_of),
            destinations=Buckets.of(found.destinations, slot_of),
        )

    def __len__(self) -> int:
        return len(self.alone)

    def find(self, keys: NDArray[np.int64]) -> Index:
        """Return the slots of those keys that are here."""
        if not len(self):
            return np.empty(0, dtype=np.int64)
        place = np.searchsorted(self.trips.key, keys, sorter=self.by_key)
        slots = self.by_key[np.minimum(place, len(self) - 1)]
        found: Index = slots[self.trips.key[slots] == keys]
        return found

    def window(self, depart_from: int | None, depart_until: int | None) -> tuple[int, int]:
        """Return the range of slots that depart between both instants, both included."""
        times = self.trips.depart_at
        lowest = 0 if depart_from is None else int(np.searchsorted(times, depart_from, side="left"))
        highest = len(self) if depart_until is None else int(np.searchsorted(times, depart_until, side="right"))
        return lowest, highest


def merged(segments: list[Segment], alive: list[NDArray[np.bool_]]) -> Segment:
    """Return one segment with the trips of many that are still alive."""
    kept = [np.flatnonzero(mask) for mask in alive]
    new_slots, begin = [], 0
    for slots, mask in zip(kept, alive, strict=True):
        new = np.full(len(mask), -1, dtype=np.int32)
        new[slots] = np.arange(begin, begin + len(slots), dtype=np.int32)
        new_slots.append(new)
        begin += len(slots)
    pairs = list(zip(segments, kept, strict=True))
    moves = list(zip(segments, new_slots, strict=True))
    return Segment.of(
        TripTable.joined([segment.trips.chosen(slots) for segment, slots in pairs]),
        Ellipses(
            alone=joined_ints([segment.alone[slots] for segment, slots in pairs]),
            budget=joined_ints([segment.budget[slots] for segment, slots in pairs]),
            origins=Entries.joined([_moved(segment.origins, new) for segment, new in moves]),
            destinations=Entries.joined([_moved(segment.destinations, new) for segment, new in moves]),
        ),
    )


def _moved(buckets: Buckets, new_slot: Ints) -> Entries:
    entries = buckets.entries()
    trip = new_slot[entries.trip]
    kept = np.flatnonzero(trip >= 0)
    return Entries(entries.hub[kept], trip[kept], entries.leeway[kept])
