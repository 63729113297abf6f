"""The pages: phase, transfer, note, caseload and its balance, a colleague who is away."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from mobility.accounts.models import User
from mobility.accounts.policy import Role
from mobility.accounts.services.users import add_grant
from mobility.agenda import errors as agenda_errors
from mobility.agenda.models import AgendaAbsence
from mobility.agenda.rules import AttendanceState, MeetingKind
from mobility.agenda.services import create_workshop
from mobility.caseload import services
from mobility.caseload.covering import Treatment
from mobility.caseload.errors import AdviserUnfit, ChoiceGone
from mobility.caseload.parameters import TARGET
from mobility.caseload.services import Choice
from mobility.core.clock import day_of
from mobility.core.db import db, load
from mobility.notifications.models import OutboxMessage
from mobility.people import services as people
from mobility.people.kinds import Phase
from mobility.people.models import Person
from tests.factories.accounts import make_user, signed_in
from tests.factories.agenda import NOW, THURSDAY, Agenda, a_person_at, a_type, an_opening, get_visit, make_agenda
from tests.factories.desks import make_desk
from tests.factories.parameters import make_value
from tests.integration.pathway.pages import text


@pytest.fixture
def scene(app: Flask) -> Iterator[Agenda]:
    with time_machine.travel(NOW, tick=False):
        yield make_agenda()


@pytest.fixture
def colleague(scene: Agenda) -> User:
    return make_user(Role.ADVISER, desk_id=scene.desk.id, name="Bruno Lemaire")


@pytest.fixture
def adviser(app: Flask, scene: Agenda) -> FlaskClient:
    return signed_in(app, scene.adviser)


@pytest.fixture
def manager(app: Flask, scene: Agenda) -> FlaskClient:
    return signed_in(app, scene.manager)


def templates_told() -> list[str]:
    db.session.expire_all()
    return list(db.session.scalars(select(OutboxMessage.template).order_by(OutboxMessage.id)))


def test_the_phase_is_set_on_its_page_and_what_happened_proposes_it(adviser: FlaskClient, scene: Agenda) -> None:
    page = text(adviser.get(f"/personnes/{scene.person.id}/phase"))
    assert "Accueil" in page
    data = {"phase": "coaching", "since_on": day_of(NOW).isoformat(), "version": load(Person, scene.person.id).version}
    answer = adviser.post(f"/personnes/{scene.person.id}/phase", data=data)
    assert answer.status_code == 303
    assert "Accompagnement renforcé" in text(adviser.get(f"/personnes/{scene.person.id}"))
    again = adviser.post(f"/personnes/{scene.person.id}/phase", data=data)
    assert again.status_code == 422


def test_a_note_is_left_shown_on_the_page_and_read(
    app: Flask, adviser: FlaskClient, scene: Agenda, colleague: User
) -> None:
    answer = adviser.post(
        f"/personnes/{scene.person.id}/passation", data={"to_user_id": colleague.id, "text": "Préfère les matins."}
    )
    assert answer.status_code == 303
    reader = signed_in(app, colleague)
    assert "Note de passation de Claire Dupont" in text(reader.get(f"/personnes/{scene.person.id}"))
    assert "J’ai lu cette note" not in text(adviser.get("/passations/1"))
    assert "J’ai lu cette note" in text(reader.get("/passations/1"))
    assert reader.post("/passations/1").status_code == 303
    assert "Note de passation de" not in text(reader.get(f"/personnes/{scene.person.id}"))


def test_a_person_is_handed_to_a_colleague_on_one_page(adviser: FlaskClient, scene: Agenda, colleague: User) -> None:
    assert "Confier à un collègue" in text(adviser.get(f"/personnes/{scene.person.id}/transfert"))
    data = {
        "desk_id": scene.desk.id, "referent_user_id": colleague.id, "coming": "keep", "note": "À suivre.",
        "version": load(Person, scene.person.id).version,
    }  # fmt: skip
    assert adviser.post(f"/personnes/{scene.person.id}/transfert", data=data).status_code == 303
    db.session.expire_all()
    assert load(Person, scene.person.id).referent_user_id == colleague.id
    refused = adviser.post(f"/personnes/{scene.person.id}/transfert", data={**data, "version": "3"})
    assert refused.status_code == 422
    assert "À suivre." in text(refused)


# ---- caseload


def test_the_manager_sees_who_follows_whom_and_evens_it_out(
    manager: FlaskClient, scene: Agenda, colleague: User, count_queries: Any
) -> None:
    make_value(TARGET, 2, desk_id=scene.desk.id)
    for _ in range(3):
        a_person_at(scene.desk, scene.adviser)
    hidden = a_person_at(scene.desk, scene.adviser, first_name="Cachée")
    people.protect(person_id=hidden.id, user_ids=[scene.adviser.id], reason=None, actor_id=scene.adviser.id, now=NOW)
    page = text(manager.get("/charge"))
    for words in ("Claire Dupont", "Bruno Lemaire", "Charge comparée à l’objectif de 2", "Équilibrer"):
        assert words in page, words
    assert "Cachée" not in page

    codes = re.findall(r'value="(\d+\.\d+\.\d+)"', page)
    assert codes
    assert manager.post("/charge", data={}).status_code == 422
    assert manager.post("/charge", data={"moves": codes}).status_code == 303
    db.session.expire_all()
    moved = [load(Person, int(code.split(".")[0])) for code in codes]
    assert all(person.referent_user_id != scene.adviser.id for person in moved)
    assert templates_told().count("referent_changed") == len(codes)
    with count_queries() as few:
        manager.get("/charge")
    for _ in range(10):
        a_person_at(scene.desk, scene.adviser)
    with count_queries() as many:
        manager.get("/charge")
    assert many.total == few.total


def test_people_who_left_weigh_nothing(manager: FlaskClient, scene: Agenda) -> None:
    services.set_phase(person_id=scene.person.id, phase=Phase.LEFT, since_on=day_of(NOW), actor_id=None, now=NOW)
    assert "Personnes par phase" in text(manager.get("/charge"))


def test_who_carries_too_much_stands_in_their_managers_list_until_somebody_takes_over(
    app: Flask, manager: FlaskClient, adviser: FlaskClient, scene: Agenda, colleague: User
) -> None:
    make_value(TARGET, 2, desk_id=scene.desk.id)
    a_person_at(scene.desk, scene.adviser)
    assert "Alléger la charge" not in text(manager.get("/a-faire")), "two for a target of two is not too much"
    third = a_person_at(scene.desk, scene.adviser)
    elsewhere = signed_in(app, make_user(Role.MANAGER, desk_id=make_desk("Caudry").id))
    for path in ("/a-faire", "/a-faire/antenne"):
        page = text(manager.get(path))
        assert "Alléger la charge : Claire Dupont" in page
        assert "Denain : 3,0 pour un objectif de 2" in page
        assert "Bruno Lemaire" not in page
        assert 'href="/charge#equilibrer"' in page
        assert "Alléger la charge" not in text(elsewhere.get(path)), "another desk's"
    assert "Alléger la charge" not in text(adviser.get("/a-faire")), "nobody is told of their own"
    assert 'id="equilibrer"' in text(manager.get("/charge"))
    services.reassign(
        person_id=third.id, from_user_id=scene.adviser.id, to_user_id=colleague.id, actor_id=scene.manager.id, now=NOW
    )
    assert "Alléger la charge" not in text(manager.get("/a-faire")), "nobody ticks it"
    page = text(manager.get("/charge"))
    assert ('id="equilibrer"' in page, "Aucun changement à proposer" in page) == (True, True)


def test_a_phase_weighs_in_the_managers_list_as_on_the_page(manager: FlaskClient, scene: Agenda) -> None:
    make_value(TARGET, 1, desk_id=scene.desk.id)
    assert "Alléger la charge" not in text(manager.get("/a-faire"))
    services.set_phase(person_id=scene.person.id, phase=Phase.COACHING, since_on=day_of(NOW), actor_id=None, now=NOW)
    assert "Denain : 2,0 pour un objectif de 1" in text(manager.get("/a-faire"))
    make_value(TARGET, 2, desk_id=scene.desk.id, valid_from_on=day_of(NOW))
    assert "Alléger la charge" not in text(manager.get("/a-faire")), "the target of the day holds"


def test_the_managers_list_asks_as_much_for_many_desks_and_advisers_as_for_one(
    app: Flask, scene: Agenda, count_queries: Any
) -> None:
    make_value(TARGET, 1)
    desks = [make_desk(name) for name in ("Caudry", "Le Cateau", "Solesmes")]
    chief = signed_in(app, scene.manager)
    a_person_at(scene.desk, scene.adviser)
    assert text(chief.get("/a-faire")).count("Alléger la charge : ") >= 1
    with count_queries() as few:
        chief.get("/a-faire")
    for desk in desks:
        add_grant(
            user_id=scene.manager.id, role=Role.MANAGER, desk_id=desk.id, organisation_id=None, actor_id=None, now=NOW
        )
        for _ in range(2):
            busy = make_user(Role.ADVISER, desk_id=desk.id)
            for _ in range(2):
                a_person_at(desk, busy)
    page = text(chief.get("/a-faire"))
    assert all(f"{desk.name} : 2,0 pour un objectif de 1" in page for desk in desks)
    with count_queries() as many:
        chief.get("/a-faire")
    assert many.total == few.total


def test_an_adviser_does_not_open_the_page_of_the_team(adviser: FlaskClient) -> None:
    assert adviser.get("/charge").status_code == 403


# ---- a colleague who is away


AWAY = f"/agenda/remplacer?qui=%s&du={day_of(THURSDAY)}&au={day_of(THURSDAY)}"


def test_the_day_of_somebody_who_is_away_is_treated_in_one_act(
    manager: FlaskClient, scene: Agenda, colleague: User
) -> None:
    an_opening(colleague, scene.desk)
    first = scene.book()
    second = scene.book(person_id=scene.another().id, starts_at=THURSDAY + timedelta(hours=1))
    third = scene.book(person_id=scene.another().id, starts_at=THURSDAY + timedelta(hours=-1))
    page = text(manager.get(AWAY % scene.adviser.id))
    assert "Même heure, avec Bruno Lemaire" in page
    ids = {one: get_visit(one)[1].id for one in (first, second, third)}
    data = {
        f"rdv-{ids[first]}": f"to:{colleague.id}", f"rdv-{ids[second]}": "invite", f"rdv-{ids[third]}": "later",
        "note": "Elle attend son permis.", "note_absence": "y",
    }  # fmt: skip
    answer = manager.post(AWAY % scene.adviser.id, data=data)
    assert answer.status_code == 303
    visit, appointment = get_visit(first)
    assert (appointment.adviser_id, appointment.starts_at, visit.state) == (
        colleague.id, THURSDAY, AttendanceState.EXPECTED,
    )  # fmt: skip
    assert get_visit(second)[0].state is AttendanceState.CANCELLED
    later = get_visit(third)[1]
    assert later.starts_at > THURSDAY
    assert not (later.adviser_id == scene.adviser.id and day_of(later.starts_at) == day_of(THURSDAY))
    assert db.session.query(AgendaAbsence).count() == 1
    told = templates_told()
    assert told.count("appointment_moved") == 2
    assert {"appointment_cancelled", "appointment_invitation", "staff_alert"} <= set(told)


def test_a_choice_that_is_possible_no_more_is_said_beside_it_and_the_rest_is_done(
    manager: FlaskClient, scene: Agenda, colleague: User
) -> None:
    first, second = scene.book(), scene.book(person_id=scene.another().id, starts_at=THURSDAY + timedelta(hours=1))
    ids = {one: get_visit(one)[1].id for one in (first, second)}
    scene.book(person_id=scene.another().id, adviser_id=colleague.id)
    data = {f"rdv-{ids[first]}": f"to:{colleague.id}", f"rdv-{ids[second]}": f"to:{colleague.id}"}
    answer = manager.post(AWAY % scene.adviser.id, data=data)
    assert answer.status_code == 422
    assert "Ce choix n’est plus possible" in text(answer)
    assert get_visit(first)[1].adviser_id == scene.adviser.id
    assert get_visit(second)[1].adviser_id == colleague.id


def treat(scene: Agenda, attendance_id: int, choice: Choice) -> None:
    services.treat_appointment(
        appointment_id=get_visit(attendance_id)[1].id, absent_id=scene.adviser.id, choice=choice, actor_id=None, now=NOW
    )


def test_nobody_is_booked_twice_and_a_protected_file_stays_with_those_who_know_it(
    scene: Agenda, colleague: User
) -> None:
    first = scene.book()
    scene.book(person_id=scene.another().id, adviser_id=colleague.id, starts_at=THURSDAY + timedelta(minutes=30))
    with pytest.raises(agenda_errors.SlotTaken):
        treat(scene, first, Choice(Treatment.COLLEAGUE, colleague.id))
    with pytest.raises(agenda_errors.AdviserUnknown):
        treat(scene, first, Choice(Treatment.COLLEAGUE, make_user(Role.ADVISER, desk_id=make_desk().id).id))
    people.protect(
        person_id=scene.person.id, user_ids=[scene.adviser.id], reason=None, actor_id=scene.adviser.id, now=NOW
    )
    with pytest.raises(AdviserUnfit):
        treat(scene, first, Choice(Treatment.COLLEAGUE, scene.manager.id))
    assert get_visit(first)[1].adviser_id == scene.adviser.id


def test_a_workshop_goes_to_a_colleague_whole(scene: Agenda, colleague: User) -> None:
    workshop = a_type(MeetingKind.WORKSHOP)
    appointment_id = create_workshop(
        type_id=workshop.id,
        desk_id=scene.desk.id,
        adviser_id=scene.adviser.id,
        starts_at=THURSDAY,
        actor_id=None,
        now=NOW,
    )
    values = {"appointment_id": appointment_id, "absent_id": scene.adviser.id, "actor_id": None, "now": NOW}
    with pytest.raises(ChoiceGone):
        services.treat_appointment(choice=Choice(Treatment.LATER), **values)
    services.treat_appointment(choice=Choice(Treatment.COLLEAGUE, colleague.id), **values)
    with pytest.raises(ChoiceGone):
        services.treat_appointment(choice=Choice(Treatment.COLLEAGUE, colleague.id), **values)


def test_a_day_without_appointments_says_so(adviser: FlaskClient, scene: Agenda) -> None:
    assert "Aucun rendez-vous ces jours-là." in text(adviser.get(AWAY % scene.adviser.id))
    assert "Aucun rendez-vous ces jours-là." in text(adviser.get("/agenda/remplacer?qui=abc&du=hier&au=9999-12-31"))
