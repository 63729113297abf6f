"""What a meeting is, how an appointment and an attendance go on, what comes next. Pure.

Attendance is recorded neutrally and never leads to a sanction (facts, section 7): it says who came, and what the
desk does about it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final

from mobility.core.state import TransitionTable
from mobility.people.kinds import Phase
from mobility.people.rules import add_months

REASON_LENGTH = 2000
HORIZON = timedelta(days=366)
# Staff speak it: nobody translates.
HOUSE_LANGUAGE = "fr"


class MeetingKind(StrEnum):
    """What a meeting is for."""

    FIRST = "first"
    DIAGNOSIS = "diagnosis"
    FOLLOW_UP = "follow_up"
    COACHING = "coaching"
    WORKSHOP = "workshop"
    PHONE = "phone"
    HOME_VISIT = "home_visit"


MEETING_KIND_LABELS: Final[Mapping[MeetingKind, str]] = {
    MeetingKind.FIRST: "premier rendez-vous",
    MeetingKind.DIAGNOSIS: "diagnostic mobilité",
    MeetingKind.FOLLOW_UP: "rendez-vous de suivi",
    MeetingKind.COACHING: "accompagnement renforcé",
    MeetingKind.WORKSHOP: "atelier collectif",
    MeetingKind.PHONE: "rendez-vous par téléphone",
    MeetingKind.HOME_VISIT: "visite à domicile",
}
MEETING_KIND_ICONS: Final[Mapping[MeetingKind, str]] = {
    MeetingKind.FIRST: "person-plus",
    MeetingKind.DIAGNOSIS: "clipboard-check",
    MeetingKind.FOLLOW_UP: "arrow-repeat",
    MeetingKind.COACHING: "flag",
    MeetingKind.WORKSHOP: "people",
    MeetingKind.PHONE: "telephone",
    MeetingKind.HOME_VISIT: "house",
}


class Place(StrEnum):
    """Where people meet."""

    DESK = "desk"
    PHONE = "phone"
    HOME = "home"


PLACE_LABELS: Final[Mapping[Place, str]] = {
    Place.DESK: "à l’antenne",
    Place.PHONE: "par téléphone",
    Place.HOME: "chez la personne",
}


class Origin(StrEnum):
    """Who booked."""

    PERSON = "person"
    STAFF = "staff"
    PRESCRIBER = "prescriber"


ORIGIN_LABELS: Final[Mapping[Origin, str]] = {
    Origin.PERSON: "pris en ligne par la personne",
    Origin.STAFF: "pris par l’antenne",
    Origin.PRESCRIBER: "pris par le prescripteur",
}


class AppointmentState(StrEnum):
    """Where an appointment stands."""

    PLANNED = "planned"
    HELD = "held"
    CANCELLED = "cancelled"


APPOINTMENT_STATE_LABELS: Final[Mapping[AppointmentState, str]] = {
    AppointmentState.PLANNED: "prévu",
    AppointmentState.HELD: "terminé",
    AppointmentState.CANCELLED: "annulé",
}


class AppointmentAction(StrEnum):
    """What happens to an appointment."""

    MOVE = "move"
    CLOSE = "close"
    CANCEL = "cancel"


APPOINTMENTS: Final = TransitionTable[AppointmentState, AppointmentAction](
    {
        (AppointmentState.PLANNED, AppointmentAction.MOVE): AppointmentState.PLANNED,
        (AppointmentState.PLANNED, AppointmentAction.CLOSE): AppointmentState.HELD,
        (AppointmentState.PLANNED, AppointmentAction.CANCEL): AppointmentState.CANCELLED,
        # A slip of the pen is corrected: the same act again.
        (AppointmentState.HELD, AppointmentAction.CLOSE): AppointmentState.HELD,
    }
)


class AttendanceState(StrEnum):
    """Whether somebody came."""

    EXPECTED = "expected"
    PRESENT = "present"
    EXCUSED = "excused"
    ABSENT = "absent"
    DESK_FAULT = "desk_fault"
    CANCELLED = "cancelled"


ATTENDANCE_LABELS: Final[Mapping[AttendanceState, str]] = {
    AttendanceState.EXPECTED: "attendu",
    AttendanceState.PRESENT: "venu",
    AttendanceState.EXCUSED: "excusé",
    AttendanceState.ABSENT: "pas venu",
    AttendanceState.DESK_FAULT: "annulé par l’antenne",
    AttendanceState.CANCELLED: "annulé",
}
ATTENDANCE_TONES: Final[Mapping[AttendanceState, str]] = {
    AttendanceState.EXPECTED: "info",
    AttendanceState.PRESENT: "success",
    AttendanceState.EXCUSED: "neutral",
    AttendanceState.ABSENT: "warning",
    AttendanceState.DESK_FAULT: "neutral",
    AttendanceState.CANCELLED: "neutral",
}
RECORDED: Final = (
    AttendanceState.PRESENT,
    AttendanceState.EXCUSED,
    AttendanceState.ABSENT,
    AttendanceState.DESK_FAULT,
)
# Those who hold a seat and cannot be elsewhere at that time.
SEATED: Final = (AttendanceState.EXPECTED, AttendanceState.PRESENT)


class AttendanceAction(StrEnum):
    """What happens to an attendance."""

    MOVE = "move"
    CANCEL = "cancel"
    MARK_PRESENT = "present"
    MARK_EXCUSED = "excused"
    MARK_ABSENT = "absent"
    MARK_DESK_FAULT = "desk_fault"


MARKS: Final[Mapping[AttendanceState, AttendanceAction]] = {
    AttendanceState.PRESENT: AttendanceAction.MARK_PRESENT,
    AttendanceState.EXCUSED: AttendanceAction.MARK_EXCUSED,
    AttendanceState.ABSENT: AttendanceAction.MARK_ABSENT,
    AttendanceState.DESK_FAULT: AttendanceAction.MARK_DESK_FAULT,
}
ATTENDANCES: Final = TransitionTable[AttendanceState, AttendanceAction](
    {
        (AttendanceState.EXPECTED, AttendanceAction.MOVE): AttendanceState.EXPECTED,
        (AttendanceState.EXPECTED, AttendanceAction.CANCEL): AttendanceState.CANCELLED,
    }
    | {(before, action): after for before in (AttendanceState.EXPECTED, *RECORDED) for after, action in MARKS.items()}
)


class VisitAct(StrEnum):
    """What the rooms above hear of one person's appointment."""

    BOOKED = "booked"
    MOVED = "moved"
    CANCELLED = "cancelled"
    HELD = "held"
    """The person was there."""
    MISSED = "missed"
    """The person did not come, without a word."""
    FELL_THROUGH = "fell_through"
    """It did not take place: the person was excused, or the desk failed."""


