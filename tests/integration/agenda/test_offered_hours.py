"""Hours that the desk offers: those that the person can reach and at which somebody can translate, the rest in words."""

from __future__ import annotations

import re
from datetime import time, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from mobility.accounts.policy import Role
from mobility.agenda import offers, services
from mobility.agenda.errors import OfferOver
from mobility.agenda.forms import read_slot
from mobility.agenda.models import Attendance, EarlierOffer
from mobility.agenda.reach import Reach
from mobility.agenda.rules import MeetingKind, Origin
from mobility.core.clock import in_paris
from mobility.core.db import db, transaction
from mobility.people.models import Person
from tests.factories.accounts import make_user, signed_in
from tests.factories.agenda import NOW, THURSDAY, Agenda, a_type, an_opening, get_visit, make_agenda
from tests.integration.agenda.test_resources import an_interpreter, translate
from tests.integration.loans.pages import ok


def speak(scene: Agenda, language: str = "ar") -> Person:
    with transaction() as session:
        person = session.get_one(Person, scene.person.id)
        person.language = language
    return person


def offered(scene: Agenda, person: Person | None, **values: Any) -> tuple[set[str], str]:
    found = offers.at_desk(scene.first, desk_id=scene.desk.id, now=NOW, person=person, shown=200, **values)
    hours = {f"{in_paris(slot.starts_at):%d %H:%M}" for slot in found.slots}
    return hours, found.left_out.replace("\u00a0", " ")


def a_colleague(scene: Agenda) -> int:
    """Somebody who receives at the same hours, and whom nobody has booked."""
    colleague = make_user(Role.ADVISER, desk_id=scene.desk.id, name="Omar Haddad")
    an_opening(colleague, scene.desk)
    return colleague.id


@pytest.fixture
def scene(app: Any, at_now: Any) -> Agenda:
    return make_agenda()


def test_an_hour_at_which_nobody_translates_is_not_offered(scene: Agenda) -> None:
    person = speak(scene)
    every = offered(scene, None)[0]
    assert offered(scene, person) == (every, ""), "a desk that names no interpreter offers all"
    busy = scene.book(person_id=scene.another().id)
    translate(busy, an_interpreter(scene))
    colleague = a_colleague(scene)
    free = offered(scene, None, adviser_id=colleague)[0]
    hours, why = offered(scene, person, adviser_id=colleague)
    assert "26 10:00" in free - hours
    assert "il faut un interprète libre" in why
    an_interpreter(scene, name="Sami")
    assert offered(scene, person, adviser_id=colleague) == (free, "")


def test_whoever_speaks_french_waits_for_no_interpreter(scene: Agenda) -> None:
    translate(scene.book(person_id=scene.another().id), an_interpreter(scene))
    person = db.session.get_one(Person, scene.person.id)
    assert offered(scene, person) == offered(scene, None)


def test_a_meeting_moves_to_hours_of_the_interpreter_who_is_asked(scene: Agenda) -> None:
    person = speak(scene)
    nadia, _sami = an_interpreter(scene), an_interpreter(scene, name="Sami")
    mine = scene.book()
    translate(mine, nadia)
    later = scene.book(person_id=scene.another().id, starts_at=THURSDAY + timedelta(days=1))
    translate(later, nadia)
    appointment = get_visit(mine)[1]
    colleague = a_colleague(scene)
    hours, why = offered(scene, person, adviser_id=colleague, except_id=appointment.id)
    assert "27 10:00" not in hours
    assert "26 10:00" in hours, "the hour that it has itself is free for it"
    assert "interprète" in why


def test_who_brings_somebody_waits_for_no_interpreter(scene: Agenda) -> None:
    person = speak(scene)
    translate(scene.book(person_id=scene.another().id), an_interpreter(scene))
    mine = scene.book(starts_at=THURSDAY + timedelta(days=1))
    translate(mine, companion="sa tante", adult=True)
    moved = {"except_id": get_visit(mine)[1].id}
    assert offered(scene, person, **moved) == offered(scene, None, **moved)


