"""The calendar of an adviser: signed, taken back at once, as little as serves, in a constant number of queries."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from icalendar import Calendar
from sqlalchemy import update

from mobility.accounts.models import User
from mobility.agenda import services
from mobility.agenda.models import AgendaFeed
from mobility.agenda.rules import MeetingKind, Origin
from mobility.agenda.services import feed
from mobility.core.clock import in_paris
from mobility.core.db import transaction
from mobility.people.models import Person
from tests.factories.accounts import signed_in
from tests.factories.agenda import NOW, THURSDAY, Agenda, a_type, make_agenda

pytestmark = pytest.mark.usefixtures("app")


def path_of(scene: Agenda) -> str:
    known = feed.find_feed(scene.adviser.id)
    assert known is not None
    return "/agenda/ical/" + feed.address_of(known).rsplit("/", 1)[1]


def events(app: Flask, path: str) -> list[Any]:
    answer = app.test_client().get(path)
    assert answer.status_code == 200
    assert answer.mimetype == "text/calendar"
    return Calendar.from_ical(answer.data).walk("VEVENT")


def test_a_telephone_reads_what_is_planned_and_no_more(app: Flask, at_now: Any) -> None:
    scene = make_agenda()
    scene.book(note="Elle vient avec sa fille.")
    cancelled = scene.book(person_id=scene.another().id, starts_at=THURSDAY + timedelta(hours=1))
    services.cancel(attendance_id=cancelled, by_person=True, actor_id=None, now=NOW)
    hidden = scene.another()
    scene.book(person_id=hidden.id, starts_at=THURSDAY + timedelta(days=1))
    with transaction() as session:
        session.execute(update(Person).where(Person.id == hidden.id).values(protected=True))
    workshop = a_type(MeetingKind.WORKSHOP)
    appointment_id = services.create_workshop(
        type_id=workshop.id, desk_id=scene.desk.id, adviser_id=scene.adviser.id,
        starts_at=THURSDAY + timedelta(days=4), actor_id=None, now=NOW,
    )  # fmt: skip
    services.join(
        appointment_id=appointment_id, person_id=scene.another().id, origin=Origin.STAFF, actor_id=None, now=NOW
    )
    client = signed_in(app, scene.adviser)
    assert client.post("/agenda/telephone/adresse").status_code == 303
    assert path_of(scene).rsplit("/", 1)[1] in client.get("/agenda/telephone").text
    path = path_of(scene)
    first, protected, group = events(app, path)
    person = scene.person
    assert str(first["summary"]) == f"Premier rendez-vous – {person.first_name[0]}. {person.last_name[0]}."
    assert str(protected["summary"]) == "Premier rendez-vous"
    assert str(group["summary"]) == "Atelier collectif (1/10)"
    assert first["dtstart"].dt == in_paris(THURSDAY)
    assert first["dtstart"].params["TZID"] == "Europe/Paris"
    raw = app.test_client().get(path).text
    for secret in (person.last_name, "sa fille", hidden.last_name, "cancelled"):
        assert secret not in raw


def test_an_address_that_is_made_anew_or_taken_back_is_not_found(app: Flask, at_now: Any) -> None:
    scene = make_agenda()
    client = signed_in(app, scene.adviser)
    client.post("/agenda/telephone/adresse")
    old = path_of(scene)
    client.post("/agenda/telephone/adresse")
    new = path_of(scene)
    anybody = app.test_client()
    assert [anybody.get(path).status_code for path in (old, new)] == [404, 200]
    for _twice in range(2):
        assert client.post("/agenda/telephone/arreter").status_code == 303
    assert anybody.get(new).status_code == 404
    client.post("/agenda/telephone/adresse")
    assert [anybody.get(path).status_code for path in (old, new, path_of(scene))] == [404, 404, 200]
    with transaction() as session:
        session.execute(update(User).where(User.id == scene.adviser.id).values(disabled_at=NOW))
    assert anybody.get(path_of(scene)).status_code == 404
    for forged in ("x", "é", "a.b.c", path_of(scene).rsplit("/", 1)[1][:-5] + "x"):
        assert anybody.get(f"/agenda/ical/{forged}.ics").status_code == 404


def test_the_number_of_queries_does_not_grow(count_queries: Any, at_now: Any) -> None:
    scene = make_agenda()
    feed.make_feed(user_id=scene.adviser.id, now=NOW)
    token = path_of(scene).rsplit("/", 1)[1].removesuffix(".ics")
    counts = []
    for number in range(6):
        scene.book(person_id=scene.another().id, starts_at=THURSDAY + timedelta(days=7 * number))
        with count_queries() as seen:
            feed.read_feed(token, now=NOW)
        counts.append(seen.total)
    assert counts[1] == counts[-1] <= 8


def test_the_serial_is_positive() -> None:
    from tests.integration.agenda.test_constraints import attempt

    scene = make_agenda()
    feed.make_feed(user_id=scene.adviser.id, now=NOW)
    attempt(update(AgendaFeed).values(serial=0), "serial_positive")
