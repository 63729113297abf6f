"""What planning weighs and where its limits lie: dated settings of a desk, read once and handed to the rules. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Profile(StrEnum):
    """What a plan is ranked for."""

    FAST = "fast"
    CHEAP = "cheap"
    LASTING = "lasting"


PROFILE_LABELS: dict[Profile, str] = {
    Profile.FAST: "Rapide",
    Profile.CHEAP: "Économique",
    Profile.LASTING: "Durable",
}
PROFILE_HINTS: dict[Profile, str] = {
    Profile.FAST: "La personne se déplace au plus tôt.",
    Profile.CHEAP: "Ce qui coûte le moins à la personne et aux financeurs.",
    Profile.LASTING: "Ce qui règle les freins pour de bon.",
}


@dataclass(frozen=True)
class Weights:
    """How much counts, against one another: barriers lifted, how soon, how cheaply, how lastingly."""

    lift: int
    speed: int
    thrift: int
    lasting: int

    @property
    def total(self) -> int:
        """Their sum; one where all are nought, so that a score can always be said."""
        return max(self.lift + self.speed + self.thrift + self.lasting, 1)


USUAL_WEIGHTS: dict[Profile, Weights] = {
    Profile.FAST: Weights(40, 45, 5, 10),
    Profile.CHEAP: Weights(40, 10, 45, 5),
    Profile.LASTING: Weights(40, 5, 10, 45),
}


@dataclass(frozen=True)
class PlanSettings:
    """The settings of one desk on one day.

    ``spread_months``: what is paid once weighs on so many months. ``longest_wait_days``: a barrier lifted later counts
    as lifted at that day. ``dear_cents``: what costs that much or more scores nothing for thrift. A journey that begins
    before ``day_from_hour`` or from ``day_until_hour`` on is made in the night (« pas la nuit »).
    """

    weights: Mapping[Profile, Weights] = field(default_factory=lambda: dict(USUAL_WEIGHTS))
    spread_months: int = 6
    longest_wait_days: int = 180
    dear_cents: int = 300_000
    day_from_hour: int = 6
    day_until_hour: int = 21

    def is_night(self, hour: int) -> bool:
        """Tell whether an hour of the day is of the night."""
        return not self.day_from_hour <= hour < self.day_until_hour
