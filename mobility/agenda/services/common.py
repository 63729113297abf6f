"""What every act on an appointment does: hold the rows, write so that a refusal is a sentence, note what was done."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from mobility.agenda import ddl, hooks, words
from mobility.agenda.errors import InterpreterTaken, PersonBusy, RoomsTaken, SeatsFull, SlotTaken
from mobility.agenda.models import Appointment, Attendance, MeetingType
from mobility.agenda.rules import VisitAct
from mobility.core.db import check_version, load, lock, savepoint, violated_constraint
from mobility.core.errors import RuleViolation
from mobility.journal import services as journal

_REFUSED: Mapping[str, type[RuleViolation]] = {
    ddl.ADVISER_OVERLAP: SlotTaken,
    ddl.PERSON_OVERLAP: PersonBusy,
    ddl.SEATS: SeatsFull,
    ddl.ROOM_OVERLAP: RoomsTaken,
    ddl.INTERPRETER_OVERLAP: InterpreterTaken,
}


def hold(attendance_id: int, *, version: int | None = None) -> tuple[Attendance, Appointment]:
    """Return an attendance and its appointment, both held: the appointment first, by every act.

    Raises NotFound, StaleVersion.
    """
    appointment = lock(Appointment, load(Attendance, attendance_id).appointment_id)
    attendance = lock(Attendance, attendance_id)
    check_version(attendance, version)
    return attendance, appointment


def note_act(
    attendance: Attendance,
    kind: str,
    *,
    actor_id: int | None,
    now: datetime,
    note: str = "",
    changes: Mapping[str, tuple[object, object]] | None = None,
    facts: Mapping[str, object] | None = None,
) -> None:
    """Write an act into the person's journal and the audit log."""
    journal.write_act(
        person_id=attendance.person_id,
        subject_kind=words.SUBJECT,
        subject_id=attendance.id,
        action=kind,
        now=now,
        actor_id=actor_id,
        changes=changes,
        kind=kind,
        facts={"starts_at": attendance.starts_at, **(facts or {})},
        note=note or None,
    )


def tell_rooms(session: Session, act: VisitAct, attendance: Attendance, *, actor_id: int | None, now: datetime) -> None:
    """Tell the rooms above what happened, inside the transaction."""
    appointment = session.get_one(Appointment, attendance.appointment_id)
    hooks.tell(
        hooks.VisitEvent(
            act=act,
            attendance_id=attendance.id,
            person_id=attendance.person_id,
            desk_id=appointment.desk_id,
            kind=session.get_one(MeetingType, appointment.type_id).kind,
            starts_at=attendance.starts_at,
            origin=attendance.origin,
            actor_id=actor_id,
            now=now,
        )
    )


def set_all(row: object, **values: object) -> None:
    """Set several columns in one expression."""
    for name, value in values.items():
        setattr(row, name, value)


def flush(session: Session, change: Callable[[], object]) -> None:
    """Write inside a savepoint, so that a refusal leaves the caller's transaction alive."""
    try:
        with savepoint():
            change()
            session.flush()
    except IntegrityError as error:
        raised = _REFUSED.get(violated_constraint(error))
        if raised is None:
            raise
        raise raised from None
