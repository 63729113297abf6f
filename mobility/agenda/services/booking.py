"""Appointments: booked, joined, moved, cancelled. The database refuses two at one time, whoever comes first."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from mobility.accounts import audit
from mobility.agenda import queries, words
from mobility.agenda.errors import (
    AdviserUnknown,
    AlreadyInvited,
    BadTime,
    ReasonNeeded,
    SlotNotOffered,
    TooLateOnline,
)
from mobility.agenda.models import Appointment, Attendance, MeetingType
from mobility.agenda.rules import (
    APPOINTMENTS,
    ATTENDANCES,
    HORIZON,
    REASON_LENGTH,
    AppointmentAction,
    AppointmentState,
    AttendanceAction,
    AttendanceState,
    MeetingKind,
    Origin,
    VisitAct,
)
from mobility.agenda.services import messages, resources
from mobility.agenda.services.common import flush, hold, note_act, set_all, tell_rooms
from mobility.core.db import load, lock, transaction
from mobility.core.errors import NotFound
from mobility.core.retry import retried
from mobility.desks.queries import get_desk
from mobility.people import services as people
from mobility.people.models import Person


@retried
def book(
    *,
    person_id: int,
    type_id: int,
    desk_id: int,
    adviser_id: int,
    starts_at: datetime,
    origin: Origin,
    actor_id: int | None,
    now: datetime,
    note: str | None = None,
    promised: bool = False,
    vehicle_id: int | None = None,
) -> int:
    """Book one hour of an adviser for a person; return the attendance's id. Joins the caller's transaction.

    The desk may take any hour to come; whoever books from outside takes one of those that are offered, or one that
    was ``promised`` to them and is free still. A room of the desk and the vehicle, where the type needs them, are taken
    in the same transaction. Raises RoomsTaken, VehicleBusy,
    SlotTaken, PersonBusy, SlotNotOffered, BadTime, TypeUnknown, AdviserUnknown, NotFound.
    """
    with transaction() as session:
        meeting = queries.get_type(type_id, desk_id=desk_id)
        _check_hour(meeting, desk_id, adviser_id, starts_at, origin=origin, now=now, promised=promised)
        appointment = _new_appointment(
            session, meeting, desk_id, adviser_id, starts_at, seats=1, actor_id=actor_id, now=now, note=note
        )
        if vehicle_id is not None and meeting.needs_vehicle:
            resources.take_vehicle(appointment, vehicle_id, now=now)
        resources.take_interpreter(session, appointment, meeting, load(Person, person_id))
        return _seat(session, appointment, person_id, origin=origin, actor_id=actor_id, now=now)


@retried
def create_workshop(
    *,
    type_id: int,
    desk_id: int,
    adviser_id: int,
    starts_at: datetime,
    actor_id: int | None,
    now: datetime,
    seats: int | None = None,
    note: str | None = None,
) -> int:
    """Announce a workshop, to which people are added later; return the appointment's id.

    Raises SlotTaken, BadTime, TypeUnknown, AdviserUnknown, NotFound.
    """
    with transaction() as session:
        meeting = queries.get_type(type_id, desk_id=desk_id)
        _check_hour(meeting, desk_id, adviser_id, starts_at, origin=Origin.STAFF, now=now)
        appointment = _new_appointment(
            session,
            meeting,
            desk_id,
            adviser_id,
            starts_at,
            seats=meeting.seats if seats is None else seats,
            actor_id=actor_id,
            now=now,
            note=note,
        )
        return appointment.id


@retried
def join(
    *,
    appointment_id: int,
    person_id: int,
    origin: Origin,
    actor_id: int | None,
    now: datetime,
    offered: tuple[int, int] | None = None,
) -> int:
    """Give a person a seat in a workshop; return the attendance's id.

    Whoever takes one by themselves takes it among those that are ``offered`` (of a type, at a desk), before the notice.
    Raises SeatsFull, AlreadyInvited, PersonBusy, SlotNotOffered, NotFound.
    """
    with transaction() as session:
        appointment = lock(Appointment, appointment_id)
        if origin is not Origin.STAFF:
            meeting = load(MeetingType, appointment.type_id)
            ours = meeting.kind is MeetingKind.WORKSHOP and (meeting.id, appointment.desk_id) == offered
            if not ours or not meeting.by_person or appointment.starts_at < now + timedelta(hours=meeting.notice_hours):
                raise SlotNotOffered
        APPOINTMENTS.after(appointment.state, AppointmentAction.MOVE)
        if appointment.starts_at <= now:
            raise SlotNotOffered
        known = session.scalar(
            select(Attendance).where(Attendance.appointment_id == appointment_id, Attendance.person_id == person_id)
        )
        if known is not None:
            return _come_back(session, known, actor_id=actor_id, now=now)
        return _seat(session, appointment, person_id, origin=origin, actor_id=actor_id, now=now)


def _come_back(session: Session, known: Attendance, *, actor_id: int | None, now: datetime) -> int:
    """Seat somebody again who had cancelled: one row a person and workshop."""
    if known.state is not AttendanceState.CANCELLED:
        raise AlreadyInvited
    with session.no_autoflush:
        flush(session, lambda: set_all(known, state=AttendanceState.EXPECTED, recorded_at=None, recorded_by_id=None))
    _booked(session, known, actor_id=actor_id, now=now)
    return known.id


def _check_hour(
    meeting: MeetingType,
    desk_id: int,
    adviser_id: int,
    starts_at: datetime,
    *,
    origin: Origin,
    now: datetime,
    except_id: int | None = None,
    promised: bool = False,
) -> None:
    if not now < starts_at < now + HORIZON:
        raise BadTime
    if promised:
        if not queries.still_free(
            meeting, desk_id=desk_id, adviser_id=adviser_id, starts_at=starts_at, except_id=except_id
        ):
            raise SlotNotOffered
        return
    if origin is Origin.STAFF:
        if adviser_id not in queries.team_ids([desk_id]):
            raise AdviserUnknown
        return
    by_person = meeting.by_person if except_id is None else meeting.movable
    if not (by_person if origin is Origin.PERSON else meeting.by_prescriber):
        raise SlotNotOffered
    from_at, until_at = queries.online_window(meeting, desk_id=desk_id, now=now)
    offered = queries.offered_slots(
        meeting, [desk_id], from_at=from_at, until_at=until_at, adviser_id=adviser_id, except_id=except_id
    )
    if not any(slot.starts_at == starts_at for slot in offered):
        raise SlotNotOffered


def _new_appointment(
    session: Session,
    meeting: MeetingType,
    desk_id: int,
    adviser_id: int,
    starts_at: datetime,
    *,
    seats: int,
    actor_id: int | None,
    now: datetime,
    note: str | None,
) -> Appointment:
    get_desk(desk_id)
    ends_at = starts_at + timedelta(minutes=meeting.duration_minutes)
    appointment = Appointment(
        type_id=meeting.id,
        desk_id=desk_id,
        adviser_id=adviser_id,
        starts_at=starts_at,
        ends_at=ends_at,
        blocked_until_at=ends_at + timedelta(minutes=meeting.pause_minutes),
        seats=seats,
        room_id=resources.free_room(session, meeting, desk_id, starts_at, ends_at),
        note=(note or "").strip()[:REASON_LENGTH],
        created_at=now,
        created_by_id=actor_id,
    )
    flush(session, lambda: session.add(appointment))
    return appointment


def _seat(
    session: Session, appointment: Appointment, person_id: int, *, origin: Origin, actor_id: int | None, now: datetime
) -> int:
    person = load(Person, person_id)
    if person.erased_at is not None or person.merged_into_id is not None:
        raise NotFound(f"person {person_id}")
    attendance = Attendance(
        appointment_id=appointment.id,
        person_id=person_id,
        starts_at=appointment.starts_at,
        ends_at=appointment.ends_at,
        origin=origin,
        booked_at=now,
        booked_by_id=actor_id,
    )
    flush(session, lambda: session.add(attendance))
    _booked(session, attendance, actor_id=actor_id, now=now)
    return attendance.id


def _booked(session: Session, attendance: Attendance, *, actor_id: int | None, now: datetime) -> None:
    note_act(attendance, words.BOOKED, actor_id=actor_id, now=now, changes={"state": (None, attendance.state)})
    people.touch(person_id=attendance.person_id, now=now)
    messages.tell(session, attendance, "appointment_booked", now=now, key=f"booked:{int(now.timestamp())}")
    messages.plan_reminders(session, attendance, now=now)
    tell_rooms(session, VisitAct.BOOKED, attendance, actor_id=actor_id, now=now)


@retried
def move(
    *,
    attendance_id: int,
    adviser_id: int,
    starts_at: datetime,
    origin: Origin,
    actor_id: int | None,
    now: datetime,
    version: int | None = None,
    promised: bool = False,
) -> None:
    """Give a person's own appointment another hour, at the same desk, and tell them. ``promised``: as for ``book``.

    Raises SlotTaken, PersonBusy, SlotNotOffered, BadTime, AdviserUnknown, ForbiddenTransition, StaleVersion,
    TooLateOnline.
    """
    with transaction() as session:
        attendance, appointment = hold(attendance_id, version=version)
        ATTENDANCES.after(attendance.state, AttendanceAction.MOVE)
        APPOINTMENTS.after(appointment.state, AppointmentAction.MOVE)
        if origin is not Origin.STAFF and appointment.starts_at <= now:
            raise TooLateOnline
        meeting = load(MeetingType, appointment.type_id)
        if meeting.kind is MeetingKind.WORKSHOP:
            raise SlotNotOffered
        _check_hour(
            meeting,
            appointment.desk_id,
            adviser_id,
            starts_at,
            origin=origin,
            now=now,
            except_id=appointment.id,
            promised=promised,
        )
        before = appointment.starts_at
        length = appointment.ends_at - appointment.starts_at
        pause = appointment.blocked_until_at - appointment.ends_at
        room_id = resources.free_room(
            session, meeting, appointment.desk_id, starts_at, starts_at + length, except_id=appointment.id
        )
        with session.no_autoflush:
            flush(
                session,
                lambda: set_all(
                    appointment,
                    room_id=room_id,
                    adviser_id=adviser_id,
                    starts_at=starts_at,
                    ends_at=starts_at + length,
                    blocked_until_at=starts_at + length + pause,
                ),
            )
        resources.move_vehicle(appointment, now=now)
        # The database has carried the hours over to the attendance.
        session.refresh(attendance)
        changes = {"starts_at": (before.isoformat(), starts_at.isoformat())}
        note_act(attendance, words.MOVED, actor_id=actor_id, now=now, changes=changes)
        messages.tell(session, attendance, "appointment_moved", now=now, key=f"moved:{int(now.timestamp())}")
        messages.plan_reminders(session, attendance, now=now)
        tell_rooms(session, VisitAct.MOVED, attendance, actor_id=actor_id, now=now)


@retried
def cancel(
    *,
    attendance_id: int,
    by_person: bool,
    actor_id: int | None,
    now: datetime,
    reason: str | None = None,
    version: int | None = None,
) -> None:
    """Cancel a person's appointment, or their seat in a workshop; the hour is free again.

    The desk says why; the person need not. Raises ReasonNeeded, ForbiddenTransition, StaleVersion, TooLateOnline.
    """
    written = (reason or "").strip()[:REASON_LENGTH]
    if not by_person and not written:
        raise ReasonNeeded
    with transaction() as session:
        attendance, appointment = hold(attendance_id, version=version)
        if by_person and appointment.starts_at <= now:
            raise TooLateOnline
        before = attendance.state
        attendance.state = ATTENDANCES.after(before, AttendanceAction.CANCEL)
        attendance.recorded_at, attendance.recorded_by_id = now, actor_id
        meeting = load(MeetingType, appointment.type_id)
        if meeting.kind is not MeetingKind.WORKSHOP:
            appointment.state = APPOINTMENTS.after(appointment.state, AppointmentAction.CANCEL)
            appointment.cancelled_at = now
            resources.give_back(appointment, now=now)
        session.flush()
        messages.forget_reminders(attendance, now=now)
        kind = words.CANCELLED_BY_PERSON if by_person else words.CANCELLED
        changes = {"state": (before, attendance.state)}
        note_act(attendance, kind, actor_id=actor_id, now=now, note=written, changes=changes)
        messages.tell(session, attendance, "appointment_cancelled", now=now, key=f"cancelled:{int(now.timestamp())}")
        tell_rooms(session, VisitAct.CANCELLED, attendance, actor_id=actor_id, now=now)


@retried
def cancel_workshop(*, appointment_id: int, reason: str | None, actor_id: int | None, now: datetime) -> int:
    """Cancel a workshop for all who have a seat: each is told; return how many. The adviser is free again.

    Raises ReasonNeeded, ForbiddenTransition, NotFound.
    """
    written = (reason or "").strip()[:REASON_LENGTH]
    if not written:
        raise ReasonNeeded
    with transaction() as session:
        appointment = lock(Appointment, appointment_id)
        after = APPOINTMENTS.after(appointment.state, AppointmentAction.CANCEL)
        if load(MeetingType, appointment.type_id).kind is not MeetingKind.WORKSHOP:
            raise NotFound(f"workshop {appointment_id}")
        guests = session.scalars(
            select(Attendance.id)
            .where(Attendance.appointment_id == appointment_id, Attendance.state == AttendanceState.EXPECTED)
            .order_by(Attendance.id)
        ).all()
        for attendance_id in guests:
            cancel(attendance_id=attendance_id, by_person=False, actor_id=actor_id, now=now, reason=written)
        appointment.state, appointment.cancelled_at = after, now
        session.flush()
        audit.record(
            actor_id=actor_id,
            action="agenda.workshop_cancelled",
            subject_kind="appointment",
            subject_id=appointment_id,
            now=now,
            changes={"state": (AppointmentState.PLANNED, after)},
        )
        return len(guests)
