"""The list of tasks: what stands there is a fact, and leaves when the fact is done with."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from mobility.accounts.policy import Role
from mobility.agenda.models import Attendance
from mobility.core.clock import day_of
from mobility.core.db import db
from mobility.people.models import Person
from mobility.todo import services
from mobility.todo.models import TaskDelay
from tests.factories.accounts import make_user, signed_in
from tests.factories.agenda import NOW, THURSDAY, Agenda, make_agenda
from tests.factories.desks import make_desk
from tests.factories.pathway import a_roster, an_objective
from tests.factories.people import make_person
from tests.integration.loans.pages import HOSTILE, ok

pytestmark = pytest.mark.usefixtures("at_now")
AFTER = THURSDAY + timedelta(hours=2)


@pytest.fixture
def held(at_now: Any) -> Agenda:
    """A meeting that is over and has no report."""
    scene = make_agenda()
    scene.book()
    at_now.move_to(AFTER, tick=False)
    return scene


def the_list(client: FlaskClient, below: str = "") -> str:
    return ok(client.get(f"/a-faire{below}"))


def test_a_task_leaves_when_it_is_done_and_nobody_ticks_it(app: Flask, held: Agenda) -> None:
    client = signed_in(app, held.adviser)
    page = the_list(client)
    assert f"Faire le bilan du rendez-vous : {held.person.first_name} {held.person.last_name}" in page
    assert "pour le 26 nov. 2026" in page or "26/11/2026" in page
    visit = db.session.scalars(select(Attendance)).one()
    client.post(f"/rendez-vous/{visit.id}/bilan", data={"attendance": "excused", "version": visit.version})
    assert "Faire le bilan" not in the_list(client)


def test_the_manager_reads_the_teams_list_with_who_does_it_and_an_adviser_only_theirs(app: Flask, held: Agenda) -> None:
    colleague = make_user(Role.ADVISER, desk_id=held.desk.id)
    elsewhere = make_user(Role.MANAGER, desk_id=make_desk("Caudry").id)
    manager = signed_in(app, held.manager)
    assert "Faire le bilan" not in the_list(manager)
    team = the_list(manager, "/antenne")
    assert held.person.last_name in team
    assert "Claire Dupont" in team
    assert held.person.last_name not in the_list(signed_in(app, elsewhere), "/antenne")
    client = signed_in(app, colleague)
    assert held.person.last_name not in the_list(client)
    assert client.get("/a-faire/antenne").status_code == 403


def test_the_list_of_a_team_does_not_name_a_protected_file(app: Flask, held: Agenda) -> None:
    held.person.protected = True
    db.session.commit()
    page = the_list(signed_in(app, held.manager), "/antenne")
    assert "Faire le bilan" in page
    assert held.person.last_name not in page


def test_a_task_can_be_put_off_and_comes_back_on_its_day(app: Flask, held: Agenda, at_now: Any) -> None:
    client = signed_in(app, held.adviser)
    visit = db.session.scalars(select(Attendance)).one()
    address = f"/a-faire/plus-tard?tache=report:{visit.id}"
    assert held.person.last_name in ok(client.get(address))
    for wrong in (day_of(AFTER), day_of(AFTER) + timedelta(days=15)):
        refused = client.post(address, data={"until_on": wrong.isoformat()})
        assert refused.status_code == 422
        assert "entre demain et dans 14 jours" in refused.text
    back_on = day_of(AFTER) + timedelta(days=3)
    assert client.post(address, data={"until_on": back_on.isoformat()}).status_code == 303
    page = the_list(client)
    assert "1 tâche remise à plus tard" in page
    assert f"plus-tard?tache=report:{visit.id}" not in page
    assert "Faire le bilan" in the_list(signed_in(app, held.manager), "/antenne"), "others still see it"
    at_now.move_to(AFTER + timedelta(days=3), tick=False)
    client = signed_in(app, held.adviser)
    page = the_list(client)
    assert f"plus-tard?tache=report:{visit.id}" in page
    assert "remise à plus tard" not in page


def test_a_delay_is_taken_back_and_forgotten_when_it_is_over(app: Flask, held: Agenda) -> None:
    client = signed_in(app, held.adviser)
    visit = db.session.scalars(select(Attendance)).one()
    services.put_off(
        user_id=held.adviser.id, key=f"report:{visit.id}", until_on=day_of(AFTER) + timedelta(days=2), now=AFTER
    )
    assert services.forget_over(now=AFTER) == 0
    assert client.post(f"/a-faire/reprendre?tache=report:{visit.id}").status_code == 303
    assert db.session.scalars(select(TaskDelay)).all() == []
    services.put_off(user_id=held.adviser.id, key="a:1", until_on=day_of(AFTER) + timedelta(days=2), now=AFTER)
    assert services.forget_over(now=AFTER + timedelta(days=2)) == 1


def test_what_is_no_longer_to_be_done_says_so(app: Flask, held: Agenda) -> None:
    client = signed_in(app, held.adviser)
    for key in ("report:999999", HOSTILE[0], ""):
        answer = client.get("/a-faire/plus-tard", query_string={"tache": key}, follow_redirects=True)
        assert answer.status_code == 200
        assert "Cette tâche n’est plus à faire" in answer.text
    assert "Tout est fait" in the_list(client, "?sujet=nothing-of-the-kind")


def test_every_subject_shows_what_it_is_about(app: Flask) -> None:
    scene = make_agenda()
    an_objective_id = an_objective(scene.person.id, starts_on=day_of(NOW), ends_on=day_of(NOW) + timedelta(days=60))
    a_roster(an_objective_id)
    client = signed_in(app, scene.adviser)
    page = the_list(client, "?sujet=gap")
    assert "Trouver un trajet" in page
    assert f"/objectifs/{an_objective_id}/" in page
    team = the_list(signed_in(app, scene.manager), "/antenne?sujet=gap")
    assert f"/objectifs/{an_objective_id}/" in team, "the gaps of the team are the manager's too"
    elsewhere = signed_in(app, make_user(Role.MANAGER, desk_id=make_desk("Caudry").id))
    assert f"/objectifs/{an_objective_id}/" not in the_list(elsewhere, "/antenne?sujet=gap")


def test_the_list_makes_as_many_queries_for_many_people_as_for_few(
    app: Flask, held: Agenda, count_queries: Any
) -> None:
    client = signed_in(app, held.manager)
    a_roster(an_objective(held.person.id))
    the_list(client, "/antenne")
    with count_queries() as few:
        the_list(client, "/antenne")
    for _number in range(6):
        person = make_person(desk=held.desk, referent_user_id=held.adviser.id)
        a_roster(an_objective(person.id))
    assert len(db.session.scalars(select(Person)).all()) > 6
    with count_queries() as many:
        the_list(client, "/antenne")
    assert many.total == few.total
