"""Several passengers of one driver on one day: one run that a car can drive, told to whoever it changes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from mobility.carpool import links
from mobility.carpool.errors import RunTooLong
from mobility.carpool.kinds import RideState
from mobility.carpool.models import CarpoolMatch, CarpoolMember, CarpoolOffer, CarpoolRequest, CarpoolRide, CarpoolTrip
from mobility.carpool.rules.ways import way_of
from mobility.carpool.services import agreeing
from mobility.carpool.services.matching import propose_matches
from mobility.carpool.states import MatchAction, Side
from mobility.core.db import db, load, transaction
from mobility.desks.models import Desk
from mobility.geo import engines
from mobility.notifications.models import OutboxMessage
from mobility.pathway.rules import Direction
from tests.factories.carpool import a_colleague, a_request, an_offer
from tests.factories.desks import make_desk
from tests.factories.parameters import make_value

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
# Two homes on either side of the driver's way.
NORTH = {"origin_latitude": 50.4, "origin_longitude": 3.53}
SOUTH = {"origin_latitude": 50.365, "origin_longitude": 3.51}


@pytest.fixture
def desk(app: Flask) -> Desk:
    return make_desk("Denain")


@pytest.fixture
def offer(desk: Desk) -> CarpoolOffer:
    return an_offer(a_colleague(desk, name="Sophie Lemaire"), max_detour_minutes=60)


def rides_with(desk: Desk, name: str, **values: Any) -> CarpoolMatch:
    """Somebody asks for the way, and is proposed to the driver."""
    request = a_request(a_colleague(desk, name=name), max_walk_metres=0, **values)
    propose_matches(request_id=request.id, now=NOW)
    return db.session.scalars(select(CarpoolMatch).where(CarpoolMatch.request_id == request.id)).one()


def agree(match: CarpoolMatch) -> None:
    for side in Side:
        agreeing.accept(match_id=match.id, side=side, actor_id=None, now=NOW)


def check_drivable(trip: CarpoolTrip, offer: CarpoolOffer) -> int:
    """Check that a car can keep the times of a trip; return its detour in seconds."""
    rides = db.session.scalars(select(CarpoolRide).where(CarpoolRide.trip_id == trip.id)).all()
    stops = []
    for ride in rides:
        way = way_of(load(CarpoolMatch, ride.match_id).legs, ride.direction)
        assert way is not None
        stops += [(ride.pickup_at, 1, way.pickup), (ride.dropoff_at, 0, way.dropoff)]
    stops.sort(key=lambda stop: stop[:2])
    home = (offer.origin_longitude, offer.origin_latitude)
    away = (offer.destination_longitude, offer.destination_latitude)
    ends = (home, away) if trip.direction is Direction.THERE else (away, home)
    places = [ends[0], *((stop.longitude, stop.latitude) for _at, _in, stop in stops), ends[1]]
    engine = engines.local()
    nodes, _near = engine.reach(np.array(places, dtype=np.float64))
    table = engine.engine.matrix(nodes, nodes)
    drives = [int(table[row, row + 1]) for row in range(len(places) - 1)]
    times = [trip.depart_at, *(at for at, _in, _stop in stops), trip.arrive_at]
    for (before, after), drive in zip(pairwise(times), drives, strict=True):
        # People are told minutes.
        assert (after - before).total_seconds() >= drive - 60
    return sum(drives) - int(table[0, -1])


def test_two_passengers_of_a_day_get_times_that_one_car_can_keep(desk: Desk, offer: CarpoolOffer) -> None:
    north, south = rides_with(desk, "Nadia Benali", **NORTH), rides_with(desk, "Karim Petit", **SOUTH)
    agree(south)
    agree(north)
    trips = db.session.scalars(select(CarpoolTrip).where(CarpoolTrip.offer_id == offer.id)).all()
    assert len(trips) > 10
    for trip in trips:
        assert 0 < check_drivable(trip, offer) <= offer.max_detour_minutes * 60
        assert trip.metres > max(leg["trip_metres"] for leg in north.legs.values())
    told = db.session.scalars(select(OutboxMessage).where(OutboxMessage.template == "carpool_news")).all()
    member = load(CarpoolMember, load(CarpoolRequest, south.request_id).member_id)
    # Whoever rode already hears of each direction once, not of each day.
    assert 1 <= len(told) <= 2
    assert {message.recipient_id for message in told} == {member.recipient_id}
    assert "La voiture passe à" in told[0].params["what"]


def test_who_would_make_it_too_long_together_is_refused_and_nothing_changes(desk: Desk, offer: CarpoolOffer) -> None:
    north, south = rides_with(desk, "Nadia Benali", **NORTH), rides_with(desk, "Karim Petit", **SOUTH)
    most = max(leg["detour_seconds"] for match in (north, south) for leg in match.legs.values())
    with transaction():
        load(CarpoolOffer, offer.id).max_detour_minutes = -(-most // 60)
    agree(north)
    before = {ride.id: ride.pickup_at for ride in db.session.scalars(select(CarpoolRide))}
    agreeing.accept(match_id=south.id, side=Side.DRIVER, actor_id=None, now=NOW)
    with pytest.raises(RunTooLong):
        agreeing.accept(match_id=south.id, side=Side.PASSENGER, actor_id=None, now=NOW)
    db.session.expire_all()
    assert {ride.id: ride.pickup_at for ride in db.session.scalars(select(CarpoolRide))} == before
    assert db.session.scalars(select(OutboxMessage).where(OutboxMessage.template == "carpool_news")).all() == []


def test_who_gets_in_at_the_same_door_changes_nobodys_times(desk: Desk, offer: CarpoolOffer) -> None:
    first, second = (rides_with(desk, name, **NORTH) for name in ("Nadia Benali", "Karim Petit"))
    agree(first)
    before = {ride.id: (ride.pickup_at, ride.dropoff_at) for ride in db.session.scalars(select(CarpoolRide))}
    agree(second)
    db.session.expire_all()
    kept = {ride.id: (ride.pickup_at, ride.dropoff_at) for ride in db.session.scalars(select(CarpoolRide))}
    assert before.items() <= kept.items()
    assert len(kept) == 2 * len(before)


def _planned(match: CarpoolMatch) -> dict[int, tuple[datetime, datetime]]:
    db.session.expire_all()
    rides = db.session.scalars(
        select(CarpoolRide).where(CarpoolRide.match_id == match.id, CarpoolRide.state == RideState.PLANNED)
    )
    return {ride.id: (ride.pickup_at, ride.dropoff_at) for ride in rides}


def test_who_rides_on_has_the_agreed_times_again_when_somebody_leaves(desk: Desk, offer: CarpoolOffer) -> None:
    north, south = rides_with(desk, "Nadia Benali", **NORTH), rides_with(desk, "Karim Petit", **SOUTH)
    agree(south)
    agreed = _planned(south)
    agree(north)
    together = _planned(south)
    moved = [ride for ride in agreed if agreed[ride] != together[ride]]
    assert moved
    make_value("carpool.retold_minutes", 1)
    agreeing.move(match_id=north.id, action=MatchAction.END, side=Side.PASSENGER, actor_id=None, now=NOW)
    after = _planned(south)
    for ride, times in after.items():
        # The eve's run stands as it was told.
        soon = load(CarpoolTrip, load(CarpoolRide, ride).trip_id).depart_at <= NOW + timedelta(hours=24)
        assert times == (together if soon else agreed)[ride]
    for trip in db.session.scalars(select(CarpoolTrip).where(CarpoolTrip.offer_id == offer.id)):
        # People are told whole minutes.
        spare = timedelta(minutes=1)
        assert all(trip.depart_at - spare < begin < end < trip.arrive_at + spare for begin, end in _of(trip, after))
    news = db.session.scalars(select(OutboxMessage).where(OutboxMessage.template == "carpool_news")).all()
    told = [message for message in news if "ne monte plus" in message.params["what"]]
    assert 1 <= len(told) <= 2
    member = load(CarpoolMember, load(CarpoolRequest, south.request_id).member_id)
    assert {message.recipient_id for message in told} == {member.recipient_id}


def _of(trip: CarpoolTrip, times: dict[int, tuple[datetime, datetime]]) -> list[tuple[datetime, datetime]]:
    rides = db.session.scalars(select(CarpoolRide).where(CarpoolRide.trip_id == trip.id))
    return [times[ride.id] for ride in rides if ride.id in times]


def test_a_small_difference_moves_nobody(desk: Desk, offer: CarpoolOffer) -> None:
    north, south = rides_with(desk, "Nadia Benali", **NORTH), rides_with(desk, "Karim Petit", **SOUTH)
    agree(south)
    agree(north)
    together = _planned(south)
    make_value("carpool.retold_minutes", 120)
    agreeing.move(match_id=north.id, action=MatchAction.SUSPEND, side=Side.PASSENGER, actor_id=None, now=NOW)
    assert _planned(south) == together


def test_the_driver_reads_the_run_of_the_day(app: Flask, desk: Desk, offer: CarpoolOffer) -> None:
    north, south = rides_with(desk, "Nadia Benali", **NORTH), rides_with(desk, "Karim Petit", **SOUTH)
    agree(north)
    token = links.make(load(CarpoolMember, offer.member_id), now=NOW)
    with time_machine.travel(NOW, tick=False):
        alone = app.test_client().get(f"/c/{token}/trajets").get_data(as_text=True)
        assert "Vos trajets à plusieurs" not in alone
        agree(south)
        page = app.test_client().get(f"/c/{token}/trajets").get_data(as_text=True)
    assert "Vos trajets à plusieurs" in page
    assert "Nadia Benali monte" in page
    assert "Karim Petit descend" in page
    assert "vous partez" in page
    first = db.session.scalars(select(CarpoolRide).where(CarpoolRide.state == RideState.PLANNED)).first()
    assert first is not None
    assert first.pickup_at - NOW < timedelta(days=2)
