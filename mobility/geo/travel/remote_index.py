"""Exact detours from a server that only knows tables: candidates that are provably enough, then their exact times.

**What is left out cannot match.** Let a request go from r to r′, and a trip from o to d with ``alone`` seconds and a
margin m. It bears the request when t(o, r) + t(r, r′) + t(r′, d) − alone ≤ m. The server brings a point to the road,
at most ``walk_limit_metres`` w away (it refuses others), and drives from there at ``max_speed_kmh`` v at most. A way
on the road is never shorter than the great circle between its ends, so for any points a and b

    t(a, b) ≥ L(a, b) = max(0, (|ab| − 2 w) / (1.01 v) − 1 s)

by the triangle inequality on the sphere; 1.01 covers the sphere (the earth's own shape makes it 0.6 % off at most), and
the second covers whole seconds. So a trip with L(o, r) + t(r, r′) + L(r′, d) − alone > m has a detour above m and is
left out rightly; the exact t(r′, d) of the rest then takes the place of L(r′, d) and leaves out more by the same
argument, before t(o, r) is asked for the few that remain. ``alone`` and t(r, r′) are the server's own answers.

The one assumption is v: the server's speeds, as its data and profile have them. It is checked at every answer: a leg
that was faster than L raises v for the index for good, and the question is answered again with the new bound.

A server rounds each leg and lets a car turn round where it stops. A way with a stop can so come out faster than the
way without; then that is the way that the driver takes alone, and the detour is nothing.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import structlog
from numpy.typing import NDArray

from mobility.geo.errors import TooFarFromRoad, Unreachable
from mobility.geo.network.model import Floats, Ints, Points
from mobility.geo.network.snapping import chord_to_metres, unit_vectors
from mobility.geo.travel.interface import UNREACHABLE, Detours, Trip
from mobility.geo.travel.transport import Deadline

log = structlog.get_logger(__name__)

SPHERE = 1.01
ROUNDING_SECONDS = 1.0


class Tables(Protocol):
    """What the index asks of an engine."""

    max_speed_kmh: float
    walk_limit_metres: float

    def deadline(self) -> Deadline:
        """Return the deadline of an answer that begins now."""

    def times(self, sources: Points, targets: Points, deadline: Deadline | None) -> Ints:
        """Return the seconds, shape (s, t). Raises TooFarFromRoad."""

    def pairs(self, origins: Points, destinations: Points) -> Ints:
        """Return the seconds from each origin to the destination at the same place. Raises TooFarFromRoad."""


@dataclass(frozen=True, slots=True)
class _Columns:
    """Trips as arrays of one length, in no order."""

    key: NDArray[np.int64]
    origin: Points
    destination: Points
    origin_vector: Floats
    destination_vector: Floats
    alone: NDArray[np.int64]
    margin: NDArray[np.int64]
    depart_at: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.key)

    def take(self, chosen: NDArray[Any]) -> _Columns:
        """Return the chosen trips."""
        return _Columns(*(getattr(self, name)[chosen] for name in self.__slots__))

    def followed_by(self, other: _Columns) -> _Columns:
        """Return these trips and the others."""
        return _Columns(*(np.concatenate((getattr(self, name), getattr(other, name))) for name in self.__slots__))


def _columns(trips: Sequence[Trip], alone: Ints) -> _Columns:
    origin = np.array([trip.origin for trip in trips], dtype=np.float64).reshape(-1, 2)
    destination = np.array([trip.destination for trip in trips], dtype=np.float64).reshape(-1, 2)
    return _Columns(
        np.array([trip.key for trip in trips], dtype=np.int64),
        origin, destination, unit_vectors(origin), unit_vectors(destination),
        alone.astype(np.int64),
        np.array([trip.max_detour_seconds for trip in trips], dtype=np.int64),
        np.array([trip.depart_at for trip in trips], dtype=np.int64),
    )  # fmt: skip


class CandidateIndex:
    """Trips kept as arrays; safe for threads.

    The arrays are never changed but replaced, so that a question works on one state of them. Memory: 120 bytes a
    trip, and the dictionary of keys.
    """

    def __init__(self, tables: Tables) -> None:
        self._tables = tables
        self._lock = threading.Lock()
        self._kept = _columns((), np.empty(0, dtype=np.int32))
        self._metres_per_second = tables.max_speed_kmh / 3.6 * SPHERE

    def __len__(self) -> int:
        return len(self._kept)

    def put(self, trips: Sequence[Trip]) -> None:
        """Add trips, or replace those with the same key. Raises TooFarFromRoad with the trip's place, Unreachable."""
        latest = {trip.key: index for index, trip in enumerate(trips)}
        if not latest:
            return
        new = [trips[index] for index in latest.values()]
        try:
            alone = self._tables.pairs(
                np.array([trip.origin for trip in new], dtype=np.float64),
                np.array([trip.destination for trip in new], dtype=np.float64),
            )
        except TooFarFromRoad as error:
            index = latest[new[error.index].key]
            raise TooFarFromRoad(index=index, metres=error.metres, array=error.array) from None
        if (alone == UNREACHABLE).any():
            raise Unreachable
        columns = _columns(new, alone)
        with self._lock:
            others = self._kept.take(~np.isin(self._kept.key, columns.key))
            self._kept = others.followed_by(columns)

    def drop(self, keys: Iterable[int]) -> None:
        """Forget trips."""
        gone = np.fromiter(keys, dtype=np.int64)
        with self._lock:
            self._kept = self._kept.take(~np.isin(self._kept.key, gone))

    def detours(
        self,
        origin: tuple[float, float],
        destination: tuple[float, float],
        *,
        depart_from: int | None = None,
        depart_until: int | None = None,
    ) -> Detours:
        """Return every trip that can bear the request. Raises TooFarFromRoad, Unreachable."""
        deadline = self._tables.deadline()
        start, end = np.array([origin], dtype=np.float64), np.array([destination], dtype=np.float64)
        direct = int(self._tables.times(start, end, deadline)[0, 0])
        if direct == UNREACHABLE:
            raise Unreachable
        trips = self._kept
        within = np.ones(len(trips), dtype=bool)
        if depart_from is not None:
            within &= trips.depart_at >= depart_from
        if depart_until is not None:
            within &= trips.depart_at <= depart_until
        trips = trips.take(within)
        while True:
            found = self._exact(trips, start, end, direct, deadline)
            if found is not None:
                return found

    def _exact(self, trips: _Columns, start: Points, end: Points, direct: int, deadline: Deadline) -> Detours | None:
        """Return the detours, or None where a leg was faster than its bound, which has been widened."""
        pickup_metres = _metres(trips.origin_vector, start)
        dropoff_metres = _metres(trips.destination_vector, end)
        budget = trips.alone + trips.margin - direct
        pickup_least = self._least(pickup_metres)
        near = pickup_least + self._least(dropoff_metres) <= budget
        trips, budget, pickup_metres, dropoff_metres, pickup_least = (
            trips.take(near), budget[near], pickup_metres[near], dropoff_metres[near], pickup_least[near],
        )  # fmt: skip
        from_dropoff = self._to_each(end, trips.destination, deadline)
        if not self._holds(dropoff_metres, from_dropoff):
            return None
        near = pickup_least + from_dropoff <= budget
        trips, budget, pickup_metres, from_dropoff = (
            trips.take(near), budget[near], pickup_metres[near], from_dropoff[near],
        )  # fmt: skip
        to_pickup = self._from_each(trips.origin, start, deadline)
        if not self._holds(pickup_metres, to_pickup):
            return None
        near = to_pickup + from_dropoff <= budget
        trips, to_pickup, from_dropoff = trips.take(near), to_pickup[near], from_dropoff[near]
        via = to_pickup + direct + from_dropoff
        alone = np.minimum(trips.alone, via)
        order = np.argsort(trips.key)
        return Detours(
            direct_seconds=direct,
            key=trips.key[order],
            detour=(via - alone)[order].astype(np.int32),
            to_pickup=to_pickup[order].astype(np.int32),
            from_dropoff=from_dropoff[order].astype(np.int32),
            alone=alone[order].astype(np.int32),
            depart_at=trips.depart_at[order],
        )

    def _to_each(self, start: Points, ends: Points, deadline: Deadline) -> NDArray[np.int64]:
        """Return the seconds to each place; every place is asked for once."""
        places, which = np.unique(ends, axis=0, return_inverse=True)
        found: NDArray[np.int64] = self._tables.times(start, places, deadline)[0].astype(np.int64)[which.ravel()]
        return found

    def _from_each(self, starts: Points, end: Points, deadline: Deadline) -> NDArray[np.int64]:
        """Return the seconds from each place; every place is asked for once."""
        places, which = np.unique(starts, axis=0, return_inverse=True)
        found: NDArray[np.int64] = self._tables.times(places, end, deadline)[:, 0].astype(np.int64)[which.ravel()]
        return found

    def _least(self, metres: Floats) -> Floats:
        """Return the fewest seconds that the server can answer for points so far apart."""
        driven = metres - 2 * self._tables.walk_limit_metres
        least: Floats = np.maximum(0.0, driven / self._metres_per_second - ROUNDING_SECONDS)
        return least

    def _holds(self, metres: Floats, seconds: NDArray[np.int64]) -> bool:
        """Tell whether no answer is below its bound; widen the bound where one is."""
        broken = seconds < self._least(metres)
        if not broken.any():
            return True
        driven = metres[broken] - 2 * self._tables.walk_limit_metres
        fastest = float((driven / (seconds[broken] + ROUNDING_SECONDS)).max())
        # At least a tenth more, so that a server whose every answer is faster than the last ends this soon.
        self._metres_per_second = max(fastest, self._metres_per_second) * 1.1
        log.warning("routing_speed_above_setting", kmh=round(self._metres_per_second * 3.6 / SPHERE))
        return False


def _metres(vectors: Floats, place: Points) -> Floats:
    return chord_to_metres(np.linalg.norm(vectors - unit_vectors(place), axis=1))
