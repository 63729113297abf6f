"""The first meeting: proposed, followed in the agenda, or noted by hand where it lies outside of it."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from mobility.agenda import services as agenda
from mobility.agenda.hooks import VisitEvent
from mobility.agenda.models import Appointment, Attendance, MeetingType
from mobility.agenda.rules import AttendanceState, Origin
from mobility.core.clock import day_of, format_instant
from mobility.core.db import transaction
from mobility.core.retry import retried
from mobility.desks.models import Desk
from mobility.prescriptions.errors import MeetingInAgenda, MeetingUnfit, NotBookable
from mobility.prescriptions.models import Prescription
from mobility.prescriptions.queries.meetings import first_type, prescriber_type
from mobility.prescriptions.rules.meetings import FIRST_KINDS, reaction
from mobility.prescriptions.rules.states import PRESCRIPTIONS, Action, State
from mobility.prescriptions.services.common import (
    hold,
    log,
    move,
    received_on,
    tell_followed,
    tell_person,
    tell_step,
)

FAR = timedelta(days=366)


def follow_visit(event: VisitEvent) -> None:
    """Let every prescription of the person follow what happened to their appointment. Joins the agenda's transaction."""
    if event.kind not in FIRST_KINDS:
        return
    with transaction() as session:
        rows = session.scalars(
            select(Prescription)
            .where(
                Prescription.person_id == event.person_id,
                Prescription.state.in_([State.ACCEPTED, State.MEETING_BOOKED, State.STARTED]),
            )
            .order_by(Prescription.id)
            .with_for_update()
            .execution_options(populate_existing=True)
        ).all()
        for row in rows:
            _follow(session, row, event)


def _follow(session: Session, row: Prescription, event: VisitEvent) -> None:
    met_on = day_of(event.starts_at)
    tied = row.attendance_id == event.attendance_id
    by_hand = row.attendance_id is None
    action = reaction(event.act, row.state, tied=tied, replaceable=by_hand or row.missed_on is not None)
    if action in {Action.BOOK, Action.MOVE}:
        _tie(session, row, action, event.attendance_id, event.starts_at, actor_id=event.actor_id, now=event.now)
    elif action is Action.START and received_on(row) <= met_on:
        row.meeting_at, row.attendance_id, row.missed_on = event.starts_at, event.attendance_id, None
        _start(session, row, met_on, actor_id=event.actor_id, now=event.now, in_agenda=True)
    elif action is Action.UNBOOK:
        _untie(session, row, actor_id=event.actor_id, now=event.now)
    elif action is Action.MISS:
        _miss(session, row, met_on, event)
    elif action is Action.UNSTART:
        row.met_on = None
        move(session, row, action, actor_id=event.actor_id, now=event.now, in_agenda=True)
        _follow(session, row, event)


def _tie(
    session: Session,
    row: Prescription,
    action: Action,
    attendance_id: int,
    starts_at: datetime,
    *,
    actor_id: int | None,
    now: datetime,
) -> None:
    """Make an appointment of the agenda the first meeting. The agenda has told the person."""
    before = row.meeting_at
    row.meeting_at, row.attendance_id, row.missed_on = starts_at, attendance_id, None
    move(
        session,
        row,
        action,
        actor_id=actor_id,
        now=now,
        facts={"meeting_at": starts_at, "attendance_id": attendance_id},
        changes={"meeting_at": (before, starts_at)},
        in_agenda=True,
    )
    detail = f"premier rendez-vous {format_instant(starts_at)}"
    tell_step(session, row, detail, key=f"step:{int(starts_at.timestamp())}:{int(now.timestamp())}", now=now)


def _untie(session: Session, row: Prescription, *, actor_id: int | None, now: datetime) -> None:
    """Take the meeting back; where the person has another first meeting ahead, it takes its place."""
    before, gone = row.meeting_at, row.attendance_id
    row.meeting_at = row.attendance_id = row.missed_on = None
    changes: dict[str, tuple[object, object]] = {"meeting_at": (before, None)}
    move(session, row, Action.UNBOOK, actor_id=actor_id, now=now, changes=changes, in_agenda=True)
    if not tie_known(session, row, actor_id=actor_id, now=now, except_id=gone):
        _tell_put_off(session, row, before, now=now)


def _tell_put_off(session: Session, row: Prescription, before: datetime | None, *, now: datetime) -> None:
    """Tell those who know the date, with the person's agreement, that it holds no more; never who could not come."""
    if before is not None:
        detail = f"le premier rendez-vous prévu {format_instant(before)} est reporté"
        tell_step(session, row, detail, key=f"step:off:{int(before.timestamp())}:{int(now.timestamp())}", now=now)


def _miss(session: Session, row: Prescription, missed_on: date, event: VisitEvent) -> None:
    """Note that nobody came: the agenda invites again, and the wait goes on."""
    if row.missed_on == missed_on:
        return
    row.missed_on, row.touched_at = missed_on, event.now
    log(session, row, Action.MISS, actor_id=event.actor_id, now=event.now, from_state=row.state, in_agenda=True)
    tie_known(session, row, actor_id=event.actor_id, now=event.now, except_id=event.attendance_id)


