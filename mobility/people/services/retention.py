"""Retention: files that nobody has touched for the time that the setting gives are archived or erased.

Each night lists, desk by desk, what is due (a dry run). A manager reads the list, keeps back what must
stay, and confirms; the next night carries it out, one transaction a file, each looked at again first.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, and_, delete, or_, select
from sqlalchemy.orm import Session

from mobility.core.clock import day_of, end_of
from mobility.core.db import db, load, lock, transaction
from mobility.notifications import render
from mobility.people import lifecycle, parameters, rules
from mobility.people.errors import ErasureHeld, ItemSettled, ReasonNeeded
from mobility.people.kinds import RetentionAction, RetentionMove, RetentionOutcome, RetentionState
from mobility.people.models import Person, RetentionItem, RetentionRun
from mobility.people.services.alerts import tell_managers
from mobility.people.services.common import record
from mobility.people.services.erasure import erase_person, restrict_person

KEPT_FOR = timedelta(days=183)
BATCH = 500


def plan(*, now: datetime, limit: int = BATCH) -> Mapping[str, int]:
    """Bring the lists to read up to date; nothing is archived or erased. Returns counts."""
    counts: Counter[str] = Counter()
    months = parameters.retention_months(on=day_of(now))
    desks = db.session.scalars(
        select(Person.desk_id).where(_due(now, months)).distinct().order_by(Person.desk_id)
    ).all()
    waiting = db.session.scalars(select(RetentionRun.desk_id).where(RetentionRun.state == RetentionState.PLANNED)).all()
    for desk_id in sorted({*desks, *waiting}):
        counts.update(_plan_desk(desk_id, now=now, months=months, limit=limit))
    return counts


def _due(now: datetime, months: int) -> ColumnElement[bool]:
    cutoff = end_of(rules.last_contact_due(on=day_of(now), months=months))
    return and_(
        Person.erased_at.is_(None),
        Person.merged_into_id.is_(None),
        or_(Person.last_contact_at < cutoff, Person.restricted_at.is_not(None)),
    )


def _plan_desk(desk_id: int, *, now: datetime, months: int, limit: int) -> Counter[str]:
    with transaction() as session:
        run = session.scalar(
            select(RetentionRun)
            .where(
                RetentionRun.desk_id == desk_id,
                RetentionRun.state.in_((RetentionState.PLANNED, RetentionState.CONFIRMED)),
            )
            .with_for_update()
        )
        if run is not None and run.state is RetentionState.CONFIRMED:
            return Counter()
        due = _due_files(session, desk_id, now=now, months=months, limit=limit)
        if run is None and not due:
            return Counter()
        if run is None:
            run = RetentionRun(desk_id=desk_id, planned_at=now)
            session.add(run)
            session.flush()
            _tell_managers(run, len(due), now=now)
        counts = _refresh(session, run, due)
        if not due and counts["kept"] == 0:
            run.state = rules.RETENTION_MOVES.after(run.state, RetentionMove.ABANDON)
        return counts


def _tell_managers(run: RetentionRun, files: int, *, now: datetime) -> None:
    """Tell the desk's managers that a list waits: nothing happens before one of them has read it."""
    tell_managers(
        desk_id=run.desk_id,
        key=f"people.retention:{run.id}",
        title="Une liste de fiches à relire",
        text=f"Durée de conservation passée : {files} fiche{'s' if files > 1 else ''} à effacer ou à archiver. "
        "Rien ne se fait avant que vous ayez relu et confirmé la liste.",
        url=render.public_url(f"/conservation/{run.id}"),
        now=now,
    )


def _due_files(
    session: Session, desk_id: int, *, now: datetime, months: int, limit: int
) -> dict[int, tuple[Person, RetentionAction, date | None]]:
    """Return the files of a desk whose time is over, with what is to become of them."""
    kept_back = select(RetentionItem.person_id).where(
        RetentionItem.outcome == RetentionOutcome.KEPT,
        RetentionItem.run_id.in_(
            select(RetentionRun.id).where(
                RetentionRun.state == RetentionState.DONE, RetentionRun.finished_at > now - KEPT_FOR
            )
        ),
    )
    persons = session.scalars(
        select(Person)
        .where(_due(now, months), Person.desk_id == desk_id, Person.id.not_in(kept_back))
        .order_by(Person.last_contact_at, Person.id)
        .limit(limit)
    ).all()
    due = {}
    for person in persons:
        until = lifecycle.longest_clock(person_id=person.id, on=day_of(now))
        action = rules.retention_action(
            keep_until_on=until, restricted=person.restricted_at is not None, on=day_of(now)
        )
        if action is not None:
            due[person.id] = (person, action, until)
    return due


