"""Steps and their coverage: what aids write, in the transaction of their own change."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import delete, insert, or_, select
from sqlalchemy.orm import Session

from mobility.core.clock import day_of
from mobility.core.db import load, lock, transaction
from mobility.pathway import hooks
from mobility.pathway.errors import StepAlreadyOpened, StepOfAnother
from mobility.pathway.models import Coverage, Objective, Step
from mobility.pathway.plan.rules.terms import Evidence
from mobility.pathway.queries import legs_of
from mobility.pathway.roster import Leg, Serving, legs_within, serving_of
from mobility.pathway.rules import AWAITING_STATES, CARRYING_STATES, Direction, StepState, check_step_move

# How far coverage is written for a step that has no end; the weekly job moves the horizon on.
HORIZON = timedelta(days=400)
TITLE_MAX = 160


def put_step(
    *,
    person_id: int,
    objective_id: int | None,
    aid_kind: str,
    aid_ref: int | None,
    title: str,
    state: StepState,
    starts_at: datetime | None,
    ends_at: datetime | None,
    cost_cents: int | None,
    covers: bool,
    now: datetime,
    funder_cents: int | None = None,
    serving: Serving | None = None,
) -> int:
    """Write an aid's step (found again by kind and ref) and the coverage that it gives; return its id.

    Without ``aid_ref`` it is a new proposal, which ``link_step`` gives to the row that answers it. A new row of an aid
    that a step of the person's plan waits for becomes that step: the plan follows without anybody's act.
    ``covers`` says that the aid carries the person over its window; every leg of the objective whose hour lies in the
    window, and on the days and hours that ``serving`` names, is then covered, as long as the state is one that carries.
    Raises StepOfAnother, ForbiddenTransition, NotFound for the objective.
    """
    with transaction() as session:
        if objective_id is not None and lock(Objective, objective_id).person_id != person_id:
            raise StepOfAnother
        step = None if aid_ref is None else _find_step(session, aid_kind, aid_ref)
        if step is None and aid_ref is not None:
            step = _awaited_step(session, person_id, objective_id, aid_kind, title)
        if step is None:
            step = Step(person_id=person_id, aid_kind=aid_kind, aid_ref=aid_ref, state=state)
            session.add(step)
        elif step.person_id != person_id:
            raise StepOfAnother
        else:
            check_step_move(step.state, state)
        carried = _carried(step)
        step.aid_ref = aid_ref
        step.objective_id = objective_id
        step.title = title[:TITLE_MAX]
        step.state = state
        note_done(step, now, Evidence.AID)
        step.starts_at = starts_at
        step.ends_at = ends_at
        step.cost_cents = cost_cents
        step.funder_cents = funder_cents
        step.covers = covers
        step.serves = None if serving is None else serving.to_json()
        step.updated_at = now
        session.flush()
        # Most acts change neither the window nor whether the aid carries: its legs stay. Those of a window without
        # an end are looked at every time, as its horizon moves on.
        if _carried(step) != carried or (carried is not None and ends_at is None):
            _write_coverage(session, objective_id, [step], now)
        return step.id


def note_done(step: Step, now: datetime, evidence: Evidence) -> None:
    """Write when and by what a step was done, or that it no longer is; the first evidence stands."""
    if step.state is not StepState.DONE:
        step.done_at, step.done_by = None, None
    elif step.done_at is None:
        step.done_at, step.done_by = now, evidence


def _carried(step: Step) -> tuple[object, ...] | None:
    """Return what decides which legs a step carries, or None where it carries none."""
    if not step.covers or step.state not in CARRYING_STATES:
        return None
    return step.objective_id, step.starts_at, step.ends_at, step.serves


def link_step(*, step_id: int, person_id: int, aid_kind: str, aid_ref: int, now: datetime) -> None:
    """Make a step that waits for its aid that of the row which answers it; ``put_step`` then finds it by that row.

    Raises StepAlreadyOpened, StepOfAnother (also for a step that another kind of aid proposed), NotFound.
    """
    with transaction() as session:
        step = lock(Step, step_id)
        if step.person_id != person_id or step.aid_kind != aid_kind:
            raise StepOfAnother
        if step.state not in AWAITING_STATES or step.aid_ref is not None:
            raise StepAlreadyOpened
        step.aid_ref = aid_ref
        step.updated_at = now
        session.flush()


def pass_step(*, aid_kind: str, from_ref: int, to_ref: int, now: datetime) -> None:
    """Give the step of one row of an aid to the row that goes on in its place; nothing where there is none."""
    with transaction() as session:
        step = _find_step(session, aid_kind, from_ref)
        if step is not None:
            step.aid_ref, step.updated_at = to_ref, now
            session.flush()


def _find_step(session: Session, aid_kind: str, aid_ref: int) -> Step | None:
    return session.scalar(select(Step).where(Step.aid_kind == aid_kind, Step.aid_ref == aid_ref))


def _awaited_step(session: Session, person_id: int, objective_id: int | None, aid_kind: str, title: str) -> Step | None:
    """Return the step of the person's plan that waits for such a row, of the same name before others, or None."""
    waiting = session.scalars(
        select(Step).where(
            Step.person_id == person_id,
            Step.plan_id.is_not(None),
            Step.aid_kind == aid_kind,
            Step.aid_ref.is_(None),
            Step.state.in_(AWAITING_STATES),
            or_(Step.objective_id.is_(None), Step.objective_id == objective_id),
        )
    ).all()
    return min(waiting, key=lambda step: (step.title != title, step.planned_from_on or date.max, step.id), default=None)


