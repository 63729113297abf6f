"""Why one proposal stands before another: the road, the days, the money and the trust, in minutes of detour. Pure.

Every part is told with its number, so that an adviser sees what a rank is made of. The least is the best.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from mobility.carpool.rules.score import HUNDREDTHS_OF_A_MINUTE, PartCode, Score, Weights


class Reason(StrEnum):
    """What a rank is made of."""

    DETOUR = "detour"
    WAIT = "wait"
    WALK = "walk"
    DAYS = "days"
    COST = "cost"
    TRUST = "trust"


REASON_LABELS = {
    Reason.DETOUR: "Détour",
    Reason.WAIT: "Attente",
    Reason.WALK: "Marche",
    Reason.DAYS: "Jours sans place",
    Reason.COST: "Coût",
    Reason.TRUST: "Confiance",
}
_ROAD = {
    PartCode.DETOUR: Reason.DETOUR,
    PartCode.WAIT: Reason.WAIT,
    PartCode.EARLY: Reason.WAIT,
    PartCode.LINGER: Reason.WAIT,
    PartCode.RIDE: Reason.WAIT,
    PartCode.WALK: Reason.WALK,
}


@dataclass(frozen=True, slots=True)
class Measures:
    """How much each thing counts, in hundredths of a minute of detour."""

    no_day: int = 6000  # a passenger who is taken on none of their days: an hour
    euro: int = 300  # a euro a way
    unchecked: int = 400  # nobody has seen the licence and the insurance
    newcomer: int = 300  # the first ride; ten done take it away
    report: int = 1500  # each problem that was told and not settled


MEASURES = Measures()
WEIGHTS = Weights()
RIDES_KNOWN = 10


@dataclass(frozen=True, slots=True)
class Ranking:
    """What a desk's proposals are ranked by: dated settings (``carpool/parameters.py``); these come with the platform."""

    measures: Measures = MEASURES
    road: Weights = WEIGHTS
    # Fewer of the ways that were asked for are no help.
    least_percent: int = 10

    def is_help(self, *, shared: int, asked: int) -> bool:
        """Tell whether enough of the ways are carried to be proposed."""
        return shared * 100 >= asked * self.least_percent

    @property
    def no_day_points(self) -> int:
        """What all the days together are worth, in the hundredths of a second in which roads are scored."""
        return self.measures.no_day * 60


@dataclass(frozen=True, slots=True)
class Trust:
    """What is known of a driver: whether papers were seen, rides done, problems that are not settled."""

    checked: bool
    rides: int
    reports: int = 0


@dataclass(frozen=True, slots=True)
class Ranked:
    """A part of a rank: what it is, how much there is of it (minutes, ways, cents), and what it weighs."""

    reason: Reason
    amount: int
    points: int


@dataclass(frozen=True, slots=True)
class Rank:
    """The parts, and their sum in hundredths of a minute of detour."""

    parts: tuple[Ranked, ...]

    @property
    def total(self) -> int:
        """The sum: the least is the best."""
        return sum(part.points for part in self.parts)

    def as_json(self) -> dict[str, Any]:
        """Return what is kept with a match."""
        return {
            "total": self.total,
            "parts": [{"code": one.reason.value, "amount": one.amount, "points": one.points} for one in self.parts],
        }


def rank_of(
    scores: Sequence[Score],
    *,
    shared: int,
    asked: int,
    contribution_cents: int,
    trust: Trust,
    measures: Measures = MEASURES,
) -> Rank:
    """Return the rank of a proposal.

    ``scores``: of each way that is proposed; ``shared`` of ``asked`` ways (there and back counted apart) are carried.
    """
    seconds = dict.fromkeys((Reason.DETOUR, Reason.WAIT, Reason.WALK), 0)
    points = dict.fromkeys(seconds, 0)
    for score in scores:
        for part in score.parts:
            seconds[_ROAD[part.code]] += part.seconds
            points[_ROAD[part.code]] += part.points
    ways = max(len(scores), 1)
    parts = [
        Ranked(reason, -(-seconds[reason] // (60 * ways)), points[reason] * 100 // (HUNDREDTHS_OF_A_MINUTE * ways))
        for reason in seconds
    ]
    missing = max(asked - shared, 0)
    parts.append(Ranked(Reason.DAYS, missing, measures.no_day * missing // max(asked, 1)))
    parts.append(Ranked(Reason.COST, contribution_cents, measures.euro * contribution_cents // 100))
    strange = measures.newcomer * (RIDES_KNOWN - min(trust.rides, RIDES_KNOWN)) // RIDES_KNOWN
    doubt = (0 if trust.checked else measures.unchecked) + strange + measures.report * trust.reports
    parts.append(Ranked(Reason.TRUST, trust.rides, doubt))
    return Rank(tuple(parts))


def parts_of(score: Mapping[str, Any]) -> list[Ranked]:
    """Read the parts of a kept rank back; those that are not known any more are left out."""
    return [
        Ranked(Reason(part["code"]), int(part["amount"]), int(part["points"]))
        for part in score.get("parts", ())
        if part.get("code") in set(Reason)
    ]
