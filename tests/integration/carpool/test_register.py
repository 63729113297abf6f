"""Rides that were made reach the national register, where it is named; nothing leaves where it is not."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask

from mobility.carpool.kinds import RideState
from mobility.carpool.models import CarpoolMember, CarpoolRide
from mobility.carpool.standard import register
from mobility.core.db import transaction
from mobility.desks.models import Desk
from mobility.notifications.kinds import Channel, Holder
from mobility.notifications.models import ContactPoint
from mobility.pathway.rules import Direction
from tests.factories.accounts import make_user
from tests.factories.carpool import a_day, a_match, a_request, an_offer
from tests.factories.desks import make_desk
from tests.factories.interop import a_sharing_colleague, a_sharing_person
from tests.support.standin import StandIn, saying

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
OVER = {"sent": 0, "withheld": 0, "silent": 0}


@pytest.fixture
def standin(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[StandIn]:
    server = StandIn(saying({}, 201))
    monkeypatch.setitem(app.config, "CARPOOL_REGISTER_URL", f"{server.url}/v3.3")
    monkeypatch.setitem(app.config, "CARPOOL_REGISTER_TOKEN", "of-the-register")
    with time_machine.travel(NOW):
        yield server
    server.stop()


@pytest.fixture
def desk(app: Flask) -> Desk:
    return make_desk("Denain")


def phone(member: CarpoolMember, number: str) -> CarpoolMember:
    with transaction() as session:
        session.add(
            ContactPoint(
                recipient_id=member.recipient_id, channel=Channel.SMS, value=number, holder=Holder.SELF, created_at=NOW
            )
        )
    return member


def a_ride(desk: Desk, rider: CarpoolMember | None = None, **values: Any) -> CarpoolRide:
    driver = phone(a_sharing_colleague(desk), "+33639980001")
    rider = rider or phone(a_sharing_person(desk, last_name="Lefèvre"), "+33639980002")
    offer = an_offer(driver)
    at = NOW - timedelta(hours=8)
    day = a_day(offer, depart_at=at, arrive_at=at + timedelta(minutes=30))
    known: dict[str, Any] = {
        "trip_id": day.id, "match_id": a_match(offer, a_request(rider)).id, "shift_on": NOW.date(),
        "direction": Direction.THERE, "pickup_at": at, "dropoff_at": at + timedelta(minutes=20), "metres": 9000,
        "state": RideState.DONE, "driver_says": True, "passenger_says": True, "contribution_cents": 72,
    }  # fmt: skip
    with transaction() as session:
        row = CarpoolRide(**{**known, **values})
        session.add(row)
        session.flush()
    return row


def test_a_ride_that_was_made_is_sent(desk: Desk, standin: StandIn) -> None:
    row = a_ride(desk)
    assert register.send(now=NOW) == OVER | {"sent": 1}
    head, body = standin.requests[0].decode().split("\r\n\r\n", 1)
    assert head.startswith("POST /v3.3/journeys ")
    assert "Authorization: Bearer of-the-register" in head
    told = json.loads(body)
    assert (told["operator_journey_id"], told["operator_class"], told["distance"]) == (f"ride-{row.id}", "C", 9000)
    assert told["passenger"]["contribution"] == told["driver"]["revenue"] == 72
    assert "Lef" not in body
    assert "+33639980002" not in body


def test_what_it_knows_is_no_failure_and_silence_is_one(desk: Desk, standin: StandIn) -> None:
    a_ride(desk)
    standin.reply = saying({}, 409)
    assert register.send(now=NOW)["sent"] == 1
    standin.reply = saying({}, 401)
    assert register.send(now=NOW)["silent"] == 1
    standin.reply = lambda _connection, _request: False
    assert register.send(now=NOW)["silent"] == 1


@pytest.mark.parametrize(
    "values",
    [{"state": RideState.PLANNED}, {"pickup_at": NOW - timedelta(hours=25)}, {"dropoff_at": NOW + timedelta(1)}],
)
def test_what_was_not_made_lately_is_not_sent(desk: Desk, standin: StandIn, values: dict[str, Any]) -> None:
    a_ride(desk, **values)
    assert register.send(now=NOW) == OVER
    assert standin.requests == []


def test_who_shares_nothing_or_is_protected_is_not_sent(desk: Desk, standin: StandIn) -> None:
    a_ride(desk, phone(a_sharing_person(desk, member={"shared_at": None}), "+33639980003"))
    guard = make_user("adviser", desk_id=desk.id)
    a_ride(desk, phone(a_sharing_person(desk, protected_for=[guard]), "+33639980004"))
    assert register.send(now=NOW) == OVER


def test_what_the_register_would_refuse_is_not_sent(desk: Desk, standin: StandIn) -> None:
    a_ride(desk, metres=1500)
    a_ride(desk, a_sharing_person(desk))
    assert register.send(now=NOW) == OVER | {"withheld": 2}
    assert standin.requests == []


def test_without_an_address_nothing_leaves(desk: Desk) -> None:
    a_ride(desk)
    assert register.send(now=NOW) == OVER