def _refresh(
    session: Session, run: RetentionRun, due: Mapping[int, tuple[Person, RetentionAction, date | None]]
) -> Counter[str]:
    items = {
        item.person_id: item for item in session.scalars(select(RetentionItem).where(RetentionItem.run_id == run.id))
    }
    counts: Counter[str] = Counter()
    gone = [i.id for p, i in items.items() if p not in due and i.outcome is RetentionOutcome.PLANNED]
    session.execute(delete(RetentionItem).where(RetentionItem.id.in_(gone)))
    for person_id, (person, action, until) in due.items():
        item = items.get(person_id)
        if item is None:
            item = RetentionItem(
                run_id=run.id,
                person_id=person_id,
                action=action,
                last_contact_at=person.last_contact_at,
                keep_until_on=until,
            )
            session.add(item)
            counts["listed"] += 1
        elif item.outcome is RetentionOutcome.PLANNED:
            item.action, item.keep_until_on, item.last_contact_at = action, until, person.last_contact_at
    counts["kept"] = sum(item.outcome is RetentionOutcome.KEPT for item in items.values())
    session.flush()
    return counts


def keep_back(*, item_id: int, reason: str | None, actor_id: int, now: datetime) -> None:
    """Take a file off the list for half a year, with a reason. Raises ReasonNeeded, ItemSettled."""
    if not (reason or "").strip():
        raise ReasonNeeded("Écrivez pourquoi cette fiche doit rester.", field="reason")
    with transaction():
        item = lock(RetentionItem, item_id)
        run = load(RetentionRun, item.run_id)
        if run.state is not RetentionState.PLANNED or item.outcome is not RetentionOutcome.PLANNED:
            raise ItemSettled
        item.outcome, item.kept_by_id, item.kept_reason = RetentionOutcome.KEPT, actor_id, reason
        record(person_id=item.person_id, action="person.retention_kept", actor_id=actor_id, now=now)


def confirm(*, run_id: int, actor_id: int, now: datetime) -> None:
    """Let the list be carried out by the next night. Raises ForbiddenTransition if it is not to be read."""
    with transaction():
        run = lock(RetentionRun, run_id)
        run.state = rules.RETENTION_MOVES.after(run.state, RetentionMove.CONFIRM)
        run.confirmed_at, run.confirmed_by_id = now, actor_id


def carry_out(*, now: datetime) -> Mapping[str, int]:
    """Carry the confirmed lists out, file by file; safe to run again. Returns counts.

    A file that is no longer due, its person being back or the time having been made longer, is skipped.
    """
    counts: Counter[str] = Counter()
    months = parameters.retention_months(on=day_of(now))
    for run_id in db.session.scalars(
        select(RetentionRun.id).where(RetentionRun.state == RetentionState.CONFIRMED).order_by(RetentionRun.id)
    ).all():
        for item_id in db.session.scalars(
            select(RetentionItem.id)
            .where(RetentionItem.run_id == run_id, RetentionItem.outcome == RetentionOutcome.PLANNED)
            .order_by(RetentionItem.id)
        ).all():
            counts[_carry_out_one(item_id, now=now, months=months)] += 1
        _finish(run_id, now=now)
    return counts


def _carry_out_one(item_id: int, *, now: datetime, months: int) -> str:
    with transaction() as session:
        item = lock(RetentionItem, item_id)
        person = lock(Person, item.person_id)
        still_due = session.scalar(select(Person.id).where(_due(now, months), Person.id == person.id)) is not None
        if not still_due:
            item.outcome = RetentionOutcome.SKIPPED
            return "skipped"
        confirmed_by = load(RetentionRun, item.run_id).confirmed_by_id
        done = item.action
        try:
            if done is RetentionAction.ERASE:
                erase_person(person_id=person.id, actor_id=confirmed_by, now=now)
            else:
                restrict_person(person_id=person.id, actor_id=confirmed_by, now=now)
        except ErasureHeld:
            # A longer clock has begun since the list was read: archived now, erased when it is over.
            restrict_person(person_id=person.id, actor_id=confirmed_by, now=now)
            item.action = done = RetentionAction.RESTRICT
        item.outcome = RetentionOutcome.DONE
        return done.value


def _finish(run_id: int, *, now: datetime) -> None:
    with transaction() as session:
        run = lock(RetentionRun, run_id)
        if run.state is not RetentionState.CONFIRMED:
            return
        outcomes = session.execute(
            select(RetentionItem.action, RetentionItem.outcome).where(RetentionItem.run_id == run_id)
        )
        run.counts = dict(
            Counter(row.action.value if row.outcome is RetentionOutcome.DONE else row.outcome.value for row in outcomes)
        )
        run.state = rules.RETENTION_MOVES.after(run.state, RetentionMove.CARRY_OUT)
        run.finished_at = now
