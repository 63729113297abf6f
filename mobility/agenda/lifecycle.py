"""A person's life, for their appointments: how they merge, what is exported, what vanishes."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import select, update

from mobility.agenda.models import Appointment, Attendance, MeetingType
from mobility.agenda.rules import ATTENDANCE_LABELS, FOLLOWING_LABELS, MeetingKind
from mobility.agenda.services.messages import forget_reminders
from mobility.core.db import db, transaction
from mobility.people.lifecycle import Export, Part

ERASED = "effacé"


def merge(*, kept_id: int, merged_id: int, now: datetime) -> None:
    """Make the visits of one file those of the other.

    Where both have one at the same hour, that of the merged file stays with it: pages read the family of files.
    """
    with transaction() as session:
        kept = session.scalars(select(Attendance).where(Attendance.person_id == kept_id)).all()
        for visit in session.scalars(select(Attendance).where(Attendance.person_id == merged_id)).all():
            meets = any(
                other.appointment_id == visit.appointment_id
                or (other.starts_at < visit.ends_at and visit.starts_at < other.ends_at)
                for other in kept
            )
            if meets:
                forget_reminders(visit, now=now)
            else:
                visit.person_id = kept_id
        session.flush()


def export(*, person_id: int) -> Iterable[Export]:
    """Return the person's appointments."""
    rows = db.session.execute(
        select(Attendance, MeetingType.label)
        .join(Appointment, Appointment.id == Attendance.appointment_id)
        .join(MeetingType, MeetingType.id == Appointment.type_id)
        .where(Attendance.person_id == person_id)
        .order_by(Attendance.starts_at, Attendance.id)
    ).all()
    yield Export(
        title="Rendez-vous",
        columns={"kind": "Rendez-vous", "at": "Date", "state": "Présence", "next": "Suite", "on": "Le", "note": "Note"},
        rows=[
            {
                "kind": row.label,
                "at": row.Attendance.starts_at,
                "state": ATTENDANCE_LABELS[row.Attendance.state],
                "next": FOLLOWING_LABELS[row.Attendance.following] if row.Attendance.following else "",
                "on": row.Attendance.next_on,
                "note": row.Attendance.next_reason,
            }
            for row in rows
        ],
    )


def erase(*, person_id: int, now: datetime) -> None:  # noqa: ARG001 - the hook's signature
    """Erase every free text; dates and states stay."""
    with transaction() as session:
        own = select(Attendance.appointment_id).where(Attendance.person_id == person_id)
        alone = select(MeetingType.id).where(MeetingType.kind != MeetingKind.WORKSHOP)
        session.execute(
            update(Attendance)
            .where(Attendance.person_id == person_id, Attendance.next_reason != "")
            .values(next_reason=ERASED)
        )
        session.execute(
            update(Appointment).where(Appointment.id.in_(own), Appointment.type_id.in_(alone)).values(note="")
        )


PART = Part(room="agenda", merge=merge, export=export, erase=erase)
