"""No page asks the database more when there is more to show."""

from __future__ import annotations

import re
from dataclasses import dataclass

import pytest
from flask import Flask
from sqlalchemy import event

from mobility.accounts.policy import POLICY, Role
from mobility.core import clock
from mobility.core.db import db
from tests.conftest import empty_tables
from tests.factories.accounts import signed_in
from tests.integration.hostile.actors import Knocker, knocker, user_of
from tests.integration.hostile.routes import address, routes, rows_at, rows_of
from tests.integration.hostile.rows import KINDS, rows
from tests.integration.hostile.world import NOW, World, build

ROLES = (
    Role.MANAGER,
    Role.ADVISER,
    Role.FLEET_OFFICER,
    Role.ADMINISTRATOR,
    Role.BENEFICIARY,
    Role.AUDITOR,
    Role.FUNDER,
)
PERIOD = "start_on=2026-12-01&start_time=10:00&due_on=2026-12-03&due_time=10:00"
# Addresses with what a page needs to show its list, beside the bare address of each route.
SHAPES = {
    "api_loans.availability": ["start_at=2026-12-01T09:00:00Z&end_at=2026-12-02T09:00:00Z"],
    "loans.book_offers": [PERIOD],
    "loans.book_confirm": [f"{PERIOD}&category=car&desk_id=1"],
    "loans.book_person": ["q=amel"],
    "loans.day_board": ["jour=2026-11-24"],
    "my_loans.choose_offer": [f"{PERIOD}&category=car"],
    "my_loans.confirm": [f"{PERIOD}&category=car&desk_id=1"],
    "geo.around": ["commune=Denain"],
    "people.search": ["q=amel", "q=06+39"],
    "people.callbacks": ["voir=tous", "voir=notes"],
    "people.merge_choose": ["q=amel"],
    "api_people.person_list": ["search=amel"],
    "fleet_overview.due": ["within=0"],
}
# Writing a note of the view, and the once-only ids that it gives back, are the same everywhere; what is not a
# question about rows is left out.
_NOISE = re.compile(r"^(?:BEGIN|COMMIT|ROLLBACK|SAVEPOINT|RELEASE|PRAGMA)")


@dataclass(frozen=True)
class Counted:
    """The statements of each page in both worlds, and how many rows of each kind these have."""

    pages: dict[str, tuple[list[str], list[str]]]
    few: dict[str, int]
    many: dict[str, int]


def _sizes() -> dict[str, int]:
    return {kind: len(rows(kind)) for kind in KINDS}


@pytest.fixture(scope="module")
def counted(application: Flask) -> Counted:
    """The statements of every page, in a small world and in one three times as large."""
    before, clock.source = clock.source, lambda: NOW
    with application.app_context():
        empty_tables()
        small, few = _count(application, build(size=1)), _sizes()
        empty_tables()
        large, many = _count(application, build(size=3)), _sizes()
    clock.source = before
    return Counted({name: (small[name], large[name]) for name in small if name in large}, few, many)


def _count(application: Flask, house: World) -> dict[str, list[str]]:
    seen: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        if not _NOISE.match(statement):
            seen.append(statement)

    found: dict[str, list[str]] = {}
    event.listen(db.engine, "before_cursor_execute", note)
    try:
        for name, who, url in _pages(application, house):
            seen.clear()
            answer = who.ask("GET", url)
            assert answer.status_code < 500, url
            if answer.status_code == 200:
                found[name] = list(seen)
    finally:
        event.remove(db.engine, "before_cursor_execute", note)
    return found


def _pages(application: Flask, house: World) -> list[tuple[str, Knocker, str]]:
    people = {role: Knocker(role.value, signed_in(application, user_of(house, role)), role) for role in ROLES}
    integration = knocker(application, house, "token_own")
    hidden = frozenset({house.own.protected_id})
    pages = []
    for route in routes(application):
        if route.method != "GET":
            continue
        permission = route.access.permission
        holders = [people[role] for role in ROLES if permission and role in POLICY[permission]]
        for who in [integration] if route.is_api else holders:
            row = None
            if route.kind is not None:
                own = house.own.beneficiary
                mine = rows_of(route.kind, own.person_id or 0) if own and who.role is Role.BENEFICIARY else None
                found = mine if mine is not None else rows_at(route.kind, house.own.desk.id, but_persons=hidden)
                if not found:
                    continue
                row = found[0]
            url = address(application, route, row, {"other_id": house.own.persons[1]})
            if url is None:
                continue
            shapes = ["", *SHAPES.get(route.rule.endpoint, [])]
            pages += [(f"{who.name} {route.rule.rule}?{shape}", who, f"{url}?{shape}") for shape in shapes]
    return pages


def test_many_pages_are_counted(counted: Counted) -> None:
    assert len(counted.pages) > 150
    assert all(small for small, _large in counted.pages.values() if small)


def test_the_large_world_is_larger(counted: Counted) -> None:
    alike = {kind for kind in KINDS if counted.many[kind] < 2 * counted.few[kind]}
    # One list of old files stands for each desk; teams do not grow.
    # And the carpooling of protected files stands in both once.
    assert alike <= {"retention_run", "loan_policy", "user", "message", "carpool_member"}


def test_every_page_asks_the_same_number_of_questions_when_there_is_more_to_show(
    counted: Counted,
) -> None:
    grown = {
        name: f"{len(small)} → {len(large)}: {_surplus(small, large)}"
        for name, (small, large) in counted.pages.items()
        if len(large) != len(small)
    }
    assert grown == {}


def _surplus(small: list[str], large: list[str]) -> str:
    """Return the beginning of the statement that came most often beyond its due."""
    extra = max(set(large), key=lambda one: large.count(one) - small.count(one))
    return " ".join(extra.split())[:160]


def test_no_page_asks_too_much(counted: Counted) -> None:
    """A bound for all: a page that needs more deserves a thought."""
    assert {name: len(large) for name, (_small, large) in counted.pages.items() if len(large) > MANY} == {}


# The solutions of a gap ask every aid: the vehicles of each category, the catalogue of local aids,
# carpools that were found, micro-credits.
MANY = 76
