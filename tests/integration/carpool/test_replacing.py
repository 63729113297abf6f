"""A day falls through: everybody who makes that way that day is looked for anew, for that day alone."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from mobility.carpool.kinds import JourneyState, MatchState, RideState
from mobility.carpool.models import CarpoolBlock, CarpoolException, CarpoolMatch, CarpoolOffer, CarpoolRide
from mobility.carpool.services import agreeing, cancelling, following, replacing
from mobility.carpool.services.matching import propose_matches
from mobility.carpool.states import MatchAction, Side
from mobility.core import jobs
from mobility.core.db import db, end_read, load, transaction
from mobility.notifications.kinds import MessageClass
from mobility.notifications.models import OutboxMessage
from mobility.pathway.models import Coverage
from mobility.pathway.rules import Direction
from tests.factories.carpool import a_colleague, a_day, an_offer
from tests.integration.carpool.test_cancelling import EVENING, first_ride, told
from tests.integration.carpool.worlds import MONDAY, World, a_world

TUESDAY = MONDAY + timedelta(days=1)


@pytest.fixture
def world(app: Flask) -> World:
    """Sophie takes Nadia from Monday on; nobody was ever proposed besides."""
    world = a_world()
    world.agree()
    return world


def karim(world: World, **values: object) -> CarpoolOffer:
    """Somebody else who makes the way."""
    return an_offer(a_colleague(world.desk, name="Karim Haddad", is_woman=False), **values)


def for_a_day(world: World) -> list[CarpoolMatch]:
    end_read()
    db.session.expire_all()
    return list(
        db.session.scalars(
            select(CarpoolMatch)
            .where(CarpoolMatch.request_id == world.request.id, CarpoolMatch.only_on.is_not(None))
            .order_by(CarpoolMatch.id)
        )
    )


def calls_off(world: World) -> CarpoolRide:
    ride = first_ride(world)
    cancelling.cancel_trip(trip_id=ride.trip_id, actor_id=None, now=EVENING)
    return ride


def test_somebody_whom_no_search_had_ever_proposed_is_found_and_told(world: World) -> None:
    offer = karim(world)
    calls_off(world)
    [message] = told(world.passenger.recipient_id)
    assert message.params["instead"].startswith("Un conducteur peut vous emmener, passe vers 4")
    assert "Karim" not in str(message.params)
    [match] = for_a_day(world)
    assert (match.offer_id, match.only_on, match.state) == (offer.id, MONDAY, MatchState.PROPOSED)
    assert (match.there, match.back, set(match.legs)) == (True, False, {"there"})
    assert load(CarpoolMatch, world.match.id).state is MatchState.TRIAL


def test_somebody_who_drives_that_one_day_only_is_found(world: World) -> None:
    offer = karim(world, starts_on=MONDAY, ends_on=MONDAY)
    calls_off(world)
    assert [one.offer_id for one in for_a_day(world)] == [offer.id]


def test_both_yes_make_one_place_on_that_day_and_leave_the_usual_carpool_as_it_was(world: World) -> None:
    offer = karim(world)
    ride = calls_off(world)
    [match] = for_a_day(world)
    agreeing.accept(match_id=match.id, side=Side.PASSENGER, actor_id=None, now=EVENING)
    [asked] = db.session.scalars(
        select(OutboxMessage).where(OutboxMessage.template == "carpool_asked", OutboxMessage.created_at >= EVENING)
    )
    # The driver is to hear of it tonight: the journey is at four in the morning.
    assert asked.message_class is MessageClass.URGENT
    assert "lundi 23 novembre" in asked.params["when"]
    agreeing.accept(match_id=match.id, side=Side.DRIVER, actor_id=None, now=EVENING)
    end_read()
    [place] = db.session.scalars(select(CarpoolRide).where(CarpoolRide.match_id == match.id))
    assert (place.shift_on, place.direction, place.state) == (MONDAY, ride.direction, RideState.PLANNED)
    covered = db.session.scalars(
        select(Coverage.direction).where(Coverage.objective_id == world.objective_id, Coverage.shift_on == MONDAY)
    ).all()
    assert set(covered) == set(Direction)
    tuesday = db.session.scalars(
        select(CarpoolRide.match_id).where(CarpoolRide.shift_on == TUESDAY, CarpoolRide.direction == ride.direction)
    ).all()
    assert tuesday == [world.match.id]
    assert load(CarpoolOffer, offer.id).state is JourneyState.OPEN


def test_the_match_of_one_day_ends_by_itself_and_nobody_is_told_that_it_stops(world: World) -> None:
    karim(world)
    calls_off(world)
    [match] = for_a_day(world)
    for side in Side:
        agreeing.accept(match_id=match.id, side=side, actor_id=None, now=EVENING)
    later = EVENING + timedelta(days=3)
    assert agreeing.confirm_tried(now=later)["ended"] == 1
    assert for_a_day(world)[0].state is MatchState.ENDED
    news = select(OutboxMessage).where(OutboxMessage.template == "carpool_news")
    assert db.session.scalars(news).all() == []
    # It says nothing of the other days: the two are proposed to each other like anybody.
    request_id, offer_id = world.request.id, match.offer_id
    propose_matches(request_id=request_id, now=later)
    wide = select(CarpoolMatch.state).where(CarpoolMatch.offer_id == offer_id, CarpoolMatch.only_on.is_(None))
    assert db.session.scalars(wide).all() == [MatchState.PROPOSED]


def test_what_nobody_answers_is_over_with_the_day(world: World) -> None:
    karim(world)
    calls_off(world)
    assert agreeing.expire_unanswered(now=EVENING + timedelta(hours=1))["expired"] == 0
    assert agreeing.expire_unanswered(now=EVENING + timedelta(days=2))["expired"] == 1
    assert for_a_day(world)[0].state is MatchState.EXPIRED


def test_the_search_of_every_day_leaves_what_is_for_one_day_alone(world: World) -> None:
    karim(world)
    calls_off(world)
    propose_matches(request_id=world.request.id, now=EVENING)
    [day] = for_a_day(world)
    assert (day.state, set(day.legs), day.back) == (MatchState.PROPOSED, {"there"}, False)


def test_both_ways_of_a_day_are_one_proposal(world: World) -> None:
    karim(world)
    ride = first_ride(world)
    back = db.session.scalars(
        select(CarpoolRide).where(
            CarpoolRide.match_id == world.match.id,
            CarpoolRide.shift_on == MONDAY,
            CarpoolRide.direction != ride.direction,
        )
    ).one()
    for trip_id in (ride.trip_id, back.trip_id):
        cancelling.cancel_trip(trip_id=trip_id, actor_id=None, now=EVENING)
    [match] = for_a_day(world)
    assert (match.there, match.back, set(match.legs)) == (True, True, {"there", "back"})


def test_nobody_is_asked_who_said_no_is_blocked_is_full_or_is_the_one_who_called_off(world: World) -> None:
    same_driver = an_offer(world.driver)
    said_no = karim(world)
    full = karim(world, seats=1)
    blocked = karim(world)
    with transaction() as session:
        session.add(CarpoolBlock(by_member_id=world.passenger.id, other_member_id=blocked.member_id, at=EVENING))
    propose_matches(request_id=world.request.id, now=EVENING - timedelta(hours=6))
    refused = db.session.scalars(
        select(CarpoolMatch.id).where(CarpoolMatch.offer_id == said_no.id, CarpoolMatch.state == MatchState.PROPOSED)
    ).one()
    agreeing.move(match_id=refused, action=MatchAction.REFUSE, side=Side.DRIVER, actor_id=None, now=EVENING)
    _seat_taken(world, full)
    calls_off(world)
    assert for_a_day(world) == []
    assert same_driver.member_id == world.driver.id


def _seat_taken(world: World, offer: CarpoolOffer) -> None:
    """Somebody else sits in the only seat on Monday morning."""
    ride = first_ride(world)
    _member, _request, match = world.another(first_name="Awa")
    trip = a_day(offer, shift_on=MONDAY, depart_at=ride.pickup_at, arrive_at=ride.dropoff_at)
    with transaction() as session:
        session.add(
            CarpoolRide(
                trip_id=trip.id, match_id=match.id, shift_on=MONDAY, direction=ride.direction,
                pickup_at=ride.pickup_at, dropoff_at=ride.dropoff_at, seats=1, state=RideState.PLANNED,
            )
        )  # fmt: skip


def test_a_day_off_noted_on_the_offer_is_looked_for_within_a_minute_by_the_job(world: World) -> None:
    karim(world)
    with transaction() as session:
        session.add(CarpoolException(offer_id=world.offer.id, day_on=MONDAY, direction=None, at=EVENING))
    following.keep_days(side=Side.DRIVER, journey_ids=[world.offer.id], actor_id=None, now=EVENING)
    assert for_a_day(world) == []
    assert jobs.run("carpool_replace", now=EVENING + timedelta(seconds=50)).ok
    [match] = for_a_day(world)
    assert set(match.legs) == {"there", "back"}
    news = db.session.scalars(
        select(OutboxMessage).where(
            OutboxMessage.template == "carpool_news", OutboxMessage.recipient_id == world.passenger.recipient_id
        )
    ).all()
    assert [one.message_class for one in news] == [MessageClass.URGENT] * 2
    assert all("Un conducteur peut vous emmener" in one.params["what"] for one in news)


def test_who_has_nobody_is_looked_for_again_when_a_new_driver_comes(world: World) -> None:
    ride = calls_off(world)
    assert replacing.look_again(now=EVENING + timedelta(minutes=1)) == {"looked": 0, "found": 0}
    karim(world)
    later = EVENING + timedelta(minutes=31)
    assert replacing.look_again(now=later) == {"looked": 1, "found": 1}
    # Somebody is proposed: nobody else is sought.
    assert replacing.look_again(now=later + timedelta(hours=1)) == {"looked": 0, "found": 0}
    assert load(CarpoolRide, ride.id).sought_at == later


def test_nothing_is_proposed_for_a_day_that_nobody_called_off(world: World) -> None:
    karim(world)
    ride = first_ride(world)
    found = replacing.seek(ride_id=ride.id, now=EVENING)
    assert len(found) == 1
    assert replacing.write(ride_id=ride.id, found=found, now=EVENING) == []
    assert for_a_day(world) == []
