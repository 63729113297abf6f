"""The plan: opened, changed, paused, given up, reached."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import flag_modified

from mobility.accounts import audit
from mobility.core.clock import day_of
from mobility.core.db import check_version, lock, transaction
from mobility.core.text import clean_line, clean_text
from mobility.journal import services as journal
from mobility.pathway import parameters
from mobility.pathway.errors import PlanEnded, PlanLives, ReasonMissing
from mobility.pathway.models import Plan, PlanVersion, Step
from mobility.pathway.plan.rules.terms import (
    LIVING_PLAN_STATES,
    PLAN_MOVES,
    REASONED_PLAN_STATES,
    PlanAction,
    PlanState,
    VersionState,
)
from mobility.pathway.rules import LIVE_STEP_STATES, StepState
from mobility.people.models import Person

REASON_MAX = 300


def clean_reason(reason: str | None) -> str:
    """Return a reason on one line. Raises ReasonMissing."""
    written = clean_line(reason or "") or ""
    if not written:
        raise ReasonMissing
    if len(written) > REASON_MAX:
        raise ReasonMissing("Dites-le en moins de 300 caractères.")
    return written


def open_plan(*, person_id: int, actor_id: int | None, now: datetime, profile: str = "") -> int:
    """Begin a plan in draft, with the commitments that the desk is used to; return its id. Raises PlanLives, NotFound."""
    with transaction() as session:
        person = lock(Person, person_id)
        if find_living(session, person_id) is not None:
            raise PlanLives
        today = day_of(now)
        plan = Plan(
            person_id=person_id,
            adviser_id=actor_id if person.referent_user_id is None else person.referent_user_id,
            state=PlanState.DRAFT,
            profile=profile,
            person_commitment=parameters.person_commitment(on=today, desk_id=person.desk_id),
            desk_commitment=parameters.desk_commitment(on=today, desk_id=person.desk_id),
            created_at=now,
            created_by_id=actor_id,
            updated_at=now,
        )
        session.add(plan)
        try:
            session.flush()
        except IntegrityError as error:
            raise PlanLives from error
        _write(plan, "opened", actor_id, now)
        _record(plan, "create", {"state": (None, plan.state.value)}, actor_id, now)
        return plan.id


def find_living(session: Session, person_id: int) -> Plan | None:
    """Return the plan of the person that has not ended, or None."""
    return session.scalar(select(Plan).where(Plan.person_id == person_id, Plan.state.in_(LIVING_PLAN_STATES)))


def hold_living(plan_id: int) -> Plan:
    """Return the plan, held until the transaction ends. Raises PlanEnded, NotFound."""
    plan = lock(Plan, plan_id)
    if plan.state not in LIVING_PLAN_STATES:
        raise PlanEnded
    return plan


def touch(plan: Plan, now: datetime) -> None:
    """Note the change; the version rises even when two changes fall on one instant."""
    plan.updated_at = now
    flag_modified(plan, "updated_at")


def edit_plan(
    *,
    plan_id: int,
    version: int | None,
    person_commitment: str | None,
    desk_commitment: str | None,
    monthly_budget_cents: int | None,
    actor_id: int | None,
    now: datetime,
) -> None:
    """Change what each side commits to, and the budget. Raises PlanEnded, StaleVersion, NotFound."""
    with transaction():
        plan = hold_living(plan_id)
        check_version(plan, version)
        before = (plan.person_commitment, plan.desk_commitment, plan.monthly_budget_cents)
        plan.person_commitment = clean_text(person_commitment or "") or ""
        plan.desk_commitment = clean_text(desk_commitment or "") or ""
        plan.monthly_budget_cents = monthly_budget_cents
        touch(plan, now)
        after = (plan.person_commitment, plan.desk_commitment, plan.monthly_budget_cents)
        names = ("person_commitment", "desk_commitment", "monthly_budget_cents")
        changed = {name: (old, new) for name, old, new in zip(names, before, after, strict=True) if old != new}
        if changed:
            _write(plan, "changed", actor_id, now)
            _record(plan, "update", changed, actor_id, now)


def move_plan(
    *,
    plan_id: int,
    action: PlanAction,
    reason: str | None = None,
    version: int | None = None,
    actor_id: int | None,
    now: datetime,
) -> None:
    """Pause, take up again, give up or reach a plan. What waits to be signed is withdrawn.

    Giving up drops the steps that nobody began; an aid that runs goes on until it is ended as an aid.
    Raises ReasonMissing, ForbiddenTransition, StaleVersion, NotFound.
    """
    with transaction() as session:
        plan = lock(Plan, plan_id)
        check_version(plan, version)
        before, target = plan.state, PLAN_MOVES.after(plan.state, action)
        written = clean_reason(reason) if target in REASONED_PLAN_STATES else ""
        plan.state, plan.reason = target, written
        if target not in LIVING_PLAN_STATES:
            plan.ended_at = now
        if target is not PlanState.AGREED:
            withdraw_waiting(session, plan.id)
        if target is PlanState.ABANDONED:
            _drop_open_steps(session, plan, written, now)
        touch(plan, now)
        session.flush()
        _write(plan, "resumed" if action is PlanAction.RESUME else target.value, actor_id, now)
        _record(plan, "update", {"state": (before.value, target.value), "reason": ("", written)}, actor_id, now)


def withdraw_waiting(session: Session, plan_id: int) -> None:
    """Take back the version that waits to be signed, if there is one: what it says no longer holds."""
    session.execute(
        update(PlanVersion)
        .where(PlanVersion.plan_id == plan_id, PlanVersion.state == VersionState.WAITING)
        .values(state=VersionState.WITHDRAWN)
    )


def _drop_open_steps(session: Session, plan: Plan, reason: str, now: datetime) -> None:
    steps = session.scalars(
        select(Step).where(Step.plan_id == plan.id, Step.aid_ref.is_(None), Step.state.in_(LIVE_STEP_STATES))
    )
    for step in steps:
        step.state, step.reason, step.updated_at = StepState.DROPPED, reason, now


def _write(plan: Plan, act: str, actor_id: int | None, now: datetime) -> None:
    journal.write(
        person_id=plan.person_id,
        kind=f"pathway.plan_{act}",
        now=now,
        actor_id=actor_id,
        subject_kind="plan",
        subject_id=plan.id,
    )


def _record(
    plan: Plan, action: str, changes: Mapping[str, tuple[object, object]], actor_id: int | None, now: datetime
) -> None:
    audit.record(
        actor_id=actor_id,
        action=action,
        subject_kind="plan",
        subject_id=plan.id,
        person_id=plan.person_id,
        now=now,
        changes=changes,
    )
