"""The first meetings that a desk offers, and what the agenda knows of a prescription's own."""

from __future__ import annotations

from mobility.agenda.models import MeetingType
from mobility.agenda.queries import Visit, get_visit, list_types
from mobility.prescriptions.models import Prescription
from mobility.prescriptions.queries.consent import may_tell_details
from mobility.prescriptions.rules.meetings import FIRST_KINDS
from mobility.prescriptions.rules.states import State


def first_types(desk_id: int) -> list[MeetingType]:
    """Return the types of meetings by which somebody may be met for the first time, the usual one first; one query."""
    found = [meeting for meeting in list_types(desk_id=desk_id) if meeting.kind in FIRST_KINDS]
    return sorted(found, key=lambda meeting: (FIRST_KINDS.index(meeting.kind), meeting.label, meeting.id))


def first_type(type_id: int, *, desk_id: int) -> MeetingType | None:
    """Return a type of first meeting that people of the desk choose by themselves, or None."""
    return next((one for one in first_types(desk_id) if one.id == type_id and one.by_person), None)


def prescriber_type(row: Prescription) -> MeetingType | None:
    """Return what the prescriber may book for the person, or None.

    The desk says so in the type; the person has agreed that the prescriber knows the date; and a meeting is to be
    found: there is none yet, or the person could not come.
    """
    waits = row.state is State.ACCEPTED or (row.state is State.MEETING_BOOKED and row.missed_on is not None)
    if not waits or row.desk_id is None or row.erased_at is not None or not may_tell_details(row):
        return None
    return next((one for one in first_types(row.desk_id) if one.by_prescriber), None)


def online_first_type(desk_id: int) -> MeetingType | None:
    """Return the first meeting that people of the desk choose by themselves, or None; one query."""
    return next((one for one in first_types(desk_id) if one.by_person), None)


def visit_of(row: Prescription) -> Visit | None:
    """Return the appointment that the first meeting is, or None; one query."""
    return get_visit(row.attendance_id) if row.attendance_id is not None else None
