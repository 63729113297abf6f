"""The detour index without an index: every trip is asked anew. Pure.

Slow, simple, right: what the tests hold the index against, and what answers while no hierarchy is prepared.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mobility.geo.errors import Unreachable
from mobility.geo.network.model import Ints
from mobility.geo.travel.buckets import TripTable
from mobility.geo.travel.interface import UNREACHABLE, Detours
from mobility.geo.travel.nodes import NodeEngine


class ExhaustiveTrips:
    """Trips between nodes of a network; answers as ``trips.TripIndex`` does."""

    def __init__(self, engine: NodeEngine) -> None:
        self.engine = engine
        # Each is replaced whole, so that readers need no lock.
        self._trips: dict[int, tuple[int, ...]] = {}

    def __len__(self) -> int:
        return len(self._trips)

    def put(self, trips: TripTable) -> None:
        """Add trips, or replace those with the same key. All or none: raises Unreachable."""
        alone = self._alone(trips)
        if (alone == UNREACHABLE).any():
            raise Unreachable
        self._add(trips, alone)

    def put_possible(self, trips: TripTable) -> NDArray[np.int64]:
        """Add trips, or replace those with the same key; return the keys of those along no road, which are dropped."""
        trips = trips.last_of_each_key()
        alone = self._alone(trips)
        self._add(trips, alone)
        lost: NDArray[np.int64] = trips.key[alone == UNREACHABLE]
        self.drop(lost)
        return lost

    def _alone(self, trips: TripTable) -> Ints:
        """Return the seconds of each trip itself, one search for each origin."""
        found = np.empty(len(trips), dtype=np.int32)
        for origin in np.unique(trips.origin):
            here = np.flatnonzero(trips.origin == origin)
            found[here] = self.engine.matrix(np.array([origin], dtype=np.int32), trips.destination[here])[0]
        return found

    def _add(self, trips: TripTable, alone: Ints) -> None:
        columns = (trips.origin, trips.destination, trips.depart_at, trips.margin, alone)
        rows = zip(*(column.tolist() for column in columns), strict=True)
        self._trips = self._trips | dict(zip(trips.key.tolist(), rows, strict=True))

    def contents(self) -> TripTable:
        """Return the trips, in no order."""
        table = np.array([(key, *values) for key, values in self._trips.items()], dtype=np.int64).reshape(-1, 6)
        key, origin, destination, depart_at, margin, _ = table.T
        return TripTable(key, origin.astype(np.int32), destination.astype(np.int32), depart_at, margin)

    def drop(self, keys: NDArray[np.int64]) -> None:
        """Forget trips; unknown keys are no error."""
        gone = set(keys.tolist())
        self._trips = {key: values for key, values in self._trips.items() if key not in gone}

    def detours(
        self, origin: int, destination: int, *, depart_from: int | None = None, depart_until: int | None = None
    ) -> Detours:
        """Return every trip that can bear a request between two nodes, in order of key. Raises Unreachable."""
        ends = np.array([[origin], [destination]], dtype=np.int32)
        direct = int(self.engine.matrix(ends[0], ends[1])[0, 0])
        if direct == UNREACHABLE:
            raise Unreachable
        chosen = [
            (key, *values)
            for key, values in sorted(self._trips.items())
            if (depart_from is None or values[2] >= depart_from) and (depart_until is None or values[2] <= depart_until)
        ]
        key, start, end, depart_at, margin, alone = np.array(chosen, dtype=np.int64).reshape(-1, 6).T
        to_pickup = self.engine.matrix(start.astype(np.int32), ends[0])[:, 0].astype(np.int64)
        from_dropoff = self.engine.matrix(ends[1], end.astype(np.int32))[0].astype(np.int64)
        detour = to_pickup + direct + from_dropoff - alone
        # UNREACHABLE is more than any margin, but not more than any number.
        reached = (to_pickup < UNREACHABLE) & (from_dropoff < UNREACHABLE)
        found = np.flatnonzero(reached & (detour <= margin))
        return Detours(
            direct_seconds=direct,
            key=key[found],
            detour=detour[found].astype(np.int32),
            to_pickup=to_pickup[found].astype(np.int32),
            from_dropoff=from_dropoff[found].astype(np.int32),
            alone=alone[found].astype(np.int32),
            depart_at=depart_at[found],
        )
