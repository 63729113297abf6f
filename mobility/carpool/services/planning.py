"""The days of an agreed carpool: trips and places in them, made for the coming weeks within the seats."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from mobility.carpool import days, parameters
from mobility.carpool.booked import booked_seats
from mobility.carpool.days import DayLeg, SharedLeg
from mobility.carpool.errors import NoDayShared, NoSeatLeft, RunTooLong
from mobility.carpool.kinds import MatchState, RideState, Timing, TripState
from mobility.carpool.messages import NEWS
from mobility.carpool.models import (
    CarpoolException,
    CarpoolMatch,
    CarpoolMember,
    CarpoolOffer,
    CarpoolRequest,
    CarpoolRide,
    CarpoolTrip,
)
from mobility.carpool.promised import promised_legs
from mobility.carpool.rules.money import shares, trip_cost_cents
from mobility.carpool.rules.ways import Way, way_of
from mobility.carpool.services import telling
from mobility.carpool.services.runs import NOT_KNOWN, DayRun, Runs
from mobility.carpool.states import Side
from mobility.core.clock import day_of, format_date, format_time
from mobility.core.db import db, end_read, load, lock, transaction
from mobility.core.errors import RuleViolation
from mobility.core.jobs import stopping
from mobility.core.retry import retried
from mobility.pathway import public_holidays
from mobility.pathway import queries as pathway
from mobility.pathway.rules import Direction

# Places are held so far ahead; a job moves the horizon on every day.
AHEAD = timedelta(days=27)
RIDING = (MatchState.TRIAL, MatchState.CONFIRMED)
HELD = (RideState.PLANNED, RideState.DONE)


@dataclass(frozen=True)
class Planned:
    """How many places were made, and on how many ways the car was full, or could not bear one passenger more."""

    made: int
    full: int
    apart: int = 0

    def against(self, *, unless: type[RuleViolation] = NoDayShared) -> RuleViolation:
        """Return why no place could be made."""
        if self.apart:
            return RunTooLong()
        return NoSeatLeft() if self.full else unless()


def journey_legs(journey: CarpoolOffer | CarpoolRequest, *, first_on: date, last_on: date) -> list[DayLeg]:
    """Return the ways of an offer or a request in a range of days (at most four queries)."""
    rosters = []
    if journey.timing is Timing.ROSTER and journey.objective_id is not None:
        objective = pathway.get_objective(journey.objective_id)
        rosters = [pathway.plan_of(row) for row in objective.rosters]
    of = CarpoolException.offer_id if isinstance(journey, CarpoolOffer) else CarpoolException.request_id
    exceptions = db.session.scalars(
        select(CarpoolException).where(of == journey.id, CarpoolException.day_on.between(first_on, last_on))
    ).all()
    return days.legs_of(
        journey,
        rosters,
        exceptions,
        first_on=first_on,
        last_on=last_on,
        holidays=public_holidays.between(first_on, last_on),
    )


def shared_legs(match: CarpoolMatch, *, first_on: date, last_on: date) -> list[SharedLeg]:
    """Return the ways that a match carries in a range of days of the passenger's shifts, by what stands today."""
    if match.only_on is not None:
        first_on, last_on = max(first_on, match.only_on), min(last_on, match.only_on)
    first_on = max(first_on, match.starts_on or first_on)
    last_on = last_on if match.ends_on is None else min(last_on, match.ends_on)
    if last_on < first_on:
        return []
    offer, request = load(CarpoolOffer, match.offer_id), load(CarpoolRequest, match.request_id)
    day = timedelta(days=1)
    offered = journey_legs(offer, first_on=first_on - day, last_on=last_on + day)
    asked = journey_legs(request, first_on=first_on, last_on=last_on)
    return promised_legs(match, offered, asked)


