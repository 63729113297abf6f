"""The pages of an objective: opening, editing by two at once, closing, and the solutions."""

from __future__ import annotations

from datetime import date

import pytest
from flask.testing import FlaskClient

from mobility.pathway import queries
from mobility.pathway.rules import ObjectiveState
from mobility.people.models import Person
from tests.factories.pathway import MONDAY, a_roster, a_step, an_objective
from tests.integration.pathway.pages import filled, objective_data, text

pytestmark = pytest.mark.usefixtures("frozen")


def test_an_objective_is_opened_and_leads_to_its_hours(staff: FlaskClient, person: Person) -> None:
    answer = staff.post(f"/personnes/{person.id}/objectifs/nouveau", data=objective_data())
    (objective,) = queries.list_objectives(person.id)
    assert (answer.status_code, answer.location) == (303, f"/objectifs/{objective.id}/horaires")
    assert (objective.title, objective.insee_code, objective.ends_on) == ("Cariste", "59447", date(2027, 2, 26))


@pytest.mark.parametrize(
    "values",
    [
        {"kind": ""},
        {"kind": "other"},
        {"starts_on": ""},
        {"starts_on": "2026-02-30"},
        {"starts_on": "1226-01-01"},
        {"ends_on": "2020-01-01"},
        {"ends_on": "2199-01-01"},
        {"employer_id": "999999"},
        {"employer_id": "abc"},
        {"employer_id": "99999999999999999999"},
        {"title": "é" * 10_000},
        {"employer_name": "👋" * 5_000},
        {"city": "x" * 10_000},
        {"postcode": "592640"},
        {"street": "1 85 05 78 006 084 91"},
    ],
)
def test_an_objective_that_makes_no_sense_is_refused_and_keeps_what_was_typed(
    staff: FlaskClient, person: Person, values: dict[str, str]
) -> None:
    answer = staff.post(f"/personnes/{person.id}/objectifs/nouveau", data=objective_data(**values))
    assert answer.status_code == 422
    assert "point à corriger" in text(answer) or "points à corriger" in text(answer)
    assert queries.list_objectives(person.id) == []


@pytest.mark.parametrize("title", ["👋 مرحبا", "<script>alert(1)</script>", "=1+1", "' OR 1=1 --"])
def test_any_words_are_kept_as_they_are_and_shown_as_words(staff: FlaskClient, person: Person, title: str) -> None:
    staff.post(f"/personnes/{person.id}/objectifs/nouveau", data=objective_data(title=title))
    page = staff.get(f"/personnes/{person.id}").get_data(as_text=True)
    assert queries.list_objectives(person.id)[0].title == title
    assert "<script>alert" not in page


def test_two_people_who_edit_at_once_see_both_versions(staff: FlaskClient, person: Person) -> None:
    objective_id = an_objective(person.id)
    path = f"/objectifs/{objective_id}/modifier"
    seen = str(queries.get_objective(objective_id).version)
    assert f'value="{seen}"' in staff.get(path).get_data(as_text=True)
    first = staff.post(path, data=objective_data(title="Le premier", version=seen, once="a"))
    assert first.status_code == 303
    second = staff.post(path, data=objective_data(title="Le second", version=seen, once="b"))
    assert second.status_code == 422
    page = text(second)
    assert "Ce qui est enregistré maintenant" in page
    assert "Le premier" in page
    assert "Le second" in page
    now_seen = str(queries.get_objective(objective_id).version)
    again = staff.post(path, data=objective_data(title="Le second", version=now_seen, once="c"))
    assert again.status_code == 303
    assert queries.get_objective(objective_id).title == "Le second"


@pytest.mark.parametrize("version", ["", "abc", "99999999999", "-1"])
def test_an_edit_without_the_version_it_saw_is_refused(staff: FlaskClient, person: Person, version: str) -> None:
    objective_id = an_objective(person.id)
    answer = staff.post(f"/objectifs/{objective_id}/modifier", data=objective_data(version=version))
    assert answer.status_code == 422


@pytest.mark.parametrize(("act", "state"), [("reach", ObjectiveState.REACHED), ("drop", ObjectiveState.DROPPED)])
def test_an_objective_is_closed_after_a_question_and_reopened(
    staff: FlaskClient, person: Person, act: str, state: ObjectiveState
) -> None:
    objective_id = filled(person.id)
    path = f"/objectifs/{objective_id}/etat"
    assert staff.get(f"{path}/{act}").status_code == 200
    version = str(queries.get_objective(objective_id).version)
    assert staff.post(f"{path}/{act}", data={"version": version, "once": "1"}).status_code == 303
    assert queries.get_objective(objective_id).state is state
    assert "pas possible maintenant" in text(staff.get(f"{path}/{act}"))
    version = str(queries.get_objective(objective_id).version)
    assert staff.post(f"{path}/{act}", data={"version": version, "once": "2"}).status_code == 422
    assert staff.post(f"{path}/reopen", data={"version": version, "once": "3"}).status_code == 303
    assert queries.get_objective(objective_id).state is ObjectiveState.OPEN


def test_solutions_show_the_days_alone_and_what_each_aid_says(staff: FlaskClient, person: Person) -> None:
    objective_id = filled(person.id)
    page = text(staff.get(f"/objectifs/{objective_id}/solutions"))
    assert "Jeudi 26 : rien pour aller au travail" in page
    assert "Le permis n’est pas vérifié. Montrez-le à l’antenne." in page.replace('<span class="soft">', "").replace(
        "</span>", ""
    )
    assert "45,00 €" in page


def test_solutions_of_an_objective_without_gap_say_so(staff: FlaskClient, person: Person) -> None:
    objective_id = an_objective(person.id, ends_on=MONDAY)
    a_roster(objective_id)
    a_step(person.id, objective_id)
    assert "sont assurés" in text(staff.get(f"/objectifs/{objective_id}/solutions"))
