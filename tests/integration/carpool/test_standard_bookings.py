"""Places that other services ask for, and their messages: kept once, told, answered, in the standard's own codes."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from mobility.carpool.models import CarpoolBooking, CarpoolMember, CarpoolMessage, CarpoolOffer, CarpoolOperator
from mobility.carpool.rules.bookings import BookingStatus
from mobility.carpool.rules.standard import journey_id
from mobility.carpool.standard import bookings, telling
from mobility.carpool.standard.errors import BookingOver, NoSeatLeft
from mobility.carpool.standard.server import PREFIX
from mobility.carpool.states import Side
from mobility.core import links
from mobility.core.clock import at_paris
from mobility.core.db import db, load, transaction
from mobility.desks.models import Desk
from mobility.notifications.models import OutboxMessage
from mobility.pathway.rules import Direction
from tests.factories.carpool import an_offer
from tests.factories.desks import make_desk
from tests.factories.interop import (
    DOMAIN,
    KEY,
    OURS,
    a_booking,
    a_sharing_colleague,
    a_sharing_person,
    an_operator,
    booking_body,
)

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
TUESDAY = date(2026, 11, 24)
LEAVES = at_paris(TUESDAY, time(4, 45))
OTHER_KEY = "the-key-of-green-carpool-987654321"


@pytest.fixture(autouse=True)
def _sunday() -> Any:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def desk(app: Flask) -> Desk:
    return make_desk("Denain")


@pytest.fixture
def driver(desk: Desk) -> CarpoolMember:
    an_operator()
    return a_sharing_colleague(desk)


@pytest.fixture
def offer(driver: CarpoolMember) -> CarpoolOffer:
    return an_offer(driver, shared=True, seats=1)


def send(app: Flask, method: str, path: str, body: Any = None, *, key: str = KEY, **query: Any) -> Any:
    return app.test_client().open(
        f"{PREFIX}{path}", method=method, json=body, query_string=query, headers={"X-API-Key": key}
    )


def named(offer: CarpoolOffer, member: CarpoolMember, day: date = TUESDAY) -> str:
    return journey_id(member.public_id, Side.DRIVER, offer.id, day, Direction.THERE)


def outbox(template: str) -> list[OutboxMessage]:
    return list(db.session.scalars(select(OutboxMessage).where(OutboxMessage.template == template)))


def test_a_booking_is_kept_and_our_member_is_told(app: Flask, driver: CarpoolMember, offer: CarpoolOffer) -> None:
    body = booking_body(driver, pickup_at=LEAVES, driverJourneyId=named(offer, driver), unknown="left out")
    answer = send(app, "POST", "/bookings", body)
    assert answer.status_code == 201
    assert answer.json == {name: value for name, value in body.items() if name != "unknown"}
    row = db.session.scalars(select(CarpoolBooking)).one()
    assert (row.offer_id, row.shift_on, row.direction) == (offer.id, TUESDAY, Direction.THERE)
    (message,) = outbox(telling.ASKED.name)
    assert message.recipient_id == driver.recipient_id
    assert message.params["drives"] is True
    assert send(app, "GET", f"/bookings/{body['id']}").json == answer.json


def test_the_same_booking_again_is_the_same_one(app: Flask, driver: CarpoolMember, offer: CarpoolOffer) -> None:
    body = booking_body(driver, pickup_at=LEAVES)
    assert [send(app, "POST", "/bookings", body).status_code for _ in range(2)] == [201, 201]
    assert send(app, "POST", "/bookings", {**body, "passengerPickupLat": 50.1}).status_code == 400
    assert db.session.scalar(select(func.count()).select_from(CarpoolBooking)) == 1
    assert len(outbox(telling.ASKED.name)) == 1


@pytest.mark.parametrize(
    ("values", "error"),
    [
        ({"status": "CONFIRMED"}, "status"),
        ({"id": "not-a-uuid"}, "id: "),
        ({"passengerPickupDate": int(NOW.timestamp()) - 60}, "passengerPickupDate"),
        ({"passengerPickupDate": True}, "passengerPickupDate"),
        ({"passengerPickupLat": "50.39"}, "passengerPickupLat"),
        ({"driver": {"id": "nobody", "operator": OURS, "alias": ""}}, "missing_user"),
        ({"driver": {"id": "x", "operator": "red.example", "alias": ""}}, "operator"),
        ({"passenger": {"id": "x", "operator": "red.example", "alias": ""}}, "operator"),
        ({"driverJourneyId": "made-up"}, "missing_journey"),
        ({"price": None}, "price"),
        ({"passengerPickupAddress": "2 94 03 59 610 123 73"}, "nir_refused"),
        ({"passengerPickupAddress": "a\x00b"}, "passengerPickupAddress"),
    ],
)
def test_a_booking_that_cannot_be_is_refused_with_its_reason(
    app: Flask, driver: CarpoolMember, offer: CarpoolOffer, values: dict[str, Any], error: str
) -> None:
    answer = send(app, "POST", "/bookings", booking_body(driver, pickup_at=LEAVES) | values)
    assert answer.status_code == 400
    assert answer.json["error"].startswith(error)
    assert db.session.scalar(select(func.count()).select_from(CarpoolBooking)) == 0


def test_a_journey_of_another_day_or_of_somebody_else_is_none(
    app: Flask, desk: Desk, driver: CarpoolMember, offer: CarpoolOffer
) -> None:
    other = a_sharing_person(desk)
    shared = an_offer(other, shared=True)
    for wrong in (named(offer, driver, date(2026, 11, 28)), named(shared, other), named(shared, driver)):
        answer = send(app, "POST", "/bookings", booking_body(driver, pickup_at=LEAVES, driverJourneyId=wrong))
        assert answer.json == {"error": "missing_journey"}


@pytest.mark.parametrize("content", [b"", b"[]", b"{", b'"x"', b"\xff", b"[" * 100_000])
def test_what_is_no_object_is_refused(app: Flask, driver: CarpoolMember, content: bytes) -> None:
    for path in ("/bookings", "/messages", "/booking_events"):
        answer = app.test_client().post(
            f"{PREFIX}{path}", data=content, content_type="application/json", headers={"X-API-Key": KEY}
        )
        assert answer.status_code == 400
        assert set(answer.json) == {"error"}


def test_only_the_service_that_began_a_booking_sees_and_changes_it(app: Flask, driver: CarpoolMember) -> None:
    an_operator("Green", key=OTHER_KEY, domain="green.example")
    row = a_booking(theirs(), driver)
    for method in ("GET", "PATCH"):
        answer = send(app, method, f"/bookings/{row.uuid}", key=OTHER_KEY, status="CANCELLED")
        assert (answer.status_code, answer.json) == (404, {"error": "missing_booking"})


def theirs() -> CarpoolOperator:
    return db.session.scalars(select(CarpoolOperator).where(CarpoolOperator.domain == DOMAIN)).one()


def test_a_status_is_taken_once(app: Flask, driver: CarpoolMember) -> None:
    row = a_booking(theirs(), driver, pickup_at=LEAVES)
    path = f"/bookings/{row.uuid}"
    assert send(app, "PATCH", path, status="CONFIRMED").status_code == 400, "that is our member's to say"
    answer = send(app, "PATCH", path, status="CANCELLED", message="Je ne peux plus.")
    assert (answer.status_code, answer.json) == (200, {})
    again = send(app, "PATCH", path, status="CANCELLED")
    assert (again.status_code, again.json) == (409, {"error": "status_already_set"})
    assert send(app, "PATCH", path, status="VALIDATED").status_code == 400
    assert send(app, "PATCH", path, status="LOST").status_code == 400
    assert send(app, "PATCH", "/bookings/nothing", status="CANCELLED").status_code == 400
    assert len(outbox(telling.CHANGED.name)) == 1
    assert db.session.scalars(select(CarpoolMessage)).one().text == "Je ne peux plus."


def test_an_event_moves_the_booking_that_it_names(app: Flask, driver: CarpoolMember) -> None:
    row = a_booking(theirs(), driver, status=BookingStatus.CONFIRMED)
    body = {
        "id": row.uuid,
        "idToken": "x",
        "data": {**row.content, "id": row.uuid, "webUrl": "", "status": "VALIDATED"},
    }
    del body["data"]["driver"]
    assert send(app, "POST", "/booking_events", body).status_code == 200
    assert send(app, "GET", f"/bookings/{row.uuid}").json["status"] == "VALIDATED"
    assert send(app, "POST", "/booking_events", body).status_code == 200, "told twice is told once"
    body["data"]["id"] = "of-nobody"
    assert send(app, "POST", "/booking_events", body).json == {"error": "missing_booking"}
    del body["data"]["passenger"]
    assert send(app, "POST", "/booking_events", body).status_code == 400


def message(driver: CarpoolMember, **values: Any) -> dict[str, Any]:
    return {
        "from": {"id": "ana-1", "operator": DOMAIN, "alias": "Ana P."},
        "to": {"id": driver.public_id, "operator": OURS, "alias": ""},
        "message": "Bonjour, partez-vous de la gare ?", "recipientCarpoolerType": "DRIVER", **values,
    }  # fmt: skip


def test_a_message_reaches_our_member(app: Flask, driver: CarpoolMember, offer: CarpoolOffer) -> None:
    row = a_booking(theirs(), driver)
    body = message(driver, driverJourneyId=named(offer, driver), bookingId=row.uuid)
    assert send(app, "POST", "/messages", body).status_code == 201
    kept = db.session.scalars(select(CarpoolMessage)).one()
    assert (kept.member_id, kept.booking_id, kept.from_alias) == (driver.id, row.id, "Ana P.")
    (sent,) = outbox(telling.WRITTEN.name)
    assert sent.params["text"] == body["message"]


@pytest.mark.parametrize(
    ("values", "status", "error"),
    [
        ({"message": "x" * 501}, 400, "message"),
        ({"message": "Mon numéro : 2 94 03 59 610 123 73"}, 400, "nir_refused"),
        ({"from": {"id": "a", "operator": "red.example", "alias": ""}}, 400, "from.operator"),
        ({"to": {"id": "nobody", "operator": OURS, "alias": ""}}, 404, "missing_user"),
        ({"to": {"id": "x", "operator": "red.example", "alias": ""}}, 404, "missing_user"),
        ({"recipientCarpoolerType": "PASSENGER"}, 404, "missing_user"),
        ({"driverJourneyId": "gone"}, 404, "missing_journey"),
        ({"bookingId": "6e8f4c1e-1f3b-4f0e-9d1c-0a4b7d2c9e55"}, 404, "missing_booking"),
    ],
)
def test_a_message_to_nobody_is_told_so(
    app: Flask, driver: CarpoolMember, offer: CarpoolOffer, values: dict[str, Any], status: int, error: str
) -> None:
    answer = send(app, "POST", "/messages", message(driver) | values)
    assert answer.status_code == status
    assert answer.json["error"].startswith(error)
    assert db.session.scalar(select(func.count()).select_from(CarpoolMessage)) == 0


def link(row: CarpoolBooking) -> str:
    return "/covoiturage/r/" + links.sign(telling.PURPOSE, {"b": row.id}, now=NOW, lifetime=timedelta(days=1))


def test_our_member_answers_by_the_link(app: Flask, driver: CarpoolMember) -> None:
    row = a_booking(theirs(), driver, pickup_at=LEAVES)
    browser = app.test_client()
    page = browser.get(link(row)).get_data(as_text=True)
    assert "Ana P. demande une place" in page
    assert load(CarpoolBooking, row.id).status is BookingStatus.WAITING_CONFIRMATION, "a page that is opened acts not"
    assert browser.post(link(row), data={"answer": ""}).status_code == 422
    assert browser.post(link(row), data={"answer": "yes"}).status_code == 303
    assert "Vous avez dit oui" in browser.get(link(row)).get_data(as_text=True)
    kept = load(CarpoolBooking, row.id)
    assert (kept.status, kept.to_tell) == (BookingStatus.CONFIRMED, True)


def test_no_is_an_answer_and_the_past_takes_none(app: Flask, driver: CarpoolMember) -> None:
    row = a_booking(theirs(), driver, pickup_at=LEAVES)
    assert bookings.answer(booking_id=row.id, accepts=False, actor_id=None, now=NOW) is BookingStatus.CANCELLED
    with pytest.raises(BookingOver):
        bookings.answer(booking_id=row.id, accepts=True, actor_id=None, now=NOW)
    assert "Rien à faire ici" in app.test_client().get(link(row)).get_data(as_text=True)
    late = a_booking(theirs(), driver, pickup_at=NOW - timedelta(minutes=1))
    with pytest.raises(BookingOver):
        bookings.answer(booking_id=late.id, accepts=True, actor_id=None, now=NOW)


def test_the_last_seat_is_given_once(app: Flask, driver: CarpoolMember, offer: CarpoolOffer) -> None:
    day = {"offer_id": offer.id, "shift_on": TUESDAY, "direction": Direction.THERE, "pickup_at": LEAVES}
    first, second = (a_booking(theirs(), driver, **day) for _ in range(2))
    bookings.answer(booking_id=first.id, accepts=True, actor_id=None, now=NOW)
    with pytest.raises(NoSeatLeft):
        bookings.answer(booking_id=second.id, accepts=True, actor_id=None, now=NOW)
    bookings.answer(booking_id=first.id, accepts=False, actor_id=None, now=NOW)
    assert bookings.answer(booking_id=second.id, accepts=True, actor_id=None, now=NOW) is BookingStatus.CONFIRMED


@pytest.mark.parametrize(
    "values",
    [
        {"erased_at": NOW, "to_tell": True},
        {"shift_on": TUESDAY},
        {"our_side": Side.PASSENGER, "offer_id": 1},
    ],
)
def test_the_database_refuses_bookings_that_cannot_be(
    app: Flask, session: Session, driver: CarpoolMember, offer: CarpoolOffer, values: dict[str, Any]
) -> None:
    row = a_booking(theirs(), driver)
    if "offer_id" in values:
        values = {**values, "offer_id": offer.id}
    with pytest.raises(IntegrityError), transaction():
        for name, value in values.items():
            setattr(load(CarpoolBooking, row.id), name, value)
