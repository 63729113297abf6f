"""The runs of a driver's days: what each day looks like with one passenger more, on our own roads.

Asked inside the transaction that makes the places, because who sits in the car is known only while the offer is held:
a few stops on the process's own network, a few milliseconds, and each shape of day once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.orm import Session

from mobility.carpool.days import DayLeg, SharedLeg
from mobility.carpool.legs import legs_in
from mobility.carpool.models import CarpoolMatch, CarpoolOffer, CarpoolRequest, CarpoolRide
from mobility.carpool.rules.ways import Way, way_of
from mobility.geo import engines
from mobility.pathway.rules import Direction

if TYPE_CHECKING:  # heavy libraries: the application starts without them
    from mobility.carpool.rules.runs import Run

_DAY = timedelta(days=1)
_MINUTE = 60


@dataclass(frozen=True, slots=True)
class DayRun:
    """A day with everybody: when each gets in and out (the new passenger last), when the driver leaves and arrives.

    ``metres`` is the whole way; ``kept``: nobody's times move.
    """

    times: tuple[tuple[datetime, datetime], ...]
    depart_at: datetime
    arrive_at: datetime
    metres: int
    kept: bool


_Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class _Person:
    """Somebody in the car, with seconds from the edge of the driver's shift."""

    way: Way
    pickup_at: int
    dropoff_at: int
    window: _Span
    seats: int


# Nobody else rides, or it is not known where somebody gets in: everybody keeps the times of their match.
NOT_KNOWN = DayRun((), datetime.max.replace(tzinfo=UTC), datetime.min.replace(tzinfo=UTC), 0, kept=True)


