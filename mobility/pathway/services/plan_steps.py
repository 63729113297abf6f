"""Steps of the plan: added, changed, ordered, taken along their table, ticked by the person, resolved by evidence."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from mobility.accounts import audit
from mobility.agenda.models import MeetingType
from mobility.core.clock import day_of
from mobility.core.db import check_version, load, lock, transaction
from mobility.core.text import clean_line, clean_text
from mobility.journal import services as journal
from mobility.pathway.errors import (
    CycleRefused,
    NeedOfAnotherPlan,
    NotOwnErrand,
    PeriodInvalid,
    StepFollowsItsAid,
    StepInvalid,
    StepOfAnother,
)
from mobility.pathway.models import Objective, Plan, Step, StepDependency
from mobility.pathway.plan import queries as plan_queries
from mobility.pathway.plan.rules.dependencies import closes_a_cycle, dates_from
from mobility.pathway.plan.rules.lines import StepLine, check_lines
from mobility.pathway.plan.rules.terms import Doer, Evidence, PlanState, StepKind
from mobility.pathway.rules import REASONED_STEP_STATES, STEP_MOVES, StepAction, StepState
from mobility.pathway.services.objectives import check_period
from mobility.pathway.services.plans import clean_reason, hold_living, touch
from mobility.pathway.services.steps import note_done


def add_lines(
    *,
    plan_id: int,
    lines: Sequence[StepLine],
    starts_on: date,
    objective_id: int | None,
    actor_id: int | None,
    now: datetime,
) -> list[int]:
    """Turn the lines of a template or of a proposal into steps of the plan, proposed; return their ids in order.

    Their dates follow from ``starts_on``, their offsets and what they wait for.
    Raises TemplateInvalid, PlanEnded, StepOfAnother, NotFound.
    """
    check_lines(lines)
    needs = {line.key: line.after for line in lines}
    days = dates_from(starts_on, [(line.key, line.offset_days, line.days) for line in lines], needs)
    with transaction() as session:
        plan = hold_living(plan_id)
        _check_objective(plan, objective_id)
        made: dict[str, Step] = {}
        for line in lines:
            first, last = days[line.key]
            made[line.key] = Step(
                person_id=plan.person_id,
                objective_id=objective_id,
                plan_id=plan.id,
                kind=line.kind,
                aid_kind=line.aid_kind,
                option_key=line.option_key,
                meeting_type_id=_known_type(session, line.meeting_type_id),
                title=line.title,
                note=line.note,
                doer=line.doer,
                doer_name=line.doer_name if line.doer is Doer.PARTNER else "",
                state=StepState.PROPOSED,
                planned_from_on=first,
                planned_until_on=last,
                cost_cents=line.cost_cents,
                updated_at=now,
            )
        session.add_all(made.values())
        session.flush()
        session.add_all(
            StepDependency(step_id=made[key].id, needs_id=made[need].id)
            for key, after in needs.items()
            for need in after
        )
        touch(plan, now)
        session.flush()
        for step in made.values():
            _write(step, "added", actor_id, now)
        return [step.id for step in made.values()]


def add_step(
    *,
    plan_id: int,
    kind: StepKind,
    title: str | None,
    doer: Doer,
    actor_id: int | None,
    now: datetime,
    aid_kind: str = "",
    option_key: str = "",
    meeting_type_id: int | None = None,
    doer_name: str | None = None,
    note: str | None = None,
    planned_from_on: date | None = None,
    planned_until_on: date | None = None,
    objective_id: int | None = None,
    needs: Collection[int] = (),
) -> int:
    """Add one step to the plan; return its id.

    Raises StepInvalid, PeriodInvalid, PlanEnded, StepOfAnother, NeedOfAnotherPlan, NotFound.
    """
    facts = _facts(title, doer, doer_name, note, planned_from_on, planned_until_on)
    if (kind is StepKind.AID) != bool(aid_kind):
        raise StepInvalid("Choisissez l’aide.", field="aid_kind")
    with transaction() as session:
        plan = hold_living(plan_id)
        _check_objective(plan, objective_id)
        step = Step(
            person_id=plan.person_id,
            plan_id=plan.id,
            objective_id=objective_id,
            kind=kind,
            aid_kind=aid_kind,
            option_key=option_key,
            meeting_type_id=_known_type(session, meeting_type_id) if kind is StepKind.MEETING else None,
            state=StepState.PROPOSED,
            updated_at=now,
            **facts,
        )
        session.add(step)
        session.flush()
        _set_needs(session, plan, step, needs)
        touch(plan, now)
        _write(step, "added", actor_id, now)
        return step.id


def edit_step(
    *,
    step_id: int,
    version: int | None,
    title: str | None,
    doer: Doer,
    actor_id: int | None,
    now: datetime,
    doer_name: str | None = None,
    note: str | None = None,
    planned_from_on: date | None = None,
    planned_until_on: date | None = None,
    objective_id: int | None = None,
    needs: Collection[int] = (),
) -> None:
    """Change one step of a plan: its words, dates, doer and what it waits for.

    The title and the objective of a step that follows its aid are the aid's own.
    Raises StepInvalid, PeriodInvalid, CycleRefused, NeedOfAnotherPlan, PlanEnded, StaleVersion, NotFound.
    """
    facts = _facts(title, doer, doer_name, note, planned_from_on, planned_until_on)
    with transaction() as session:
        plan, step = _hold_step(step_id)
        check_version(step, version)
        if step.aid_ref is not None:
            facts["title"], objective_id = step.title, step.objective_id
        _check_objective(plan, objective_id)
        before = {name: getattr(step, name) for name in facts}
        for name, value in facts.items():
            setattr(step, name, value)
        step.objective_id = objective_id
        step.updated_at = now
        _set_needs(session, plan, step, needs)
        touch(plan, now)
        session.flush()
        _write(step, "changed", actor_id, now)
        _record(step, {name: (old, facts[name]) for name, old in before.items() if old != facts[name]}, actor_id, now)


def take_into_plan(*, plan_id: int, step_id: int, actor_id: int | None, now: datetime) -> None:
    """Let an aid that runs beside the plan be one of its steps. Raises StepOfAnother, PlanEnded, NotFound."""
    with transaction():
        plan, step = hold_living(plan_id), lock(Step, step_id)
        if step.person_id != plan.person_id:
            raise StepOfAnother
        if step.plan_id == plan.id:
            return
        step.plan_id, step.updated_at = plan.id, now
        touch(plan, now)
        _write(step, "added", actor_id, now)


def move_step(
    *,
    step_id: int,
    action: StepAction,
    actor_id: int | None,
    now: datetime,
    reason: str | None = None,
    version: int | None = None,
) -> None:
    """Take a step of the plan along its table, by hand. Pausing and giving up need a reason.

    Raises StepFollowsItsAid, ReasonMissing, ForbiddenTransition, PlanEnded, StaleVersion, NotFound.
    """
    with transaction():
        plan, step = _hold_step(step_id)
        check_version(step, version)
        target = STEP_MOVES.after(step.state, action)
        if step.aid_ref is not None:
            raise StepFollowsItsAid
        if step.kind is StepKind.AID and target in {StepState.ACTIVE, StepState.DONE}:
            raise StepFollowsItsAid("Cette aide n’est pas encore ouverte : ouvrez-la, l’étape suivra toute seule.")
        settle(plan, step, target, clean_reason(reason) if target in REASONED_STEP_STATES else "", actor_id, now)


def tick_own(*, step_id: int, now: datetime, actor_id: int | None) -> None:
    """Let the person say that an errand of theirs is done. Raises NotOwnErrand, ForbiddenTransition, NotFound."""
    with transaction():
        plan, step = _hold_step(step_id)
        if step.kind is not StepKind.TASK or step.doer is not Doer.PERSON:
            raise NotOwnErrand
        target = STEP_MOVES.after(step.state, StepAction.FINISH)
        settle(plan, step, target, "", actor_id, now, evidence=Evidence.PERSON)


def untick_own(*, step_id: int, now: datetime, actor_id: int | None) -> None:
    """Let the person take back a tick made by mistake, not what others found. Raises NotOwnErrand, NotFound."""
    with transaction():
        plan, step = _hold_step(step_id)
        if step.kind is not StepKind.TASK or step.doer is not Doer.PERSON or step.done_by is not Evidence.PERSON:
            raise NotOwnErrand
        settle(plan, step, STEP_MOVES.after(step.state, StepAction.REOPEN), "", actor_id, now)


def agree_steps(session: Session, plan: Plan, now: datetime) -> None:
    """Make what was proposed agreed: both have signed."""
    steps = session.scalars(select(Step).where(Step.plan_id == plan.id, Step.state == StepState.PROPOSED))
    for step in steps:
        step.state, step.updated_at = StepState.AGREED, now


# ---- parts


def _hold_step(step_id: int) -> tuple[Plan, Step]:
    """Return the plan, held first, and its step. Raises PlanEnded, StepInvalid for a step of no plan, NotFound."""
    plan_id = load(Step, step_id).plan_id
    if plan_id is None:
        raise StepFollowsItsAid
    return hold_living(plan_id), lock(Step, step_id)


def _facts(
    title: str | None,
    doer: Doer,
    doer_name: str | None,
    note: str | None,
    planned_from_on: date | None,
    planned_until_on: date | None,
) -> dict[str, object]:
    written = clean_line(title or "") or ""
    if not written:
        raise StepInvalid
    partner = clean_line(doer_name or "") or ""
    if doer is Doer.PARTNER and not partner:
        raise StepInvalid("Nommez le partenaire.", field="doer_name")
    for day, name in ((planned_from_on, "planned_from_on"), (planned_until_on, "planned_until_on")):
        if day is not None:
            _check_day(day, name)
    if planned_from_on and planned_until_on and planned_until_on < planned_from_on:
        raise PeriodInvalid(field="planned_until_on")
    return {
        "title": written,
        "doer": doer,
        "doer_name": partner if doer is Doer.PARTNER else "",
        "note": clean_text(note or "") or "",
        "planned_from_on": planned_from_on,
        "planned_until_on": planned_until_on,
    }


def _check_day(day: date, name: str) -> None:
    try:
        check_period(day, None)
    except PeriodInvalid as refused:
        raise PeriodInvalid(refused.message, field=name) from None


def _check_objective(plan: Plan, objective_id: int | None) -> None:
    if objective_id is not None and load(Objective, objective_id).person_id != plan.person_id:
        raise StepOfAnother


def _known_type(session: Session, type_id: int | None) -> int | None:
    """Return the type of meeting where it still stands: a template may name one that is gone."""
    return None if type_id is None or session.get(MeetingType, type_id) is None else type_id


def _set_needs(session: Session, plan: Plan, step: Step, needs: Iterable[int]) -> None:
    """Write what the step waits for; the plan is held, so nobody closes a circle from the other side."""
    wanted = set(needs)
    ids = set(session.scalars(select(Step.id).where(Step.plan_id == plan.id)))
    if not wanted <= ids - {step.id}:
        raise CycleRefused if step.id in wanted else NeedOfAnotherPlan
    standing = plan_queries.needs_of(ids)
    if closes_a_cycle(step.id, wanted, standing):
        raise CycleRefused
    before = set(standing.get(step.id, ()))
    gone = before - wanted
    if gone:
        session.execute(
            delete(StepDependency).where(StepDependency.step_id == step.id, StepDependency.needs_id.in_(gone))
        )
    session.add_all(StepDependency(step_id=step.id, needs_id=need) for need in sorted(wanted - before))
    session.flush()


def settle(
    plan: Plan,
    step: Step,
    target: StepState,
    reason: str,
    actor_id: int | None,
    now: datetime,
    evidence: Evidence = Evidence.ADVISER,
) -> None:
    """Write the new state of a step whose plan is held, and log it; inside the caller's transaction."""
    before = step.state
    # Before both have signed, what is taken up again is a proposal.
    if target is StepState.AGREED and plan.state is PlanState.DRAFT:
        target = StepState.PROPOSED
    step.state, step.reason, step.updated_at = target, reason, now
    note_done(step, now, evidence)
    touch(plan, now)
    _write(step, target.value, actor_id, now)
    _record(step, {"state": (before.value, target.value), "reason": ("", reason)}, actor_id, now)


def _write(step: Step, act: str, actor_id: int | None, now: datetime) -> None:
    journal.write(
        person_id=step.person_id,
        kind=f"pathway.step_{act}",
        now=now,
        actor_id=actor_id,
        subject_kind="step",
        subject_id=step.id,
        facts={"day": day_of(now)},
    )


def _record(step: Step, changes: Mapping[str, tuple[object, object]], actor_id: int | None, now: datetime) -> None:
    if any(old != new for old, new in changes.values()):
        audit.record(
            actor_id=actor_id,
            action="update",
            subject_kind="step",
            subject_id=step.id,
            person_id=step.person_id,
            now=now,
            changes=changes,
        )
