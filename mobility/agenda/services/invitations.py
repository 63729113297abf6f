"""After an absence: a new invitation some days later, then the adviser takes over."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import aliased

from mobility.agenda import parameters, queries, words
from mobility.agenda.models import UNANSWERED, Appointment, Attendance, MeetingType
from mobility.agenda.rules import AttendanceState, MeetingKind
from mobility.agenda.services import messages
from mobility.core.clock import day_of
from mobility.core.db import db, load, lock, transaction
from mobility.core.retry import retried
from mobility.journal import services as journal
from mobility.people.models import Person

# An absence older than that is the adviser's matter: no machine digs it out.
FORGET_AFTER = timedelta(days=30)


def invite_again(*, now: datetime, limit: int = 200) -> dict[str, int]:
    """Invite those who were absent some days ago and have nothing ahead. Returns counts."""
    later = aliased(Attendance)
    since = (
        select(later.id).where(later.person_id == Attendance.person_id, later.booked_at > Attendance.starts_at).exists()
    )
    rows = db.session.execute(
        select(Attendance.id, Attendance.starts_at, Appointment.desk_id)
        .join(Appointment, Appointment.id == Attendance.appointment_id)
        .where(
            UNANSWERED,
            Attendance.state == AttendanceState.ABSENT,
            Attendance.starts_at > now - FORGET_AFTER,
            Attendance.starts_at < now,
            ~since,
        )
        .order_by(Attendance.starts_at, Attendance.id)
    ).all()
    days = {
        desk_id: parameters.reinvite_days(on=day_of(now), desk_id=desk_id) for desk_id in {row.desk_id for row in rows}
    }
    due = [row.id for row in rows if row.starts_at + timedelta(days=days[row.desk_id]) <= now]
    invited = sum(_invite(attendance_id, now=now) for attendance_id in due[:limit])
    return {"invited": invited, "left": max(len(due) - limit, 0)}


@retried
def _invite(attendance_id: int, *, now: datetime) -> int:
    with transaction() as session:
        attendance = lock(Attendance, attendance_id)
        person = load(Person, attendance.person_id)
        if attendance.state is not AttendanceState.ABSENT or person.erased_at or person.restricted_at:
            return 0
        appointment = load(Appointment, attendance.appointment_id)
        meeting = _offered(load(MeetingType, appointment.type_id), appointment.desk_id)
        if meeting is None:
            return 0
        key = f"appointment:{attendance.id}:invitation"
        told = messages.invite(
            session, person_id=person.id, meeting=meeting, desk_id=appointment.desk_id, key=key, now=now
        )
        if told is None:
            return 0
        _note(person.id, attendance.id, actor_id=None, now=now)
        return 1


def _offered(meeting: MeetingType, desk_id: int) -> MeetingType | None:
    """Return the type that the person may book online in its place."""
    if meeting.by_person and meeting.archived_at is None:
        return meeting
    for kind in (MeetingKind.FOLLOW_UP, MeetingKind.FIRST):
        found = queries.find_type_of_kind(kind, desk_id=desk_id)
        if found is not None and found.by_person:
            return found
    return None


@retried
def invite_person(*, person_id: int, type_id: int, desk_id: int, actor_id: int | None, now: datetime) -> bool:
    """Send a person the link to choose an hour; one a day at most. Tells whether it was sent. Raises TypeUnknown."""
    with transaction() as session:
        meeting = queries.get_type(type_id, desk_id=desk_id)
        key = f"appointment:invitation:{person_id}:{meeting.id}:{day_of(now)}"
        told = messages.invite(session, person_id=person_id, meeting=meeting, desk_id=desk_id, key=key, now=now)
        if told is not None:
            _note(person_id, None, actor_id=actor_id, now=now)
        return told is not None


def _note(person_id: int, attendance_id: int | None, *, actor_id: int | None, now: datetime) -> None:
    journal.write_act(
        person_id=person_id,
        subject_kind=words.SUBJECT,
        subject_id=attendance_id,
        action=words.INVITED,
        now=now,
        actor_id=actor_id,
        kind=words.INVITED,
    )