def plan_rides(session: Session, match: CarpoolMatch, *, now: datetime) -> Planned:
    """Make the places of the coming weeks that a match does not have yet. The caller holds the offer."""
    offer, request = load(CarpoolOffer, match.offer_id), load(CarpoolRequest, match.request_id)
    today = day_of(now)
    legs = shared_legs(match, first_on=today - timedelta(days=1), last_on=today + AHEAD)
    trips = _trips(session, offer.id, legs)
    rides = _rides(session, trips)
    on = [leg.offered.shift_on for leg in legs]
    booked = booked_seats([offer.id], first_on=min(on, default=today), last_on=max(on, default=today))
    driver = load(CarpoolMember, offer.member_id)
    runs = Runs(session, offer, [ride for some in rides.values() for ride in some if ride.state in HELD])
    moved: Moved = {}
    made = full = apart = 0
    for leg in legs:
        way = way_of(match.legs, leg.asked.direction)
        if way is None or way.times(leg.asked.at)[0] <= now:
            continue
        trip = trips.get((leg.offered.shift_on, leg.offered.direction))
        if trip is None:
            trip = _new_trip(session, offer, driver, leg, way)
            trips[(trip.shift_on, trip.direction)] = trip
            rides[trip.id] = []
        inside = rides[trip.id]
        if trip.state is not TripState.PLANNED or any(ride.match_id == match.id for ride in inside):
            continue
        held = [ride for ride in inside if ride.state in HELD]
        others = booked[offer.id, trip.shift_on, trip.direction]
        if sum(ride.seats for ride in held) + others + request.seats > trip.seats:
            full += 1
            continue
        run = runs.with_one_more(held, way, leg, request.seats) if runs.can_tell(held, way) else NOT_KNOWN
        if run is None or (run.times and min(begin for begin, _end in run.times) <= now):
            apart += 1
            continue
        move_rides(held, run, moved)
        _lengthen(trip, driver, way, leg, run)
        given = shares(trip.cost_cents, [*(ride.contribution_cents for ride in held), match.contribution_cents])
        for ride, cents in zip(held, given, strict=False):
            ride.contribution_cents = cents
        session.flush()
        times = run.times[-1] if run.times else way.times(leg.asked.at)
        inside.append(_seat(session, trip, match, leg, way, times, seats=request.seats, cents=given[-1]))
        made += 1
    for ride, before in moved.values():
        tell_moved(ride, before, why="Une autre personne monte aussi.", now=now)
    return Planned(made, full, apart)


def _seat(
    session: Session,
    trip: CarpoolTrip,
    match: CarpoolMatch,
    leg: SharedLeg,
    way: Way,
    times: tuple[datetime, datetime],
    *,
    seats: int,
    cents: int,
) -> CarpoolRide:
    """Give a passenger a place in a trip."""
    ride = CarpoolRide(
        trip_id=trip.id,
        match_id=match.id,
        shift_on=leg.asked.shift_on,
        direction=leg.asked.direction,
        pickup_at=times[0],
        dropoff_at=times[1],
        pickup_label=way.pickup.label,
        pickup_latitude=way.pickup.latitude,
        pickup_longitude=way.pickup.longitude,
        seats=seats,
        metres=way.metres,
        contribution_cents=cents,
        state=RideState.PLANNED,
    )
    session.add(ride)
    session.flush()
    return ride


Moved = dict[tuple[int, Direction], tuple[CarpoolRide, datetime]]


def move_rides(held: Sequence[CarpoolRide], run: DayRun, moved: Moved) -> None:
    """Give those who ride already their times of the run; ``moved`` keeps the first day of each and the time before."""
    for ride, (begin, end) in zip(held, run.times, strict=False):
        if ride.pickup_at != begin:
            moved.setdefault((ride.match_id, ride.direction), (ride, ride.pickup_at))
        ride.pickup_at, ride.dropoff_at = begin, end


def tell_moved(ride: CarpoolRide, before: datetime, *, why: str, now: datetime) -> None:
    """Tell a passenger why and from when on the car passes at another time."""
    telling.tell(
        telling.side_ids(load(CarpoolMatch, ride.match_id))[Side.PASSENGER],
        NEWS,
        {
            "what": f"{why} La voiture passe à {format_time(ride.pickup_at)}"
            f" (avant : {format_time(before)}), à partir de {format_date(day_of(ride.pickup_at))}."
        },
        path=telling.match_path(ride.match_id),
        # Times may come back to what they were: each news is one of its own.
        key=f"ride:{ride.id}:moved:{int(ride.pickup_at.timestamp())}:{int(now.timestamp())}",
        now=now,
        urgent=ride.pickup_at - now <= telling.SOON,
        expires_at=ride.dropoff_at,
    )


