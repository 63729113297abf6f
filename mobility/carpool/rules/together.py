"""One empty car and one rider whose shifts begin and end near each other, over many days at once. Pure.

All instants are seconds relative to the edge of the rider's shift (its beginning on the way there, its end on the way
back), so that one answer holds for every day on which the driver's shift lies alike. What is promised is one moment for
all these days: « vers 4 h 10 » is the same morning after morning. On the way there the car arrives as late as both
shifts allow, on the way back it leaves as soon as both allow: nobody waits longer than they must.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from mobility.carpool.rules.facts import NO_ROAD, Spot, Window
from mobility.carpool.rules.score import Part, PartCode, Score, Weights
from mobility.carpool.rules.ways import keeps
from mobility.pathway.rules import Direction


@dataclass(frozen=True, slots=True)
class Drive:
    """The seconds of the four drives of one choice of spots."""

    to_pickup: int
    direct: int
    from_dropoff: int
    alone: int

    @property
    def detour(self) -> int:
        """The driving that is added to the driver's journey alone."""
        return self.to_pickup + self.direct + self.from_dropoff - self.alone

    @property
    def whole(self) -> int:
        """The driver's journey with the rider."""
        return self.alone + self.detour

    @property
    def exists(self) -> bool:
        """Whether roads lead all the way."""
        return NO_ROAD not in (self.to_pickup, self.direct, self.from_dropoff, self.alone)


@dataclass(frozen=True, slots=True)
class Days:
    """So many days on which the driver's window lies at the same distance from the rider's shift."""

    window: Window
    count: int


@dataclass(frozen=True, slots=True)
class Together:
    """What is promised on a way: the spots, the moments, on how many days, and why it is as good as it is."""

    pickup: Spot
    dropoff: Spot
    drive: Drive
    depart_at: int
    pickup_at: int
    dropoff_at: int
    arrive_at: int
    count: int
    score: Score

    def holds(self, direction: Direction, window: Window) -> bool:
        """Tell whether the driver can keep it on a day on which their window lies so."""
        return keeps(self.edge(direction), (window.earliest, window.latest))

    def edge(self, direction: Direction) -> int:
        """Return when the driver arrives (there) or leaves (back)."""
        return self.arrive_at if direction is Direction.THERE else self.depart_at


def best_together(
    direction: Direction,
    rider: Window,
    days: Sequence[Days],
    drives: Sequence[tuple[Spot, Spot, Drive]],
    *,
    max_detour: int,
    missing_day: int,
    weights: Weights | None = None,
) -> Together | None:
    """Return the best choice of spots and of one moment for all days, or None where no day holds.

    ``rider`` bounds, at the rider's doors, the arrival (there) or the departure (back). ``missing_day``: points that
    one more day without a ride is worth, so that a spot of more days may be walked to further.
    """
    weights = weights or Weights()
    total = sum(one.count for one in days)
    best: tuple[tuple[object, ...], Together] | None = None
    for pickup, dropoff, drive in drives:
        if not drive.exists or drive.detour > max_detour:
            continue
        for edge in _edges(direction, rider, days, pickup, dropoff, drive):
            count = sum(one.count for one in days if one.window.earliest <= edge <= one.window.latest)
            found = _at(direction, rider, days, pickup, dropoff, drive, edge, count, weights)
            rank = (found.score.total + missing_day * (total - count), found.pickup_at, pickup.place, dropoff.place)
            if best is None or rank < best[0]:
                best = rank, found
    return best[1] if best else None


def _edges(
    direction: Direction, rider: Window, days: Sequence[Days], pickup: Spot, dropoff: Spot, drive: Drive
) -> Iterator[int]:
    """Yield the moments worth looking at: the best one that each kind of day allows.

    There: when the driver arrives; back: when they leave.
    """
    if direction is Direction.THERE:
        after = drive.from_dropoff - dropoff.walk_seconds
    else:
        after = pickup.walk_seconds - drive.to_pickup
    allowed = rider.shifted(after)
    seen = set()
    for one in days:
        earliest = max(one.window.earliest, allowed.earliest)
        latest = min(one.window.latest, allowed.latest)
        edge = latest if direction is Direction.THERE else earliest
        if earliest <= latest and edge not in seen:
            seen.add(edge)
            yield edge


def _at(
    direction: Direction,
    rider: Window,
    days: Sequence[Days],
    pickup: Spot,
    dropoff: Spot,
    drive: Drive,
    edge: int,
    count: int,
    weights: Weights,
) -> Together:
    depart = edge - drive.whole if direction is Direction.THERE else edge
    pickup_at = depart + drive.to_pickup
    dropoff_at = pickup_at + drive.direct
    arrive = dropoff_at + drive.from_dropoff
    held = [one for one in days if one.window.earliest <= edge <= one.window.latest]
    if direction is Direction.THERE:
        waits = sum((one.window.latest - edge) * one.count for one in held)
        own = Part(PartCode.EARLY, rider.latest - dropoff_at - dropoff.walk_seconds, weights.early, 0)
    else:
        waits = sum((edge - one.window.earliest) * one.count for one in held)
        own = Part(PartCode.LINGER, pickup_at - pickup.walk_seconds - rider.earliest, weights.linger, 0)
    parts = (
        Part(PartCode.DETOUR, drive.detour, weights.detour),
        Part(PartCode.WAIT, waits // count if count else 0, weights.wait),
        Part(PartCode.WALK, pickup.walk_seconds + dropoff.walk_seconds, weights.walk, 0),
        own,
    )
    return Together(pickup, dropoff, drive, depart, pickup_at, dropoff_at, arrive, count, Score(parts))
