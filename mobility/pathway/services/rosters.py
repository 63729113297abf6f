"""Rosters: set over a period, confirmed by one tap."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import delete, select

from mobility.accounts import audit
from mobility.core.clock import day_of
from mobility.core.db import check_version, lock, transaction
from mobility.journal import services as journal
from mobility.pathway import patterns
from mobility.pathway.errors import NothingToConfirm, ObjectiveClosed
from mobility.pathway.models import Objective, Roster
from mobility.pathway.queries import plan_of
from mobility.pathway.roster import Dates, Pattern, Plan, Unknown, fit_in
from mobility.pathway.rules import ObjectiveState, RosterKind
from mobility.pathway.services.objectives import check_period, touch
from mobility.pathway.services.steps import reexpand
from mobility.pathway.services.warnings import forget_questions


def set_roster(
    *,
    objective_id: int,
    version: int | None,
    pattern: Pattern,
    valid_from_on: date | None = None,
    valid_until_on: date | None = None,
    actor_id: int | None,
    now: datetime,
) -> None:
    """Let a pattern rule the objective from a date on (or over a period); the coverage follows at once.

    Rosters before it stay, those it overlaps are cut or split. Without a date a pattern rules from
    the objective's start; listed dates rule from the first to the last one.
    Raises StaleVersion, ObjectiveClosed, PeriodInvalid, RosterInvalid, NotFound.
    """
    with transaction() as session:
        objective = lock(Objective, objective_id)
        check_version(objective, version)
        if objective.state is not ObjectiveState.OPEN:
            raise ObjectiveClosed
        from_on, until_on = _period(objective, pattern, valid_from_on, valid_until_on)
        check_period(from_on, until_on)
        rows = session.scalars(select(Roster).where(Roster.objective_id == objective_id)).all()
        before = [plan_of(row) for row in rows]
        after = fit_in(before, Plan(pattern, from_on, until_on, day_of(now)))
        session.execute(delete(Roster).where(Roster.objective_id == objective_id))
        session.add_all(_row(objective_id, plan, now) for plan in after)
        touch(objective, now)
        reexpand(objective_id=objective_id, now=now)
        forget_questions(objective_id, now=now)
        journal.write(
            person_id=objective.person_id,
            kind="pathway.roster_set",
            now=now,
            actor_id=actor_id,
            subject_kind="objective",
            subject_id=objective_id,
            facts={"roster_kind": pattern.kind.value, "from_on": from_on, "until_on": until_on},
        )
        audit.record(
            actor_id=actor_id,
            action="update",
            subject_kind="objective",
            subject_id=objective_id,
            person_id=objective.person_id,
            now=now,
            changes={"roster": (_say(before), _say(after))},
        )


def _period(
    objective: Objective, pattern: Pattern, from_on: date | None, until_on: date | None
) -> tuple[date, date | None]:
    if isinstance(pattern, Dates):
        days = sorted(pattern.days)
        return from_on or days[0], until_on or max(days[-1], from_on or days[-1])
    return from_on or objective.starts_on, until_on


def _row(objective_id: int, plan: Plan, now: datetime) -> Roster:
    return Roster(
        objective_id=objective_id,
        kind=plan.pattern.kind,
        pattern=patterns.to_json(plan.pattern),
        valid_from_on=plan.valid_from_on,
        valid_until_on=plan.valid_until_on,
        confirmed_on=plan.confirmed_on or day_of(now),
    )


def _say(plans: list[Plan]) -> str | None:
    return " | ".join(f"{plan.valid_from_on} {patterns.say(plan.pattern)}" for plan in plans) or None


def confirm_unknown_roster(*, objective_id: int, actor_id: int | None, now: datetime) -> date:
    """Say again that the days are not known yet; return the day until which that holds.

    An objective without any roster gets one that says so. Twice on a day changes nothing.
    Raises NothingToConfirm, ObjectiveClosed, NotFound.
    """
    today = day_of(now)
    with transaction() as session:
        objective = lock(Objective, objective_id)
        if objective.state is not ObjectiveState.OPEN:
            raise ObjectiveClosed
        rows = session.scalars(select(Roster).where(Roster.objective_id == objective_id)).all()
        if not rows:
            set_roster(objective_id=objective_id, version=None, pattern=Unknown(), actor_id=actor_id, now=now)
            return Plan(Unknown(), today, None, today).confirmed_until
        standing = [
            row
            for row in rows
            if row.kind is RosterKind.UNKNOWN and (row.valid_until_on is None or row.valid_until_on >= today)
        ]
        if not standing:
            raise NothingToConfirm
        if any(row.confirmed_on != today for row in standing):
            for row in standing:
                row.confirmed_on = today
            touch(objective, now)
            forget_questions(objective_id, now=now)
            journal.write(
                person_id=objective.person_id,
                kind="pathway.roster_confirmed",
                now=now,
                actor_id=actor_id,
                subject_kind="objective",
                subject_id=objective_id,
            )
        session.flush()
        return max(plan_of(row).confirmed_until for row in standing)