class Runs:
    """The runs of one offer, for one passenger more."""

    def __init__(self, session: Session, offer: CarpoolOffer, held: Sequence[CarpoolRide]) -> None:
        self._offer = offer
        self._matches: dict[int, CarpoolMatch] = {}
        self._legs: dict[tuple[int, date, Direction], DayLeg] = {}
        self._known: dict[tuple[object, ...], tuple[Run, int] | None] = {}
        if held:
            rows = session.execute(
                select(CarpoolMatch, CarpoolRequest)
                .join(CarpoolRequest, CarpoolRequest.id == CarpoolMatch.request_id)
                .where(CarpoolMatch.id.in_({ride.match_id for ride in held}))
            ).all()
            self._matches = {match.id: match for match, _ in rows}
            on = [ride.shift_on for ride in held]
            legs = legs_in(
                list({row.id: row for _, row in rows}.values()), first_on=min(on) - _DAY, last_on=max(on) + _DAY
            )
            self._legs = {
                (request_id, leg.shift_on, leg.direction): leg for request_id, some in legs.items() for leg in some
            }

    def can_tell(self, held: Sequence[CarpoolRide], way: Way) -> bool:
        """Tell whether all that a run is made of is known: who else rides, where everybody gets in and out."""
        if not held or self._offer.origin_latitude is None or None in (way.pickup.latitude, way.dropoff.latitude):
            return False
        for ride in held:
            match = self._matches.get(ride.match_id)
            other = None if match is None else way_of(match.legs, ride.direction)
            if other is None or None in (other.pickup.latitude, other.dropoff.latitude):
                return False
        return True

    def with_one_more(self, held: Sequence[CarpoolRide], way: Way, leg: SharedLeg, seats: int) -> DayRun | None:
        """Return the day with one passenger more; None where it does not hold for everybody. ``can_tell`` was asked."""
        base = int(leg.offered.at.timestamp())
        people = [
            *(self._riding(ride, base) for ride in held),
            _person(way, *way.times(leg.asked.at), leg.asked, seats, base),
        ]
        return self._day(leg.offered, people)

    def as_agreed(self, held: Sequence[CarpoolRide], offered: DayLeg) -> DayRun | None:
        """Return the day of those who ride, as near as one car comes to what each agreed to; None where it is not known."""
        base = int(offered.at.timestamp())
        people = []
        for ride in held:
            match = self._matches.get(ride.match_id)
            way = None if match is None else way_of(match.legs, ride.direction)
            asked = None if match is None else self._legs.get((match.request_id, ride.shift_on, ride.direction))
            if way is None or asked is None or not self.can_tell(held, way):
                return None
            people.append(_person(way, *way.times(asked.at), asked, ride.seats, base))
        return self._day(offered, people)

    def _day(self, offered: DayLeg, people: Sequence[_Person]) -> DayRun | None:
        base = int(offered.at.timestamp())
        key = (offered.direction, _span(offered, base), *people)
        if key not in self._known:
            self._known[key] = self._found(offered.direction, _span(offered, base), people)
        found = self._known[key]
        if found is None:
            return None
        run, metres = found

        def at(seconds: int) -> datetime:
            return datetime.fromtimestamp(base + seconds, UTC)

        times = []
        for number in range(len(people)):
            begin, end = run.times(number)
            # One is picked up a little before, set down a little after: to the minute, and a ride takes one.
            begin, end = begin // _MINUTE * _MINUTE, -(-end // _MINUTE) * _MINUTE
            times.append((at(begin), at(max(end, begin + _MINUTE))))
        return DayRun(tuple(times), at(run.depart_at), at(max(run.arrive_at, run.depart_at + 1)), metres, run.kept)

    def _riding(self, ride: CarpoolRide, base: int) -> _Person:
        match = self._matches[ride.match_id]
        way = way_of(match.legs, ride.direction)
        if way is None:  # pragma: no cover - ``can_tell`` was asked
            raise AssertionError(ride.id)
        leg = self._legs.get((match.request_id, ride.shift_on, ride.direction))
        return _person(way, ride.pickup_at, ride.dropoff_at, leg, ride.seats, base)

    def _found(self, direction: Direction, window: _Span, people: Sequence[_Person]) -> tuple[Run, int] | None:
        import numpy as np

        from mobility.carpool.proposals import Metres
        from mobility.carpool.rules.facts import ANY_TIME, Driver, RoadTable, Spot, Window
        from mobility.carpool.rules.runs import Passenger, best_run

        offer, engine = self._offer, engines.local()
        home = (offer.origin_longitude, offer.origin_latitude)
        away = (offer.destination_longitude, offer.destination_latitude)
        there = direction is Direction.THERE
        places = [home, away] if there else [away, home]
        for one in people:
            places += [(stop.longitude, stop.latitude) for stop in (one.way.pickup, one.way.dropoff)]
        nodes, _near = engine.reach(np.array(places, dtype=np.float64))
        passengers = [
            Passenger(
                Spot(2 + 2 * number, one.way.pickup.walk_seconds), Spot(3 + 2 * number), one.pickup_at, one.dropoff_at,
                Window(*one.window), one.seats,
            )
            for number, one in enumerate(people)
        ]  # fmt: skip
        driver = Driver(
            0, 1, ANY_TIME if there else Window(*window), offer.seats, offer.max_detour_minutes * _MINUTE,
            arrive=Window(*window) if there else ANY_TIME,
        )  # fmt: skip
        run = best_run(direction, driver, passengers, RoadTable.of(engine.engine.matrix(nodes, nodes)))
        if run is None:
            return None
        metres = Metres(engine)
        stops = nodes[[0, *run.places, 1]].tolist()
        return run, sum(metres.between(before, after) for before, after in pairwise(stops))


def _span(leg: DayLeg, base: int) -> _Span:
    return int(leg.earliest.timestamp()) - base, int(leg.latest.timestamp()) - base


def _person(way: Way, pickup_at: datetime, dropoff_at: datetime, leg: DayLeg | None, seats: int, base: int) -> _Person:
    told = int(pickup_at.timestamp()) - base, int(dropoff_at.timestamp()) - base
    # Whose roster has changed since keeps the times that were told.
    return _Person(way, *told, told if leg is None else _span(leg, base), seats)
