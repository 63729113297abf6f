"""Detours in bulk, and the plain rule of ``mobility carpool match``: every driver against every rider. Pure.

Arrays run over drivers (rows) and riders (columns). Seconds are whole; what no road joins is NO_ROAD and never
matches. Instants of the plain rule are microseconds since the epoch, so that whatever ISO 8601 can say is kept.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mobility.carpool.rules.facts import NO_ROAD

Longs = NDArray[np.int64]
MICROSECONDS = 1_000_000


def detours(
    to_pickup: NDArray[Any], direct: NDArray[Any], from_dropoff: NDArray[Any], alone: NDArray[Any]
) -> tuple[Longs, NDArray[np.bool_]]:
    """Return d(o,r) + d(r,r') + d(r',t) − d(o,t) and where all four roads are there; arrays are broadcast.

    The driver alone is the baseline. Where a road is missing the number means nothing.
    """
    parts = [np.asarray(part, dtype=np.int64) for part in (to_pickup, direct, from_dropoff, alone)]
    first, middle, last, baseline = parts
    there = (first != NO_ROAD) & (middle != NO_ROAD) & (last != NO_ROAD) & (baseline != NO_ROAD)
    return first + middle + last - baseline, there


@dataclass(frozen=True, slots=True)
class PlainDrivers:
    """Drivers who leave at a fixed moment and never wait: arrays of one length."""

    depart_us: Longs
    max_detour: Longs  # seconds
    seats: Longs
    alone: Longs  # seconds from their origin to their destination

    def taken(self, rows: NDArray[Any]) -> PlainDrivers:
        """Return some of them."""
        return PlainDrivers(self.depart_us[rows], self.max_detour[rows], self.seats[rows], self.alone[rows])


@dataclass(frozen=True, slots=True)
class PlainRiders:
    """Riders who have to be there within a window: arrays of one length."""

    arrive_from_us: Longs
    arrive_by_us: Longs
    seats: Longs
    direct: Longs  # seconds from their origin to their destination

    def taken(self, columns: NDArray[Any]) -> PlainRiders:
        """Return some of them."""
        return PlainRiders(
            self.arrive_from_us[columns], self.arrive_by_us[columns], self.seats[columns], self.direct[columns]
        )


@dataclass(frozen=True, slots=True)
class PlainMatches:
    """Every pair that holds: arrays of one length, by rider, the best first."""

    driver: NDArray[np.intp]
    rider: NDArray[np.intp]
    detour: Longs  # seconds
    to_pickup: Longs  # seconds after the departure
    to_dropoff: Longs  # seconds after the departure


def in_time(drivers: PlainDrivers, riders: PlainRiders) -> NDArray[np.bool_]:
    """Tell who could meet by the clock, before any road is asked: a no is certain.

    The rider is in the car from their start to their end: the drop-off is no sooner than the direct drive after the
    departure, and no later than the longest drive that the driver bears.
    """
    leave, longest = drivers.depart_us[:, None], (drivers.alone + drivers.max_detour) * MICROSECONDS
    soon_enough = leave + riders.direct * MICROSECONDS <= riders.arrive_by_us
    late_enough = leave + longest[:, None] >= riders.arrive_from_us
    seated = drivers.seats[:, None] >= riders.seats
    there = (drivers.alone != NO_ROAD)[:, None] & (riders.direct != NO_ROAD)
    matched: NDArray[np.bool_] = soon_enough & late_enough & seated & there
    return matched


def plain_matches(
    drivers: PlainDrivers, riders: PlainRiders, to_pickup: NDArray[Any], from_dropoff: NDArray[Any]
) -> PlainMatches:
    """Return every pair that holds.

    ``to_pickup`` and ``from_dropoff`` have the shape (drivers, riders): from the driver's origin to the rider's, and
    from the rider's destination to the driver's. A rider's pairs are ranked by the least detour, then by the arrival
    nearest to the latest one; then the first driver, as given, comes first.
    """
    detour, there = detours(to_pickup, riders.direct, from_dropoff, drivers.alone[:, None])
    to_dropoff = to_pickup.astype(np.int64) + riders.direct
    dropoff_us = drivers.depart_us[:, None] + to_dropoff * MICROSECONDS
    holds = there & (detour <= drivers.max_detour[:, None]) & (drivers.seats[:, None] >= riders.seats)
    holds &= (dropoff_us >= riders.arrive_from_us) & (dropoff_us <= riders.arrive_by_us)
    driver, rider = np.nonzero(holds)
    order = np.lexsort((driver, -dropoff_us[driver, rider], detour[driver, rider], rider))
    driver, rider = driver[order], rider[order]
    return PlainMatches(
        driver=driver,
        rider=rider,
        detour=detour[driver, rider],
        to_pickup=to_pickup[driver, rider].astype(np.int64),
        to_dropoff=to_dropoff[driver, rider],
    )