RECORDED_ACTS: Final[Mapping[AttendanceState, VisitAct]] = {
    AttendanceState.PRESENT: VisitAct.HELD,
    AttendanceState.EXCUSED: VisitAct.FELL_THROUGH,
    AttendanceState.ABSENT: VisitAct.MISSED,
    AttendanceState.DESK_FAULT: VisitAct.FELL_THROUGH,
}


class Following(StrEnum):
    """What comes after a meeting."""

    MEETING = "meeting"
    DATE = "date"
    NONE = "none"


FOLLOWING_LABELS: Final[Mapping[Following, str]] = {
    Following.MEETING: "un prochain rendez-vous",
    Following.DATE: "faire le point à une date, ou après un événement",
    Following.NONE: "pas de suite",
}


@dataclass(frozen=True, slots=True)
class Standard:
    """What a type of meeting starts with, before a desk makes it its own."""

    kind: MeetingKind
    label: str
    duration_minutes: int
    pause_minutes: int
    place: Place
    seats: int
    by_person: bool
    by_prescriber: bool


def person_may_move(kind: MeetingKind, place: Place, *, by_person: bool) -> bool:
    """Tell whether people give their own appointment another free hour by themselves.

    Who may make one is the desk's choice; whoever has one may always move it. A workshop has its hour for all, and the
    round of home visits is the adviser's, unless the desk lets people book these.
    """
    return kind is not MeetingKind.WORKSHOP and (by_person or place is not Place.HOME)


