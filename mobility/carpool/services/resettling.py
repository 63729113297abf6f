"""Who rides on after somebody has left the car: the times that they agreed to, where the difference is worth telling."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from mobility.carpool import parameters
from mobility.carpool.kinds import TripState
from mobility.carpool.models import CarpoolMatch, CarpoolOffer, CarpoolRide, CarpoolTrip
from mobility.carpool.services import telling
from mobility.carpool.services.planning import HELD, Moved, journey_legs, move_rides, tell_moved
from mobility.carpool.services.runs import DayRun, Runs
from mobility.core.clock import day_of
from mobility.core.db import load


def resettle(session: Session, left: CarpoolMatch, trip_ids: Collection[int], *, now: datetime) -> int:
    """Give back their agreed times to those who ride on in trips that ``left`` rides no more. Returns how many trips.

    What was told stands where the times differ by less than the setting says, and on the eve: nobody's alarm clock is
    moved for the next morning. The caller holds the offer.
    """
    trips = session.scalars(
        select(CarpoolTrip)
        .where(
            CarpoolTrip.id.in_(list(trip_ids)),
            CarpoolTrip.state == TripState.PLANNED,
            CarpoolTrip.depart_at > now + telling.SOON,
        )
        .order_by(CarpoolTrip.shift_on, CarpoolTrip.id)
    ).all()
    riding: dict[int, list[CarpoolRide]] = {}
    for ride in session.scalars(
        select(CarpoolRide)
        .where(CarpoolRide.trip_id.in_([trip.id for trip in trips]), CarpoolRide.state.in_(HELD))
        .order_by(CarpoolRide.id)
    ):
        riding.setdefault(ride.trip_id, []).append(ride)
    changed = [
        trip for trip in trips if trip.id in riding and all(ride.match_id != left.id for ride in riding[trip.id])
    ]
    if not changed:
        return 0
    offer = load(CarpoolOffer, left.offer_id)
    on = [trip.shift_on for trip in changed]
    offered = {(leg.shift_on, leg.direction): leg for leg in journey_legs(offer, first_on=min(on), last_on=max(on))}
    runs = Runs(session, offer, [ride for trip in changed for ride in riding[trip.id]])
    bound = timedelta(minutes=parameters.retold_minutes(on=day_of(now), desk_id=offer.desk_id))
    moved: Moved = {}
    count = 0
    for trip in changed:
        held, leg = riding[trip.id], offered.get((trip.shift_on, trip.direction))
        run = None if leg is None else runs.as_agreed(held, leg)
        if run is None or _shift(held, run) < bound:
            continue
        move_rides(held, run, moved)
        trip.depart_at, trip.arrive_at = run.depart_at, run.arrive_at
        count += 1
    session.flush()
    for ride, before in moved.values():
        tell_moved(ride, before, why="Une personne ne monte plus.", now=now)
    return count


def _shift(held: Collection[CarpoolRide], run: DayRun) -> timedelta:
    """Return by how much the times of whoever is moved most would change."""
    return max(
        abs(new - old)
        for ride, times in zip(held, run.times, strict=True)
        for old, new in zip((ride.pickup_at, ride.dropoff_at), times, strict=True)
    )
