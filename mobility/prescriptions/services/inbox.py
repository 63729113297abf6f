"""What the team does with a prescription: take, hand over, refuse, close, reopen."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from mobility.accounts.queries import staff_of_desks
from mobility.agenda.services import letters
from mobility.core.db import load, transaction
from mobility.core.errors import ForbiddenTransition, NotFound
from mobility.core.retry import retried
from mobility.desks.models import Desk
from mobility.prescriptions.errors import AssigneeUnfit, DeskNotChosen, OutcomeUnfit
from mobility.prescriptions.models import Prescription
from mobility.prescriptions.rules.states import (
    OUTCOME_LABELS,
    PRESCRIPTIONS,
    REFUSAL_LABELS,
    UNDECIDED,
    Action,
    Outcome,
    RefusalReason,
    State,
    outcomes_in,
    reopening,
)
from mobility.prescriptions.services.common import (
    clean_note,
    hold,
    move,
    tell_followed,
    tell_person,
    tell_referent,
    tell_step,
)
from mobility.prescriptions.services.meetings import tie_known
from mobility.prescriptions.words import SUBJECT


@retried
def assign(
    *, prescription_id: int, user_id: int, actor_id: int | None, now: datetime, version: int | None = None
) -> None:
    """Give a prescription to somebody of its desk; whoever takes it gives it to themselves. Raises AssigneeUnfit."""
    with transaction() as session:
        row = hold(prescription_id, version=version)
        PRESCRIPTIONS.after(row.state, Action.ASSIGN)
        _check_staff(row.desk_id, user_id)
        _assign(session, row, user_id, actor_id=actor_id, now=now)


def _check_staff(desk_id: int | None, user_id: int) -> None:
    if desk_id is None or user_id not in {user.id for user in staff_of_desks([desk_id])}:
        raise AssigneeUnfit


def _assign(session: Any, row: Prescription, user_id: int, *, actor_id: int | None, now: datetime) -> None:
    before, row.assignee_id = row.assignee_id, user_id
    move(
        session,
        row,
        Action.ASSIGN,
        actor_id=actor_id,
        now=now,
        facts={"user_id": user_id},
        changes={"assignee_id": (before, user_id)},
    )


def take_if_free(session: Any, row: Prescription, *, actor_id: int, now: datetime) -> None:
    """Whoever acts on a prescription that nobody has taken takes it."""
    if row.state is State.RECEIVED:
        _assign(session, row, actor_id, actor_id=actor_id, now=now)


@retried
def transfer(
    *,
    prescription_id: int,
    desk_id: int,
    note: str | None,
    actor_id: int | None,
    now: datetime,
    version: int | None = None,
) -> None:
    """Hand a prescription to another desk, where it waits to be taken; the target stays.

    The person is told, the prescriber where the person agrees; the new team reads why.

    Raises DeskNotChosen, ReasonNeeded, ForbiddenTransition.
    """
    written = clean_note(note, needed=True)
    with transaction() as session:
        row = hold(prescription_id, version=version)
        PRESCRIPTIONS.after(row.state, Action.TRANSFER)
        try:
            desk = load(Desk, desk_id)
        except NotFound:
            raise DeskNotChosen from None
        if desk.archived_at is not None or desk.id == row.desk_id:
            raise DeskNotChosen
        before, row.desk_id, row.assignee_id = row.desk_id, desk.id, None
        row.transfer_note, row.transferred_from_id = written, before
        move(
            session,
            row,
            Action.TRANSFER,
            actor_id=actor_id,
            now=now,
            facts={"desk_id": desk.id, "from_desk_id": before},
            changes={"desk_id": (before, desk.id), "note": (None, written)},
        )
        letters.give_to_desk(subject=(SUBJECT, row.id), desk_id=desk.id)
        tell_person(session, row, "prescription_moved", key=f"moved:{desk.id}:{int(now.timestamp())}", now=now)
        tell_step(session, row, f"confiée à {desk.name}", key=f"step:moved:{int(now.timestamp())}", now=now)


@retried
def refuse(
    *,
    prescription_id: int,
    reason: RefusalReason,
    note: str | None,
    actor_id: int,
    now: datetime,
    version: int | None = None,
) -> None:
    """Refuse; the person and the referent read why, inside the message. Raises ReasonNeeded, ForbiddenTransition."""
    written = clean_note(note, needed=True)
    with transaction() as session:
        row = hold(prescription_id, version=version)
        if row.state is not State.ASSIGNED and row.state in UNDECIDED:
            _make_ready(session, row, actor_id=actor_id, now=now)
        PRESCRIPTIONS.after(row.state, Action.REFUSE)
        row.refusal_reason, row.ending_note, row.ended_at = RefusalReason(reason), written, now
        move(session, row, Action.REFUSE, actor_id=actor_id, now=now, facts={"reason": row.refusal_reason.value})
        label = REFUSAL_LABELS[row.refusal_reason]
        tell_person(
            session,
            row,
            "prescription_refused",
            key=f"refused:{int(now.timestamp())}",
            now=now,
            reason=label,
            note=written,
        )
        key = f"refused-sender:{int(now.timestamp())}"
        tell_referent(session, row, "prescription_refused_sender", key=key, now=now, reason=label, note=written)


@retried
def reopen(*, prescription_id: int, note: str | None, actor_id: int, now: datetime, version: int | None = None) -> None:
    """Let an ended prescription go on where it stood, with the reason; whoever reopens it has it. The target stays.

    The person and the referent are told. Raises ReasonNeeded, ForbiddenTransition.
    """
    written = clean_note(note, needed=True)
    with transaction() as session:
        row = hold(prescription_id, version=version)
        action = reopening(has_file=row.person_id is not None, was_met=row.met_on is not None)
        PRESCRIPTIONS.after(row.state, action)
        if row.erased_at is not None:
            raise ForbiddenTransition(code="cannot_reopen_when_erased")
        before = row.assignee_id
        row.outcome = row.refusal_reason = row.ended_at = None
        row.ending_note, row.reopen_note, row.reopened_at, row.assignee_id = "", written, now, actor_id
        if action is not Action.REOPEN_STARTED:
            row.meeting_at = row.attendance_id = row.missed_on = None
        move(
            session,
            row,
            action,
            actor_id=actor_id,
            now=now,
            facts={"user_id": actor_id},
            note=written,
            changes={"assignee_id": (before, actor_id), "reopen_note": (None, written)},
        )
        tell_person(session, row, "prescription_reopened", key=f"reopened:{int(now.timestamp())}", now=now)
        tell_followed(session, row, now=now)
        if row.state is State.ACCEPTED:
            tie_known(session, row, actor_id=actor_id, now=now)


def _make_ready(session: Any, row: Prescription, *, actor_id: int, now: datetime) -> None:
    """Bring an undecided prescription to where it is decided: taken, and no longer waiting."""
    take_if_free(session, row, actor_id=actor_id, now=now)
    if row.state is State.WAITING_INFO:
        move(session, row, Action.RESUME, actor_id=actor_id, now=now)


@retried
def close(
    *,
    prescription_id: int,
    outcome: Outcome,
    note: str | None,
    actor_id: int,
    now: datetime,
    version: int | None = None,
) -> None:
    """End a prescription with its outcome. The referent sees « terminée », and how only where the person agrees.

    Raises OutcomeUnfit, ForbiddenTransition.
    """
    with transaction() as session:
        row = hold(prescription_id, version=version)
        PRESCRIPTIONS.after(row.state, Action.CLOSE)
        if Outcome(outcome) not in outcomes_in(row.state):
            raise OutcomeUnfit
        row.outcome, row.ending_note, row.ended_at = Outcome(outcome), clean_note(note), now
        move(session, row, Action.CLOSE, actor_id=actor_id, now=now, facts={"outcome": row.outcome.value})
        tell_person(session, row, "prescription_ended", key=f"ended:{int(now.timestamp())}", now=now)
        tell_followed(session, row, detail=OUTCOME_LABELS[row.outcome], now=now)
