"""Offers in the detour index: a trip for each direction of an offer, gone as soon as the offer is."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select, update

from mobility.carpool import candidates, hooks, index, indexing, services
from mobility.carpool.kinds import JourneyAction, JourneyState, Side
from mobility.carpool.models import CarpoolException, CarpoolMember, CarpoolOffer, IndexedTrip
from mobility.carpool.services import matching
from mobility.core.db import db, transaction
from mobility.pathway.rules import Direction
from mobility.people.models import Person
from tests.factories.carpool import a_colleague, a_member, a_request, an_offer
from tests.factories.desks import make_desk
from tests.factories.people import make_person

NOW = datetime(2026, 11, 23, 0, 30, tzinfo=UTC)
WAYS = len(Direction)


def indexed() -> list[IndexedTrip]:
    db.session.expire_all()
    return list(
        db.session.scalars(select(IndexedTrip).where(IndexedTrip.dropped_at.is_(None)).order_by(IndexedTrip.key))
    )


@pytest.fixture
def offer(app: Flask) -> CarpoolOffer:
    return an_offer(a_colleague(make_desk("Denain")))


def test_each_direction_is_a_trip_that_its_key_names(offer: CarpoolOffer) -> None:
    assert indexing.index_offers(offer_ids=[offer.id], now=NOW) == WAYS
    trips = indexed()
    assert {indexing.read_key(trip.key) for trip in trips} == {(offer.id, direction) for direction in Direction}
    there = next(trip for trip in trips if indexing.read_key(trip.key)[1] is Direction.THERE)
    assert (there.seats, there.max_detour_seconds) == (3, 600)
    assert there.origin_longitude == offer.origin_longitude
    # On the last morning of eight weeks and a day the driver leaves so as to be there at five in Paris.
    begin = datetime(2027, 1, 18, 4, tzinfo=UTC)
    assert there.depart_at is not None
    assert begin - timedelta(hours=1) < there.depart_at < begin
    assert indexing.index_offers(offer_ids=[offer.id], now=NOW) == 0


def test_the_index_finds_what_was_put(offer: CarpoolOffer) -> None:
    indexing.index_offers(offer_ids=[offer.id], now=NOW)
    found = index.local().detours((3.485, 50.39), (3.6, 50.385))
    assert {indexing.read_key(int(key))[0] for key in found.key} == {offer.id}
    # Whoever rides the driver's own way costs no detour.
    assert [indexing.read_key(int(key)) for key in found.key] == [(offer.id, Direction.THERE)]
    assert found.detour.tolist() == [0]


def test_a_trip_stands_until_the_last_day_that_is_known_and_leaves_with_it(app: Flask) -> None:
    offer = an_offer(a_colleague(make_desk("Denain")), ends_on=date(2026, 11, 25))
    indexing.index_offers(offer_ids=[offer.id], now=NOW)
    with transaction() as session:
        session.add_all(
            CarpoolException(offer_id=offer.id, day_on=date(2026, 11, day), direction=Direction.BACK, at=NOW)
            for day in (23, 24, 25)
        )
    # Nobody is driven back on any day: that direction leaves the index.
    assert indexing.index_offers(offer_ids=[offer.id], now=NOW) == 1
    (there,) = indexed()
    assert indexing.read_key(there.key) == (offer.id, Direction.THERE)
    assert there.depart_at is not None
    assert there.depart_at.date() == date(2026, 11, 25)
    indexing.index_offers(offer_ids=[offer.id], now=NOW + timedelta(days=7))
    assert indexed() == []


@pytest.mark.parametrize("action", [JourneyAction.PAUSE, JourneyAction.CLOSE])
def test_what_is_paused_or_closed_leaves_the_index_in_the_same_transaction(
    offer: CarpoolOffer, action: JourneyAction
) -> None:
    indexing.index_offers(offer_ids=[offer.id], now=NOW)
    services.move_journey(side=Side.OFFER, journey_id=offer.id, action=action, actor_id=None, now=NOW)
    assert indexed() == []
    traces = db.session.scalars(select(IndexedTrip)).all()
    # A dropped trip keeps its key and its revision, and no place.
    assert len(traces) == WAYS
    assert {(trip.origin_longitude, trip.origin_latitude, trip.destination_longitude) for trip in traces} == {
        (None,) * 3
    }


def test_another_act_takes_nothing_out(offer: CarpoolOffer) -> None:
    indexing.index_offers(offer_ids=[offer.id], now=NOW)
    told = hooks.JourneyTold(
        side=Side.REQUEST, journey_id=offer.id, member_id=offer.member_id, action=JourneyAction.CLOSE, now=NOW
    )
    indexing.follow(told)
    assert len(indexed()) == WAYS


def test_a_protected_file_and_one_away_from_all_roads_are_not_in_the_index(app: Flask) -> None:
    person = make_person()
    own = an_offer(a_member(person))
    far = an_offer(a_colleague(make_desk("Denain")), origin_latitude=10.0, origin_longitude=-30.0)
    assert indexing.index_offers(offer_ids=[own.id, far.id], now=NOW) == WAYS
    with transaction() as session:
        session.get_one(Person, person.id).protected = True
    indexing.index_offers(offer_ids=[own.id, far.id], now=NOW)
    assert indexed() == []
    assert db.session.get_one(CarpoolOffer, far.id).state is JourneyState.OPEN
    assert db.session.get_one(CarpoolMember, own.member_id).person_id == person.id


def test_the_index_and_asking_everybody_find_the_same(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    desk = make_desk("Denain")
    near = {"max_detour_minutes": 15}
    offers = [
        an_offer(a_colleague(desk), **near, origin_latitude=50.39 + row * 0.02, origin_longitude=3.485 - row * 0.03)
        for row in range(6)
    ]
    far = an_offer(a_colleague(desk), origin_latitude=50.6, origin_longitude=3.1, destination_longitude=3.0)
    request = a_request(a_member(make_person()))
    everybody = matching.seek(request_id=request.id, now=NOW)
    indexing.index_offers(offer_ids=[offer.id for offer in [*offers, far]], now=NOW)
    with transaction() as session:
        session.execute(update(CarpoolOffer).values(matched_at=NOW + timedelta(days=2)))
    monkeypatch.setattr(matching, "ASKED_ONE_BY_ONE", 0)
    traveller = candidates.open_requests(NOW.date(), ids=[request.id])[0].traveller
    asked = indexing.offers_near(traveller)
    assert asked is not None
    assert far.id not in asked
    found = matching.seek(request_id=request.id, now=NOW)
    assert found.found == everybody.found
    assert found.found[request.id].fitting <= asked
    assert len(found.found[request.id].proposals) >= 2
    # An offer that was changed since, and is not indexed as it is now, is asked beside the index.
    with transaction() as session:
        session.execute(
            update(CarpoolOffer).where(CarpoolOffer.id == far.id).values(updated_at=NOW + timedelta(days=3))
        )
    assert candidates.offers_beside_the_index(request.id) == {far.id}
