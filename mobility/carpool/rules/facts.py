"""What matching knows of drivers, riders and roads. Pure.

Instants are whole seconds since the epoch, durations whole seconds. A place is a row of the ``RoadTable``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

from mobility.geo.network.model import Ints
from mobility.geo.travel.interface import UNREACHABLE

NO_ROAD = int(UNREACHABLE)
# Some thirty thousand years: sums of a few stay within 64 bits.
FOREVER = 2**40


@dataclass(frozen=True, slots=True)
class Window:
    """When something may happen; both ends are allowed."""

    earliest: int = -FOREVER
    latest: int = FOREVER

    def shifted(self, seconds: int) -> Window:
        """Return the same window, so much later."""
        return Window(self.earliest + seconds, self.latest + seconds)


ANY_TIME = Window()


@dataclass(frozen=True, slots=True)
class RoadTable:
    """What lies between a few places, by car: exact seconds, and metres along the same ways.

    ``seconds[a][b]`` is NO_ROAD where no road leads. Fastest times obey the triangle inequality: no way is shorter
    for passing by a third place. What is left out early in the search for an order of stops rests on it.
    ``metres`` may be absent where nobody has a budget in metres.
    """

    seconds: Sequence[Sequence[int]]
    metres: Sequence[Sequence[float]] | None = None

    @classmethod
    def of(cls, seconds: Ints, metres: NDArray[Any] | None = None) -> RoadTable:
        """Build the table from arrays of shape (k, k)."""
        return cls(seconds.tolist(), None if metres is None else metres.tolist())


@dataclass(frozen=True, slots=True)
class Spot:
    """A place where somebody can get in or out, and the walk between it and the door.

    The first spot of a rider is the one at the door; the others are meeting points.
    """

    place: int
    walk_seconds: int = 0


@dataclass(frozen=True, slots=True)
class Driver:
    """A driver's own journey and what they bear for others.

    ``max_detour_seconds`` bounds the driving that is added to the journey alone; ``max_longer_seconds`` the driving
    and the waiting together (None: waiting counts for nothing). Both stand against the driver alone, however many
    riders there are already.
    """

    origin: int
    destination: int
    depart: Window
    seats: int
    max_detour_seconds: int
    arrive: Window = ANY_TIME
    max_detour_metres: float | None = None
    max_longer_seconds: int | None = None


@dataclass(frozen=True, slots=True)
class Rider:
    """What somebody asks for: from door to door, with what they bear.

    ``leave`` and ``arrive`` are meant at the doors, walks included. ``max_ride_seconds`` bounds the time in the car
    (see ``ride_budget``), ``max_walk_seconds`` both walks together; the walk between a door and the nearest road
    cannot be helped and is never refused.
    """

    pickups: tuple[Spot, ...]
    dropoffs: tuple[Spot, ...]
    arrive: Window
    leave: Window = ANY_TIME
    seats: int = 1
    max_ride_seconds: int | None = None
    max_walk_seconds: int | None = None


def ride_budget(
    direct_seconds: int, *, max_ride_seconds: int | None = None, max_extra_seconds: int | None = None
) -> int | None:
    """Return the longest time in the car: the tighter of a bound of its own and the direct way with some more."""
    bounds = [max_ride_seconds, None if max_extra_seconds is None else direct_seconds + max_extra_seconds]
    return min((bound for bound in bounds if bound is not None), default=None)


@dataclass(frozen=True, slots=True)
class Visit:
    """A stop: the rider (their row) gets in or out."""

    rider: int
    pickup: bool
    spot: Spot


Order = tuple[Visit, ...]


@dataclass(frozen=True, slots=True)
class Ride:
    """What a plan means for one rider."""

    rider: int
    pickup: Spot
    dropoff: Spot
    pickup_at: int
    dropoff_at: int
    # The car without anybody else, from where the rider gets in to where they get out.
    direct_seconds: int

    @property
    def seconds(self) -> int:
        """The time in the car."""
        return self.dropoff_at - self.pickup_at

    @property
    def walk_seconds(self) -> int:
        """Both walks together."""
        return self.pickup.walk_seconds + self.dropoff.walk_seconds


@dataclass(frozen=True, slots=True)
class Plan:
    """An order of stops with its instants; everybody's budget holds.

    ``detour_seconds`` and ``detour_metres`` stand against the driver alone. Metres may be negative, as the fastest
    way is not always the shortest; None where the table has none.
    """

    order: Order
    depart_at: int
    stop_at: tuple[int, ...]
    arrive_at: int
    drive_seconds: int
    detour_seconds: int
    detour_metres: float | None
    rides: tuple[Ride, ...]

    @property
    def wait_seconds(self) -> int:
        """The time that the car stands still on its way."""
        return self.arrive_at - self.depart_at - self.drive_seconds