STANDARD_TYPES: Final = (
    Standard(MeetingKind.FIRST, "Premier rendez-vous", 60, 0, Place.DESK, 1, by_person=True, by_prescriber=True),
    Standard(MeetingKind.DIAGNOSIS, "Diagnostic mobilité", 90, 0, Place.DESK, 1, by_person=False, by_prescriber=False),
    Standard(MeetingKind.FOLLOW_UP, "Suivi", 45, 0, Place.DESK, 1, by_person=True, by_prescriber=False),
    Standard(MeetingKind.COACHING, "Accompagnement renforcé", 45, 0, Place.DESK, 1, by_person=True, by_prescriber=False),
    Standard(MeetingKind.PHONE, "Point par téléphone", 20, 10, Place.PHONE, 1, by_person=True, by_prescriber=False),
    Standard(MeetingKind.WORKSHOP, "Atelier collectif", 120, 0, Place.DESK, 10, by_person=True, by_prescriber=False),
    Standard(MeetingKind.HOME_VISIT, "Visite à domicile", 60, 30, Place.HOME, 1, by_person=False, by_prescriber=False),
)  # fmt: skip


def reminder_instants(starts_at: datetime, *, hours: tuple[int, ...], now: datetime) -> tuple[datetime, ...]:
    """Return when the reminders of an appointment are due, the first one first; those that are past are left out."""
    due = sorted({starts_at - timedelta(hours=ahead) for ahead in hours})
    return tuple(instant for instant in due if instant > now)


def parse_hours(text: str) -> tuple[int, ...]:
    """Read « 48, 3 »: how many hours ahead reminders go out; none is fine. Raises ValueError."""
    found = tuple(int(part) for part in text.replace(";", ",").split(",") if part.strip())
    if any(not 1 <= hours <= 336 for hours in found) or len(found) > 4:
        raise ValueError("reminders go out 1 to 336 hours ahead, four at most")
    return tuple(sorted(set(found), reverse=True))


def effective_phase(phase: Phase, since_on: date, *, on: date, coaching_months: int, coached: bool = False) -> Phase:
    """Return the phase whose cadence holds: intensive coaching ends by itself after its months.

    ``coached``: the last meeting was one of intensive coaching, whatever the file says of the phase.
    """
    if phase is Phase.COACHING and add_months(since_on, coaching_months) <= on:
        return Phase.FOLLOW_UP
    if coached and phase not in {Phase.COACHING, Phase.WATCH, Phase.LEFT}:
        return Phase.COACHING
    return phase


def next_is_due(last_met_on: date, *, cadence_days: int) -> date:
    """Return the day by which somebody should be seen again."""
    return last_met_on + timedelta(days=cadence_days)


class Why(StrEnum):
    """Why somebody is to be seen again."""

    CADENCE = "cadence"
    ABSENT = "absent"
    PUT_OFF = "put_off"


WHY_LABELS: Final[Mapping[Why, str]] = {
    Why.CADENCE: "la date prévue pour se revoir est passée",
    Why.ABSENT: "pas venue, et pas de nouvelle date depuis l’invitation : à appeler",
    Why.PUT_OFF: "le dernier rendez-vous n’a pas eu lieu, et rien ne le remplace",
}


def owed_after(state: AttendanceState, on: date, *, reinvite_days: int) -> tuple[date, Why]:
    """Return the day from which the adviser owes a call after a meeting that was not held, and why.

    After an absence the person is invited again after so many days and has as many more to choose; after an excuse, or
    the desk's own fault, the desk owes another date at once.
    """
    if state is AttendanceState.ABSENT:
        return on + timedelta(days=2 * reinvite_days), Why.ABSENT
    return on + timedelta(days=1), Why.PUT_OFF