def test_the_desk_is_told_which_hours_are_left_out_and_may_see_them_all(app: Flask, scene: Agenda) -> None:
    services.say_reach(
        person_id=scene.person.id,
        said=Reach(no_days=frozenset(range(4)), leave_from=time(10)),
        actor_id=None,
        now=NOW,
    )
    visit = scene.book(starts_at=THURSDAY)
    client = signed_in(app, scene.adviser)
    page = ok(client.get(f"/rendez-vous/{visit}/deplacer"))
    assert "Certaines heures ne sont pas affichées" in page
    assert "pas le lundi" in page
    assert days_of(page) == {4}
    every = ok(client.get(f"/rendez-vous/{visit}/deplacer?toutes=1"))
    assert days_of(every) > {4}
    assert "Toutes les heures sont affichées" in every


def days_of(page: str) -> set[int]:
    """Return the weekdays of the hours that may be chosen."""
    fields = re.findall(r'<input[^>]*name="slot"[^>]*>', page)
    values = [found[1] for field in fields if (found := re.search(r'value="([^"]+)"', field))]
    return {in_paris(read_slot(value)[0]).weekday() for value in values}


def test_whoever_needs_an_interpreter_has_one_from_the_booking_on(scene: Agenda) -> None:
    person, colleague = speak(scene), a_colleague(scene)
    far = an_interpreter(scene, name="Au téléphone", on_site=False, by_phone=True)
    here = an_interpreter(scene, name="Sami")
    mine = scene.book(origin=Origin.PERSON)
    assert get_visit(mine)[1].interpreter_id == here, "on the spot before by telephone"
    other = scene.another(language=person.language)
    theirs = scene.book(person_id=other.id, adviser_id=colleague)
    assert get_visit(theirs)[1].interpreter_id == far
    third = make_user(Role.ADVISER, desk_id=scene.desk.id)
    last = scene.book(person_id=scene.another(language=person.language).id, adviser_id=third.id)
    assert get_visit(last)[1].interpreter_id is None, "the desk receives all the same, and looks for somebody"
    french = scene.book(person_id=scene.another().id, starts_at=THURSDAY + timedelta(days=1))
    assert get_visit(french)[1].interpreter_id is None


def test_by_telephone_somebody_who_translates_by_telephone_comes_first(scene: Agenda) -> None:
    speak(scene)
    an_interpreter(scene, name="Sami")
    far = an_interpreter(scene, name="Au téléphone", on_site=False, by_phone=True)
    visit = scene.book(type_id=a_type(MeetingKind.PHONE).id)
    assert get_visit(visit)[1].interpreter_id == far


def test_an_hour_that_fell_free_is_over_once_the_interpreter_is_taken(scene: Agenda) -> None:
    person, colleague = speak(scene), a_colleague(scene)
    an_interpreter(scene, name="Sami")
    scene.book(starts_at=THURSDAY + timedelta(days=7))
    wish = services.ask_earlier(
        person_id=person.id, type_id=scene.first.id, desk_id=scene.desk.id,
        attendance_id=db.session.scalars(select(Attendance.id)).one(), actor_id=None, now=NOW,
    )  # fmt: skip
    with transaction() as session:
        offer = EarlierOffer(
            wish_id=wish, adviser_id=scene.adviser.id, starts_at=THURSDAY, ends_at=THURSDAY + timedelta(hours=1),
            offered_at=NOW, expires_at=NOW + timedelta(hours=3),
        )  # fmt: skip
        session.add(offer)
        session.flush()
        offer_id = offer.id
    scene.book(person_id=scene.another(language=person.language).id, adviser_id=colleague)
    with pytest.raises(OfferOver):
        services.accept_offer(offer_id=offer_id, actor_id=None, now=NOW)
