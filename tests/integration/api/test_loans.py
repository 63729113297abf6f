"""Loans through the API: booked, approved, taken, extended, brought back, once each."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from sqlalchemy import func, select

from mobility.core.db import db
from mobility.fleet.kinds import Category
from mobility.loans import services
from mobility.loans.models import Loan, LoanEvent
from mobility.loans.rules.policy import Terms
from tests.factories.accounts import make_user
from tests.factories.desks import make_desk
from tests.factories.fleet import a_vehicle
from tests.factories.pathway import an_objective
from tests.factories.people import make_person
from tests.integration.api.conftest import Caller

Make = Callable[..., Caller]
MONDAY = datetime(2027, 3, 1, 9, tzinfo=UTC)
TERMS = Terms(price_per_day_cents=200, needs_approval=True, max_days=30, max_renewals=3, max_simultaneous=9)


@dataclass(frozen=True)
class Place:
    """A desk with one bike, and somebody who may borrow it."""

    desk_id: int
    person_id: int
    vehicle_id: int

    def wish(self, **changes: Any) -> dict[str, Any]:
        wish = {
            "person_id": self.person_id,
            "desk_id": self.desk_id,
            "category": "bike",
            "start_at": "2027-03-01T11:00:00+01:00",
            "end_at": "2027-03-04T11:00:00+01:00",
        }
        return {**wish, **changes}


@pytest.fixture
def clock(app: Flask) -> Iterator[time_machine.Traveller]:
    with time_machine.travel(MONDAY, tick=False) as traveller:
        yield traveller


@pytest.fixture
def place(clock: time_machine.Traveller) -> Place:
    desk = make_desk()
    person = make_person(desk=desk)
    adviser = make_user("adviser", desk_id=desk.id)
    services.add_policy(
        desk_id=None, category=Category.BIKE, status=None, valid_from_on=date(2027, 3, 1), terms=TERMS, actor_id=adviser.id, now=MONDAY
    )  # fmt: skip
    services.open_right(
        person_id=person.id, categories=[Category.BIKE], starts_on=date(2027, 3, 1), ends_on=date(2027, 12, 31), days_allowed=90,
        actor_id=adviser.id, now=MONDAY,
    )  # fmt: skip
    an_objective(person.id, starts_on=date(2027, 1, 4), ends_on=date(2027, 12, 31))
    return Place(desk.id, person.id, a_vehicle(desk.id, Category.BIKE))


def test_the_life_of_a_loan(caller: Make, place: Place, clock: time_machine.Traveller) -> None:
    someone = caller()
    window = "start_at=2027-03-01T10:00:00Z&end_at=2027-03-04T10:00:00Z"
    (seen,) = someone.get(f"/availability?{window}").json["items"]
    assert seen == {
        "desk_id": place.desk_id,
        "category": "bike",
        "free": 1,
        "price_per_day_cents": 200,
        "deposit_cents": 0,
    }

    booked = someone.post("/loans", place.wish())
    assert booked.status_code == 201, booked.json
    loan = booked.json
    assert booked.headers["Location"] == f"/api/v1/loans/{loan['id']}"
    assert (loan["state"], loan["vehicle_id"], loan["end_at"]) == (
        "requested",
        place.vehicle_id,
        "2027-03-04T10:00:00Z",
    )
    assert someone.get(f"/availability?{window}").json["items"][0]["free"] == 0

    assert someone.post(f"/loans/{loan['id']}/approve").json["state"] == "approved"
    clock.shift(timedelta(hours=1, minutes=5))
    departed = someone.post(f"/loans/{loan['id']}/depart", {"remarks": "sonnette neuve"})
    assert (departed.status_code, departed.json["state"]) == (200, "out"), departed.json
    extended = someone.post(f"/loans/{loan['id']}/extend", {"end_at": "2027-03-05T11:00:00+01:00"})
    assert (extended.status_code, extended.json["end_at"]) == (200, "2027-03-05T10:00:00Z"), extended.json
    clock.shift(timedelta(days=2))
    returned = someone.post(f"/loans/{loan['id']}/return", {})
    assert (returned.status_code, returned.json["state"]) == (200, "returned"), returned.json
    assert someone.get(f"/loans/{loan['id']}").json == returned.json
    assert [item["id"] for item in someone.get("/loans?state=returned").json["items"]] == [loan["id"]]
    assert someone.get("/loans?state=out").json["items"] == []
    actors = set(db.session.scalars(select(LoanEvent.actor_id).where(LoanEvent.loan_id == loan["id"])))
    assert len(actors) == 1
    assert None not in actors


def test_the_same_key_books_once_and_answers_the_same(caller: Make, place: Place) -> None:
    someone = caller()
    first = someone.post("/loans", place.wish(), key="evening-1")
    second = someone.post("/loans", place.wish(), key="evening-1")
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json == second.json
    assert second.headers["Idempotency-Replayed"] == "true"
    assert "Idempotency-Replayed" not in first.headers
    assert db.session.scalar(select(func.count()).select_from(Loan)) == 1


def test_the_same_key_with_another_wish_is_refused(caller: Make, place: Place) -> None:
    someone = caller()
    someone.post("/loans", place.wish(), key="k")
    other = someone.post("/loans", place.wish(end_at="2027-03-03T11:00:00+01:00"), key="k")
    assert (other.status_code, other.json["code"]) == (422, "key_reused")


def test_two_tokens_may_use_the_same_key(caller: Make, place: Place) -> None:
    a_vehicle(place.desk_id, Category.BIKE)
    answers = [caller().post("/loans", place.wish(), key="k").json["id"] for _ in range(2)]
    assert len(set(answers)) == 2


def test_a_refused_act_may_be_sent_again_with_its_key(caller: Make, place: Place) -> None:
    someone = caller()
    assert someone.post("/loans", place.wish(category="car"), key="k").status_code == 409
    assert someone.post("/loans", place.wish(), key="k").status_code == 201


def test_without_a_key_nothing_is_done(caller: Make, place: Place) -> None:
    someone = caller()
    for headers in ({}, {"Idempotency-Key": ""}, {"Idempotency-Key": "x" * 101}, {"Idempotency-Key": "a b"}):
        answer = someone.client.post("/api/v1/loans", json=place.wish(), headers={**someone.headers, **headers})
        assert (answer.status_code, answer.json["code"]) == (400, "key_missing")
    assert db.session.scalar(select(func.count()).select_from(Loan)) == 0


def test_what_is_not_json_is_refused(caller: Make, place: Place) -> None:
    someone = caller()
    headers = {**someone.headers, "Idempotency-Key": "k"}
    form = someone.client.post("/api/v1/loans", data={"person_id": 1}, headers=headers)
    assert (form.status_code, form.content_type) == (415, "application/problem+json")
    broken = someone.client.post("/api/v1/loans", data="{", content_type="application/json", headers=headers)
    assert (broken.status_code, broken.content_type) == (400, "application/problem+json")


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"person_id": "1"}, "person_id"),
        ({"person_id": 2**40}, "person_id"),
        ({"person_id": 4242}, "person_id"),
        ({"desk_id": 4242}, "desk_id"),
        ({"category": "rocket"}, "category"),
        ({"start_at": "2027-03-01T11:00:00"}, "start_at"),
        ({"start_at": "0001-01-01T00:00:00+14:00"}, "start_at"),
        ({"start_at": "9999-12-31T23:59:59-14:00"}, "start_at"),
        ({"end_at": "2027-03-01T11:00:00+01:00"}, "end_at"),
        ({"end_at": "2031-03-01T11:00:00+01:00"}, "end_at"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_a_wish_that_cannot_be_read_names_its_field(
    caller: Make, place: Place, changes: dict[str, Any], field: str
) -> None:
    answer = caller().post("/loans", place.wish(**changes))
    assert answer.status_code == 422
    assert field in answer.json["errors"]


def test_a_refusal_says_why_and_what_would_lift_it(caller: Make, place: Place) -> None:
    stranger = make_person(desk_id=place.desk_id)
    answer = caller().post("/loans", place.wish(person_id=stranger.id))
    assert (answer.status_code, answer.json["code"]) == (409, "not_eligible")
    assert all(reason["text"] and reason["lifted_by"] for reason in answer.json["reasons"])


def test_a_lost_race_answers_with_the_next_best(caller: Make, place: Place) -> None:
    someone = caller()
    someone.post("/loans", place.wish())
    answer = someone.post("/loans", place.wish())
    assert (answer.status_code, answer.json["code"]) == (409, "no_vehicle")
    assert answer.json["proposals"]


def test_a_step_that_does_not_exist_is_refused(caller: Make, place: Place) -> None:
    someone = caller()
    loan_id = someone.post("/loans", place.wish()).json["id"]
    answer = someone.post(f"/loans/{loan_id}/return", {})
    assert (answer.status_code, answer.json["code"]) == (409, "cannot_return_when_requested")


def test_a_protected_person_is_absent(caller: Make, place: Place) -> None:
    someone = caller()
    loan_id = someone.post("/loans", place.wish()).json["id"]
    staff = make_user("adviser", desk_id=place.desk_id)
    hidden = make_person(desk_id=place.desk_id, protected_for=[staff])
    from mobility.core.db import transaction
    from mobility.people.models import Person

    with transaction() as session:
        session.get_one(Person, place.person_id).protected = True
    assert someone.get("/people").json["items"] == []
    assert someone.get("/loans").json["items"] == []
    assert someone.get(f"/loans/{loan_id}").status_code == 404
    assert someone.post(f"/loans/{loan_id}/cancel", {}).status_code == 404
    answer = someone.post("/loans", place.wish(person_id=hidden.id))
    assert (answer.status_code, list(answer.json["errors"])) == (422, ["person_id"])


def test_another_desks_loan_is_not_told(caller: Make, place: Place) -> None:
    loan_id = caller().post("/loans", place.wish()).json["id"]
    stranger = caller(desk_ids=[make_desk().id])
    assert stranger.get(f"/loans/{loan_id}").status_code == 404
    assert stranger.get("/loans").json["items"] == []
    assert stranger.post(f"/loans/{loan_id}/approve").status_code == 404
    assert stranger.post("/loans", place.wish()).status_code == 422
    assert caller().get("/loans/99999999999999999999").status_code == 404


def test_reading_scopes_do_not_act(caller: Make, place: Place) -> None:
    answer = caller(["loans:read", "people:read"]).post("/loans", place.wish())
    assert answer.status_code == 403


def test_eight_callers_with_one_key_book_once(app: Flask, caller: Make, place: Place) -> None:
    someone = caller()

    def book(_number: int) -> tuple[int, int]:
        headers = {**someone.headers, "Idempotency-Key": "one"}
        with app.app_context():
            answer = app.test_client().post("/api/v1/loans", json=place.wish(), headers=headers)
        return answer.status_code, answer.json["id"]

    with ThreadPoolExecutor(8) as pool:
        answers = set(pool.map(book, range(8)))
    assert {status for status, _ in answers} == {201}
    assert len(answers) == 1
    db.session.rollback()
    assert db.session.scalar(select(func.count()).select_from(Loan)) == 1
