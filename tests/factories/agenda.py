"""A desk that receives: its team, its types of meetings, its hours, and somebody who comes. Use inside ``app``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import select

from mobility.accounts.models import User
from mobility.accounts.policy import Role
from mobility.agenda import services
from mobility.agenda.models import AgendaOpening, Appointment, Attendance, MeetingType
from mobility.agenda.rules import (
    STANDARD_TYPES,
    AppointmentState,
    AttendanceState,
    Following,
    MeetingKind,
    Origin,
)
from mobility.core.db import db, transaction
from mobility.desks.models import Desk
from mobility.people.models import Person
from tests.factories.accounts import make_user
from tests.factories.desks import make_desk
from tests.factories.loans import NOW, paris
from tests.factories.people import make_person

__all__ = ["NOW", "paris"]

THURSDAY = paris("2026-11-26", "10:00")


def a_type(kind: MeetingKind = MeetingKind.FIRST, **values: Any) -> MeetingType:
    """Write a type of meeting straight into the table, with what is usual for its kind."""
    usual = next(one for one in STANDARD_TYPES if one.kind is kind)
    known: dict[str, Any] = {
        "kind": kind, "label": usual.label, "duration_minutes": usual.duration_minutes, "notice_hours": 24,
        "pause_minutes": usual.pause_minutes, "place": usual.place, "seats": usual.seats,
        "by_person": usual.by_person, "by_prescriber": usual.by_prescriber, "desk_id": None,
    }  # fmt: skip
    with transaction() as session:
        row = MeetingType(**{**known, **values})
        session.add(row)
        session.flush()
        return row


def an_opening(adviser: User, desk: Desk, *, weekdays: Sequence[int] = range(5), **values: Any) -> None:
    """Let an adviser receive from 9 to 12 on weekdays."""
    known: dict[str, Any] = {"opens": time(9), "closes": time(12), "starts_on": date(2026, 1, 1), "type_ids": []}
    with transaction() as session:
        session.add_all(
            AgendaOpening(adviser_id=adviser.id, desk_id=desk.id, weekday=weekday, **{**known, **values})
            for weekday in weekdays
        )


def a_person_at(desk: Desk, adviser: User | None = None, **values: Any) -> Person:
    """Somebody with an e-mail whom the adviser accompanies."""
    number = db.session.query(Person).count() + 1
    referent = adviser.id if adviser else None
    return make_person(desk=desk, **{"email": f"personne{number}@example.org", "referent_user_id": referent, **values})


def a_past_visit(person: Person, adviser: User, starts_at: datetime, *, minutes: int = 15) -> Attendance:
    """Write a meeting to which the person came straight into the tables, of the first type that there is."""
    ends_at = starts_at + timedelta(minutes=minutes)
    hours: dict[str, Any] = {"starts_at": starts_at, "ends_at": ends_at}
    with transaction() as session:
        meeting = session.scalars(select(MeetingType).order_by(MeetingType.id)).first() or a_type()
        appointment = Appointment(
            type_id=meeting.id, desk_id=person.desk_id, adviser_id=adviser.id, blocked_until_at=ends_at,
            state=AppointmentState.HELD, held_at=ends_at, created_at=starts_at, **hours,
        )  # fmt: skip
        session.add(appointment)
        session.flush()
        row = Attendance(
            appointment_id=appointment.id, person_id=person.id, state=AttendanceState.PRESENT, origin=Origin.STAFF,
            booked_at=starts_at, recorded_at=ends_at, following=Following.NONE, next_reason="Fini", **hours,
        )  # fmt: skip
        session.add(row)
        session.flush()
        return row


@dataclass(frozen=True)
class Agenda:
    """A desk that receives."""

    desk: Desk
    adviser: User
    manager: User
    person: Person
    first: MeetingType
    follow_up: MeetingType

    def book(self, **values: Any) -> int:
        """Book the first meeting by the adviser, on Thursday 26 November at 10."""
        wanted: dict[str, Any] = {
            "person_id": self.person.id, "type_id": self.first.id, "desk_id": self.desk.id,
            "adviser_id": self.adviser.id, "starts_at": THURSDAY, "origin": Origin.STAFF,
            "actor_id": self.adviser.id, "now": NOW,
        }  # fmt: skip
        return services.book(**{**wanted, **values})

    def another(self, **values: Any) -> Person:
        """Somebody else of the desk."""
        return a_person_at(self.desk, self.adviser, **values)


def make_agenda() -> Agenda:
    """Make a desk with an adviser who receives on weekday mornings, and somebody who comes."""
    desk = make_desk("Denain")
    adviser = make_user(Role.ADVISER, desk_id=desk.id, name="Claire Dupont")
    manager = make_user(Role.MANAGER, desk_id=desk.id)
    an_opening(adviser, desk)
    first = db.session.query(MeetingType).filter_by(kind=MeetingKind.FIRST).first() or a_type()
    follow_up = db.session.query(MeetingType).filter_by(kind=MeetingKind.FOLLOW_UP).first() or a_type(
        MeetingKind.FOLLOW_UP
    )
    return Agenda(desk, adviser, manager, a_person_at(desk, adviser), first, follow_up)


def get_visit(attendance_id: int) -> tuple[Attendance, Appointment]:
    """Return an attendance and its appointment as they stand now."""
    db.session.expire_all()
    visit = db.session.get_one(Attendance, attendance_id, populate_existing=True)
    return visit, db.session.get_one(Appointment, visit.appointment_id, populate_existing=True)


def hours_later(hours: float) -> datetime:
    """Return the instant that many hours after NOW."""
    return NOW + timedelta(hours=hours)
