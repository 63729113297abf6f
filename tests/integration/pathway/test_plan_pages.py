"""The pages of plans: composed at the desk or from a proposal, signed by a link, ticked in the portal."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from mobility.core.db import db
from mobility.diagnosis.barriers import Barrier, Limits
from mobility.local_aids import services as local_aids
from mobility.local_aids.aid import AID
from mobility.notifications.models import OutboxMessage
from mobility.pathway import aid
from mobility.pathway.models import PlanTemplate
from mobility.pathway.plan import queries as plan_queries
from mobility.pathway.plan.rules.terms import Doer, Manner, PlanState, StepKind, VersionState
from mobility.pathway.rules import StepState
from mobility.pathway.services import plan_steps, plans, signing
from mobility.people.models import Person
from tests.factories.diagnosis import make_finished
from tests.factories.pathway import NOW, an_objective
from tests.integration.pathway.pages import text

pytestmark = pytest.mark.usefixtures("frozen")


def a_living(person: Person) -> int:
    return plans.open_plan(person_id=person.id, actor_id=None, now=NOW)


def a_task(plan_id: int, title: str = "Demander le relevé de points", **values: Any) -> int:
    facts: dict[str, Any] = {"kind": StepKind.TASK, "doer": Doer.PERSON, "actor_id": None, "now": NOW}
    return plan_steps.add_step(plan_id=plan_id, title=title, **{**facts, **values})


def test_a_plan_is_begun_filled_and_laid_before_the_person(staff: FlaskClient, person: Person) -> None:
    assert "Pas de plan en cours" in text(staff.get(f"/personnes/{person.id}/plan"))
    answer = staff.post(f"/personnes/{person.id}/plan")
    assert answer.status_code == 303
    plan = plan_queries.find_living_plan(person.id)
    assert plan is not None
    plan_id = plan.id
    typed = {"title": "Appeler la CAF", "doer": "person", "planned_until_on": "2026-12-01"}
    assert staff.post(f"/plans/{plan_id}/etapes/nouvelle/task", data=typed).status_code == 303
    page = text(staff.get(f"/plans/{plan_id}"))
    assert "Appeler la CAF" in page
    assert "Faire signer" in page
    answer = staff.post(f"/plans/{plan_id}/a-signer")
    version = text(staff.get(answer.location))
    assert "La personne : pas encore signé" in version
    paper = staff.get(f"{answer.location}/plan.pdf")
    assert paper.mimetype == "application/pdf"


def test_a_refused_step_keeps_all_that_was_typed(staff: FlaskClient, person: Person) -> None:
    plan_id = a_living(person)
    typed = {"title": "Dossier", "doer": "partner", "doer_name": "", "note": "Avec la carte d’identité"}
    answer = staff.post(f"/plans/{plan_id}/etapes/nouvelle/task", data=typed)
    assert answer.status_code == 422
    page = text(answer)
    assert "Nommez le partenaire." in page
    assert "Avec la carte d’identité" in page


def test_a_circle_is_refused_beside_its_field(staff: FlaskClient, person: Person) -> None:
    plan_id = a_living(person)
    first = a_task(plan_id, "Un")
    second = a_task(plan_id, "Deux", needs=[first])
    typed = {"title": "Un", "doer": "person", "needs": [str(second)], "version": "1"}
    answer = staff.post(f"/etapes/{first}/modifier", data=typed)
    assert (answer.status_code, "s’attendraient l’une l’autre" in text(answer)) == (422, True)


def test_giving_up_asks_for_its_reason(staff: FlaskClient, person: Person) -> None:
    plan_id = a_living(person)
    url = f"/plans/{plan_id}/etat/abandon"
    assert "Pourquoi ?" in text(staff.get(url))
    assert "Écrivez pourquoi" in text(staff.post(url, data={"reason": " "}))
    assert staff.post(url, data={"reason": "A déménagé"}).status_code == 303
    assert plan_queries.get_plan(plan_id).state is PlanState.ABANDONED


def test_the_person_signs_by_the_link_and_the_adviser_at_the_desk(
    staff: FlaskClient, own: FlaskClient, person: Person
) -> None:
    plan_id = a_living(person)
    a_task(plan_id)
    version_id = signing.lay_before(plan_id=plan_id, actor_id=None, now=NOW)
    assert staff.post(f"/plans/versions/{version_id}/envoyer").status_code == 303
    message = db.session.scalars(select(OutboxMessage).where(OutboxMessage.template == "plan_to_sign")).one()
    path = "/signer/" + str(message.params["link"]).rsplit("/signer/", 1)[1]
    visitor = own.application.test_client()
    page = text(visitor.get(path))
    assert "Demander le relevé de points" in page
    assert "J’ai lu et je suis d’accord" in page
    refused = visitor.post(path, data={"name": "Nadia Benali"})
    assert (refused.status_code, "Cochez" in text(refused)) == (422, True)
    assert "Merci, c’est signé" in text(visitor.post(path, data={"name": "Nadia Benali", "agreed": "y"}))
    assert "Merci, c’est signé" in text(visitor.get(path))
    assert visitor.get(f"{path}/plan.pdf").mimetype == "application/pdf"
    url = f"/plans/versions/{version_id}/signer/adviser"
    assert staff.post(url, data={"name": "Camille", "agreed": "y", "ink": ""}).status_code == 303
    db.session.expire_all()
    version = plan_queries.get_version(version_id)
    assert (version.state, version.person_manner) == (VersionState.SIGNED, Manner.LINK)
    assert staff.get(f"/plans/versions/{version_id}/plan.pdf").status_code == 303


def test_a_link_that_was_altered_shows_nothing(staff: FlaskClient) -> None:
    assert staff.get("/signer/abc.def").status_code in {400, 404, 409, 422}


def test_the_portal_shows_the_plan_once_it_was_laid_and_lets_tick_own_errands(own: FlaskClient, person: Person) -> None:
    plan_id = a_living(person)
    step_id, others = a_task(plan_id), a_task(plan_id, "Appeler le CCAS", doer=Doer.ADVISER)
    assert "Vous n’avez pas encore de plan." in text(own.get("/mon-espace/plan"))
    version_id = signing.lay_before(plan_id=plan_id, actor_id=None, now=NOW)
    page = text(own.get("/mon-espace/plan"))
    assert "Votre plan est à signer" in page
    assert page.count("C’est fait") == 1
    assert own.post(f"/mon-espace/plan/etapes/{step_id}/fait").status_code == 303
    assert own.post(f"/mon-espace/plan/etapes/{others}/fait").status_code == 303
    db.session.expire_all()
    assert plan_queries.get_step_of_plan(step_id)[0].state is StepState.DONE
    assert plan_queries.get_step_of_plan(others)[0].state is StepState.PROPOSED
    assert own.post(f"/mon-espace/plan/etapes/{step_id}/annuler").status_code == 303
    signed = own.post(f"/mon-espace/plan/signer/{version_id}", data={"name": "Nadia", "agreed": "y"})
    assert "Votre signature est enregistrée" in text(signed)


def test_a_template_is_written_by_a_manager_and_taken_by_an_adviser(
    staff: FlaskClient, manager: FlaskClient, person: Person
) -> None:
    desk_id = str(person.desk_id)
    typed = {
        "label": "Permis et attente", "desk_id": desk_id, "valid_from_on": "2026-11-01", "title1": "S’inscrire",
        "doer1": "person", "title2": "Passer le code", "doer2": "person", "after2": "1", "offset2": "30", "days2": "10",
    }  # fmt: skip
    assert "numéros d’étapes" in text(manager.post("/modeles-de-plan/nouveau", data={**typed, "after2": "un"}))
    assert "s’attendent l’une l’autre" in text(manager.post("/modeles-de-plan/nouveau", data={**typed, "after1": "2"}))
    assert manager.post("/modeles-de-plan/nouveau", data=typed).status_code == 303
    assert "Permis et attente" in text(manager.get("/modeles-de-plan"))
    template_id = db.session.scalars(select(PlanTemplate.id)).one()
    assert "Passer le code" in text(manager.get(f"/modeles-de-plan/{template_id}"))
    plan_id = a_living(person)
    taken = staff.post(f"/plans/{plan_id}/modeles", data={"template_id": str(template_id), "starts_on": "2026-12-01"})
    assert taken.status_code == 303
    first, second = plan_queries.list_plan_steps(plan_id)
    assert (first.title, second.planned_from_on) == ("S’inscrire", date(2026, 12, 8) + timedelta(days=30))


def test_proposals_are_compared_and_one_is_composed(staff: FlaskClient, person: Person) -> None:
    assert "Pas encore de diagnostic terminé." in text(staff.get(f"/personnes/{person.id}/plan/propositions"))
    objective_id = an_objective(person.id, starts_on=date(2026, 12, 21))
    aid.register(AID)
    make_finished(
        person, (Barrier.CHILDCARE, 3, "Personne ne garde les enfants."), (Barrier.DIGITAL, 2, "Pas d’internet."),
        limits=Limits(monthly_cents=5000),
    )  # fmt: skip
    local_aids.write_defaults(valid_from_on=date(2026, 1, 1), actor_id=None, now=NOW)
    url = f"/personnes/{person.id}/plan/propositions"
    page = staff.get(url).get_data(as_text=True)
    assert "Aide à la garde d’enfants" in page
    assert "écartées, et pourquoi" in page
    keys = re.findall(r'name="choix" value="([^"]+)"', page)
    assert keys
    gone = staff.post(url, data={"objectif": str(objective_id), "choix": "local_aid|9999"})
    assert (gone.status_code, "n’est plus possible telle quelle" in text(gone)) == (422, True)
    answer = staff.post(url, data={"objectif": str(objective_id), "choix": keys[0]})
    assert answer.status_code == 303
    plan = plan_queries.find_living_plan(person.id)
    assert plan is not None
    steps = plan_queries.list_plan_steps(plan.id)
    assert {f"{step.aid_kind}|{step.option_key}" for step in steps} == set(keys[0].split(","))
    plan_id, aid_step = plan.id, next(step.id for step in steps if step.aid_kind == "local_aid")
    opened = staff.post(f"/etapes/{aid_step}/ouvrir")
    assert (opened.status_code, "/demandes-aide/" in opened.location) == (303, True)
    request_page = text(staff.get(opened.location))
    assert "Demandée au partenaire" in request_page
    assert "Le partenaire a dit oui" in request_page
    refused = staff.post(opened.location, data={"act": "refuse", "version": "1"})
    assert (refused.status_code, "Écrivez pourquoi" in text(refused)) == (422, True)
    assert staff.get(f"/plans/{plan_id}").status_code == 200


def test_the_catalogue_is_written_by_managers(manager: FlaskClient, person: Person) -> None:
    typed = {
        "label": "Navette", "desk_id": str(person.desk_id), "lifts": ["territory"], "duration_days": "30",
        "licence": "any", "valid_from_on": "2026-11-01", "communes": "59172", "carries": "y",
    }  # fmt: skip
    refused = manager.post("/aides-locales/nouvelle", data={**typed, "lifts": [], "communes": "00000"})
    assert refused.status_code == 422
    assert "n’existe pas : 00000" in text(refused)
    assert manager.post("/aides-locales/nouvelle", data=typed).status_code == 303
    assert "Navette" in text(manager.get("/aides-locales"))
