"""The meetings that are over and were not reported."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, case, literal, select, true

from mobility.accounts.models import User
from mobility.agenda.models import Appointment, Attendance, MeetingType
from mobility.agenda.rules import AppointmentState, AttendanceState
from mobility.core.db import db
from mobility.core.web.access import ALL_DESKS
from mobility.people.models import Person, display_name


@dataclass(frozen=True, slots=True)
class Unreported:
    """A meeting that is over, of which nobody has said who came."""

    attendance_id: int
    name: str
    label: str
    ends_at: datetime
    adviser_name: str


def list_unreported(
    *,
    adviser_id: int | None,
    desk_ids: Collection[int],
    visible: ColumnElement[bool],
    now: datetime,
    limit: int,
) -> list[Unreported]:
    """Return the meetings without a report, the oldest first: one adviser's, or those of desks; one query.

    ``visible`` says whose name may be told; the meeting itself is always there.
    """
    here: ColumnElement[bool] = Appointment.adviser_id == adviser_id
    if adviser_id is None:
        here = true() if desk_ids is ALL_DESKS else Appointment.desk_id.in_(desk_ids)
    rows = db.session.execute(
        select(
            Attendance.id, Attendance.ends_at, MeetingType.label, User.display_name, Person, case((visible, 1), else_=0)
        )
        .join(Appointment, Appointment.id == Attendance.appointment_id)
        .join(MeetingType, MeetingType.id == Appointment.type_id)
        .join(User, User.id == Appointment.adviser_id)
        .join(Person, Person.id == Attendance.person_id)
        .where(
            here,
            # Nobody is expected at an appointment that is not planned any more. Written out, as the indexes are of
            # planned ones alone: a database that plans before it knows the value could not use them.
            Appointment.state == literal(AppointmentState.PLANNED, Appointment.state.type, literal_execute=True),
            Appointment.ends_at < now,
            Attendance.state == AttendanceState.EXPECTED,
        )
        .order_by(Attendance.ends_at, Attendance.id)
        .limit(limit)
    )
    return [
        Unreported(
            attendance_id=attendance_id,
            name=display_name(person.id, person.first_name, person.last_name) if known else "",
            label=label,
            ends_at=ends_at,
            adviser_name=adviser,
        )
        for attendance_id, ends_at, label, adviser, person, known in rows
    ]
