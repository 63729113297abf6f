"""Every route × every role: without the permission 403, with it but for others' rows 404, and nothing changes.

The matrix is made from the routes. A kind of row, or a part of one, that the tests have not heard of fails
them, so that it is thought about before it is shown to anybody.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask

from mobility.accounts.policy import Role
from mobility.core.web.access import Permission, row_kinds
from tests.integration.hostile.actors import ACTORS, Knocker, knocker
from tests.integration.hostile.routes import Route, address, papers_at, routes, rows_at, rows_of
from tests.integration.hostile.rows import KINDS, PARTS, Row, changed, digest, parts, rows
from tests.integration.hostile.world import Side, World

P = Permission
# What the house shares on purpose: whoever holds the permission, holds it for every row.
SHARED = {
    # Addresses and hours of desks are public.
    ("desk", P.DESK_VIEW): "desks are public",
    # The team shares employers, prescribers, garages: one list for all desks.
    ("organisation", P.ORGANISATION_VIEW): "one list of partners",
    ("organisation", P.ORGANISATION_MANAGE): "one list of partners",
    ("organisation", P.PRESCRIPTION_LINKS): "one list of partners",
}
# Administrators and auditors hold everywhere what they hold; these are the kinds of rows that this opens.
EVERYWHERE: dict[Role, set[str]] = {
    Role.ADMINISTRATOR: {
        "desk",
        "organisation",
        "user",
        "message",
        "loan_policy",
        "meeting_type",
        "plan_template",
        "local_aid",
        "carpool_hub",
        "credit_partner",
        "credit_offer",
        "agenda_room",
        "interpreter",
    },
    Role.AUDITOR: {"desk", "organisation", "vehicle", "loan"},
}
# Pages that are refused on the own row too, with the reason.
OWN_ROW_REFUSED = {
    ("prescriptions.import_preview", Role.MANAGER): "a file is seen by whoever brought it alone",
    ("microcredit_followup.statement", Role.MANAGER): "a file is seen by whoever brought it alone",
    ("desks.archive", Role.MANAGER): "desks are opened and closed by administrators",
    ("desks.create", Role.MANAGER): "desks are opened and closed by administrators",
}


def test_every_kind_of_row_is_known_to_the_matrix(application: Flask) -> None:
    assert set(row_kinds(application)) == set(KINDS)


def test_every_kind_has_rows_on_both_sides(house: World) -> None:
    for kind in KINDS:
        desks = {row.desk_id for row in rows(kind)}
        assert {house.own.desk.id, house.others.desk.id} <= desks, kind


def test_every_part_of_a_row_exists(house: World) -> None:
    for name, (kind, _query) in PARTS.items():
        owners = rows_at(kind, house.own.desk.id)
        assert any(parts(name, owner.id) for owner in owners), name


@pytest.mark.parametrize("name", ACTORS)
def test_without_the_permission_nobody_enters(application: Flask, house: World, name: str) -> None:
    who, before, wrong, asked = knocker(application, house, name), digest(), [], 0
    for route in routes(application):
        if who.holds(route):
            continue
        row = rows_at(route.kind, house.own.desk.id)[0] if route.kind else None
        url = address(application, route, row)
        assert url is not None, route
        answer = who.ask(route.method, url)
        asked += 1
        if answer.status_code not in _refusals(who, route):
            wrong.append(f"{route}: {answer.status_code}")
        elif answer.status_code == 303 and "/connexion" not in answer.location:
            wrong.append(f"{route}: sent to {answer.location}")
    assert wrong == []
    assert asked > 40
    assert changed(before) == set()


def _refusals(who: Knocker, route: Route) -> set[int]:
    if route.is_api:
        return {401} if who.name == "anonymous" else {403}
    # A bearer token is nothing to a page: whoever brings one is sent to sign in, like anybody.
    return {303} if who.name == "anonymous" or who.is_token else {403}


def _foreign(who: Knocker, house: World, kind: str, permission: Permission | None) -> Iterator[Row]:
    """Give a row at the other desk, one of a hidden file at the own desk, and for beneficiaries their neighbours'."""
    if who.role is Role.BENEFICIARY:
        own = {who.person_id}
        yield from [row for row in rows(kind) if row.person_id not in own][:2]
        yield from rows_at(kind, house.others.desk.id)[:1]
        return
    if who.role is not None and kind in EVERYWHERE.get(who.role, set()):
        return
    far, near = (house.own, house.others) if who.name == "token_others" else (house.others, house.own)
    if (kind, permission) not in SHARED:
        yield from rows_at(kind, far.desk.id)[:1]
        yield from rows_at(kind, far.desk.id)[-1:]
    yield from rows_of(kind, near.protected_id)[:1]
    yield from rows_of(kind, far.protected_id)[:1]


