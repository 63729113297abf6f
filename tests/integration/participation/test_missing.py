"""« Ce qui manque »: who lacks what, until when, in a constant number of questions; and the adviser's list."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask

from mobility.accounts.models import User
from mobility.accounts.policy import Role
from mobility.organisations.rules import OrganisationKind
from mobility.participation import services
from mobility.participation.rules.exits import Outcome, Proof
from mobility.participation.rules.items import EvidenceKind
from mobility.people.models import Person
from tests.factories.accounts import make_user, signed_in
from tests.factories.desks import make_desk
from tests.factories.organisations import make_agreement, make_organisation
from tests.factories.participation import NOW, a_departure, a_participation
from tests.factories.people import make_person
from tests.integration.loans.pages import ok
from tests.integration.participation.test_entries import ALL

pytestmark = pytest.mark.usefixtures("at_now")
TODAY = date(2026, 11, 24)
DAY = timedelta(days=1)


class Scene:
    """A desk, its adviser and manager, an operation that runs and one that is over."""

    def __init__(self) -> None:
        self.desk = make_desk("Denain")
        self.adviser: User = make_user(Role.ADVISER, desk_id=self.desk.id, name="Claire Dupont")
        self.manager: User = make_user(Role.MANAGER, desk_id=self.desk.id)
        funder = make_organisation(OrganisationKind.FUNDER)
        self.running = make_agreement(funder.id, name="Opération en cours", fse_plus=True)
        self.over = make_agreement(funder.id, name="Opération finie", fse_plus=True, valid_until_on=date(2026, 11, 10))

    def person(self, name: str, **values: Any) -> Person:
        """Somebody of the desk."""
        return make_person("Amel", name, desk=self.desk, referent_user_id=self.adviser.id, **values)

    def page(self, app: Flask, query: str = "") -> str:
        """The page, as the manager reads it."""
        return ok(signed_in(app, self.manager).get(f"/ce-qui-manque{query}"))


@pytest.fixture
def scene(app: Flask) -> Scene:
    return Scene()


def test_answers_and_papers_leave_the_list_when_they_are_there(app: Flask, scene: Scene) -> None:
    person = scene.person("Leclercq")
    entry = a_participation(person.id, scene.running.id, entered_on=TODAY - 20 * DAY)
    for kind in ("answers", "evidence"):
        page = scene.page(app, f"?quoi={kind}")
        assert "Leclercq" in page
        assert "02/12/2026" in page, "28 days after the entry"
        assert "Bientôt trop tard" in page
    services.give_answers(participation_id=entry.id, answers=ALL, actor_id=scene.adviser.id, now=NOW)
    assert "Leclercq" not in scene.page(app, "?quoi=answers")
    acts: dict[str, Any] = {"participation_id": entry.id, "kind": EvidenceKind.RSA, "actor_id": None, "now": NOW}
    services.see_evidence(dated_on=TODAY, **acts)
    assert "Leclercq" in scene.page(app, "?quoi=evidence"), "it is dated after the entry"
    services.see_evidence(dated_on=TODAY - 30 * DAY, **acts)
    assert "Leclercq" not in scene.page(app, "?quoi=evidence")


def test_an_operation_that_is_over_asks_for_exits(app: Flask, scene: Scene) -> None:
    person = scene.person("Morel")
    a_participation(person.id, scene.over.id, entered_on=date(2026, 9, 1))
    page = scene.page(app, "?quoi=exit")
    assert "Morel" in page
    assert "08/12/2026" in page
    left = services.leave(person_id=person.id, left_on=TODAY, outcome=Outcome.WORK, actor_id=scene.adviser.id, now=NOW)
    assert "Morel" not in scene.page(app, "?quoi=exit")
    assert "Morel" in scene.page(app, "?quoi=proof")
    services.prove(departure_id=left, left_on=TODAY, outcome=Outcome.WORK, proof=Proof.CONTRACT, actor_id=None, now=NOW)
    assert "Morel" not in scene.page(app, "?quoi=proof")


def test_what_is_too_late_stands_apart(app: Flask, scene: Scene) -> None:
    a_departure(scene.person("Tardif").id, left_on=TODAY - 29 * DAY)
    a_departure(scene.person("Juste").id, left_on=TODAY - 28 * DAY)
    a_departure(scene.person("Demenage").id, left_on=TODAY - 2 * DAY, outcome=Outcome.MOVED)
    page = scene.page(app, "?quoi=proof")
    assert "Juste" in page
    assert "Tardif" not in page
    assert "Demenage" not in page, "nobody proves that they moved"
    late = scene.page(app, "?quoi=proof&etat=tard")
    assert "Tardif" in late
    assert "Juste" not in late


def test_the_later_answer_is_missing_from_the_sixth_month_on(app: Flask, scene: Scene) -> None:
    asked = a_departure(scene.person("Sixmois").id, left_on=date(2026, 5, 24))
    a_departure(scene.person("Cinqmois").id, left_on=date(2026, 5, 25))
    page = scene.page(app, "?quoi=later")
    assert "Sixmois" in page
    assert f"/sorties/{asked.id}/six-mois" in page
    assert "Cinqmois" not in page


def test_the_first_thing_that_somebody_lacks_is_shown_first(app: Flask, scene: Scene) -> None:
    a_departure(scene.person("Preuve").id, left_on=TODAY)
    assert "Preuve" in scene.page(app)
    assert "Rien ne manque" in scene.page(app, "?quoi=later")
    assert "Preuve" in scene.page(app, "?quoi=inconnu&page=99")


def test_others_and_hidden_files_are_not_in_the_list(app: Flask, scene: Scene) -> None:
    hidden = make_person("Zoé", "Cachée", desk=scene.desk, protected_for=[scene.adviser])
    a_departure(hidden.id, left_on=TODAY)
    a_departure(make_person("Paul", "Ailleurs", desk=make_desk("Caudry")).id, left_on=TODAY)
    page = scene.page(app, "?quoi=proof")
    assert "Cachée" not in page
    assert "Ailleurs" not in page
    assert "Cachée" in ok(signed_in(app, scene.adviser).get("/ce-qui-manque?quoi=proof"))


def test_the_adviser_is_warned_in_time_and_not_before(app: Flask, scene: Scene, at_now: Any) -> None:
    person = scene.person("Bientot")
    a_participation(person.id, scene.running.id, entered_on=TODAY)
    assert "Poser les questions" not in ok(signed_in(app, scene.adviser).get("/a-faire"))
    at_now.move_to(NOW + 18 * DAY, tick=False)
    page = ok(signed_in(app, scene.adviser).get("/a-faire"))
    assert "Poser les questions : Amel Bientot" in page
    assert "Noter un justificatif : Amel Bientot" in page
    at_now.move_to(NOW + 29 * DAY, tick=False)
    assert "Poser les questions" not in ok(signed_in(app, scene.adviser).get("/a-faire"))


def test_the_page_asks_the_same_number_of_questions_whatever_it_shows(
    app: Flask, scene: Scene, count_queries: Any
) -> None:
    client = signed_in(app, scene.manager)
    a_departure(scene.person("Premier").id, left_on=TODAY)
    ok(client.get("/ce-qui-manque?quoi=proof"))
    with count_queries() as few:
        ok(client.get("/ce-qui-manque?quoi=proof"))
    for number in range(60):
        a_departure(scene.person(f"Autre{'x' * (number % 9)}").id, left_on=TODAY - (number % 20) * DAY)
    with count_queries() as many:
        page = ok(client.get("/ce-qui-manque?quoi=proof"))
    assert many.total == few.total
    assert "1 à 50 sur 61" in page
    assert "Premier" in ok(client.get("/ce-qui-manque?quoi=proof&page=2"))
