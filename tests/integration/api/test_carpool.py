"""Offers and requests through the API: in the name of people who take part, without exact places in any answer."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import time_machine
from flask import Flask
from sqlalchemy import func, select

from mobility.carpool.models import CarpoolMember, CarpoolOffer, CarpoolRequest
from mobility.core.db import db
from mobility.desks.models import Desk
from mobility.pathway.patterns import to_json
from tests.factories.accounts import make_user
from tests.factories.carpool import NOW, a_colleague, a_member, a_request, an_offer
from tests.factories.desks import make_desk
from tests.factories.pathway import OFFICE, an_objective
from tests.factories.people import make_person
from tests.integration.api.conftest import Caller

Make = Callable[..., Caller]


@pytest.fixture(autouse=True)
def frozen(app: Flask) -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def member() -> CarpoolMember:
    return a_member(make_person(), declared_at=NOW)


def _wish(member: CarpoolMember, **changes: Any) -> dict[str, Any]:
    wish = {
        "person_id": member.person_id,
        "origin": {"insee_code": "59491", "label": "4 rue des Lilas, Raismes", "position": [3.4851, 50.3912]},
        "destination": {"insee_code": "59447"},
        "pattern": to_json(OFFICE),
        "starts_on": "2026-12-01",
    }
    return {**wish, **changes}


def test_an_offer_and_a_request_are_opened_and_listed_by_their_communes(caller: Make, member: CarpoolMember) -> None:
    client = caller()
    asked = client.post("/carpool/requests", _wish(member, max_walk_metres=1200))
    offered = client.post("/carpool/offers", _wish(member, seats=3, price_per_km_cents=5))
    assert (asked.status_code, offered.status_code) == (201, 201), (asked.json, offered.json)
    assert (asked.json["origin_insee"], asked.json["destination_insee"]) == ("59491", "59447")
    assert asked.json["pattern"] == to_json(OFFICE)
    row = db.session.scalars(select(CarpoolOffer)).one()
    assert (row.origin_longitude, row.origin_latitude, row.seats) == (3.4851, 50.3912, 3)
    for path in ("/carpool/requests", "/carpool/offers"):
        listed = client.get(f"{path}?state=open")
        assert [one["member_id"] for one in listed.json["items"]] == [member.id]
        assert "Lilas" not in listed.get_data(as_text=True)
        assert "50.39" not in listed.get_data(as_text=True)
        assert client.get(f"{path}?state=closed").json["items"] == []


def test_the_days_of_an_objective_are_those_of_the_person_alone(caller: Make, member: CarpoolMember) -> None:
    client, own = caller(), an_objective(member.person_id or 0)
    body = {name: value for name, value in _wish(member).items() if name != "pattern"}
    done = client.post("/carpool/requests", {**body, "objective_id": own})
    assert (done.status_code, done.json["timing"], done.json["pattern"]) == (201, "roster", {})
    others = an_objective(make_person().id)
    assert client.post("/carpool/requests", {**body, "objective_id": others}).status_code in {409, 422}
    assert client.post("/carpool/requests", body).status_code == 422
    assert client.post("/carpool/requests", {**_wish(member), "objective_id": own}).status_code == 422


@pytest.mark.parametrize(
    "change",
    [
        {"person_id": 99999},
        {"pattern": {"version": 1, "kind": "weekly", "days": {"9": []}, "holidays_off": True}},
        {"pattern": {"version": 9}},
        {"origin": {"insee_code": "00000"}},
        {"origin": {"insee_code": "59491", "position": [3.4, 99.0]}},
        {"there": False, "back": False},
        {"ends_on": "2026-11-01"},
        {"seats": 9},
        {"starts_on": "2199-01-01"},
    ],
)
def test_what_cannot_be_kept_is_refused(caller: Make, member: CarpoolMember, change: dict[str, Any]) -> None:
    answer = caller().post("/carpool/requests", _wish(member, **change))
    assert answer.status_code in {409, 422}, answer.json
    assert answer.mimetype == "application/problem+json"
    assert db.session.scalar(select(func.count(CarpoolRequest.id))) == 0


def test_protected_people_and_those_of_other_desks_are_not_there(caller: Make) -> None:
    desk = make_desk()
    hidden = a_member(make_person(desk=desk, protected_for=[make_user("adviser", desk_id=desk.id)]))
    a_request(hidden)
    elsewhere = a_member(make_person())
    an_offer(elsewhere)
    colleague = an_offer(a_colleague(db.session.get_one(Desk, desk.id)))
    client = caller(desk_ids=[desk.id])
    assert client.get("/carpool/requests").json["items"] == []
    assert [one["id"] for one in client.get("/carpool/offers").json["items"]] == [colleague.id]
    for member in (hidden, elsewhere):
        assert client.post("/carpool/requests", _wish(member)).status_code == 422


def test_reading_does_not_write_and_nobody_drives_without_a_licence(caller: Make) -> None:
    member = a_member(make_person())
    assert caller(scopes=["carpool:read"]).post("/carpool/requests", _wish(member)).status_code == 403
    assert caller().post("/carpool/offers", _wish(member)).status_code in {409, 422}
    assert caller().post(
        "/carpool/requests", _wish(a_member(make_person()), person_id=make_person().id)
    ).status_code in {409, 422}
