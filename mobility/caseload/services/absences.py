"""The appointments of an adviser who is away: one transaction each, everybody told, nobody booked twice."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from mobility.accounts import audit
from mobility.agenda import ddl, offers, queries
from mobility.agenda import services as agenda
from mobility.agenda.errors import AdviserUnknown, SlotTaken
from mobility.agenda.models import Appointment, Attendance, MeetingType
from mobility.agenda.rules import (
    APPOINTMENTS,
    AppointmentAction,
    AttendanceState,
    MeetingKind,
    Origin,
)
from mobility.agenda.services import messages
from mobility.caseload.covering import Treatment
from mobility.caseload.errors import AdviserUnfit, ChoiceGone
from mobility.caseload.queries import allowed_by_appointment
from mobility.caseload.services.handover import write_handover
from mobility.core.db import load, lock, savepoint, transaction, violated_constraint
from mobility.core.retry import retried
from mobility.people.models import Person

CANCEL_REASON = "Votre conseiller est absent : choisissez une autre date."


@dataclass(frozen=True, slots=True)
class Choice:
    """What becomes of one appointment; ``user_id`` names the colleague who takes it over."""

    treatment: Treatment
    user_id: int | None = None


@retried
def treat_appointment(
    *,
    appointment_id: int,
    absent_id: int,
    choice: Choice,
    actor_id: int | None,
    now: datetime,
    note: str | None = None,
    back_at: datetime | None = None,
) -> Treatment:
    """Do with one appointment what was chosen; ``note`` is handed over to the colleague who takes it.

    ``back_at`` says when the absence is over: another hour is looked for from then on.

    Raises SlotTaken, ChoiceGone, AdviserUnknown, ForbiddenTransition, NotFound.
    """
    with transaction() as session:
        appointment = lock(Appointment, appointment_id)
        APPOINTMENTS.after(appointment.state, AppointmentAction.MOVE)
        if appointment.adviser_id != absent_id or appointment.starts_at <= now:
            raise ChoiceGone
        guests = list(
            session.scalars(
                select(Attendance)
                .where(Attendance.appointment_id == appointment_id, Attendance.state == AttendanceState.EXPECTED)
                .order_by(Attendance.id)
            )
        )
        if choice.treatment is Treatment.COLLEAGUE:
            _hand_over(appointment, guests, choice.user_id, actor_id=actor_id, now=now)
            for guest in guests:
                if (note or "").strip() and choice.user_id is not None:
                    write_handover(
                        person_id=guest.person_id, to_user_id=choice.user_id, text=note, actor_id=actor_id, now=now
                    )
        elif choice.treatment is Treatment.LATER:
            _later(appointment, guests, absent_id, after=back_at or appointment.ends_at, actor_id=actor_id, now=now)
        elif choice.treatment is Treatment.INVITE:
            _invite(appointment, guests, actor_id=actor_id, now=now)
        return choice.treatment


def _hand_over(
    appointment: Appointment, guests: list[Attendance], user_id: int | None, *, actor_id: int | None, now: datetime
) -> None:
    """Let a colleague receive at the same hour; the guests learn with whom."""
    if user_id is None or user_id not in queries.team_ids([appointment.desk_id]):
        raise AdviserUnknown
    allowed = allowed_by_appointment([appointment.id]).get(appointment.id)
    if allowed is not None and user_id not in allowed:
        raise AdviserUnfit
    busy = queries.busy_of([user_id], from_at=appointment.starts_at, until_at=appointment.blocked_until_at)
    if any(
        span.starts_at < appointment.blocked_until_at and span.ends_at > appointment.starts_at
        for span in busy.get(user_id, ())
    ):
        raise SlotTaken
    before = appointment.adviser_id
    with transaction() as session:
        try:
            with savepoint():
                appointment.adviser_id = user_id
                session.flush()
        except IntegrityError as error:
            if violated_constraint(error) != ddl.ADVISER_OVERLAP:
                raise
            raise SlotTaken from None
        for guest in guests:
            changes = {"adviser_id": (before, user_id)}
            agenda.note_act(guest, "agenda.moved", actor_id=actor_id, now=now, changes=changes)
            messages.tell(session, guest, "appointment_moved", now=now, key=f"adviser:{user_id}:{int(now.timestamp())}")
            messages.plan_reminders(session, guest, now=now)
        if not guests:
            audit.record(
                actor_id=actor_id,
                action="agenda.moved",
                subject_kind="appointment",
                subject_id=appointment.id,
                now=now,
                changes={"adviser_id": (before, user_id)},
            )


def _later(
    appointment: Appointment,
    guests: list[Attendance],
    absent_id: int,
    *,
    after: datetime,
    actor_id: int | None,
    now: datetime,
) -> None:
    """Give the first free hour after the absence: that of whoever was away, where they receive then."""
    meeting = load(MeetingType, appointment.type_id)
    if meeting.kind is MeetingKind.WORKSHOP or not guests:
        raise ChoiceGone
    found = offers.at_desk(
        meeting,
        desk_id=appointment.desk_id,
        now=max(now, after),
        favour=absent_id,
        except_id=appointment.id,
        shown=1,
        person=load(Person, guests[0].person_id),
    )
    if not found.slots:
        raise ChoiceGone
    slot = found.slots[0]
    agenda.move(
        attendance_id=guests[0].id,
        adviser_id=slot.adviser_id,
        starts_at=slot.starts_at,
        origin=Origin.STAFF,
        actor_id=actor_id,
        now=now,
    )


def _invite(appointment: Appointment, guests: list[Attendance], *, actor_id: int | None, now: datetime) -> None:
    """Cancel, and send the link to choose another hour."""
    meeting = load(MeetingType, appointment.type_id)
    offered = meeting.by_person and meeting.archived_at is None and meeting.kind is not MeetingKind.WORKSHOP
    for guest in guests:
        agenda.cancel(attendance_id=guest.id, by_person=False, actor_id=actor_id, now=now, reason=CANCEL_REASON)
        if offered:
            agenda.invite_person(
                person_id=guest.person_id,
                type_id=meeting.id,
                desk_id=appointment.desk_id,
                actor_id=actor_id,
                now=now,
            )
