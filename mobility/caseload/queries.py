"""Reads of the room; each says how many queries it makes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.orm import aliased

from mobility.accounts.models import User
from mobility.accounts.queries import staff_of_desks
from mobility.agenda import queries as agenda
from mobility.agenda.models import AgendaOpening, Appointment, Attendance
from mobility.agenda.queries import AppointmentRow
from mobility.agenda.rules import AppointmentState, AttendanceState, MeetingKind
from mobility.agenda.slots import Span
from mobility.caseload import hooks
from mobility.caseload.covering import Colleague, Held
from mobility.caseload.models import DeskMove, HandoverNote, PersonPhase
from mobility.caseload.rules import PhaseFacts
from mobility.core.clock import at_paris, day_of
from mobility.core.db import db
from mobility.core.errors import NotFound
from mobility.desks.models import Desk
from mobility.people.kinds import Phase
from mobility.people.models import Person, PersonStaff, display_name
from mobility.people.queries import family_ids


def living() -> ColumnElement[bool]:
    """Return the condition on ``Person`` « is followed »: the file stands, and the person has not left."""
    return and_(
        Person.erased_at.is_(None),
        Person.merged_into_id.is_(None),
        Person.restricted_at.is_(None),
        Person.phase != Phase.LEFT,
    )


def desk_at(instant: Any) -> ColumnElement[int]:
    """Return the column « the desk of this person at that instant »: figures count people once, where they were then."""
    moved = (
        select(DeskMove.from_desk_id)
        .where(DeskMove.person_id == Person.id, DeskMove.moved_at > instant)
        .order_by(DeskMove.moved_at, DeskMove.id)
        .limit(1)
        .correlate(Person)
        .scalar_subquery()
    )
    return func.coalesce(moved, Person.desk_id)


# ---- phases, moves, notes of one person


def list_phases(person_ids: Iterable[int]) -> list[tuple[PersonPhase, str | None]]:
    """Return the phases of a person (of the family of files), the latest first, with who set them; one query."""
    rows = db.session.execute(
        select(PersonPhase, User.display_name)
        .outerjoin(User, User.id == PersonPhase.set_by_id)
        .where(PersonPhase.person_id.in_(list(person_ids)))
        .order_by(PersonPhase.set_at.desc(), PersonPhase.id.desc())
    )
    return [(row.PersonPhase, row.display_name) for row in rows]


def list_moves(person_ids: Iterable[int]) -> list[tuple[DeskMove, str, str]]:
    """Return the desks that a file went through, the latest first, with their names; one query."""
    origin, target = aliased(Desk), aliased(Desk)
    rows = db.session.execute(
        select(DeskMove, origin.name, target.name)
        .join(origin, origin.id == DeskMove.from_desk_id)
        .join(target, target.id == DeskMove.to_desk_id)
        .where(DeskMove.person_id.in_(list(person_ids)))
        .order_by(DeskMove.moved_at.desc(), DeskMove.id.desc())
    )
    return [(row[0], row[1], row[2]) for row in rows]


@dataclass(frozen=True, slots=True)
class NoteRow:
    """A handover note as pages show it."""

    note: HandoverNote
    author: str
    reader: str
    person_name: str


def _notes(condition: ColumnElement[bool]) -> list[NoteRow]:
    author, reader = aliased(User), aliased(User)
    rows = db.session.execute(
        select(HandoverNote, author.display_name, reader.display_name, Person.id, Person.first_name, Person.last_name)
        .join(Person, Person.id == HandoverNote.person_id)
        .join(reader, reader.id == HandoverNote.to_user_id)
        .outerjoin(author, author.id == HandoverNote.from_user_id)
        .where(condition)
        .order_by(HandoverNote.written_at.desc(), HandoverNote.id.desc())
        .limit(100)
    )
    return [
        NoteRow(note, written_by or "", read_by, display_name(person_id, first, last))
        for note, written_by, read_by, person_id, first, last in rows
    ]


def list_notes(person_ids: Iterable[int]) -> list[NoteRow]:
    """Return the handover notes about a person, the latest first; one query."""
    return _notes(and_(HandoverNote.person_id.in_(list(person_ids)), HandoverNote.erased_at.is_(None)))


def unread_about(person_ids: Iterable[int]) -> list[NoteRow]:
    """Return the notes about a person that nobody has read yet; one query."""
    return _notes(
        and_(
            HandoverNote.person_id.in_(list(person_ids)),
            HandoverNote.erased_at.is_(None),
            HandoverNote.read_at.is_(None),
        )
    )


def unread_by(user_id: int) -> list[NoteRow]:
    """Return the notes that somebody has not read yet; one query."""
    return _notes(
        and_(HandoverNote.to_user_id == user_id, HandoverNote.read_at.is_(None), HandoverNote.erased_at.is_(None))
    )


def get_note(note_id: int) -> NoteRow:
    """Return a note that stands. Raises NotFound."""
    found = _notes(and_(HandoverNote.id == note_id, HandoverNote.erased_at.is_(None))) if 0 <= note_id < 2**31 else []
    if not found:
        raise NotFound(f"handover note {note_id}")
    return found[0]


def phase_facts(person: Person, *, on: date, coaching_months: int) -> PhaseFacts:
    """Return what speaks for another phase; three queries."""
    first = db.session.scalar(
        select(func.min(Attendance.starts_at)).where(
            Attendance.person_id.in_(family_ids(person.id)), Attendance.state == AttendanceState.PRESENT
        )
    )
    since_on = person.phase_since_on or day_of(person.created_at)
    first_on = day_of(first) if first is not None else None
    return PhaseFacts(
        phase=person.phase,
        since_on=since_on,
        first_met_on=first_on if first_on is not None and first_on <= on else None,
        diagnosed_on=hooks.diagnosed_on(person.id),
        coaching_months=coaching_months,
    )


# ---- an adviser who is away


@dataclass(frozen=True, slots=True)
class Away:
    """The appointments of whoever is away, and the colleagues who could take them over."""

    rows: tuple[AppointmentRow, ...]
    held: tuple[Held, ...]
    colleagues: tuple[Colleague, ...]
    names: Mapping[int, str]


def away(adviser_id: int, *, from_at: datetime, until_at: datetime, known: ColumnElement[bool]) -> Away:
    """Return what an adviser has planned in a stretch of time, and who else is there; a constant number of queries."""
    condition = and_(
        Appointment.adviser_id == adviser_id,
        Appointment.state == AppointmentState.PLANNED,
        Appointment.starts_at >= from_at,
        Appointment.starts_at < until_at,
    )
    rows = agenda.list_appointments(condition, known=known)
    ends = db.session.execute(
        select(Appointment.id, Appointment.blocked_until_at).where(Appointment.id.in_([row.id for row in rows]))
    )
    blocked: dict[int, datetime] = {row.id: row.blocked_until_at for row in ends}
    allowed = allowed_by_appointment([row.id for row in rows])
    held = tuple(
        Held(
            row.id,
            row.desk_id,
            row.starts_at,
            blocked[row.id],
            row.kind is not MeetingKind.WORKSHOP and bool(row.guests),
            allowed.get(row.id),
        )
        for row in rows
    )
    desks = sorted({row.desk_id for row in rows})
    teams = {desk_id: {user.id: user.display_name for user in staff_of_desks([desk_id])} for desk_id in desks}
    names = {user_id: name for team in teams.values() for user_id, name in team.items() if user_id != adviser_id}
    busy = agenda.busy_of(list(names), from_at=from_at, until_at=until_at)
    receives = _receives(names, from_at, until_at)
    colleagues = tuple(
        Colleague(
            user_id,
            frozenset(desk_id for desk_id, team in teams.items() if user_id in team),
            tuple(busy.get(user_id, ())),
            tuple(receives.get(user_id, ())),
        )
        for user_id in sorted(names)
    )
    return Away(tuple(rows), held, colleagues, names)


def allowed_by_appointment(appointment_ids: Sequence[int]) -> Mapping[int, frozenset[int]]:
    """Return who alone may take over appointments to which a protected file comes; the others are left out (one query)."""
    found: dict[int, dict[int, set[int]]] = defaultdict(lambda: defaultdict(set))
    rows = db.session.execute(
        select(Attendance.appointment_id, Person.id, PersonStaff.user_id)
        .join(Person, Person.id == Attendance.person_id)
        .outerjoin(PersonStaff, PersonStaff.person_id == Person.id)
        .where(
            Attendance.appointment_id.in_(list(appointment_ids)),
            Attendance.state == AttendanceState.EXPECTED,
            Person.protected.is_(True),
        )
    )
    for appointment_id, person_id, user_id in rows:
        found[appointment_id][person_id].add(user_id)
    return {
        appointment_id: frozenset.intersection(*(frozenset(users) for users in people.values()))
        for appointment_id, people in found.items()
    }


def _receives(user_ids: Collection[int], from_at: datetime, until_at: datetime) -> Mapping[int, list[Span]]:
    """Return the weekly hours of advisers as spans of these days; one query."""
    found: dict[int, list[Span]] = defaultdict(list)
    openings = db.session.scalars(select(AgendaOpening).where(AgendaOpening.adviser_id.in_(list(user_ids)))).all()
    day = day_of(from_at)
    while day <= day_of(until_at):
        for row in openings:
            if agenda.fact_of(row).holds_on(day):
                found[row.adviser_id].append(Span(at_paris(day, row.opens), at_paris(day, row.closes)))
        day += timedelta(days=1)
    return found
