"""The plans of the demo: templates of the desks, and plans in draft, to sign, signed and reached."""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random
from typing import Any

from sqlalchemy import select

from mobility.core.clock import day_of
from mobility.core.db import db
from mobility.local_aids import services as local_aids
from mobility.pathway.models import Objective, Step
from mobility.pathway.plan.rules.lines import StepLine
from mobility.pathway.plan.rules.terms import Doer, Manner, Party, PlanAction, StepKind
from mobility.pathway.rules import ObjectiveState
from mobility.pathway.services import plan_steps, plans, signing, templates
from mobility.pathway.services.signing import Mark
from mobility.people.models import Person

TASK, AID = StepKind.TASK, StepKind.AID
PERSON = Doer.PERSON

TEMPLATES: dict[str, tuple[str, list[StepLine]]] = {
    "Permis et véhicule en attendant": (
        "Pour qui n’a pas le permis B et commence bientôt.",
        [
            StepLine("1", TASK, "Demander le relevé de points", doer=PERSON, note="Sur le site, avec FranceConnect.", days=7),
            StepLine("2", AID, "Scooter ou vélo en attendant", aid_kind="loan", option_key="ebike", days=90),
            StepLine("3", TASK, "S’inscrire à l’auto-école", doer=PERSON, after=("1",), offset_days=3, days=10),
            StepLine("4", TASK, "Passer le code", doer=PERSON, after=("3",), offset_days=30, days=30),
            StepLine("5", TASK, "Passer la conduite", doer=PERSON, after=("4",), offset_days=30, days=60),
        ],
    ),
    "Garde d’enfants et horaires décalés": (
        "Pour qui travaille tôt ou tard avec de jeunes enfants.",
        [
            StepLine("1", TASK, "Appeler le relais petite enfance", doer=PERSON, days=5),
            StepLine("2", TASK, "Demander l’aide à la garde d’enfants", after=("1",), days=14),
            StepLine("3", TASK, "Essayer le trajet maison, garde, travail", doer=PERSON, after=("2",), days=3),
        ],
    ),
    "Apprendre à prendre le bus": (
        "Pour qui n’ose pas, ou ne connaît pas les lignes.",
        [
            StepLine("1", TASK, "Faire le trajet une première fois ensemble", days=7),
            StepLine("2", TASK, "Faire le trajet seul, au téléphone avec nous", doer=PERSON, after=("1",), days=7),
            StepLine("3", TASK, "Prendre la carte à tarif réduit", doer=PERSON, days=14),
        ],
    ),
}  # fmt: skip


def build(random: Random, *, now: datetime) -> None:
    """Write the templates, then give some people with an objective a plan at each step of its life."""
    begun = now - timedelta(days=60)
    local_aids.write_defaults(valid_from_on=day_of(begun), actor_id=None, now=begun)
    made = [
        templates.write_template(
            details=templates.TemplateDetails(label, description, day_of(begun), None, lines),
            desk_id=None,
            actor_id=None,
            now=begun,
        )
        for label, (description, lines) in TEMPLATES.items()
    ]
    rows = db.session.execute(
        select(Person.id, Person.referent_user_id, Objective.id, Objective.starts_on)
        .join(Objective, Objective.person_id == Person.id)
        .where(
            Objective.state == ObjectiveState.OPEN,
            Person.referent_user_id.is_not(None),
            Person.erased_at.is_(None),
            Person.protected.is_(False),
        )
        .order_by(Person.id)
    ).all()
    seen: set[int] = set()
    for person_id, adviser_id, objective_id, starts_on in rows:
        if adviser_id is None or person_id in seen or len(seen) >= 24:
            continue
        seen.add(person_id)
        _plan(
            random,
            number=len(seen),
            person_id=person_id,
            adviser_id=adviser_id,
            objective_id=objective_id,
            starts_on=max(starts_on, day_of(now) - timedelta(days=20)),
            template_id=random.choice(made),
            now=now - timedelta(days=random.randrange(1, 20)),
        )


def _plan(random: Random, *, number: int, person_id: int, adviser_id: int, now: datetime, **facts: Any) -> None:
    acts: dict[str, Any] = {"actor_id": adviser_id, "now": now}
    plan_id = plans.open_plan(person_id=person_id, **acts)
    steps = templates.take_template(plan_id=plan_id, **facts, **acts)
    # One in three is still being written, one in six waits for the person, the rest is signed.
    if number % 3 == 0:
        return
    version_id = signing.lay_before(plan_id=plan_id, **acts)
    person = db.session.get_one(Person, person_id)
    name = f"{person.first_name} {person.last_name}"
    _sign(version_id, Party.ADVISER, "L’équipe de l’antenne", acts)
    if number % 6 == 1:
        return
    _sign(version_id, Party.PERSON, name, acts)
    for step_id in steps[: random.randrange(0, len(steps))]:
        step = db.session.get_one(Step, step_id)
        if step.kind is TASK and step.doer is PERSON:
            plan_steps.tick_own(step_id=step_id, **acts)
    if number % 12 == 8:
        plans.move_plan(plan_id=plan_id, action=PlanAction.REACH, **acts)


def _sign(version_id: int, party: Party, name: str, acts: dict[str, Any]) -> None:
    signing.sign(version_id=version_id, mark=Mark(party, Manner.DESK, name, "", agreed=True), **acts)