def tie_known(
    session: Session, row: Prescription, *, actor_id: int | None, now: datetime, except_id: int | None = None
) -> bool:
    """Tie a first meeting that the person has ahead already, if there is one; tell whether there was."""
    ahead = session.execute(
        select(Attendance.id, Attendance.starts_at)
        .join(Appointment, Appointment.id == Attendance.appointment_id)
        .join(MeetingType, MeetingType.id == Appointment.type_id)
        .where(
            Attendance.person_id == row.person_id,
            Attendance.state == AttendanceState.EXPECTED,
            Attendance.starts_at > now,
            Attendance.id != (except_id or 0),
            MeetingType.kind.in_(FIRST_KINDS),
        )
        .order_by(Attendance.starts_at, Attendance.id)
        .limit(1)
    ).first()
    if ahead is not None:
        _tie(session, row, Action.BOOK, ahead.id, ahead.starts_at, actor_id=actor_id, now=now)
    return ahead is not None


@retried
def invite(
    *, prescription_id: int, type_id: int, actor_id: int | None, now: datetime, version: int | None = None
) -> bool:
    """Send the person a link to choose the hour of their first meeting at the desk; one a day at most.

    Tells whether it was sent. Raises NotBookable, ForbiddenTransition, StaleVersion.
    """
    with transaction() as session:
        row = hold(prescription_id, version=version)
        PRESCRIPTIONS.after(row.state, Action.BOOK)
        if row.desk_id is None or row.person_id is None or first_type(type_id, desk_id=row.desk_id) is None:
            raise NotBookable
        sent = agenda.invite_person(
            person_id=row.person_id, type_id=type_id, desk_id=row.desk_id, actor_id=actor_id, now=now
        )
        if sent:
            row.touched_at = now
            log(session, row, Action.INVITE, actor_id=actor_id, now=now, from_state=row.state, in_agenda=True)
        return sent


@retried
def book_for(*, prescription_id: int, adviser_id: int, starts_at: datetime, now: datetime) -> int:
    """Book the first meeting as the prescriber, at one of the hours that are offered; return the attendance's id.

    Raises NotBookable where the desk, the person's choice or the moment does not allow it, SlotNotOffered, SlotTaken,
    PersonBusy.
    """
    with transaction():
        row = hold(prescription_id)
        meeting = prescriber_type(row)
        if meeting is None or row.person_id is None or row.desk_id is None:
            raise NotBookable
        return agenda.book(
            person_id=row.person_id,
            type_id=meeting.id,
            desk_id=row.desk_id,
            adviser_id=adviser_id,
            starts_at=starts_at,
            origin=Origin.PRESCRIBER,
            actor_id=None,
            now=now,
        )


@retried
def book_meeting(
    *, prescription_id: int, meeting_at: datetime, actor_id: int | None, now: datetime, version: int | None = None
) -> None:
    """Note by hand when a first meeting outside the agenda is, or that it moves; the person is told.

    Raises MeetingUnfit for the past or a year ahead, MeetingInAgenda, ForbiddenTransition.
    """
    with transaction() as session:
        row = hold(prescription_id, version=version)
        PRESCRIPTIONS.after(row.state, Action.BOOK)
        _check_by_hand(row)
        if not now < meeting_at < now + FAR:
            raise MeetingUnfit
        action = Action.BOOK if row.meeting_at is None or row.missed_on is not None else Action.MOVE
        before = row.meeting_at
        row.meeting_at, row.attendance_id, row.missed_on = meeting_at, None, None
        move(
            session,
            row,
            action,
            actor_id=actor_id,
            now=now,
            facts={"meeting_at": meeting_at},
            changes={"meeting_at": (before, meeting_at)},
        )
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
        detail = f"premier rendez-vous {format_instant(meeting_at)}"
        tell_step(session, row, detail, key=f"step:{int(meeting_at.timestamp())}:{int(now.timestamp())}", now=now)


def _check_by_hand(row: Prescription) -> None:
    """Refuse to change by hand what the agenda holds; after an absence it holds nothing any more."""
    if row.attendance_id is not None and row.missed_on is None:
        raise MeetingInAgenda


@retried
def unbook_meeting(*, prescription_id: int, actor_id: int | None, now: datetime, version: int | None = None) -> None:
    """Note that a first meeting outside the agenda does not take place: another one must be found. The person is told."""
    with transaction() as session:
        row = hold(prescription_id, version=version)
        PRESCRIPTIONS.after(row.state, Action.UNBOOK)
        _check_by_hand(row)
        before, was_missed = row.meeting_at, row.missed_on is not None
        row.meeting_at = row.attendance_id = row.missed_on = None
        move(session, row, Action.UNBOOK, actor_id=actor_id, now=now, changes={"meeting_at": (before, None)})
        if before is not None and before > now and not was_missed:
            tell_person(
                session,
                row,
                "prescription_unbooked",
                key=f"unbooked:{int(before.timestamp())}:{int(now.timestamp())}",
                now=now,
                when=format_instant(before),
            )
            _tell_put_off(session, row, before, now=now)


@retried
def start(
    *, prescription_id: int, met_on: date, actor_id: int | None, now: datetime, version: int | None = None
) -> None:
    """Note by hand that the first meeting was held: the clock stops, the referent sees « commencée ».

    Raises MeetingUnfit for a day to come or before the prescription came in, MeetingInAgenda.
    """
    with transaction() as session:
        row = hold(prescription_id, version=version)
        PRESCRIPTIONS.after(row.state, Action.START)
        _check_by_hand(row)
        if not received_on(row) <= met_on <= day_of(now):
            raise MeetingUnfit(field="met_on")
        _start(session, row, met_on, actor_id=actor_id, now=now)


def _start(
    session: Session, row: Prescription, met_on: date, *, actor_id: int | None, now: datetime, in_agenda: bool = False
) -> None:
    row.met_on = met_on
    move(session, row, Action.START, actor_id=actor_id, now=now, facts={"met_on": met_on}, in_agenda=in_agenda)
    tell_followed(session, row, now=now)
