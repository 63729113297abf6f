"""Reading through the API: access, pages, ETags, problems."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask

from mobility.accounts.models import ApiToken
from mobility.accounts.services.tokens import revoke_token
from mobility.core.clock import now
from mobility.core.db import db
from tests.factories.accounts import make_user, signed_in
from tests.factories.fleet import a_desk, a_vehicle
from tests.integration.api.conftest import Caller

Make = Callable[..., Caller]
PATHS = ("/desks", "/vehicles", "/people")


@pytest.mark.parametrize("path", PATHS)
def test_without_a_token_nothing_is_told(app: Flask, path: str) -> None:
    answer = app.test_client().get(f"/api/v1{path}")
    assert answer.status_code == 401
    assert answer.content_type == "application/problem+json"
    assert answer.headers["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize("path", PATHS)
def test_a_token_without_the_scope_is_refused(caller: Make, path: str) -> None:
    scopes = {"/desks": "people:read", "/vehicles": "desks:read", "/people": "desks:read"}
    answer = caller([scopes[path]]).get(path)
    assert answer.status_code == 403
    assert answer.json["status"] == 403


def test_a_revoked_token_is_refused(caller: Make) -> None:
    someone = caller()
    token = db.session.query(ApiToken).one()
    revoke_token(token_id=token.id, actor_id=None, now=now())
    assert someone.get("/desks").status_code == 401


def test_a_browser_session_does_not_open_the_api(app: Flask) -> None:
    desk_id = a_desk()
    browser = signed_in(app, make_user("manager", desk_id=desk_id))
    assert browser.get("/api/v1/desks").status_code == 403


def test_a_token_does_not_open_pages(caller: Make) -> None:
    someone = caller()
    assert someone.client.get("/", headers=someone.headers).status_code in {302, 303, 404}
    assert someone.client.get("/equipe", headers=someone.headers).status_code in {303, 403, 404}


def test_a_token_limited_to_a_desk_sees_that_desk_only(caller: Make) -> None:
    mine, other = a_desk("Denain"), a_desk("Caudry")
    a_vehicle(mine)
    a_vehicle(other)
    someone = caller(desk_ids=[mine])
    assert [desk["id"] for desk in someone.get("/desks").json["items"]] == [mine]
    assert {vehicle["desk_id"] for vehicle in someone.get("/vehicles").json["items"]} == {mine}
    assert someone.get(f"/vehicles?desk={other}").json["items"] == []


def test_a_list_comes_in_pages_that_name_one_another(caller: Make) -> None:
    desk_id = a_desk()
    for _ in range(5):
        a_vehicle(desk_id)
    someone = caller()
    second = someone.get("/vehicles?per_page=2&page=2")
    assert (len(second.json["items"]), second.json["total"], second.json["page"]) == (2, 5, 2)
    link = second.headers["Link"]
    for name, number in (("first", 1), ("prev", 1), ("next", 3), ("last", 3)):
        assert f'</api/v1/vehicles?per_page=2&page={number}>; rel="{name}"' in link
    last = someone.get("/vehicles?per_page=2&page=3")
    assert len(last.json["items"]) == 1
    assert 'rel="next"' not in last.headers["Link"]
    assert someone.get("/vehicles?per_page=2&page=4").json["items"] == []


def test_what_has_not_changed_is_not_sent_again(caller: Make) -> None:
    desk_id = a_desk()
    someone = caller()
    first = someone.get("/desks")
    assert first.headers["ETag"]
    again = someone.get("/desks", **{"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    a_desk("Caudry")
    assert someone.get("/desks", **{"If-None-Match": first.headers["ETag"]}).status_code == 200
    assert desk_id


@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("/vehicles?page=0", "page"),
        ("/vehicles?page=x", "page"),
        ("/vehicles?per_page=100000", "per_page"),
        ("/vehicles?desk=99999999999999999999", "desk"),
        ("/vehicles?category=rocket", "category"),
        ("/people?search=", "search"),
        ("/people?search=%00", "search"),
        ("/people?search=" + "x" * 10_000, "search"),
    ],
)
def test_an_unreadable_question_names_its_field(caller: Make, path: str, field: str) -> None:
    answer = caller().get(path)
    assert answer.status_code == 422
    assert answer.content_type == "application/problem+json"
    assert field in answer.json["errors"]


def test_what_does_not_exist_is_a_problem_too(caller: Make) -> None:
    answer = caller().get("/unicorns")
    assert (answer.status_code, answer.content_type) == (404, "application/problem+json")


def test_a_wrong_method_is_told_which_are_right(caller: Make) -> None:
    someone = caller()
    answer = someone.client.delete("/api/v1/desks", headers=someone.headers)
    assert (answer.status_code, answer.content_type) == (405, "application/problem+json")
    assert "GET" in answer.headers["Allow"]


@pytest.mark.parametrize("path", PATHS)
def test_the_number_of_queries_does_not_grow(caller: Make, count_queries: Callable, path: str) -> None:  # type: ignore[type-arg]
    someone = caller()
    desk_id = a_desk()
    a_vehicle(desk_id)
    with count_queries() as few:
        assert someone.get(path).status_code == 200
    for number in range(6):
        a_vehicle(a_desk(f"Antenne {number}"))
    with count_queries() as many:
        assert someone.get(path).status_code == 200
    assert many.total == few.total


def test_the_description_is_public_and_names_every_endpoint(app: Flask) -> None:
    answer = app.test_client().get("/api/v1/openapi.json")
    assert answer.status_code == 200
    assert answer.json["openapi"] == "3.1.0"
    assert {"/api/v1/desks", "/api/v1/vehicles", "/api/v1/people"} <= set(answer.json["paths"])
    for path in answer.json["paths"].values():
        for method, operation in path.items():
            if method in {"get", "post"}:
                assert operation["security"], operation
                assert operation["summary"], operation