def _trips(session: Session, offer_id: int, legs: list[SharedLeg]) -> dict[tuple[date, Direction], CarpoolTrip]:
    on = sorted({leg.offered.shift_on for leg in legs})
    if not on:
        return {}
    found = session.scalars(
        select(CarpoolTrip).where(CarpoolTrip.offer_id == offer_id, CarpoolTrip.shift_on.between(on[0], on[-1]))
    )
    return {(trip.shift_on, trip.direction): trip for trip in found}


def _rides(session: Session, trips: Mapping[tuple[date, Direction], CarpoolTrip]) -> dict[int, list[CarpoolRide]]:
    found: dict[int, list[CarpoolRide]] = {trip.id: [] for trip in trips.values()}
    if found:
        for ride in session.scalars(
            select(CarpoolRide).where(CarpoolRide.trip_id.in_(list(found))).order_by(CarpoolRide.id)
        ):
            found[ride.trip_id].append(ride)
    return found


def _new_trip(session: Session, offer: CarpoolOffer, driver: CarpoolMember, leg: SharedLeg, way: Way) -> CarpoolTrip:
    depart_at, arrive_at = way.drive(leg.asked.at)
    trip = CarpoolTrip(
        offer_id=offer.id,
        shift_on=leg.offered.shift_on,
        direction=leg.offered.direction,
        depart_at=depart_at,
        arrive_at=arrive_at,
        seats=offer.seats,
        metres=way.trip_metres,
        cost_cents=_cost(way.trip_metres, driver, leg.offered.shift_on),
        state=TripState.PLANNED,
    )
    session.add(trip)
    session.flush()
    return trip


def _lengthen(trip: CarpoolTrip, driver: CarpoolMember, way: Way, leg: SharedLeg, run: DayRun) -> None:
    """Make the trip hold one more passenger's way; its cost only ever grows, so that nobody's share does."""
    if not run.times:
        depart_at, arrive_at = way.drive(leg.asked.at)
        trip.depart_at = min(trip.depart_at, depart_at)
        trip.arrive_at = max(trip.arrive_at, arrive_at)
    else:
        trip.depart_at, trip.arrive_at = run.depart_at, run.arrive_at
    metres = max(way.trip_metres, run.metres)
    if metres > trip.metres:
        trip.metres = metres
        trip.cost_cents = max(trip.cost_cents, _cost(metres, driver, trip.shift_on))


def _cost(metres: int, driver: CarpoolMember, on: date) -> int:
    return trip_cost_cents(metres, parameters.scale(on=on), power_cv=driver.fiscal_power_cv, electric=driver.electric)


def drop_rides(session: Session, match: CarpoolMatch, *, state: RideState, now: datetime) -> list[int]:
    """Free the places that a match holds from now on. Returns the trips in which they were."""
    rides = session.scalars(
        select(CarpoolRide).where(
            CarpoolRide.match_id == match.id, CarpoolRide.state == RideState.PLANNED, CarpoolRide.pickup_at > now
        )
    ).all()
    for ride in rides:
        ride.state = state
    session.flush()
    return [ride.trip_id for ride in rides]


def roll(*, now: datetime) -> dict[str, int]:
    """Make the places of the days that have come within the horizon, match by match. Returns counts."""
    ids = db.session.scalars(
        select(CarpoolMatch.id).where(CarpoolMatch.state.in_(RIDING)).order_by(CarpoolMatch.id)
    ).all()
    end_read()
    counts = {"made": 0, "full": 0}
    for match_id in ids:
        if stopping():
            break
        planned = _roll_one(match_id, now=now)
        counts["made"] += planned.made
        counts["full"] += planned.full
    return counts


@retried
def _roll_one(match_id: int, *, now: datetime) -> Planned:
    with transaction() as session:
        match = lock(CarpoolMatch, match_id)
        if match.state not in RIDING:
            return Planned(0, 0)
        lock(CarpoolOffer, match.offer_id)
        return plan_rides(session, match, now=now)
