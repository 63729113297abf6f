"""Why one match is better than another: a score that can be told. Pure.

The score is a sum of parts: seconds of something that costs somebody, times a weight in hundredths. The least is the
best. All is whole numbers, so that the same match has the same score everywhere. Each part carries its code and its
numbers: ``carpool.words`` says them in French.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from mobility.carpool.rules.facts import FOREVER, Plan, Rider

HUNDREDTHS_OF_A_MINUTE = 6000


class PartCode(StrEnum):
    """What costs somebody."""

    DETOUR = "detour"
    WAIT = "wait"
    WALK = "walk"
    RIDE = "ride"
    EARLY = "early"
    LINGER = "linger"


PART_LABELS = {
    PartCode.DETOUR: "Détour en voiture",
    PartCode.WAIT: "Attente en voiture",
    PartCode.WALK: "Marche",
    PartCode.RIDE: "Trajet plus long que le trajet direct",
    PartCode.EARLY: "Arrivée en avance",
    PartCode.LINGER: "Attente avant de partir",
}


@dataclass(frozen=True, slots=True)
class Weights:
    """How much a second of each counts, in hundredths of a second of the driver's detour."""

    detour: int = 100  # the driver drives
    wait: int = 50  # the car stands still, on its way
    walk: int = 150  # the rider walks
    ride: int = 25  # the rider is in the car longer than on the direct way
    early: int = 25  # the rider is there before the latest moment that they named
    linger: int = 25  # the rider is picked up after the earliest moment that they named


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a score, told by its code and its numbers."""

    code: PartCode
    seconds: int
    weight: int
    # Their row; None for what the driver bears.
    rider: int | None = None

    @property
    def points(self) -> int:
        """What the part adds to the score."""
        return self.seconds * self.weight

    @property
    def params(self) -> dict[str, int]:
        """Return the numbers of the reason: whole minutes, a started one counts."""
        return {"minutes": -(-self.seconds // 60), "weight": self.weight}


@dataclass(frozen=True, slots=True)
class Score:
    """The parts of a match, and their sum."""

    parts: tuple[Part, ...]

    @property
    def total(self) -> int:
        """The sum, in hundredths of a second of detour: the least is the best."""
        return sum(part.points for part in self.parts)

    @property
    def minutes(self) -> float:
        """The sum as minutes of detour."""
        return self.total / HUNDREDTHS_OF_A_MINUTE


def score_of(plan: Plan, riders: Sequence[Rider], weights: Weights) -> Score:
    """Return the score of a plan, all riders together."""
    parts = [
        Part(PartCode.DETOUR, plan.detour_seconds, weights.detour),
        Part(PartCode.WAIT, plan.wait_seconds, weights.wait),
    ]
    for ride in plan.rides:
        rider = riders[ride.rider]
        longer = ride.seconds - ride.direct_seconds
        early = rider.arrive.latest - ride.dropoff.walk_seconds - ride.dropoff_at
        linger = ride.pickup_at - ride.pickup.walk_seconds - rider.leave.earliest
        parts += [
            Part(PartCode.WALK, ride.walk_seconds, weights.walk, ride.rider),
            Part(PartCode.RIDE, longer, weights.ride, ride.rider),
            Part(PartCode.EARLY, early if rider.arrive.latest < FOREVER else 0, weights.early, ride.rider),
            Part(PartCode.LINGER, linger if rider.leave.earliest > -FOREVER else 0, weights.linger, ride.rider),
        ]
    return Score(tuple(parts))
