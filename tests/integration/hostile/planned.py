"""Plans of the hostile world: signed by both, changed since, and laid before the person again."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from mobility.pathway.plan_lines import StepLine
from mobility.pathway.plans import Doer, Manner, Party, StepKind
from mobility.pathway.services import plan_steps, plans, signing, templates
from mobility.pathway.services.signing import Mark
from mobility.pathway.services.templates import TemplateDetails


def plan_of(person_id: int, *, adviser_id: int, words: str, now: datetime) -> int:
    """Give a person a plan with a signed version, and one that waits."""
    acts: dict[str, Any] = {"actor_id": adviser_id, "now": now}
    plan_id = plans.open_plan(person_id=person_id, **acts)
    task: dict[str, Any] = {"plan_id": plan_id, "kind": StepKind.TASK, "doer": Doer.PERSON, "note": words, **acts}
    first = plan_steps.add_step(title=f"Démarche {words}"[:160], **task)
    version_id = signing.lay_before(plan_id=plan_id, **acts)
    for party in Party:
        signing.sign(version_id=version_id, mark=Mark(party, Manner.DESK, words[:160], "", True), **acts)
    plan_steps.add_step(title="Ensuite", needs=[first], **task)
    signing.lay_before(plan_id=plan_id, **acts)
    return plan_id


def more_of(plan_id: int, *, adviser_id: int, number: int, now: datetime) -> None:
    """Let a plan have one more step and one more version."""
    acts: dict[str, Any] = {"actor_id": adviser_id, "now": now}
    plan_steps.add_step(plan_id=plan_id, kind=StepKind.TASK, title=f"Encore {number}", doer=Doer.ADVISER, **acts)
    signing.lay_before(plan_id=plan_id, **acts)


def a_template(desk_id: int, label: str, *, today: date, now: datetime) -> int:
    """Write a template of a desk."""
    details = TemplateDetails(label, "", today, None, [StepLine("1", StepKind.TASK, label)])
    return templates.write_template(details=details, desk_id=desk_id, actor_id=None, now=now)
