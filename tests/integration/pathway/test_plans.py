"""Plans: opened, filled, ordered, paused, given up; what evidence settles."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from mobility.core.db import db, transaction
from mobility.core.errors import ForbiddenTransition, RuleViolation, StaleVersion
from mobility.journal.models import JournalEntry
from mobility.pathway.errors import (
    CycleRefused,
    NeedOfAnotherPlan,
    NotOwnErrand,
    PeriodInvalid,
    PlanEnded,
    PlanLives,
    ReasonMissing,
    StepFollowsItsAid,
    StepInvalid,
    StepOfAnother,
)
from mobility.pathway.models import Plan, PlanVersion, Step, StepDependency
from mobility.pathway.plan import queries as plan_queries
from mobility.pathway.plan import view as plan_view
from mobility.pathway.plan.rules.lines import StepLine
from mobility.pathway.plan.rules.terms import Doer, Evidence, PlanAction, PlanState, StepKind
from mobility.pathway.rules import StepAction, StepState
from mobility.pathway.services import evidence, link_step, plan_steps, plans, put_step
from tests.factories.agenda import make_agenda
from tests.factories.pathway import NOW, a_person, a_step, an_objective
from tests.integration.pathway.planning_scene import a_plan

LATER = date(2026, 12, 1)


def test_a_plan_begins_in_draft_with_the_commitments_of_the_desk(app: Flask) -> None:
    scene = a_plan()
    assert scene.plan.state is PlanState.DRAFT
    assert "Je viens aux rendez-vous" in scene.plan.person_commitment
    assert scene.plan.adviser_id == scene.adviser_id


def test_a_person_has_one_living_plan(app: Flask) -> None:
    scene = a_plan()
    with pytest.raises(PlanLives):
        plans.open_plan(person_id=scene.person_id, actor_id=None, now=NOW)
    plans.move_plan(plan_id=scene.plan_id, action=PlanAction.ABANDON, reason="A déménagé", actor_id=None, now=NOW)
    assert plans.open_plan(person_id=scene.person_id, actor_id=None, now=NOW) != scene.plan_id


def test_steps_wait_for_others_and_never_in_a_circle(app: Flask) -> None:
    scene = a_plan()
    first = scene.step("Un")
    second = scene.step("Deux", needs=[first])
    third = scene.step("Trois", needs=[second])
    assert plan_queries.needs_of([second, third]) == {second: [first], third: [second]}
    facts: dict[str, Any] = {"version": None, "title": "Un", "doer": Doer.PERSON, "actor_id": None, "now": NOW}
    for needs in ([third], [second], [first]):
        with pytest.raises(CycleRefused):
            plan_steps.edit_step(step_id=first, needs=needs, **facts)
    plan_steps.edit_step(step_id=second, needs=[], **{**facts, "title": "Deux"})
    plan_steps.edit_step(step_id=first, needs=[second], **facts)
    assert plan_queries.needs_of([first, second, third]) == {first: [second], third: [second]}
    with pytest.raises(NeedOfAnotherPlan):
        plan_steps.edit_step(step_id=first, needs=[a_plan().step("Ailleurs")], **facts)


@pytest.mark.parametrize(
    ("values", "refusal", "field"),
    [
        ({"title": "  "}, StepInvalid, "title"),
        ({"doer": Doer.PARTNER}, StepInvalid, "doer_name"),
        ({"kind": StepKind.AID}, StepInvalid, "aid_kind"),
        ({"planned_from_on": LATER, "planned_until_on": date(2026, 11, 30)}, PeriodInvalid, "planned_until_on"),
        ({"planned_from_on": date(1026, 12, 1)}, PeriodInvalid, "planned_from_on"),
    ],
)
def test_a_step_that_does_not_hold_together_is_refused(
    app: Flask, values: dict[str, Any], refusal: type[RuleViolation], field: str
) -> None:
    scene = a_plan()
    with pytest.raises(refusal) as caught:
        scene.step(**{"title": "Démarche", **values})
    assert caught.value.field == field


def test_a_step_for_the_objective_of_somebody_else_is_refused(app: Flask) -> None:
    scene = a_plan()
    with pytest.raises(StepOfAnother):
        scene.step(objective_id=an_objective(a_person()))


def test_pausing_and_giving_up_a_step_need_a_reason(app: Flask) -> None:
    scene = a_plan()
    step_id = scene.step()
    with pytest.raises(ReasonMissing):
        plan_steps.move_step(step_id=step_id, action=StepAction.DROP, reason=" ", actor_id=None, now=NOW)
    plan_steps.move_step(step_id=step_id, action=StepAction.DROP, reason="Inutile", actor_id=None, now=NOW)
    assert (scene.of(step_id).state, scene.of(step_id).reason) == (StepState.DROPPED, "Inutile")
    plan_steps.move_step(step_id=step_id, action=StepAction.REOPEN, actor_id=None, now=NOW)
    assert (scene.of(step_id).state, scene.of(step_id).reason) == (StepState.PROPOSED, "")


def test_the_person_ticks_their_own_errand_and_may_take_it_back(app: Flask) -> None:
    scene = a_plan()
    own = scene.step()
    plan_steps.tick_own(step_id=own, now=NOW, actor_id=None)
    assert (scene.of(own).state, scene.of(own).done_by) == (StepState.DONE, Evidence.PERSON)
    plan_steps.untick_own(step_id=own, now=NOW, actor_id=None)
    assert (scene.of(own).state, scene.of(own).done_at) == (StepState.ACTIVE, None)
    others = scene.step("Appeler le CCAS", doer=Doer.ADVISER)
    with pytest.raises(NotOwnErrand):
        plan_steps.tick_own(step_id=others, now=NOW, actor_id=None)
    plan_steps.move_step(step_id=own, action=StepAction.FINISH, actor_id=scene.adviser_id, now=NOW)
    with pytest.raises(NotOwnErrand):
        plan_steps.untick_own(step_id=own, now=NOW, actor_id=None)


def test_a_row_of_an_aid_becomes_the_step_that_waits_for_it_and_settles_it(app: Flask) -> None:
    scene = a_plan()
    step_id = scene.step("Voiture", kind=StepKind.AID, aid_kind="test_aid", doer=Doer.ADVISER)
    assert a_step(scene.person_id, scene.objective_id, aid_ref=7) == step_id
    assert scene.of(step_id).aid_ref == 7
    with pytest.raises(StepFollowsItsAid):
        plan_steps.move_step(step_id=step_id, action=StepAction.FINISH, actor_id=None, now=NOW)
    a_step(scene.person_id, scene.objective_id, aid_ref=7, state=StepState.DONE)
    assert (scene.of(step_id).state, scene.of(step_id).done_by) == (StepState.DONE, Evidence.AID)
    assert a_step(scene.person_id, scene.objective_id, aid_ref=8) != step_id


def test_an_aid_that_was_agreed_is_linked_by_its_opening(app: Flask) -> None:
    scene = a_plan()
    step_id = scene.step("Voiture", kind=StepKind.AID, aid_kind="test_aid", doer=Doer.ADVISER)
    scene.sign_both()
    assert scene.of(step_id).state is StepState.AGREED
    link_step(step_id=step_id, person_id=scene.person_id, aid_kind="test_aid", aid_ref=3, now=NOW)
    put_step(
        person_id=scene.person_id,
        objective_id=None,
        aid_kind="test_aid",
        aid_ref=3,
        title="Voiture",
        state=StepState.ACTIVE,
        starts_at=None,
        ends_at=None,
        cost_cents=None,
        covers=False,
        now=NOW,
    )
    assert scene.of(step_id).state is StepState.ACTIVE


def test_a_proposed_aid_is_not_begun_by_hand(app: Flask) -> None:
    scene = a_plan()
    step_id = scene.step("Voiture", kind=StepKind.AID, aid_kind="test_aid", doer=Doer.ADVISER)
    with pytest.raises(StepFollowsItsAid, match="pas encore ouverte"):
        plan_steps.move_step(step_id=step_id, action=StepAction.ACTIVATE, actor_id=None, now=NOW)


def test_an_aid_beside_the_plan_is_taken_into_it(app: Flask) -> None:
    scene = a_plan()
    beside = a_step(scene.person_id, scene.objective_id)
    page = plan_view.page_of(scene.plan, adviser_name="Camille", now=NOW)
    assert [step.id for step in page.beside] == [beside]
    plan_steps.take_into_plan(plan_id=scene.plan_id, step_id=beside, actor_id=None, now=NOW)
    plan_steps.take_into_plan(plan_id=scene.plan_id, step_id=beside, actor_id=None, now=NOW)
    page = plan_view.page_of(scene.plan, adviser_name="Camille", now=NOW)
    assert (page.beside, [step.id for step in page.steps]) == ((), [beside])
    with pytest.raises(StepOfAnother):
        plan_steps.take_into_plan(plan_id=a_plan().plan_id, step_id=beside, actor_id=None, now=NOW)


def test_a_meeting_that_was_held_settles_the_step_that_waits_for_its_type(app: Flask) -> None:
    agenda = make_agenda()
    plan_id = plans.open_plan(person_id=agenda.person.id, actor_id=None, now=NOW)
    facts: dict[str, Any] = {"person_id": agenda.person.id, "type_id": agenda.first.id, "now": NOW}
    visit = {"attendance_id": agenda.book(), **facts}
    assert evidence.meeting_booked(starts_on=LATER, **visit) is None
    step_id = plan_steps.add_step(
        plan_id=plan_id,
        kind=StepKind.MEETING,
        title="Bilan",
        meeting_type_id=agenda.first.id,
        doer=Doer.ADVISER,
        actor_id=None,
        now=NOW,
    )
    assert evidence.meeting_booked(starts_on=LATER, **visit) == step_id
    assert evidence.meeting_held(held_on=LATER, actor_id=None, **{**visit, "person_id": a_person()}) is None
    assert evidence.meeting_held(held_on=LATER, actor_id=None, **visit) == step_id
    step = plan_queries.get_step_of_plan(step_id)[0]
    assert (step.state, step.done_by, step.planned_until_on) == (StepState.DONE, Evidence.MEETING, LATER)


def test_a_plan_is_paused_taken_up_and_reached(app: Flask) -> None:
    scene = a_plan()
    scene.step()
    with pytest.raises(ForbiddenTransition):
        plans.move_plan(plan_id=scene.plan_id, action=PlanAction.REACH, actor_id=None, now=NOW)
    scene.sign_both()
    with pytest.raises(ReasonMissing):
        plans.move_plan(plan_id=scene.plan_id, action=PlanAction.SUSPEND, actor_id=None, now=NOW)
    plans.move_plan(plan_id=scene.plan_id, action=PlanAction.SUSPEND, reason="Hôpital", actor_id=None, now=NOW)
    plans.move_plan(plan_id=scene.plan_id, action=PlanAction.RESUME, actor_id=None, now=NOW)
    plans.move_plan(plan_id=scene.plan_id, action=PlanAction.REACH, actor_id=None, now=NOW)
    assert (scene.plan.state, scene.plan.ended_at) == (PlanState.REACHED, NOW)
    with pytest.raises(PlanEnded):
        scene.step("Trop tard")


def test_giving_a_plan_up_drops_what_nobody_began_and_leaves_aids_that_run(app: Flask) -> None:
    scene = a_plan()
    task = scene.step()
    running = a_step(scene.person_id, scene.objective_id)
    plan_steps.take_into_plan(plan_id=scene.plan_id, step_id=running, actor_id=None, now=NOW)
    plans.move_plan(plan_id=scene.plan_id, action=PlanAction.ABANDON, reason="A déménagé", actor_id=None, now=NOW)
    assert (scene.of(task).state, scene.of(task).reason) == (StepState.DROPPED, "A déménagé")
    assert scene.of(running).state is StepState.AGREED
    kinds = set(db.session.scalars(select(JournalEntry.kind).where(JournalEntry.person_id == scene.person_id)))
    assert {"pathway.plan_opened", "pathway.plan_abandoned", "pathway.step_added"} <= kinds


def test_commitments_are_changed_by_whoever_saw_them(app: Flask) -> None:
    scene = a_plan()
    facts: dict[str, Any] = {"desk_commitment": "Nous", "monthly_budget_cents": 4000, "actor_id": None, "now": NOW}
    seen = scene.plan.version
    plans.edit_plan(plan_id=scene.plan_id, version=seen, person_commitment="Je viens", **facts)
    assert (scene.plan.person_commitment, scene.plan.monthly_budget_cents) == ("Je viens", 4000)
    with pytest.raises(StaleVersion):
        plans.edit_plan(plan_id=scene.plan_id, version=seen, person_commitment="Autre", **facts)


def test_lines_become_steps_with_their_dates_and_links(app: Flask) -> None:
    scene = a_plan()
    lines = [
        StepLine("b", StepKind.TASK, "S’inscrire", after=("a",), offset_days=3, days=10),
        StepLine("a", StepKind.TASK, "Rassembler les papiers", days=5),
    ]
    second, first = plan_steps.add_lines(
        plan_id=scene.plan_id, lines=lines, starts_on=LATER, objective_id=None, actor_id=None, now=NOW
    )
    assert plan_queries.needs_of([first, second]) == {second: [first]}
    assert scene.of(second).planned_from_on == LATER + timedelta(days=8)
    assert [step.id for step in plan_queries.list_plan_steps(scene.plan_id)] == [first, second]


BREACHES: list[tuple[str, Any]] = [
    ("two living plans", lambda s, a: Plan(person_id=s.person_id, created_at=NOW, updated_at=NOW)),
    ("a pause without reason", lambda s, a: _plan(state=PlanState.SUSPENDED, agreed_at=NOW)),
    ("an end without instant", lambda s, a: _plan(state=PlanState.ABANDONED, reason="x")),
    ("agreed without instant", lambda s, a: _plan(state=PlanState.AGREED)),
    ("a step that waits for itself", lambda s, a: StepDependency(step_id=a, needs_id=a)),
    ("a task that carries", lambda s, a: _step(s, covers=True)),
    ("a task of an aid", lambda s, a: _step(s, aid_kind="test_aid")),
    ("a task of no plan", lambda s, a: _step(s, plan_id=None)),
    ("a partner without name", lambda s, a: _step(s, doer=Doer.PARTNER)),
    ("a step dropped without reason", lambda s, a: _step(s, state=StepState.DROPPED)),
    ("a step done before it is", lambda s, a: _step(s, done_at=NOW)),
    ("dates that run backwards", lambda s, a: _step(s, planned_from_on=LATER, planned_until_on=date(2026, 11, 1))),
    (
        "an aid that runs without its row",
        lambda s, a: _step(s, kind=StepKind.AID, aid_kind="x", state=StepState.ACTIVE),
    ),
    ("a version number of none", lambda s, a: _version(s, number=0)),
    ("a version signed by nobody", lambda s, a: _version(s, state="signed")),
    ("half a signature", lambda s, a: _version(s, person_signed_at=NOW)),
]


def _plan(**values: Any) -> Plan:
    return Plan(person_id=a_person(), created_at=NOW, updated_at=NOW, **values)


def _step(scene: Any, **values: Any) -> Step:
    facts: dict[str, Any] = {
        "person_id": scene.person_id,
        "plan_id": scene.plan_id,
        "kind": StepKind.TASK,
        "title": "x",
        "state": StepState.PROPOSED,
        "updated_at": NOW,
    }
    return Step(**{**facts, **values})


def _version(scene: Any, **values: Any) -> PlanVersion:
    facts: dict[str, Any] = {"plan_id": scene.plan_id, "number": 1, "content": {}, "sha256": "", "created_at": NOW}
    return PlanVersion(**{**facts, **values})


@pytest.mark.parametrize("make", [case[1] for case in BREACHES], ids=[case[0] for case in BREACHES])
def test_the_database_refuses_what_must_never_be(app: Flask, make: Any) -> None:
    scene = a_plan()
    step_id = scene.step()
    row = make(scene, step_id)
    with pytest.raises(IntegrityError), transaction() as session:
        session.add(row)
