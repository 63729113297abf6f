"""A protected file does not exist for whoever it does not name; every look at a file is written down."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from datetime import datetime
from html import unescape
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from mobility.accounts.models import AuditEntry
from mobility.accounts.policy import Role
from mobility.core.db import db, end_read, transaction
from mobility.loans.models import Loan
from mobility.loans.services.common import tell_staff
from mobility.notifications.models import OutboxMessage
from mobility.people.models import Person
from tests.factories.accounts import signed_in
from tests.integration.hostile.actors import ACTORS, Knocker, knocker
from tests.integration.hostile.routes import Route, address, public_routes, routes, rows_at, rows_of
from tests.integration.hostile.rows import Row
from tests.integration.hostile.world import (
    HIDDEN,
    HIDDEN_EMAIL,
    HIDDEN_NAME,
    HIDDEN_NOTE,
    HIDDEN_STREET,
    NOW,
    Side,
    World,
)

WORDS_SOUGHT = (
    HIDDEN_NAME,
    HIDDEN_NAME.lower(),
    f"{HIDDEN_NAME}ine {HIDDEN_NAME}",
    "Zviélos",
    "06 39 98 76 54",
    "+33639987654",
    HIDDEN_EMAIL,
    "zwielosz",
    "08/08/1988",
    "1988-08-08",
    "7654321Z",
    "Glycines",
)
# Lists in other shapes than the first one, to which an address of a route does not lead.
SHAPES = (
    "/personnes?page=2",
    "/appels?voir=tous",
    "/appels?voir=notes",
    "/prets?etat=out",
    "/prets?page=2",
    "/prets/journee?jour=2026-11-24",
    "/prets/journee?jour=2026-11-22",
    "/prets/regles?tout=1",
    "/parc/planning?days=28",
    "/parc/planning?days=7&from=2026-11-16",
    "/parc/export.xlsx",
    "/parc/export.csv",
    "/parc/echeances?within=0",
    "/administration/acces?page=2",
    "/administration/acces?action=person",
    "/administration/messages?page=2",
    "/administration/messages?state=queued",
    "/api/v1/people?per_page=200",
    "/api/v1/loans?per_page=200",
    "/api/v1/loans?state=out",
    "/communes?q=Denain",
    "/demo",
)


def _searches() -> Iterator[str]:
    from urllib.parse import quote

    for word in WORDS_SOUGHT:
        for path in ("/personnes?q=", "/prets/nouveau?q=", "/api/v1/people?search=", "/administration/comptes?q="):
            yield path + quote(word)


def _plain(answer: Any) -> str:
    """Return the words of an answer, whatever it is packed in."""
    data = answer.get_data()
    if data[:2] == b"PK":
        with zipfile.ZipFile(io.BytesIO(data)) as book:
            data = b"\n".join(book.read(name) for name in book.namelist())
    words = unescape(data.decode("utf-8", "replace")).replace("\xa0", " ").replace("\u202f", " ")
    # What the page repeats of the question itself tells nothing.
    return re.sub(r'<input[^>]*type="search"[^>]*>', "", words)


def _leaks(answer: Any, asked: str = "") -> set[str]:
    words = _plain(answer).casefold()
    return {hidden for hidden in HIDDEN if hidden.casefold() in words and hidden.casefold() not in asked.casefold()}


def _addresses(application: Flask, house: World) -> Iterator[str]:
    hidden = frozenset({house.own.protected_id, house.others.protected_id})
    for route in [*routes(application), *public_routes(application)]:
        if route.method != "GET":
            continue
        if route.kind is None:
            yield str(address(application, route, None))
            continue
        for row in rows_at(route.kind, house.own.desk.id, but_persons=hidden)[:2]:
            url = address(application, route, row, {"other_id": house.own.persons[1]})
            if url is not None:
                yield url
    yield from SHAPES


@pytest.mark.parametrize("name", [*(name for name in ACTORS if name != "token_none"), "token_own", "token_all"])
def test_nothing_of_a_protected_file_shows_anywhere(application: Flask, house: World, name: str) -> None:
    who, found, seen = knocker(application, house, name), [], 0
    for url in _addresses(application, house):
        answer = who.ask("GET", url)
        seen += answer.status_code == 200
        if leaks := _leaks(answer):
            found.append(f"{url}: {sorted(leaks)}")
    for url in _searches():
        answer = who.ask("GET", url)
        # A search page repeats what was typed, so its links are what tells.
        if f"/personnes/{house.own.protected_id}" in _plain(answer) or "07639" in _plain(answer):
            found.append(f"{url}: links to the file")
        if leaks := _leaks(answer, asked=_typed(url)):
            found.append(f"{url}: {sorted(leaks)}")
    assert found == []
    assert seen >= 8


def _typed(url: str) -> str:
    from urllib.parse import unquote

    return unquote(url)


@pytest.mark.parametrize("name", ["adviser", "manager"])
def test_duplicates_while_typing_do_not_tell_of_a_protected_file(application: Flask, house: World, name: str) -> None:
    who = knocker(application, house, name)
    typed = {
        "last_name": HIDDEN_NAME,
        "first_name": f"{HIDDEN_NAME}ine",
        "born_on": "1988-08-08",
        "phone": "06 39 98 76 54",
        "email": HIDDEN_EMAIL,
        "france_travail_id": "7654321Z",
    }
    part = who.ask("POST", "/personnes/doublons", typed)
    assert part.status_code == 200
    assert f"/personnes/{house.own.protected_id}" not in _plain(part)
    assert "Glycines" not in _plain(part)
    choose = who.ask("GET", f"/personnes/{house.own.persons[0]}/reunir?q={HIDDEN_NAME}")
    assert f"/personnes/{house.own.protected_id}" not in _plain(choose)
    api = knocker(application, house, "token_all").ask("GET", "/api/v1/loans?per_page=200").get_json()
    assert house.own.protected_loan_id not in {loan["id"] for loan in api["items"]}


def test_the_named_adviser_sees_the_file_but_the_address_on_its_own_page_alone(
    application: Flask, house: World
) -> None:
    named = Knocker("named", signed_in(application, house.own.users[Role.ADVISER]), Role.ADVISER)
    person = house.own.protected_id
    assert HIDDEN_NAME in _plain(named.ask("GET", f"/personnes?q={HIDDEN_NAME}"))
    seen = []
    for route in routes(application):
        if route.method != "GET" or route.is_api or route.kind is None:
            continue
        for row in rows_of(route.kind, person):
            url = address(application, route, row, {"other_id": house.own.persons[1]})
            if url is not None and "Glycines" in _plain(named.ask("GET", url)):
                seen.append(route.rule.endpoint)
    assert seen == ["people.edit_address"]
    shown = _plain(named.ask("GET", f"/personnes/{person}/adresse"))
    assert HIDDEN_STREET in shown
    assert db.session.scalar(
        select(AuditEntry.id).where(AuditEntry.action == "person.address_seen", AuditEntry.person_id == person)
    )


# Pages about a person that show nothing of the file to the staff: there is nothing to note.
SAY_NOTHING: set[str] = set()


@pytest.mark.parametrize("role", [Role.ADVISER, Role.MANAGER, Role.FLEET_OFFICER])
def test_every_view_of_a_file_is_written_down(application: Flask, house: World, role: Role) -> None:
    user = house.own.users[role]
    who, silent, looked = Knocker("staff", signed_in(application, user), role), [], 0
    for route in routes(application):
        if route.method != "GET" or route.is_api or route.kind is None:
            continue
        row = _about_somebody(route, house.own)
        if row is None:
            continue
        before = _entries(user.id, row.person_id)
        url = address(application, route, row, {"other_id": house.own.persons[1]})
        if url is None or who.ask("GET", url).status_code != 200:
            continue
        looked += 1
        if _entries(user.id, row.person_id) <= before and route.rule.endpoint not in SAY_NOTHING:
            silent.append(f"{route.rule.rule}")
    assert silent == []
    assert looked >= (20 if role is Role.ADVISER else 2)


def _about_somebody(route: Route, side: Side) -> Row | None:
    hidden = frozenset({side.protected_id})
    found = rows_at(str(route.kind), side.desk.id, but_persons=hidden)
    return next((row for row in found if row.person_id is not None), None)


def _entries(user_id: int, person_id: int | None) -> int:
    found = db.session.scalars(
        select(AuditEntry.id).where(AuditEntry.actor_user_id == user_id, AuditEntry.person_id == person_id)
    ).all()
    end_read()
    return len(found)


def test_the_audit_log_tells_that_a_hidden_file_changed_but_not_how(application: Flask, house: World) -> None:
    assert HIDDEN_NOTE  # the words that the values of the log would hold
    for name in ("manager", "auditor"):
        asked = f"/administration/acces?person_id={house.own.protected_id}&action=person.address_changed"
        page = knocker(application, house, name).ask("GET", asked)
        assert page.status_code == 200
        assert any("Adresse modifiée" in row for row in page.get_data(as_text=True).split("<tr")[2:])
        assert _leaks(page) == set()


def test_alerts_about_a_protected_file_reach_its_named_staff_alone(house: World) -> None:
    adviser, manager = house.own.users[Role.ADVISER], house.own.users[Role.MANAGER]
    told: dict[int, set[int]] = {}
    for loan_id in (house.own.protected_loan_id, house.own.loans[0]):
        with transaction() as session:
            loan = session.get_one(Loan, loan_id)
            tell_staff(loan, [manager.id], key=f"alert:{loan_id}", title="Retard", text="Retour", now=NOW)
        found = db.session.query(OutboxMessage).filter(OutboxMessage.dedup_key.startswith(f"alert:{loan_id}:"))
        told[loan_id] = {message.recipient_id for message in found}
        end_read()
    assert list(told.values()) == [{adviser.recipient_id}, {manager.recipient_id}]


def test_whoever_calls_back_somebody_protected_is_one_of_the_named(application: Flask, house: World) -> None:
    adviser, colleague = house.own.users[Role.ADVISER], house.own.colleague
    assert colleague is not None
    who = Knocker("named", signed_in(application, adviser), Role.ADVISER)
    url = f"/personnes/{house.own.protected_id}/noter"
    note = {"desk_id": str(house.own.desk.id), "kind": "call", "text": "à rappeler", "callback_due_on": "2026-11-25"}
    assert who.ask("POST", url, {**note, "callback_user_id": str(colleague.id)}).status_code == 422
    assert who.ask("POST", url, {**note, "callback_user_id": str(adviser.id)}).status_code == 303


def test_the_loans_of_an_archived_file_are_in_no_list(application: Flask, house: World) -> None:
    who, loan_id = knocker(application, house, "adviser"), house.own.loans[1]
    person_id = house.own.persons[1]

    def lists() -> str:
        return "".join(_plain(who.ask("GET", path)) for path in ("/prets", "/prets/a-accepter"))

    assert f"/prets/{loan_id}" in lists()
    _archive(person_id, NOW)
    try:
        assert f"/prets/{loan_id}" not in lists()
        assert who.ask("GET", f"/prets/{loan_id}").status_code == 404
    finally:
        _archive(person_id, None)


def _archive(person_id: int, at: datetime | None) -> None:
    with transaction() as session:
        session.get_one(Person, person_id).restricted_at = at
