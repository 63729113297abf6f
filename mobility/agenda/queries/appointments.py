"""Appointments as agendas show them, with those who come."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, and_, false, func, select
from sqlalchemy.orm import aliased

from mobility.accounts.models import User
from mobility.agenda.models import Appointment, Attendance, MeetingType
from mobility.agenda.rules import (
    ATTENDANCE_LABELS,
    ATTENDANCE_TONES,
    MEETING_KIND_ICONS,
    SEATED,
    AppointmentState,
    AttendanceState,
    MeetingKind,
    Place,
)
from mobility.core.clock import day_of, start_of
from mobility.core.db import db
from mobility.desks.models import Desk
from mobility.people.models import Person, display_name


@dataclass(frozen=True, slots=True)
class Guest:
    """One person at an appointment, as lists show them; ``name`` is empty where the reader may not know it."""

    attendance_id: int
    person_id: int
    name: str
    state: AttendanceState

    @property
    def state_label(self) -> str:
        """The state in words."""
        return ATTENDANCE_LABELS[self.state]

    @property
    def tone(self) -> str:
        """The colour of the state."""
        return ATTENDANCE_TONES[self.state]


@dataclass(frozen=True, slots=True)
class AppointmentRow:
    """One appointment as lists show it."""

    id: int
    version: int
    type_id: int
    type_label: str
    kind: MeetingKind
    place: Place
    desk_id: int
    desk_name: str
    adviser_id: int
    adviser_name: str
    starts_at: datetime
    ends_at: datetime
    seats: int
    state: AppointmentState
    note: str
    guests: tuple[Guest, ...]

    @property
    def icon(self) -> str:
        """The icon of its kind."""
        return MEETING_KIND_ICONS[self.kind]

    @property
    def seats_left(self) -> int:
        """How many seats are free."""
        return self.seats - sum(guest.state in SEATED for guest in self.guests)

    @property
    def day_on(self) -> date:
        """The day in Paris."""
        return day_of(self.starts_at)


def list_appointments(
    condition: ColumnElement[bool], *, known: ColumnElement[bool], limit: int = 500
) -> list[AppointmentRow]:
    """Return the appointments of a condition in order, in two queries.

    ``known`` is the condition on ``Person`` « the reader may know this name »: the others' stay empty.
    """
    rows = db.session.execute(
        select(Appointment, MeetingType, Desk.name, User.display_name)
        .join(MeetingType, MeetingType.id == Appointment.type_id)
        .join(Desk, Desk.id == Appointment.desk_id)
        .join(User, User.id == Appointment.adviser_id)
        .where(condition)
        .order_by(Appointment.starts_at, Appointment.id)
        .limit(limit)
    ).all()
    guests = _guests([row.Appointment.id for row in rows], known)
    return [
        AppointmentRow(
            id=row.Appointment.id,
            version=row.Appointment.version,
            type_id=row.MeetingType.id,
            type_label=row.MeetingType.label,
            kind=row.MeetingType.kind,
            place=row.MeetingType.place,
            desk_id=row.Appointment.desk_id,
            desk_name=row.name,
            adviser_id=row.Appointment.adviser_id,
            adviser_name=row.display_name,
            starts_at=row.Appointment.starts_at,
            ends_at=row.Appointment.ends_at,
            seats=row.Appointment.seats,
            state=row.Appointment.state,
            note=row.Appointment.note,
            guests=guests.get(row.Appointment.id, ()),
        )
        for row in rows
    ]


def _guests(appointment_ids: Sequence[int], known: ColumnElement[bool]) -> dict[int, tuple[Guest, ...]]:
    if not appointment_ids:
        return {}
    found: dict[int, list[Guest]] = defaultdict(list)
    rows = db.session.execute(
        select(
            Attendance.id,
            Attendance.appointment_id,
            Attendance.state,
            Person.id.label("person_id"),
            Person.first_name,
            Person.last_name,
            known.label("known"),
        )
        .join(Person, Person.id == Attendance.person_id)
        .where(Attendance.appointment_id.in_(appointment_ids))
        .order_by(Attendance.id)
    )
    for row in rows:
        name = display_name(row.person_id, row.first_name, row.last_name) if row.known else ""
        found[row.appointment_id].append(Guest(row.id, row.person_id if row.known else 0, name, row.state))
    return {appointment_id: tuple(guests) for appointment_id, guests in found.items()}


@dataclass(frozen=True, slots=True)
class OpenWorkshop:
    """A workshop to come in which a seat is free."""

    id: int
    starts_at: datetime
    seats_left: int


def open_workshops(
    meeting: MeetingType, *, desk_id: int, family: Collection[int], now: datetime, limit: int = 12
) -> list[OpenWorkshop]:
    """Return the workshops of a type at a desk in which somebody may take a seat now, the soonest first; one query.

    Full ones are left out, those that begin within the notice, and those in which they have a seat.
    """
    guest = aliased(Attendance)
    taken = (
        select(func.count())
        .where(guest.appointment_id == Appointment.id, guest.state.in_(SEATED))
        .correlate(Appointment)
        .scalar_subquery()
    )
    mine = select(guest.id).where(
        guest.appointment_id == Appointment.id, guest.state.in_(SEATED), guest.person_id.in_(list(family))
    )
    rows = db.session.execute(
        select(Appointment.id, Appointment.starts_at, (Appointment.seats - taken).label("left"))
        .where(
            Appointment.desk_id == desk_id,
            Appointment.type_id == meeting.id,
            Appointment.state == AppointmentState.PLANNED,
            Appointment.starts_at >= now + timedelta(hours=meeting.notice_hours),
            taken < Appointment.seats,
            ~mine.exists(),
        )
        .order_by(Appointment.starts_at, Appointment.id)
        .limit(limit)
    )
    return [OpenWorkshop(row.id, row.starts_at, row.left) for row in rows]


def week_condition(
    *, desk_ids: Collection[int], adviser_id: int | None, monday: date, days: int = 7
) -> ColumnElement[bool]:
    """Return the condition « in that week, at one of the desks (or by that adviser), not cancelled »."""
    inside = and_(
        Appointment.starts_at >= start_of(monday),
        Appointment.starts_at < start_of(monday + timedelta(days=days)),
        Appointment.state != AppointmentState.CANCELLED,
    )
    if adviser_id is not None:
        return and_(inside, Appointment.adviser_id == adviser_id)
    return and_(inside, Appointment.desk_id.in_(list(desk_ids)) if desk_ids else false())


def holding(adviser_id: int, *, starts_at: datetime, ends_at: datetime) -> ColumnElement[bool]:
    """Return the condition « planned with that adviser, within that time »."""
    return and_(
        Appointment.adviser_id == adviser_id,
        Appointment.state == AppointmentState.PLANNED,
        Appointment.starts_at < ends_at,
        Appointment.ends_at > starts_at,
    )
