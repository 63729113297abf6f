"""When advisers receive: weekly hours, absences, and the types of meetings that are offered."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict, dataclass
from datetime import date, datetime, time, timedelta

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from mobility.accounts import audit
from mobility.accounts.models import User
from mobility.agenda import queries
from mobility.agenda.errors import (
    AdviserUnknown,
    OpeningInvalid,
    OpeningNever,
    OpeningOverlaps,
    PeriodBackwards,
    TypeNameTaken,
)
from mobility.agenda.models import AgendaAbsence, AgendaOpening, MeetingType
from mobility.agenda.rules import STANDARD_TYPES, MeetingKind, Place
from mobility.agenda.slots import overlap
from mobility.core.clock import day_of
from mobility.core.db import check_version, load, lock, savepoint, transaction


@dataclass(frozen=True, slots=True)
class TypeValues:
    """What is said of a type of meeting."""

    kind: MeetingKind
    label: str
    duration_minutes: int
    pause_minutes: int
    notice_hours: int
    place: Place
    seats: int
    by_person: bool
    by_prescriber: bool
    instructions: str = ""
    papers: str = ""
    needs_room: bool = False
    needs_vehicle: bool = False


def add_opening(
    *,
    adviser_id: int,
    desk_id: int,
    weekday: int,
    opens: time,
    closes: time,
    starts_on: date,
    ends_on: date | None,
    every_weeks: int,
    type_ids: Collection[int],
    actor_id: int | None,
    now: datetime,
) -> int:
    """Let an adviser receive at these hours; return the row's id.

    Raises OpeningInvalid, OpeningNever, OpeningOverlaps, PeriodBackwards, AdviserUnknown, TypeUnknown, NotFound.
    """
    if opens >= closes:
        raise OpeningInvalid
    if ends_on is not None and ends_on < starts_on:
        raise PeriodBackwards
    with transaction() as session:
        # Held: two openings of one adviser are compared one after the other.
        lock(User, adviser_id)
        if adviser_id not in queries.team_ids([desk_id]):
            raise AdviserUnknown
        for type_id in type_ids:
            queries.get_type(type_id, desk_id=desk_id)
        row = AgendaOpening(
            adviser_id=adviser_id,
            desk_id=desk_id,
            weekday=weekday,
            opens=opens,
            closes=closes,
            starts_on=starts_on,
            ends_on=ends_on,
            every_weeks=every_weeks,
            type_ids=sorted(type_ids),
        )
        if not queries.fact_of(row).ever_holds():
            raise OpeningNever
        others = session.scalars(select(AgendaOpening).where(AgendaOpening.adviser_id == adviser_id))
        if any(overlap(queries.fact_of(row), queries.fact_of(other)) for other in others):
            raise OpeningOverlaps
        session.add(row)
        session.flush()
        audit.record(
            actor_id=actor_id,
            action="agenda.opening_added",
            subject_kind="agenda_opening",
            subject_id=row.id,
            now=now,
            changes={"weekday": (None, weekday), "opens": (None, opens), "closes": (None, closes)},
        )
        return row.id


def stop_opening(*, opening_id: int, actor_id: int | None, now: datetime) -> None:
    """Receive no more at these hours from today on; what is booked stays. Raises NotFound."""
    with transaction() as session:
        row = lock(AgendaOpening, opening_id)
        today = day_of(now)
        audit.record(
            actor_id=actor_id,
            action="agenda.opening_stopped",
            subject_kind="agenda_opening",
            subject_id=row.id,
            now=now,
            changes={"ends_on": (row.ends_on, today)},
        )
        if row.starts_on >= today:
            session.delete(row)
        else:
            row.ends_on = today - timedelta(days=1)


def add_absence(*, adviser_id: int, starts_at: datetime, ends_at: datetime, actor_id: int | None, now: datetime) -> int:
    """Note that an adviser is away; what is booked stays and is listed. Returns the row's id. Raises PeriodBackwards."""
    if starts_at >= ends_at:
        raise PeriodBackwards
    with transaction() as session:
        row = AgendaAbsence(
            adviser_id=adviser_id, starts_at=starts_at, ends_at=ends_at, created_by_id=actor_id, created_at=now
        )
        session.add(row)
        session.flush()
        audit.record(
            actor_id=actor_id,
            action="agenda.absence_added",
            subject_kind="agenda_absence",
            subject_id=row.id,
            now=now,
            changes={"starts_at": (None, starts_at.isoformat()), "ends_at": (None, ends_at.isoformat())},
        )
        return row.id


def remove_absence(*, absence_id: int, actor_id: int | None, now: datetime) -> None:
    """Take an absence back; twice changes nothing. Raises NotFound."""
    with transaction():
        row = lock(AgendaAbsence, absence_id)
        if row.removed_at is None:
            row.removed_at = now
            audit.record(
                actor_id=actor_id,
                action="agenda.absence_removed",
                subject_kind="agenda_absence",
                subject_id=row.id,
                now=now,
            )


def save_type(
    *,
    values: TypeValues,
    desk_id: int | None,
    actor_id: int | None,
    now: datetime,
    type_id: int | None = None,
    version: int | None = None,
) -> int:
    """Make or change a type of meeting; appointments that are made keep their hours. Raises TypeNameTaken, StaleVersion."""
    with transaction() as session:
        row = MeetingType(desk_id=desk_id) if type_id is None else lock(MeetingType, type_id)
        if type_id is not None:
            check_version(row, version)
        wanted = asdict(values) | {"seats": values.seats if values.kind is MeetingKind.WORKSHOP else 1}
        # Rooms are at the desk, and the vehicle goes to homes: elsewhere the ticks mean nothing.
        wanted["needs_room"] = values.needs_room and values.place is Place.DESK
        wanted["needs_vehicle"] = values.needs_vehicle and values.place is Place.HOME
        changes = {name: (getattr(row, name, None), value) for name, value in wanted.items()}
        try:
            with savepoint():
                for name, value in wanted.items():
                    setattr(row, name, value)
                session.add(row)
                session.flush()
        except IntegrityError as error:
            if "label" in str(error.orig):
                raise TypeNameTaken from None
            raise
        audit.record(
            actor_id=actor_id,
            action="agenda.type_saved",
            subject_kind="meeting_type",
            subject_id=row.id,
            now=now,
            changes=changes,
        )
        return row.id


def archive_type(*, type_id: int, actor_id: int | None, now: datetime) -> None:
    """Offer a type no more; appointments that are made stay. Raises NotFound."""
    with transaction():
        row = lock(MeetingType, type_id)
        if row.archived_at is None:
            row.archived_at = now
            audit.record(
                actor_id=actor_id,
                action="agenda.type_archived",
                subject_kind="meeting_type",
                subject_id=row.id,
                now=now,
            )


def add_standard_types(*, actor_id: int | None, now: datetime) -> int:
    """Make the usual types for all desks, those that are missing; return how many."""
    with transaction() as session:
        known = set(session.scalars(select(MeetingType.label).where(MeetingType.desk_id.is_(None))))
        missing = [standard for standard in STANDARD_TYPES if standard.label not in known]
        for standard in missing:
            save_type(
                values=TypeValues(**asdict(standard), notice_hours=24, needs_vehicle=standard.place is Place.HOME),
                desk_id=None,
                actor_id=actor_id,
                now=now,
            )
        return len(missing)


def get_opening(opening_id: int) -> AgendaOpening:
    """Return the hours. Raises NotFound."""
    return load(AgendaOpening, opening_id)