@pytest.mark.parametrize("name", ACTORS)
def test_rows_of_others_do_not_exist(application: Flask, house: World, name: str) -> None:
    who, before, wrong, asked = knocker(application, house, name), digest(), [], 0
    for route in routes(application):
        if route.kind is None or not who.holds(route):
            continue
        for row in _foreign(who, house, route.kind, route.access.permission):
            url = address(application, route, row)
            if url is None:
                continue
            answer = who.ask(route.method, url)
            asked += 1
            if answer.status_code not in {403, 404}:
                wrong.append(f"{route} {url}: {answer.status_code}")
    assert wrong == []
    assert asked >= MANY.get(name, 0)
    assert changed(before) == set()


# A matrix that asks nothing proves nothing: how many refusals each actor must have met at least.
MANY = {"beneficiary": 15, "adviser": 90, "manager": 130, "fleet_officer": 20, "token_others": 6}


@pytest.mark.parametrize("name", [name for name in ACTORS if name != "anonymous"])
def test_the_same_routes_open_for_the_own_row(application: Flask, house: World, name: str) -> None:
    """Otherwise the refusals above would prove nothing."""
    who, wrong = knocker(application, house, name), []
    side = house.others if name == "token_others" else house.own
    for route in routes(application):
        if route.method != "GET" or not who.holds(route) or (route.rule.endpoint, who.role) in OWN_ROW_REFUSED:
            continue
        row = _own_row(who, route, side) if route.kind else None
        if route.kind and row is None:
            continue
        url = address(application, route, row, _second(route, house))
        assert url is not None, route
        answer = who.ask("GET", url + ("?" + QUERIES[route.rule.endpoint] if route.rule.endpoint in QUERIES else ""))
        if answer.status_code not in {200, 302, 303, 409}:
            wrong.append(f"{url}: {answer.status_code}")
    assert wrong == []


QUERIES = {
    "api_loans.availability": "start_at=2026-12-01T09:00:00Z&end_at=2026-12-02T09:00:00Z",
    "api_roads.isochrones": "lon=3.5163&lat=50.3591&minutes=5",
    "api_roads.travel_times": "from=3.5163,50.3591&to=3.3906,50.3291",
    "loans.book_offers": "start_on=2026-12-01&start_time=10:00&due_on=2026-12-03&due_time=10:00",
    "my_loans.choose_start": "category=car",
    "my_loans.choose_due": "category=car&start_on=2026-12-01&start_time=10:00",
    "my_loans.choose_offer": "category=car&start_on=2026-12-01&start_time=10:00&due_on=2026-12-03&due_time=10:00",
}


def _own_row(who: Knocker, route: Route, side: Side) -> Row | None:
    assert route.kind is not None
    if who.role is Role.BENEFICIARY:
        return next(iter(rows_of(route.kind, who.person_id or 0)), None)
    hidden = frozenset({side.protected_id})
    found = rows_at(route.kind, side.desk.id, but_persons=hidden)
    if route.rule.endpoint == "documents.erase":
        # By hand only a person's own papers are erased, not what other rows keep.
        found = papers_at(side.desk.id)
    assert found, route
    return found[0]


def _second(route: Route, house: World) -> dict[str, int]:
    return {"other_id": house.own.persons[1]} if "other_id" in route.rule.arguments else {}


@pytest.mark.parametrize("name", ["adviser", "manager", "fleet_officer", "administrator"])
def test_a_part_of_others_is_not_reached_through_the_own_row(application: Flask, house: World, name: str) -> None:
    who, before, wrong, asked = knocker(application, house, name), digest(without=VIEWED), [], 0
    for route in routes(application):
        nested = [argument for argument in route.rule.arguments if argument in PARTS]
        if not nested or not who.holds(route):
            continue
        kind = str(route.kind)
        own = rows_at(kind, house.own.desk.id, but_persons=frozenset({house.own.protected_id}))[0]
        for other in _strangers(house, kind, own, nested[0]):
            for part in parts(nested[0], other.id)[:1]:
                url = address(application, route, own, {nested[0]: part})
                answer = who.ask(route.method, str(url), {"once": "k"})
                asked += 1
                if not _acts_on_nothing(answer):
                    wrong.append(f"{route} {url}: {answer.status_code}")
    assert wrong == []
    assert asked > 0 or name == "fleet_officer"
    assert changed(before, without=VIEWED) == set()


# Looking at the own row first is noted, and a refused form may have claimed and freed its key.
VIEWED = frozenset({"audit_entry", "audit_value"})


def _acts_on_nothing(answer: object) -> bool:
    """A page says 404; a button that goes back to its page may also say so there (what it did is checked apart)."""
    return getattr(answer, "status_code", 0) in {404, 409}


def _strangers(house: World, kind: str, own: Row, part: str) -> list[Row]:
    far = rows_at(kind, house.others.desk.id)[:1]
    if part == "other_id":
        # Two files of the own desk may be merged; one of the other desk, or a hidden one, may not.
        return [*far, *rows_of(kind, house.own.protected_id)]
    return [*[row for row in rows_at(kind, house.own.desk.id) if row.id != own.id][:1], *far]
