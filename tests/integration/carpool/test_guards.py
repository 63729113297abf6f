"""What the database refuses: more passengers than seats, more contributions than the trip costs."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.exc import DBAPIError

from mobility.carpool import ddl
from mobility.carpool.kinds import MatchState, RideState
from mobility.carpool.models import CarpoolOffer, CarpoolRide, CarpoolTrip
from mobility.core.db import load, transaction, violated_constraint
from tests.factories.carpool import NOW, a_colleague, a_day, a_match, a_member, a_request, an_offer
from tests.factories.desks import make_desk
from tests.factories.people import make_person

Ride = Callable[..., int]


@pytest.fixture
def trip(app: Flask) -> CarpoolTrip:
    """A trip of two seats that costs 7.63 €."""
    return a_day(an_offer(a_colleague(make_desk("Denain")), seats=2), seats=2)


@pytest.fixture
def ride(trip: CarpoolTrip) -> Ride:
    """Give another passenger a place; returns the ride's id."""

    def add(**values: Any) -> int:
        offer = load(CarpoolOffer, trip.offer_id)
        match = a_match(offer, a_request(a_member(make_person())), state=MatchState.CONFIRMED)
        known: dict[str, Any] = {
            "trip_id": trip.id, "match_id": match.id, "shift_on": trip.shift_on, "direction": trip.direction,
            "pickup_at": NOW, "dropoff_at": NOW + timedelta(minutes=15),
        }  # fmt: skip
        with transaction() as session:
            row = CarpoolRide(**{**known, **values})
            session.add(row)
            session.flush()
            return row.id

    return add


def _refused(attempt: Callable[[], object], constraint: str) -> None:
    with pytest.raises(DBAPIError) as caught:
        attempt()
    assert violated_constraint(caught.value) == constraint


def test_a_third_passenger_does_not_sit_on_two_seats(ride: Ride) -> None:
    ride()
    ride()
    _refused(ride, ddl.SEATS)


def test_whoever_cancels_gives_the_seat_back_and_cannot_take_it_again_from_another(ride: Ride) -> None:
    first, _second = ride(), ride()
    _move(first, RideState.CANCELLED_BY_PASSENGER)
    ride()
    _refused(lambda: _move(first, RideState.PLANNED), ddl.SEATS)


def test_contributions_stay_within_what_the_trip_costs(ride: Ride) -> None:
    ride(contribution_cents=500)
    _refused(lambda: ride(contribution_cents=264), ddl.COST)
    ride(contribution_cents=263)


def test_a_trip_does_not_shrink_below_those_who_sit_in_it(trip: CarpoolTrip, ride: Ride) -> None:
    ride(contribution_cents=500)
    ride()
    _refused(lambda: _change(trip.id, seats=1), ddl.SEATS)
    _refused(lambda: _change(trip.id, cost_cents=499), ddl.COST)
    _change(trip.id, seats=3, cost_cents=500)


def _move(ride_id: int, state: RideState) -> None:
    with transaction():
        load(CarpoolRide, ride_id).state = state


def _change(trip_id: int, **values: Any) -> None:
    with transaction():
        row = load(CarpoolTrip, trip_id)
        for name, value in values.items():
            setattr(row, name, value)
