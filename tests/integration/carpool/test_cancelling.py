"""A day falls through: the others know at once, with what could carry them; afterwards one tap says how it went."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from mobility.carpool.errors import DayAhead, DayOver, ReportEmpty
from mobility.carpool.kinds import RideState, TripState
from mobility.carpool.models import CarpoolException, CarpoolReport, CarpoolRide, CarpoolTrip
from mobility.carpool.services import attending, cancelling, complaints, following
from mobility.carpool.states import Side
from mobility.core.db import db, end_read, load, transaction
from mobility.core.errors import ForbiddenTransition
from mobility.notifications.kinds import MessageClass
from mobility.notifications.models import OutboxMessage
from mobility.pathway.models import Coverage
from mobility.pathway.rules import Direction
from tests.factories.accounts import make_user
from tests.factories.carpool import a_colleague, an_offer
from tests.integration.carpool.worlds import MONDAY, NOW, PICKUP, World, a_world

EVENING = PICKUP - timedelta(hours=7, minutes=12)


@pytest.fixture
def world(app: Flask) -> World:
    """A driver and somebody whom she takes from Monday on."""
    world = a_world()
    world.agree()
    return world


def first_ride(world: World) -> CarpoolRide:
    end_read()
    query = select(CarpoolRide).where(CarpoolRide.match_id == world.match.id).order_by(CarpoolRide.pickup_at).limit(1)
    return db.session.scalars(query).one()


def told(recipient_id: int) -> list[OutboxMessage]:
    end_read()
    query = select(OutboxMessage).where(
        OutboxMessage.template == "carpool_day_cancelled", OutboxMessage.recipient_id == recipient_id
    )
    return list(db.session.scalars(query))


def test_a_driver_who_cancels_tells_each_passenger_and_opens_a_gap(world: World) -> None:
    member, _request, match = world.another(first_name="Awa")
    world.agree(match)
    ride = first_ride(world)
    assert cancelling.cancel_trip(trip_id=ride.trip_id, actor_id=None, now=EVENING) == 2
    end_read()
    assert load(CarpoolTrip, ride.trip_id).state is TripState.CANCELLED
    assert load(CarpoolRide, ride.id).state is RideState.CANCELLED_BY_DRIVER
    for recipient_id in (world.passenger.recipient_id, member.recipient_id):
        [message] = told(recipient_id)
        assert message.message_class is MessageClass.URGENT
        assert "L’aller est annulé" in message.params["what"]
        assert message.leave_at <= EVENING + timedelta(minutes=1)
    covered = {
        (row.shift_on, row.direction)
        for row in db.session.execute(
            select(Coverage.shift_on, Coverage.direction).where(Coverage.objective_id == world.objective_id)
        )
    }
    assert (MONDAY, Direction.THERE) not in covered
    assert (MONDAY, Direction.BACK) in covered
    [off] = db.session.scalars(select(CarpoolException)).all()
    assert (off.offer_id, off.day_on, off.direction) == (world.offer.id, MONDAY, Direction.THERE)


def test_another_driver_of_the_search_is_the_first_fallback(world: World) -> None:
    an_offer(a_colleague(world.desk, name="Karim Haddad", is_woman=False))
    cancelling.cancel_trip(trip_id=first_ride(world).trip_id, actor_id=None, now=EVENING)
    [message] = told(world.passenger.recipient_id)
    said = message.params["instead"].replace("\u00a0", " ")
    assert said == "Un conducteur peut vous emmener, passe vers 4 h 45 près de chez vous"
    assert "Karim" not in str(message.params)


def test_without_any_solution_the_message_gives_the_number_of_the_desk(world: World) -> None:
    cancelling.cancel_trip(trip_id=first_ride(world).trip_id, actor_id=None, now=EVENING)
    [message] = told(world.passenger.recipient_id)
    assert message.params["instead"] == ""
    assert message.params["phone"] == world.desk.phone


def test_a_passenger_who_cancels_frees_the_seat_and_tells_the_driver(world: World) -> None:
    ride = first_ride(world)
    cancelling.cancel_ride(ride_id=ride.id, actor_id=None, now=EVENING)
    end_read()
    assert load(CarpoolRide, ride.id).state is RideState.CANCELLED_BY_PASSENGER
    assert load(CarpoolTrip, ride.trip_id).state is TripState.PLANNED
    [message] = told(world.driver.recipient_id)
    assert "Votre passager ne vient pas" in message.params["what"]
    assert told(world.passenger.recipient_id) == []
    with pytest.raises(ForbiddenTransition):
        cancelling.cancel_ride(ride_id=ride.id, actor_id=None, now=EVENING)


def test_a_day_further_off_is_told_in_the_day(world: World) -> None:
    cancelling.cancel_trip(trip_id=first_ride(world).trip_id, actor_id=None, now=NOW - timedelta(days=1))
    [message] = told(world.passenger.recipient_id)
    assert message.message_class is MessageClass.NORMAL


def test_once_the_driver_is_on_the_way_nothing_is_cancelled_by_a_page(world: World) -> None:
    ride = first_ride(world)
    with pytest.raises(DayOver):
        cancelling.cancel_ride(ride_id=ride.id, actor_id=None, now=PICKUP)
    with pytest.raises(DayOver):
        cancelling.cancel_trip(trip_id=ride.trip_id, actor_id=None, now=PICKUP)


def test_a_day_off_noted_on_the_offer_falls_through_like_any_other(world: World) -> None:
    with transaction() as session:
        session.add(CarpoolException(offer_id=world.offer.id, day_on=MONDAY, direction=None, at=EVENING))
    facts = {"side": Side.DRIVER, "journey_ids": [world.offer.id], "actor_id": None, "now": EVENING}
    assert following.keep_days(**facts) == 2
    assert following.keep_days(**facts) == 0
    assert len(told(world.passenger.recipient_id)) == 2


def test_one_tap_says_how_it_went_and_one_no_is_enough(world: World) -> None:
    ride = first_ride(world)
    with pytest.raises(DayAhead):
        attending.attend(ride_id=ride.id, side=Side.DRIVER, was_there=True, actor_id=None, now=EVENING)
    later = PICKUP + timedelta(hours=1)
    facts = {"ride_id": ride.id, "actor_id": None, "now": later}
    assert attending.attend(side=Side.DRIVER, was_there=True, **facts) is RideState.DONE
    assert attending.attend(side=Side.PASSENGER, was_there=False, **facts) is RideState.MISSED
    assert attending.attend(side=Side.PASSENGER, was_there=True, **facts) is RideState.DONE


def test_trips_that_are_over_are_closed_once(world: World) -> None:
    later = PICKUP + timedelta(hours=12)
    assert attending.finish_past(now=later) == {"finished": 2}
    assert attending.finish_past(now=later) == {"finished": 0}


def test_a_report_is_kept_for_the_staff_who_note_what_they_did(world: World) -> None:
    with pytest.raises(ReportEmpty):
        complaints.report(match_id=world.match.id, side=Side.PASSENGER, text="  ", actor_id=None, now=NOW)
    report_id = complaints.report(
        match_id=world.match.id, side=Side.PASSENGER, text="Il roule trop vite.", actor_id=None, now=NOW
    )
    row = load(CarpoolReport, report_id)
    assert (row.by_member_id, row.desk_id, row.text) == (world.passenger.id, world.desk.id, "Il roule trop vite.")
    handler = make_user()
    complaints.handle(report_id=report_id, answer="Appelé le conducteur.", actor_id=handler.id, now=NOW)
    end_read()
    assert load(CarpoolReport, report_id).handled_by_id == handler.id
    with pytest.raises(ReportEmpty):
        complaints.handle(report_id=report_id, answer="", actor_id=handler.id, now=NOW)
