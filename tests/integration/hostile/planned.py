"""Plans of the hostile world: signed by both, changed since, and laid before the person again."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from mobility.core.clock import day_of
from mobility.local_aids import queries as local_aids_read
from mobility.local_aids import services as local_aids
from mobility.local_aids.rules import UseAction
from mobility.pathway.plan import queries as plan_queries
from mobility.pathway.plan.rules.lines import StepLine
from mobility.pathway.plan.rules.terms import Doer, Manner, Party, StepKind
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
    for party in (Party.PERSON, Party.ADVISER):
        signing.sign(version_id=version_id, mark=Mark(party, Manner.DESK, words[:160], "", True), **acts)
    plan_steps.add_step(title="Ensuite", needs=[first], **task)
    _ask_partner(plan_id, words, acts)
    signing.lay_before(plan_id=plan_id, **acts)
    return plan_id


def _ask_partner(plan_id: int, words: str, acts: dict[str, Any]) -> None:
    """Let a step of the plan be asked of a partner who says no."""
    desk_id = plan_queries.get_subject(plan_queries.get_plan(plan_id)).desk.id
    known = local_aids_read.list_entries(desk_ids=[desk_id])
    own = next((row.id for row in known if row.desk_id == desk_id), None) or an_entry(desk_id, "Aide", acts["now"])
    step_id = plan_steps.add_step(
        plan_id=plan_id, kind=StepKind.AID, aid_kind=local_aids.AID_KIND, option_key=str(own), title="Aide",
        doer=Doer.ADVISER, **acts,
    )  # fmt: skip
    use_id = local_aids.ask(step_id=step_id, **acts)
    local_aids.move(use_id=use_id, action=UseAction.REFUSE, reason=words, **acts)


def an_entry(desk_id: int, label: str, now: datetime) -> int:
    """Write an entry of the catalogue, of one desk."""
    facts = {**local_aids.read_defaults()[0], "label": label, "valid_from_on": day_of(now)}
    return local_aids.write_entry(facts=facts, desk_id=desk_id, actor_id=None, now=now)


def more_of(plan_id: int, *, adviser_id: int, number: int, now: datetime) -> None:
    """Let a plan have one more step and one more version."""
    acts: dict[str, Any] = {"actor_id": adviser_id, "now": now}
    plan_steps.add_step(plan_id=plan_id, kind=StepKind.TASK, title=f"Encore {number}", doer=Doer.ADVISER, **acts)
    signing.lay_before(plan_id=plan_id, **acts)
    an_entry(plan_queries.get_subject(plan_queries.get_plan(plan_id)).desk.id, f"Aide {number}", now)


def a_template(desk_id: int, label: str, *, today: date, now: datetime) -> int:
    """Write a template of a desk."""
    details = TemplateDetails(label, "", today, None, [StepLine("1", StepKind.TASK, label)])
    return templates.write_template(details=details, desk_id=desk_id, actor_id=None, now=now)
