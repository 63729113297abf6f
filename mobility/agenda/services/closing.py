"""The end of a meeting: who came, and what comes next. Nobody leaves without it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from mobility.agenda import words
from mobility.agenda.errors import NextNeeded, ReasonNeeded, TooEarly
from mobility.agenda.models import Appointment, Attendance
from mobility.agenda.rules import (
    APPOINTMENTS,
    ATTENDANCES,
    MARKS,
    REASON_LENGTH,
    RECORDED_ACTS,
    AppointmentAction,
    AttendanceState,
    Following,
    Origin,
)
from mobility.agenda.services import messages
from mobility.agenda.services.booking import book
from mobility.agenda.services.common import hold, note_act, tell_rooms
from mobility.core.clock import day_of
from mobility.core.db import transaction
from mobility.core.retry import retried
from mobility.people import services as people

_KINDS = {
    AttendanceState.PRESENT: words.PRESENT,
    AttendanceState.EXCUSED: words.EXCUSED,
    AttendanceState.ABSENT: words.ABSENT,
    AttendanceState.DESK_FAULT: words.DESK_FAULT,
}


@dataclass(frozen=True, slots=True)
class Next:
    """What follows a meeting. ``starts_at`` with its type, desk and adviser: a meeting to book now."""

    following: Following | None = None
    type_id: int | None = None
    desk_id: int | None = None
    adviser_id: int | None = None
    starts_at: datetime | None = None
    on: date | None = None
    reason: str | None = None


@retried
def close(
    *,
    attendance_id: int,
    state: AttendanceState,
    following: Next,
    actor_id: int | None,
    now: datetime,
    version: int | None = None,
) -> None:
    """Record who came, and book or note what follows, in one act.

    Whoever was there needs something that follows; to the others it may be given. Raises NextNeeded, ReasonNeeded,
    TooEarly, ForbiddenTransition, StaleVersion, and as ``book``.
    """
    with transaction() as session:
        attendance, appointment = hold(attendance_id, version=version)
        before = attendance.state
        after = ATTENDANCES.after(before, MARKS[state])
        if appointment.starts_at > now and after in {AttendanceState.PRESENT, AttendanceState.ABSENT}:
            raise TooEarly
        if following.following is not None:
            decided = _decide(attendance, following, actor_id=actor_id, now=now)
        elif after is AttendanceState.PRESENT and attendance.following is None:
            raise NextNeeded
        else:
            decided = {}
        for name, value in {
            "state": after, "recorded_at": now, "recorded_by_id": actor_id, **decided,
        }.items():  # fmt: skip
            setattr(attendance, name, value)
        session.flush()
        if after is AttendanceState.PRESENT:
            people.touch(person_id=attendance.person_id, now=now)
        messages.forget_reminders(attendance, now=now)
        note_act(attendance, _KINDS[after], actor_id=actor_id, now=now, changes={"state": (before, after)})
        if attendance.following is Following.DATE:
            facts: dict[str, object] = {"next_on": attendance.next_on}
            note = attendance.next_reason
            note_act(attendance, words.FOLLOWING, actor_id=actor_id, now=now, facts=facts, note=note)
        _end(session, appointment, now=now)
        tell_rooms(session, RECORDED_ACTS[after], attendance, actor_id=actor_id, now=now)


def _decide(attendance: Attendance, wanted: Next, *, actor_id: int | None, now: datetime) -> dict[str, object]:
    """Return the columns that say what follows; a meeting is booked here."""
    written = (wanted.reason or "").strip()[:REASON_LENGTH]
    next_id, next_on = None, None
    if wanted.following is Following.MEETING:
        next_id = _book(attendance.person_id, wanted, actor_id=actor_id, now=now)
    elif wanted.following is Following.DATE:
        if wanted.on is None or wanted.on <= day_of(now):
            raise NextNeeded(field="next_on")
        next_on = wanted.on
    elif not written:
        raise ReasonNeeded(field="next_reason")
    return {
        "following": wanted.following, "next_attendance_id": next_id, "next_on": next_on, "next_reason": written,
    }  # fmt: skip


def _book(person_id: int, wanted: Next, *, actor_id: int | None, now: datetime) -> int:
    if wanted.type_id is None or wanted.desk_id is None or wanted.adviser_id is None or wanted.starts_at is None:
        raise NextNeeded(field="slot")
    return book(
        person_id=person_id,
        type_id=wanted.type_id,
        desk_id=wanted.desk_id,
        adviser_id=wanted.adviser_id,
        starts_at=wanted.starts_at,
        origin=Origin.STAFF,
        actor_id=actor_id,
        now=now,
    )


def _end(session: Session, appointment: Appointment, *, now: datetime) -> None:
    """Take the appointment to its end once nobody is expected any more."""
    waiting = session.scalar(
        select(func.count()).where(
            Attendance.appointment_id == appointment.id, Attendance.state == AttendanceState.EXPECTED
        )
    )
    if not waiting:
        appointment.state = APPOINTMENTS.after(appointment.state, AppointmentAction.CLOSE)
        appointment.held_at = appointment.held_at or now
