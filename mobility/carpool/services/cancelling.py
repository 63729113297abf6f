"""One day falls through: the others are told at once, with what could carry them instead."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from sqlalchemy import or_, select

from mobility.carpool import fallback
from mobility.carpool.errors import DayOver
from mobility.carpool.kinds import RideState
from mobility.carpool.messages import DAY_CANCELLED
from mobility.carpool.models import CarpoolException, CarpoolMatch, CarpoolOffer, CarpoolRide, CarpoolTrip
from mobility.carpool.services import replacing, steps, telling
from mobility.carpool.services.agreeing import note
from mobility.carpool.services.telling import ride_path, side_ids
from mobility.carpool.states import RIDES, TRIPS, MatchAction, RideAction, Side, TripAction
from mobility.core.clock import format_instant
from mobility.core.db import db, end_read, in_transaction, load, lock, transaction
from mobility.core.retry import retried
from mobility.pathway.rules import Direction

# By the places of passengers: who else could take them, the best first.
Others = Mapping[int, Sequence[replacing.Standin]]
_WAYS = {Direction.THERE: "l’aller", Direction.BACK: "le retour"}


@retried
def cancel_ride(*, ride_id: int, actor_id: int | None, now: datetime) -> None:
    """Free a passenger's place of one day; the driver is told at once. Raises DayOver, ForbiddenTransition, NotFound."""
    with transaction() as session:
        trip = lock(CarpoolTrip, load(CarpoolRide, ride_id).trip_id)
        ride = lock(CarpoolRide, ride_id)
        if ride.pickup_at <= now:
            raise DayOver
        ride.state = RIDES.after(ride.state, RideAction.CANCEL_BY_PASSENGER)
        ride.told_at = now
        session.flush()
        match = load(CarpoolMatch, ride.match_id)
        note(session, match, MatchAction.CANCEL_DAY, by=Side.PASSENGER, actor_id=actor_id, now=now, facts=_facts(ride))
        steps.follow(request_id=match.request_id, now=now)
        telling.tell(
            side_ids(match)[Side.DRIVER],
            DAY_CANCELLED,
            {"what": _what(ride, Side.DRIVER), "instead": ""},
            path=ride_path(ride.id),
            key=f"ride:{ride.id}:cancelled",
            now=now,
            urgent=trip.depart_at - now <= telling.SOON,
            expires_at=ride.dropoff_at,
        )


def seek_others(*, trip_ids: Collection[int], now: datetime) -> Others:
    """Look for who else could take each passenger of some trips, before anything is held: roads are asked."""
    rides = _passengers(trip_ids)
    found = {ride.id: replacing.seek(ride_id=ride.id, now=now) for ride in rides}
    end_read()
    return found


def cancel_trip(*, trip_id: int, actor_id: int | None, now: datetime, others: Others | None = None) -> int:
    """Cancel a driver's journey of one day; each passenger is told at once, with a fallback. Returns how many were.

    ``others``: what ``seek_others`` found, by the passengers' places. Without it, nobody is looked for inside somebody's
    transaction: the job ``carpool_replace`` does that within a minute, and tells the passengers again. Raises DayOver,
    ForbiddenTransition, NotFound.
    """
    if others is None:
        others = {} if in_transaction() else seek_others(trip_ids=[trip_id], now=now)
    instead = {
        ride.id: others[ride.id][0].text if others.get(ride.id) else fallback.said(fallback.aids_of(ride, now=now))
        for ride in _passengers([trip_id])
    }
    end_read()
    return _cancel_trip(trip_id=trip_id, others=others, instead=instead, actor_id=actor_id, now=now)


def _passengers(trip_ids: Collection[int]) -> Sequence[CarpoolRide]:
    return db.session.scalars(
        select(CarpoolRide)
        .where(CarpoolRide.trip_id.in_(trip_ids), CarpoolRide.state == RideState.PLANNED)
        .order_by(CarpoolRide.id)
    ).all()


@retried
def _cancel_trip(
    *, trip_id: int, others: Others, instead: Mapping[int, str], actor_id: int | None, now: datetime
) -> int:
    with transaction() as session:
        offer = lock(CarpoolOffer, load(CarpoolTrip, trip_id).offer_id)
        trip = lock(CarpoolTrip, trip_id)
        if trip.depart_at <= now:
            raise DayOver
        trip.state = TRIPS.after(trip.state, TripAction.CANCEL)
        trip.cancelled_at = now
        _except(offer.id, trip)
        rides = _passengers([trip_id])
        for ride in rides:
            ride.state = RIDES.after(ride.state, RideAction.CANCEL_BY_DRIVER)
            ride.told_at = now
        session.flush()
        for ride in rides:
            match = load(CarpoolMatch, ride.match_id)
            note(session, match, MatchAction.CANCEL_DAY, by=Side.DRIVER, actor_id=actor_id, now=now, facts=_facts(ride))
            steps.follow(request_id=match.request_id, now=now)
            telling.tell(
                side_ids(match)[Side.PASSENGER],
                DAY_CANCELLED,
                {"what": _what(ride, Side.PASSENGER), "instead": instead.get(ride.id, "")},
                path=ride_path(ride.id),
                key=f"ride:{ride.id}:cancelled",
                now=now,
                urgent=ride.pickup_at - now <= telling.SOON,
                expires_at=ride.dropoff_at,
            )
        for ride in rides:
            if ride.id in others:
                replacing.write(ride_id=ride.id, found=others[ride.id], now=now)
        return len(rides)


def drop_day(ride: CarpoolRide, *, side: Side, actor_id: int | None, now: datetime) -> bool:
    """Cancel a place whose day no longer holds, for whoever changed their days. Returns False where it had gone already."""
    if ride.state is not RideState.PLANNED:
        return False
    if side is Side.PASSENGER:
        cancel_ride(ride_id=ride.id, actor_id=actor_id, now=now)
        return True
    trip = load(CarpoolTrip, ride.trip_id)
    if trip.depart_at <= now:
        return False
    cancel_trip(trip_id=trip.id, actor_id=actor_id, now=now)
    return True


def _except(offer_id: int, trip: CarpoolTrip) -> None:
    """Note that the offer does not hold that day, so that nobody is proposed it."""
    session = db.session
    known = session.scalar(
        select(CarpoolException.id).where(
            CarpoolException.offer_id == offer_id,
            CarpoolException.day_on == trip.shift_on,
            or_(CarpoolException.direction.is_(None), CarpoolException.direction == trip.direction),
        )
    )
    if known is None:
        session.add(
            CarpoolException(offer_id=offer_id, day_on=trip.shift_on, direction=trip.direction, at=trip.cancelled_at)
        )


def _what(ride: CarpoolRide, to: Side) -> str:
    """Say which journey is off: « Votre conducteur ne peut pas venir : l’aller de mardi 24 novembre à 4 h 12 est annulé »."""
    way = _WAYS[ride.direction]
    when = format_instant(ride.pickup_at)
    return (
        f"La personne qui vous emmène ne peut pas venir. {way.capitalize()} est annulé : {when}"
        if to is Side.PASSENGER
        else f"Votre passager ne vient pas. {way.capitalize()} est annulé pour cette personne : {when}"
    )


def _facts(ride: CarpoolRide) -> dict[str, object]:
    return {"ride": ride.id, "pickup_at": ride.pickup_at}
