"""What every travel-time engine answers, ours or a server's. Pure.

Places are points: arrays of shape (k, 2), longitude and latitude in degrees (WGS 84). An engine snaps them to roads
where a car can stop and raises ``TooFarFromRoad`` for those in the middle of nowhere, before anything is computed.
Times are whole seconds (int32); ``UNREACHABLE`` where no road leads.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from mobility.geo.network.model import Ints, Points

UNREACHABLE = np.int32(2**31 - 1)


@dataclass(frozen=True, slots=True)
class EngineFacts:
    """What people must be told of where times come from."""

    name: str
    # Made up by our own script, not the real roads.
    demonstration: bool
    # Beside every map or route.
    attribution: str
    # The server that was asked for is down, and the local network answered instead.
    fallen_back: bool = False


@dataclass(frozen=True, slots=True)
class Snapped:
    """Where points meet the road."""

    node: Ints  # [k] node of the network; -1 for engines without one
    at: Points  # [k, 2]
    walk_metres: NDArray[np.float64]  # [k] from the point to the road, as the crow flies


@dataclass(frozen=True, slots=True)
class Route:
    """The fastest way by car from one point to another."""

    seconds: int
    metres: float
    line: Points  # [p, 2], both snapped ends included


@dataclass(frozen=True, slots=True)
class Trip:
    """A driver's own journey, as the detour index keeps it."""

    key: int
    origin: tuple[float, float]  # longitude, latitude
    destination: tuple[float, float]
    depart_at: int  # whole seconds since the epoch
    max_detour_seconds: int


@dataclass(frozen=True, slots=True)
class Detours:
    """What a request costs every trip of the index that can bear it: arrays of one length, in order of key.

    ``detour = to_pickup + direct_seconds + from_dropoff − alone``, exactly, and at most the trip's own margin.
    """

    direct_seconds: int  # from the request's origin to its destination
    key: NDArray[np.int64]
    detour: Ints  # seconds
    to_pickup: Ints  # seconds from the trip's origin to the request's
    from_dropoff: Ints  # seconds from the request's destination to the trip's
    alone: Ints  # seconds of the trip without anybody else
    depart_at: NDArray[np.int64]


class DetourIndex(Protocol):
    """Trips kept so that a request learns the exact detour of each at once."""

    def __len__(self) -> int: ...

    def put(self, trips: Sequence[Trip]) -> None:
        """Add trips, or replace those with the same key. All or none: raises TooFarFromRoad, Unreachable."""

    def drop(self, keys: Iterable[int]) -> None:
        """Forget trips; unknown keys are no error."""

    def detours(
        self,
        origin: tuple[float, float],
        destination: tuple[float, float],
        *,
        depart_from: int | None = None,
        depart_until: int | None = None,
    ) -> Detours:
        """Return every trip that can bear the request; the window bounds ``depart_at``, both ends included."""


class TravelTimes(Protocol):
    """A travel-time engine."""

    def facts(self) -> EngineFacts:
        """Return what people must be told of where the times come from."""

    def snap(self, points: Points) -> Snapped:
        """Return where points meet the road. Raises TooFarFromRoad."""

    def matrix(self, sources: Points, targets: Points) -> Ints:
        """Return the seconds from every source to every target, shape (s, t)."""

    def one_to_many(self, source: tuple[float, float], targets: Points) -> Ints:
        """Return the seconds from one point to each target, shape (t,)."""

    def many_to_one(self, sources: Points, target: tuple[float, float]) -> Ints:
        """Return the seconds from each source to one point, shape (s,)."""

    def route(self, origin: tuple[float, float], destination: tuple[float, float]) -> Route:
        """Return the fastest way. Raises Unreachable."""

    def detour_index(self) -> DetourIndex:
        """Return a new, empty index of trips on this engine."""
