"""What the team does with a prescription: take, hand over, ask, answer, refuse, book, start, close."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select

from mobility.accounts.queries import staff_of_desks
from mobility.core.clock import day_of, format_instant
from mobility.core.db import db, load, transaction
from mobility.core.errors import NotFound
from mobility.core.retry import retried
from mobility.desks.models import Desk
from mobility.people.kinds import ConsentKind
from mobility.people.models import Person, PersonConsent
from mobility.prescriptions.errors import (
    AssigneeUnfit,
    DeskNotChosen,
    MeetingUnfit,
    OutcomeUnfit,
)
from mobility.prescriptions.models import Prescription
from mobility.prescriptions.rules.states import (
    FOLLOWED_LABELS,
    OUTCOME_LABELS,
    PRESCRIPTIONS,
    REFUSAL_LABELS,
    UNDECIDED,
    Action,
    Outcome,
    RefusalReason,
    State,
    followed,
    outcomes_in,
)
from mobility.prescriptions.services.common import (
    clean_note,
    hold,
    move,
    received_on,
    tell_person,
    tell_referent,
)

FAR = timedelta(days=366)


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
    """Hand a prescription to another desk, where it waits to be taken; the target stays. The person is told.

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
        move(
            session,
            row,
            Action.TRANSFER,
            actor_id=actor_id,
            now=now,
            facts={"desk_id": desk.id, "from_desk_id": before},
            changes={"desk_id": (before, desk.id), "note": (None, written)},
        )
        tell_person(session, row, "prescription_moved", key=f"moved:{desk.id}:{int(now.timestamp())}", now=now)


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
        tell_person(session, row, "prescription_refused", key="refused", now=now, reason=label, note=written)
        tell_referent(
            session, row, "prescription_refused_sender", key="refused-sender", now=now, reason=label, note=written
        )


def _make_ready(session: Any, row: Prescription, *, actor_id: int, now: datetime) -> None:
    """Bring an undecided prescription to where it is decided: taken, and no longer waiting."""
    take_if_free(session, row, actor_id=actor_id, now=now)
    if row.state is State.WAITING_INFO:
        move(session, row, Action.RESUME, actor_id=actor_id, now=now)


@retried
def book_meeting(
    *,
    prescription_id: int,
    meeting_at: datetime,
    actor_id: int | None,
    now: datetime,
    tell: bool = True,
    version: int | None = None,
) -> None:
    """Note when the first meeting is, or that it moves; the person is told unless the agenda does it.

    Raises MeetingUnfit for the past or a year ahead, ForbiddenTransition.
    """
    with transaction() as session:
        row = hold(prescription_id, version=version)
        PRESCRIPTIONS.after(row.state, Action.BOOK)
        if not now < meeting_at < now + FAR:
            raise MeetingUnfit
        before, row.meeting_at = row.meeting_at, meeting_at
        move(
            session,
            row,
            Action.BOOK,
            actor_id=actor_id,
            now=now,
            facts={"meeting_at": meeting_at},
            changes={"meeting_at": (before, meeting_at)},
        )
        if tell:
            desk = session.get_one(Desk, row.desk_id)
            tell_person(
                session,
                row,
                "prescription_meeting",
                key=f"meeting:{int(meeting_at.timestamp())}:{int(now.timestamp())}",
                now=now,
                expires_at=meeting_at,
                when=format_instant(meeting_at),
                address=desk.address,
            )


@retried
def unbook_meeting(*, prescription_id: int, actor_id: int | None, now: datetime, version: int | None = None) -> None:
    """Note that the first meeting does not take place: another one must be found."""
    with transaction() as session:
        row = hold(prescription_id, version=version)
        before = row.meeting_at
        row.meeting_at = None
        move(session, row, Action.UNBOOK, actor_id=actor_id, now=now, changes={"meeting_at": (before, None)})


@retried
def start(
    *, prescription_id: int, met_on: date, actor_id: int | None, now: datetime, version: int | None = None
) -> None:
    """Note that the first meeting was held: the clock stops, the referent sees « commencée ».

    Raises MeetingUnfit for a day to come or before the prescription came in.
    """
    with transaction() as session:
        row = hold(prescription_id, version=version)
        PRESCRIPTIONS.after(row.state, Action.START)
        if not received_on(row) <= met_on <= day_of(now):
            raise MeetingUnfit(field="met_on")
        row.met_on = met_on
        move(session, row, Action.START, actor_id=actor_id, now=now, facts={"met_on": met_on})
        _tell_followed(session, row, detail="", now=now)


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
        tell_person(session, row, "prescription_ended", key="ended", now=now)
        detail = OUTCOME_LABELS[row.outcome] if may_tell_details(row) else ""
        _tell_followed(session, row, detail=detail, now=now)


def may_tell_details(row: Prescription) -> bool:
    """Tell whether the prescriber may know more than « reçue, commencée, terminée ».

    Once there is a file, its own consents decide: what was agreed to at first may have been taken back.
    """
    if row.person_id is None:
        return row.shares_back
    agreed = select(PersonConsent.id).where(
        PersonConsent.person_id == Person.id,
        PersonConsent.kind == ConsentKind.SHARE_WITH_PRESCRIBER,
        PersonConsent.withdrawn_at.is_(None),
    )
    return bool(
        db.session.scalar(
            select(Person.id).where(Person.id == row.person_id, Person.protected.is_(False), agreed.exists())
        )
    )


def _tell_followed(session: Any, row: Prescription, *, detail: str, now: datetime) -> None:
    word = FOLLOWED_LABELS[followed(row.state)].lower()
    tell_referent(
        session, row, "prescription_followed", key=f"followed:{row.state.value}", now=now, word=word, detail=detail
    )
