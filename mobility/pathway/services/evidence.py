"""What happened elsewhere and settles a step of the plan: meetings booked and held."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from mobility.agenda.hooks import VisitEvent
from mobility.agenda.models import Appointment, Attendance
from mobility.agenda.rules import VisitAct
from mobility.core.clock import day_of
from mobility.core.db import lock, transaction
from mobility.pathway.models import Plan, Step
from mobility.pathway.plan.rules.terms import LIVING_PLAN_STATES, Evidence, StepKind
from mobility.pathway.rules import LIVE_STEP_STATES, StepState
from mobility.pathway.services.plan_steps import settle


def meeting_booked(*, person_id: int, type_id: int, attendance_id: int, starts_on: date, now: datetime) -> int | None:
    """Let a step of the plan that waits for such a meeting take the one that was booked; its id, or None."""
    with transaction() as session:
        step = _awaited_meeting(session, person_id, type_id, attendance_id)
        if step is None:
            return None
        step.attendance_id = attendance_id
        step.planned_from_on = step.planned_until_on = starts_on
        step.updated_at = now
        return step.id


def meeting_held(
    *, person_id: int, type_id: int, attendance_id: int, held_on: date, actor_id: int | None, now: datetime
) -> int | None:
    """Let the step of the plan that waits for this meeting, or one of its type, be done by it; its id, or None."""
    with transaction() as session:
        step = _awaited_meeting(session, person_id, type_id, attendance_id)
        if step is None or step.plan_id is None:
            return None
        plan = lock(Plan, step.plan_id)
        if plan.state not in LIVING_PLAN_STATES:
            return None
        step.attendance_id = attendance_id
        step.planned_from_on = step.planned_until_on = held_on
        settle(plan, step, StepState.DONE, "", actor_id, now, evidence=Evidence.MEETING)
        return step.id


def _awaited_meeting(session: Session, person_id: int, type_id: int, attendance_id: int) -> Step | None:
    steps = session.scalars(
        select(Step).where(
            Step.person_id == person_id,
            Step.kind == StepKind.MEETING,
            Step.state.in_(LIVE_STEP_STATES),
            or_(
                Step.attendance_id == attendance_id,
                Step.attendance_id.is_(None) & (Step.meeting_type_id == type_id),
            ),
        )
    ).all()
    return min(
        steps,
        key=lambda one: (one.attendance_id != attendance_id, one.planned_from_on or date.max, one.id),
        default=None,
    )


def follow_visit(event: VisitEvent) -> None:
    """Let the plan follow what happens in the agenda: a meeting booked or moved, held, or fallen through."""
    with transaction() as session:
        type_id = session.scalar(
            select(Appointment.type_id)
            .join(Attendance, Attendance.appointment_id == Appointment.id)
            .where(Attendance.id == event.attendance_id)
        )
        if type_id is None:
            return
        facts: dict[str, Any] = {
            "person_id": event.person_id,
            "type_id": type_id,
            "attendance_id": event.attendance_id,
            "now": event.now,
        }
        if event.act in {VisitAct.BOOKED, VisitAct.MOVED}:
            meeting_booked(starts_on=day_of(event.starts_at), **facts)
        elif event.act is VisitAct.HELD:
            meeting_held(held_on=day_of(event.starts_at), actor_id=event.actor_id, **facts)
        else:
            _let_go(session, event)


def _let_go(session: Session, event: VisitEvent) -> None:
    """Let the step wait for another meeting: this one did not take place."""
    steps = session.scalars(
        select(Step).where(Step.attendance_id == event.attendance_id, Step.state.in_(LIVE_STEP_STATES))
    )
    for step in steps:
        step.attendance_id, step.updated_at = None, event.now
