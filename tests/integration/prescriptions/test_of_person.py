"""Who sent the person, on their file and in their own space."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask

from mobility.accounts.policy import Role
from mobility.agenda.rules import AttendanceState, MeetingKind
from mobility.prescriptions import services
from mobility.prescriptions.queries.of_person import orientations_of
from mobility.prescriptions.rules.states import Outcome, State
from tests.factories.accounts import make_user, signed_in
from tests.factories.agenda import a_type, an_opening
from tests.factories.prescriptions import DAY, NOW, House, bring_to, get
from tests.integration.prescriptions.test_meetings import book, close


def text_of(answer: Any) -> str:
    assert answer.status_code == 200, answer.status_code
    return str(answer.get_data(as_text=True)).replace("\xa0", " ").replace("\u202f", " ")


def person_of(number: int) -> int:
    person_id = get(number).person_id
    assert person_id is not None
    return person_id


@pytest.fixture
def receiving(house: House) -> House:
    a_type()
    an_opening(house.adviser, house.desk)
    return house


def test_the_file_shows_who_sent_the_person_and_what_is_next(app: Flask, receiving: House) -> None:
    number = bring_to(receiving, State.ACCEPTED)
    page = text_of(signed_in(app, receiving.adviser).get(f"/personnes/{person_of(number)}"))
    assert "Orientée par" in page
    assert "Mission locale" in page
    assert "Aller au travail ou en formation" in page
    assert f"/bannette/{number}/premier-rendez-vous" in page
    assert "il reste 30 jours" in page


def test_whoever_reads_no_inbox_reads_no_orientation(app: Flask, receiving: House) -> None:
    number = bring_to(receiving, State.ACCEPTED)
    auditor = make_user(Role.FLEET_OFFICER, desk_id=receiving.desk.id)
    answer = signed_in(app, auditor).get(f"/personnes/{person_of(number)}")
    assert "Orientée par" not in answer.get_data(as_text=True)


def test_the_person_reads_it_in_plain_words_and_chooses_the_meeting(app: Flask, receiving: House) -> None:
    number = bring_to(receiving, State.ACCEPTED)
    mine = signed_in(app, make_user(Role.BENEFICIARY, person_id=person_of(number)))
    page = text_of(mine.get("/mon-espace"))
    assert "Laurent Petit nous a écrit pour vous le mardi 24 novembre" in page
    assert "Pourquoi : aller au travail ou en formation" in page
    assert "Il faut choisir un premier rendez-vous, avant le jeudi 24 décembre" in page
    assert "Cette structure sait seulement : reçu, commencé ou terminé" in page
    assert page.count("Choisir mon premier rendez-vous") == 2, "what to do first, and where it comes from"
    visit = book(receiving, number)
    page = text_of(mine.get("/mon-espace"))
    assert "Notre premier rendez-vous : jeudi 26 novembre à 10 h" in page
    assert "Choisir mon premier rendez-vous" not in page
    close(visit, AttendanceState.ABSENT)
    assert "Nous ne nous sommes pas vus. Choisissez une autre date" in text_of(mine.get("/mon-espace"))
    close(visit, AttendanceState.PRESENT)
    assert "Notre accompagnement a commencé le jeudi 26 novembre" in text_of(mine.get("/mon-espace"))


def test_the_person_reads_what_they_agreed_to(app: Flask, receiving: House) -> None:
    number = bring_to(receiving, State.ACCEPTED, shares_back=True)
    mine = signed_in(app, make_user(Role.BENEFICIARY, person_id=person_of(number)))
    assert "cette structure sait la date du rendez-vous" in text_of(mine.get("/mon-espace"))


def test_at_a_desk_without_online_meetings_the_person_calls(app: Flask, house: House) -> None:
    a_type(MeetingKind.FIRST, by_person=False)
    number = bring_to(house, State.ACCEPTED)
    page = text_of(signed_in(app, make_user(Role.BENEFICIARY, person_id=person_of(number))).get("/mon-espace"))
    assert "Choisir mon premier rendez-vous" not in page
    assert "Appeler Denain" in page


def test_what_has_ended_long_ago_stands_in_the_file_alone(receiving: House) -> None:
    number = bring_to(receiving, State.STARTED)
    services.close(prescription_id=number, outcome=Outcome.WORK, note="", actor_id=receiving.adviser.id, now=NOW)
    person_id, later = person_of(number), (NOW + 70 * DAY).date()
    assert [one.ending for one in orientations_of(person_id, on=later)] == ["Emploi trouvé ou gardé"]
    assert orientations_of(person_id, on=later, for_person=True) == []
    assert len(orientations_of(person_id, on=NOW.date(), for_person=True)) == 1