def drop_step(*, aid_kind: str, aid_ref: int, now: datetime) -> None:
    """Mark an aid's step as dropped and take its coverage away; nothing when there is none.

    Raises ForbiddenTransition for a step that is done.
    """
    with transaction() as session:
        step = _find_step(session, aid_kind, aid_ref)
        if step is None:
            return
        check_step_move(step.state, StepState.DROPPED)
        step.state = StepState.DROPPED
        note_done(step, now, Evidence.AID)
        step.updated_at = now
        session.flush()
        _write_coverage(session, step.objective_id, [step], now)


def reexpand(*, objective_id: int, now: datetime) -> None:
    """Write the coverage of every step of an objective anew, after its days or dates changed."""
    with transaction() as session:
        session.flush()
        steps = session.scalars(select(Step).where(Step.objective_id == objective_id)).all()
        _write_coverage(session, objective_id, steps, now)


def _write_coverage(session: Session, objective_id: int | None, steps: Sequence[Step], now: datetime) -> None:
    """Make the coverage rows of the steps what their windows and the roster say; the rest stays untouched."""
    wanted = _wanted(load(Objective, objective_id), steps, now) if objective_id is not None else set()
    ids = [step.id for step in steps]
    existing = {
        (row.step_id, row.objective_id, row.shift_on, row.direction): row.id
        for row in session.execute(
            select(Coverage.id, Coverage.step_id, Coverage.objective_id, Coverage.shift_on, Coverage.direction).where(
                Coverage.step_id.in_(ids)
            )
        )
    }
    gone = [row_id for key, row_id in existing.items() if key not in wanted]
    if gone:
        session.execute(delete(Coverage).where(Coverage.id.in_(gone)).execution_options(synchronize_session=False))
    new = [
        {"step_id": step_id, "objective_id": of_objective, "shift_on": shift_on, "direction": direction}
        for step_id, of_objective, shift_on, direction in sorted(wanted - set(existing))
    ]
    if new:
        session.execute(insert(Coverage), new)


def _served(candidates: Sequence[Leg], step: Step, horizon: datetime) -> list[Leg]:
    """Return the legs of a step's window, on the days and hours that it serves."""
    return legs_within(candidates, step.starts_at, step.ends_at or horizon, serving_of(step.serves))


def _wanted(objective: Objective, steps: Sequence[Step], now: datetime) -> set[tuple[int, int, object, Direction]]:
    carrying = [step for step in steps if step.covers and step.state in CARRYING_STATES]
    if not carrying:
        return set()
    horizon = now + HORIZON
    starts = [step.starts_at for step in carrying]
    first = min((start for start in starts if start is not None), default=None)
    # A shift of the eve may end, and one of the last day begin, inside the window: a day on each side.
    from_on = objective.starts_on if None in starts or first is None else day_of(first) - timedelta(days=1)
    until_on = day_of(max(step.ends_at or horizon for step in carrying)) + timedelta(days=1)
    candidates = legs_of(objective.id, from_on=from_on, until_on=until_on)
    return {
        (step.id, key.objective_id, key.shift_on, key.direction)
        for step in carrying
        for key in hooks.chosen_legs(
            step.aid_kind,
            step.aid_ref,
            [leg.key for leg in _served(candidates, step, horizon)],
            now,
        )
    }
