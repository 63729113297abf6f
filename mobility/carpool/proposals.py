"""What is kept of a fit: the ways, the days, the rank and what it costs, as ``CarpoolMatch`` writes them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from mobility.carpool.candidates import Candidate
from mobility.carpool.days import SharedLeg
from mobility.carpool.models import CarpoolOffer
from mobility.carpool.rules.ranking import Measures, Rank, Trust, rank_of
from mobility.carpool.rules.score import PartCode
from mobility.carpool.search import Fit, Stop, Way
from mobility.carpool.spoken import Names
from mobility.core.clock import in_paris
from mobility.core.money import round_cents
from mobility.pathway.rules import Direction

if TYPE_CHECKING:  # a heavy library: the application starts without it
    from mobility.geo.travel.local import LocalEngine

# Nobody is at a crossroads to the minute.
ROUNDED = timedelta(minutes=5)
MOST_HOURS = 3


@dataclass(frozen=True)
class Proposal:
    """A driver and a passenger, ready to be written."""

    offer_id: int
    request_id: int
    there: bool
    back: bool
    legs: dict[str, Any]
    days: dict[str, Any]
    rank: Rank
    contribution_cents: int

    def columns(self) -> dict[str, Any]:
        """Return what the row says of it."""
        return {
            "there": self.there,
            "back": self.back,
            "legs": self.legs,
            "days": self.days,
            "score": self.rank.as_json(),
            "contribution_cents": self.contribution_cents,
        }


class Metres:
    """How long roads are, each asked once: a passenger's own ride comes again with every driver."""

    def __init__(self, engine: LocalEngine) -> None:
        self._engine = engine
        self._known: dict[tuple[int, int], int] = {}

    def between(self, start: int, end: int) -> int:
        """Return the metres of the fastest way between two nodes."""
        if (start, end) not in self._known:
            arcs = self._engine.engine.path(start, end)
            self._known[start, end] = round(float(self._engine.network.metres[arcs].sum(dtype=float)))
        return self._known[start, end]


@dataclass(frozen=True)
class RankedFit:
    """A fit and where it stands among others; what people read of it is made of those alone that they will see."""

    fit: Fit
    rank: Rank
    contribution_cents: int


def ranked(
    metres: Metres, fit: Fit, offer: Candidate, request: Candidate, trust: Trust, measures: Measures
) -> RankedFit:
    """Return where a fit stands, and what it would cost."""
    rides = [metres.between(way.pickup.node, way.dropoff.node) for way in fit.ways.values()]
    price = offer.row.price_per_km_cents if isinstance(offer.row, CarpoolOffer) else 0
    cents = round_cents(Decimal(price * (sum(rides) // len(rides)) * request.seats) / 1000)
    rank = rank_of(
        [way.together.score for way in fit.ways.values()],
        shared=fit.legs_shared,
        asked=fit.legs_asked,
        contribution_cents=cents,
        trust=trust,
        measures=measures,
    )
    return RankedFit(fit, rank, cents)


def proposal_of(metres: Metres, names: Names, one: RankedFit, request: Candidate) -> Proposal:
    """Return a fit as it is kept: places, times relative to the shift, metres along the roads."""
    fit = one.fit
    legs = {way.direction.value: _leg(metres, names, way, request) for way in fit.ways.values()}
    return Proposal(
        offer_id=fit.driver,
        request_id=fit.rider,
        there=Direction.THERE in fit.ways,
        back=Direction.BACK in fit.ways,
        legs=legs,
        days={
            "asked": fit.days_asked,
            "shared": fit.days_shared,
            "ways_asked": fit.legs_asked,
            "ways_shared": fit.legs_shared,
        },
        rank=one.rank,
        contribution_cents=one.contribution_cents,
    )


def _leg(metres: Metres, names: Names, way: Way, request: Candidate) -> dict[str, Any]:
    found = way.together
    seconds = {part.code: part.seconds for part in found.score.parts}
    first, ride, last = (
        metres.between(start, end)
        for start, end in (
            (way.start, way.pickup.node),
            (way.pickup.node, way.dropoff.node),
            (way.dropoff.node, way.end),
        )
    )
    there = way.direction is Direction.THERE
    row = request.row
    return {
        "pickup": _stop(names, way.pickup, row.origin_label if there else row.destination_label),
        "dropoff": _stop(names, way.dropoff, row.destination_label if there else row.origin_label),
        "detour_seconds": found.drive.detour,
        "wait_seconds": seconds.get(PartCode.EARLY, 0) + seconds.get(PartCode.LINGER, 0),
        "driver_wait_seconds": seconds[PartCode.WAIT],
        "walk_seconds": seconds[PartCode.WALK],
        "ride_seconds": found.drive.direct,
        "metres": ride,
        "trip_metres": first + ride + last,
        # A started minute counts against whoever waits: one is picked up a little before, set down a little after.
        "pickup_minutes": found.pickup_at // 60,
        "dropoff_minutes": -(-found.dropoff_at // 60),
        "edge_seconds": found.edge(way.direction),
        "depart_minutes": found.depart_at // 60,
        "arrive_minutes": -(-found.arrive_at // 60),
        "hours": _hours(way.held, found.pickup_at),
        "ways": len(way.held),
    }


def _stop(names: Names, stop: Stop, label: str) -> dict[str, Any]:
    longitude, latitude = stop.at
    said = names.of(longitude, latitude, door=stop.door)
    return {
        "label": label if stop.door and label else said.label,
        "commune": said.commune,
        "near": said.near,
        "longitude": round(longitude, 6),
        "latitude": round(latitude, 6),
        "walk_metres": stop.walk_metres,
        "walk_seconds": stop.walk_seconds,
        "door": stop.door,
    }


def _hours(held: tuple[SharedLeg, ...], pickup_at: int) -> list[str]:
    """Return when the car passes, on the clock of Paris to five minutes: the hours of each team, the usual one first."""
    counted: Counter[str] = Counter()
    for pair in held:
        moment = pair.asked.at + timedelta(seconds=pickup_at)
        nearest = round(moment.timestamp() / ROUNDED.total_seconds()) * ROUNDED.total_seconds()
        counted[f"{in_paris(type(moment).fromtimestamp(nearest, tz=moment.tzinfo)):%H:%M}"] += 1
    return [hour for hour, _ in counted.most_common(MOST_HOURS)]
