"""The timeline of a person names the steps that an act was about."""

from __future__ import annotations

from datetime import timedelta

import pytest

from mobility.core.db import load
from mobility.pathway import queries, timeline
from mobility.pathway.plan.rules.lines import StepLine
from mobility.pathway.plan.rules.terms import Doer, StepKind
from mobility.pathway.services import plan_steps
from mobility.people.models import Person
from tests.factories.pathway import MONDAY, NOW
from tests.integration.pathway.planning_scene import PlanScene, a_plan

pytestmark = pytest.mark.usefixtures("app")


def _items(scene: PlanScene) -> list[timeline.Item]:
    steps = queries.list_steps(scene.person_id)
    recipient_id = load(Person, scene.person_id).recipient_id
    return timeline.build(
        person_id=scene.person_id, recipient_id=recipient_id, steps=steps, now=NOW + timedelta(hours=1)
    )


def test_steps_that_came_from_one_template_are_one_line_that_names_them() -> None:
    scene = a_plan()
    lines = [
        StepLine(key=str(number), kind=StepKind.TASK, title=title, doer=Doer.PERSON, offset_days=0, days=7)
        for number, title in enumerate(("Demander le permis", "Acheter un casque"))
    ]
    plan_steps.add_lines(
        plan_id=scene.plan_id, lines=lines, starts_on=MONDAY, objective_id=None, actor_id=None, now=NOW
    )
    added = [item.body for item in _items(scene) if item.title == "Étape ajoutée au plan"]
    assert added == ["Demander le permis · Acheter un casque"]


def test_a_step_that_is_added_alone_is_named_alone() -> None:
    scene = a_plan()
    scene.step("Passer le code")
    assert [item.body for item in _items(scene) if item.title == "Étape ajoutée au plan"] == ["Passer le code"]
