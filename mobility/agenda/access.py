"""Who may touch which appointment.

- A visit (one person at an appointment) is part of the person's file: whoever may touch the file may touch it, and so
  may the desk that receives, unless the file is protected or archived.
- An appointment as such (a workshop): its desk.
- Weekly hours and absences: one's own, and those of the team for its manager.
- The person: their own visits, for what the portal asks.
"""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import ColumnElement, or_, select, true

from mobility.agenda.letter_models import AgendaLetter
from mobility.agenda.models import (
    AgendaAbsence,
    AgendaOpening,
    AgendaRoom,
    Appointment,
    Attendance,
    Interpreter,
    MeetingType,
)
from mobility.agenda.queries import team_ids
from mobility.core.db import db, load
from mobility.core.web.access import ALL_DESKS, Actor, Permission
from mobility.people import access as people
from mobility.people.models import Person

PORTAL = frozenset({Permission.PORTAL_VIEW, Permission.PORTAL_BOOK})


def may_touch_visit(actor: Actor, permission: Permission, attendance_id: int) -> bool:
    """Answer for rows of kind « visit ». Raises NotFound."""
    visit = load(Attendance, attendance_id)
    if people.may_touch(actor, permission, visit.person_id):
        return True
    if permission in PORTAL or not actor.permits(permission):
        return False
    person = load(Person, visit.person_id)
    if person.protected or person.restricted_at is not None or person.erased_at is not None:
        return False
    return may_touch_appointment(actor, permission, visit.appointment_id)


def may_touch_appointment(actor: Actor, permission: Permission, appointment_id: int) -> bool:
    """Answer for rows of kind « appointment »: its adviser and its desk. Raises NotFound."""
    appointment = load(Appointment, appointment_id)
    if not actor.permits(permission):
        return False
    return appointment.adviser_id == actor.user_id or appointment.desk_id in actor.desk_ids(permission)


def may_touch_opening(actor: Actor, permission: Permission, opening_id: int) -> bool:
    """Answer for rows of kind « agenda_opening ». Raises NotFound."""
    row = load(AgendaOpening, opening_id)
    return _own_or_managed(actor, permission, row.adviser_id, row.desk_id)


def may_touch_absence(actor: Actor, permission: Permission, absence_id: int) -> bool:
    """Answer for rows of kind « agenda_absence ». Raises NotFound."""
    return may_plan_for(actor, load(AgendaAbsence, absence_id).adviser_id) and actor.permits(permission)


def _own_or_managed(actor: Actor, permission: Permission, adviser_id: int, desk_id: int) -> bool:
    if not actor.permits(permission):
        return False
    return adviser_id == actor.user_id or desk_id in actor.desk_ids(Permission.MEETING_TYPE_MANAGE)


def may_plan_for(actor: Actor, adviser_id: int) -> bool:
    """Tell whether the actor writes that adviser's hours."""
    return adviser_id in planned_by(actor, [adviser_id])


def planned_by(actor: Actor, adviser_ids: Collection[int]) -> frozenset[int]:
    """Return those whose hours the actor writes: their own, and as a manager those of the desk's team; one query."""
    asked = frozenset(adviser_ids)
    desks = actor.desk_ids(Permission.MEETING_TYPE_MANAGE)
    managed = asked if desks is ALL_DESKS else asked & team_ids(desks)
    own = frozenset({actor.user_id})
    return (managed - own) | (asked & own if actor.permits(Permission.AGENDA_PLAN) else frozenset())


def may_touch_type(actor: Actor, permission: Permission, type_id: int) -> bool:
    """Answer for rows of kind « meeting_type »: those of all desks need a grant that covers all. Raises NotFound."""
    desk_id = load(MeetingType, type_id).desk_id
    if not actor.permits(permission):
        return False
    desks = actor.desk_ids(permission)
    return desks is ALL_DESKS if desk_id is None else desk_id in desks


def may_touch_room(actor: Actor, permission: Permission, room_id: int) -> bool:
    """Answer for rows of kind « agenda_room ». Raises NotFound."""
    desk_id = load(AgendaRoom, room_id).desk_id
    return actor.permits(permission) and desk_id in actor.desk_ids(permission)


def may_touch_interpreter(actor: Actor, permission: Permission, interpreter_id: int) -> bool:
    """Answer for rows of kind « interpreter ». Raises NotFound."""
    desk_id = load(Interpreter, interpreter_id).desk_id
    return actor.permits(permission) and desk_id in actor.desk_ids(permission)


def may_touch_letter(actor: Actor, permission: Permission, letter_id: int) -> bool:
    """Answer for rows of kind « agenda_letter »: whoever may touch the file, without one its desk. Raises NotFound."""
    row = load(AgendaLetter, letter_id)
    if row.person_id is None:
        return actor.permits(permission) and row.desk_id in actor.desk_ids(permission)
    return people.may_touch(actor, permission, row.person_id)


def person_of_letter(letter_id: int) -> int | None:
    """Return to whom a letter goes, or None."""
    return db.session.scalar(select(AgendaLetter.person_id).where(AgendaLetter.id == letter_id))


def may_know_names(actor: Actor) -> ColumnElement[bool]:
    """Return the condition on ``Person`` « the actor may read this name in an agenda »: no protected file of others."""
    hidden = people.visible_persons(actor, Permission.AGENDA_VIEW)
    if actor.permits(Permission.AGENDA_VIEW):
        # The desk that receives knows who comes; protected and archived files stay closed.
        return or_(hidden, (Person.protected.is_(False)) & Person.restricted_at.is_(None) & Person.erased_at.is_(None))
    return hidden


def person_of_visit(attendance_id: int) -> int | None:
    """Return whose visit it is, or None."""
    return db.session.scalar(select(Attendance.person_id).where(Attendance.id == attendance_id))


def visible_at(actor: Actor, permission: Permission = Permission.AGENDA_VIEW) -> ColumnElement[bool]:
    """Return the condition on ``Appointment`` « the actor sees it in lists »."""
    desks = actor.desk_ids(permission)
    if desks is ALL_DESKS:
        return true()
    mine: list[ColumnElement[bool]] = [Appointment.desk_id.in_(desks)]
    if actor.user_id is not None:
        mine.append(Appointment.adviser_id == actor.user_id)
    return or_(*mine)
