"""After a journey: who was there, by one tap; and days that are over."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from mobility.carpool.errors import DayAhead
from mobility.carpool.kinds import RideState, TripState
from mobility.carpool.models import CarpoolMatch, CarpoolRide, CarpoolTrip
from mobility.carpool.services.agreeing import note
from mobility.carpool.states import RIDES, TRIPS, MatchAction, Side, TripAction, attendance_of
from mobility.core.db import load, lock, transaction
from mobility.core.retry import retried


@retried
def attend(*, ride_id: int, side: Side, was_there: bool, actor_id: int | None, now: datetime) -> RideState:
    """Note by one tap whether the journey was made together. Raises DayAhead, ForbiddenTransition, NotFound."""
    with transaction() as session:
        lock(CarpoolTrip, load(CarpoolRide, ride_id).trip_id)
        ride = lock(CarpoolRide, ride_id)
        if ride.pickup_at > now:
            raise DayAhead
        if side is Side.DRIVER:
            ride.driver_says = was_there
        else:
            ride.passenger_says = was_there
        action = attendance_of(ride.driver_says, ride.passenger_says)
        if action is not None and RIDES.allows(ride.state, action):
            ride.state = RIDES.after(ride.state, action)
        session.flush()
        match = load(CarpoolMatch, ride.match_id)
        note(session, match, MatchAction.ATTEND, by=side, actor_id=actor_id, now=now, facts={"ride": ride.id})
        return ride.state


@retried
def finish_past(*, now: datetime) -> dict[str, int]:
    """Close the trips that are over. Returns counts."""
    with transaction() as session:
        trips = session.scalars(
            select(CarpoolTrip)
            .where(CarpoolTrip.state == TripState.PLANNED, CarpoolTrip.arrive_at < now)
            .order_by(CarpoolTrip.id)
            .limit(500)
        ).all()
        for trip in trips:
            trip.state = TRIPS.after(trip.state, TripAction.FINISH)
        return {"finished": len(trips)}
