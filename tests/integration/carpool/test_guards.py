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
from mobility.carpool.models import (
    CarpoolBooking,
    CarpoolMember,
    CarpoolOffer,
    CarpoolOperator,
    CarpoolRide,
    CarpoolTrip,
)
from mobility.carpool.rules.bookings import BookingStatus
from mobility.core.db import load, transaction, violated_constraint
from tests.factories.carpool import NOW, a_colleague, a_day, a_match, a_member, a_request, an_offer
from tests.factories.desks import make_desk
from tests.factories.interop import a_booking, an_operator
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


def test_who_another_service_books_in_takes_a_seat_too(trip: CarpoolTrip, ride: Ride) -> None:
    operator = an_operator()
    book = _booker(operator, trip)
    ride()
    book()
    _refused(ride, ddl.SEATS)
    _refused(book, ddl.SEATS)
    waiting = book(status=BookingStatus.WAITING_CONFIRMATION)
    _refused(lambda: _answer(waiting, BookingStatus.CONFIRMED), ddl.SEATS)
    _answer(waiting, BookingStatus.CANCELLED)
    _refused(lambda: _change(trip.id, seats=1), ddl.SEATS)


def test_a_place_given_back_by_another_service_is_free_again(trip: CarpoolTrip, ride: Ride) -> None:
    book = _booker(an_operator(), trip)
    first = book()
    book()
    _refused(ride, ddl.SEATS)
    # What happened to it says nothing of seats: made, then confirmed.
    _answer(first, BookingStatus.COMPLETED_PENDING_VALIDATION)
    _answer(first, BookingStatus.CANCELLED)
    taken = ride()
    _move(taken, RideState.DONE)


def test_bookings_of_a_day_without_a_trip_stay_within_the_seats_of_the_offer(trip: CarpoolTrip) -> None:
    operator = an_operator()
    book = _booker(operator, trip, shift_on=trip.shift_on + timedelta(days=1))
    book()
    book()
    _refused(book, ddl.SEATS)
    # Who names no day is not counted on any.
    _booker(operator, trip, shift_on=None, direction=None)()


def _booker(operator: CarpoolOperator, trip: CarpoolTrip, **values: Any) -> Ride:
    """Return what gives a user of another service a place; returns the booking's id."""

    def book(**more: Any) -> int:
        offer = load(CarpoolOffer, trip.offer_id)
        known: dict[str, Any] = {
            "offer_id": offer.id, "shift_on": trip.shift_on, "direction": trip.direction,
            "status": BookingStatus.CONFIRMED,
        }  # fmt: skip
        return a_booking(operator, load(CarpoolMember, offer.member_id), **{**known, **values, **more}).id

    return book


def _answer(booking_id: int, status: BookingStatus) -> None:
    with transaction():
        load(CarpoolBooking, booking_id).status = status


def _move(ride_id: int, state: RideState) -> None:
    with transaction():
        load(CarpoolRide, ride_id).state = state


def _change(trip_id: int, **values: Any) -> None:
    with transaction():
        row = load(CarpoolTrip, trip_id)
        for name, value in values.items():
            setattr(row, name, value)
