"""Somebody with every aid at once, a plan, a diagnosis and people around them: what the longest file looks like."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from sqlalchemy import select

from mobility.carpool.kinds import Timing
from mobility.carpool.services import agreeing
from mobility.carpool.states import Side
from mobility.core.db import db, end_read
from mobility.diagnosis.barriers import Barrier
from mobility.local_aids import services as local_aids
from mobility.local_aids.models import LocalAid
from mobility.local_aids.rules import UseAction
from mobility.notifications.kinds import Channel, Holder
from mobility.pathway import patterns, services
from mobility.pathway.models import Objective
from mobility.pathway.plan.rules.terms import Doer, StepKind
from mobility.pathway.rules import MeansKind
from mobility.pathway.services import plan_steps, plans
from tests.factories import dossiers
from tests.factories.carpool import a_colleague, a_match, a_member, a_request, an_offer
from tests.factories.diagnosis import make_finished
from tests.factories.loans import NOW, Scene, a_job
from tests.factories.pathway import a_roster
from tests.factories.people import add_contact

ERRANDS = ("Demander le relevé de points", "S’inscrire au permis", "Appeler la crèche", "Ouvrir un compte bancaire")
RIDES = "Transport à la demande solidaire"
BARRIERS: tuple[tuple[Barrier, int, str], ...] = (
    (Barrier.VEHICLE, 3, "Pas de voiture."),
    (Barrier.MONEY, 2, "Peu d’argent."),
    (Barrier.CHILDCARE, 2, "Personne ne garde les enfants."),
    (Barrier.TERRITORY, 2, "Pas de bus à 5 h."),
    (Barrier.HOURS, 1, "Horaires décalés."),
)


def give_everything(scene: Scene, *, booked: bool = False) -> None:
    """Give the scene's person a loan (unless booked already), a carpool, a micro-credit, a local aid, two jobs and more."""
    person, adviser_id = scene.person, scene.adviser.id
    acts: dict[str, Any] = {"actor_id": adviser_id, "now": NOW}
    objective_id = db.session.scalars(select(Objective.id).where(Objective.person_id == person.id)).one()
    a_roster(objective_id, patterns.preset("2x8", starts_on=date(2026, 11, 30)), now=NOW)
    other_id = a_job(person.id, title="Formation de cariste", city="Douai", starts_on=date(2026, 12, 7))
    a_roster(other_id, now=NOW)
    services.add_own_means(
        objective_id=objective_id, kind=MeansKind.BUS, weekdays=[0, 1], there=True, back=False,
        starts_on=date(2026, 11, 30), **acts,
    )  # fmt: skip
    if not booked:
        scene.book()
    _carpool(scene, objective_id)
    before = NOW - timedelta(days=20)
    project_id = dossiers.a_project(person.id, objective_id=objective_id)
    dossier_id = dossiers.a_dossier(person.id, project_id=project_id, now=before)
    dossiers.disbursed(dossier_id, now=before)
    plan_id = plans.open_plan(person_id=person.id, **acts)
    for number, title in enumerate(ERRANDS):
        plan_steps.add_step(
            plan_id=plan_id, kind=StepKind.TASK, title=title, doer=Doer.PERSON, objective_id=objective_id,
            planned_until_on=NOW.date() + timedelta(days=7 * number), **acts,
        )  # fmt: skip
    _local_aid(plan_id, objective_id, acts)
    make_finished(person, *BARRIERS)
    add_contact(person, Channel.SMS, "+33639980001", holder=Holder.SHARED, holder_name="Voisine")
    add_contact(person, Channel.SMS, "+33639980002", neutral=True)
    end_read()


def _carpool(scene: Scene, objective_id: int) -> None:
    """Let a colleague take the person along on the days of their roster."""
    roster = db.session.get_one(Objective, objective_id)
    offer = an_offer(
        a_colleague(scene.desk), seats=3, price_per_km_cents=5, starts_on=roster.starts_on,
        pattern=patterns.to_json(patterns.preset("2x8", starts_on=date(2026, 11, 30))),
    )  # fmt: skip
    request = a_request(
        a_member(scene.person), timing=Timing.ROSTER, pattern={}, objective_id=objective_id, starts_on=roster.starts_on
    )
    match = a_match(offer, request, contribution_cents=45)
    for side in Side:
        agreeing.accept(match_id=match.id, side=side, actor_id=None, now=NOW)


def _local_aid(plan_id: int, objective_id: int, acts: dict[str, Any]) -> None:
    """Have the plan ask for an aid of a partner that carries, and the partner say yes."""
    local_aids.write_defaults(valid_from_on=date(2026, 1, 1), **acts)
    entry_id = db.session.scalars(select(LocalAid.id).where(LocalAid.label == RIDES)).one()
    step_id = plan_steps.add_step(
        plan_id=plan_id, kind=StepKind.AID, aid_kind=local_aids.AID_KIND, option_key=str(entry_id),
        title=RIDES, doer=Doer.ADVISER, objective_id=objective_id, **acts,
    )  # fmt: skip
    use_id = local_aids.ask(step_id=step_id, **acts)
    local_aids.move(use_id=use_id, action=UseAction.GRANT, **acts)
