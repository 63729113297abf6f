"""The appointments of one person, and those who should have been seen again."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import aliased

from mobility.accounts.models import User
from mobility.agenda import agreements, parameters
from mobility.agenda.models import UNANSWERED, Appointment, Attendance, MeetingType
from mobility.agenda.rules import (
    ATTENDANCE_LABELS,
    ATTENDANCE_TONES,
    MEETING_KIND_ICONS,
    AttendanceState,
    Following,
    MeetingKind,
    Why,
    effective_phase,
    owed_after,
)
from mobility.core.clock import day_of
from mobility.core.db import db, load
from mobility.core.errors import NotFound
from mobility.desks.models import Desk
from mobility.people.kinds import Phase
from mobility.people.models import Person, display_name


@dataclass(frozen=True, slots=True)
class Visit:
    """One person's appointment, whole, as its own page shows it."""

    attendance: Attendance
    appointment: Appointment
    meeting: MeetingType
    desk: Desk
    adviser_name: str

    @property
    def is_ahead(self) -> bool:
        """Tell whether the person is still expected."""
        return self.attendance.state is AttendanceState.EXPECTED

    @property
    def icon(self) -> str:
        """The icon of its kind."""
        return MEETING_KIND_ICONS[self.meeting.kind]

    @property
    def tone(self) -> str:
        """The colour of its state."""
        return ATTENDANCE_TONES[self.attendance.state]

    @property
    def state_label(self) -> str:
        """Its state in words."""
        return ATTENDANCE_LABELS[self.attendance.state]


def list_visits(condition: ColumnElement[bool], *, limit: int = 200, latest_first: bool = False) -> list[Visit]:
    """Return the visits of a condition in order of time, in one query."""
    order = Attendance.starts_at.desc() if latest_first else Attendance.starts_at.asc()
    rows = db.session.execute(
        select(Attendance, Appointment, MeetingType, Desk, User.display_name)
        .join(Appointment, Appointment.id == Attendance.appointment_id)
        .join(MeetingType, MeetingType.id == Appointment.type_id)
        .join(Desk, Desk.id == Appointment.desk_id)
        .join(User, User.id == Appointment.adviser_id)
        .where(condition)
        .order_by(order, Attendance.id)
        .limit(limit)
    )
    return [Visit(row.Attendance, row.Appointment, row.MeetingType, row.Desk, row.display_name) for row in rows]


def get_visit(attendance_id: int) -> Visit:
    """Return one visit. Raises NotFound."""
    found = list_visits(Attendance.id == attendance_id) if 0 <= attendance_id < 2**31 else []
    if not found:
        raise NotFound(f"attendance {attendance_id}")
    return found[0]


def visits_of(person_ids: Iterable[int]) -> list[Visit]:
    """Return every visit of a person (and of the files merged into theirs), the latest first; one query."""
    return list_visits(Attendance.person_id.in_(list(person_ids)), latest_first=True)


def next_visit_of(person_ids: Iterable[int], *, now: datetime, type_id: int | None = None) -> Visit | None:
    """Return the person's next appointment (of a type, where one is named), or None; one query."""
    condition = and_(
        Attendance.person_id.in_(list(person_ids)),
        Attendance.state == AttendanceState.EXPECTED,
        Attendance.ends_at > now,
    )
    if type_id is not None:
        condition = and_(condition, Appointment.type_id == type_id)
    found = list_visits(condition, limit=1)
    return found[0] if found else None


def cadence_finder(people: Sequence[tuple[int, int]], today: date) -> Callable[[int, int, Phase, date, bool], int]:
    """Return what gives the days between two meetings of one of these people (id, desk); settings are read once.

    The answer takes person, desk, phase, since when, and whether the last meeting was one of intensive coaching.
    """
    special = {organisation_id for _key, organisation_id in parameters.agreed_cadences()}
    payers = agreements.organisations_of([person_id for person_id, _desk in people]) if special else {}
    kept: dict[tuple[int, Phase, int | None], int] = {}
    months: dict[int, int] = {}

    def answer(person_id: int, desk_id: int, phase: Phase, since_on: date, coached: bool) -> int:
        if desk_id not in months:
            months[desk_id] = parameters.coaching_months(on=today, desk_id=desk_id)
        held = effective_phase(phase, since_on, on=today, coaching_months=months[desk_id], coached=coached)
        payer = payers.get(person_id)
        key = (desk_id, held, payer if payer in special else None)
        if key not in kept:
            kept[key] = parameters.cadence_days(on=today, desk_id=desk_id, phase=held, organisation_id=key[2])
        return kept[key]

    return answer


def cadence_of(person_id: int, *, on: date, coached: bool) -> int:
    """Return the days after which a person should be seen again; some queries. Raises NotFound."""
    person = load(Person, person_id)
    cadence = cadence_finder([(person.id, person.desk_id)], on)
    return cadence(person.id, person.desk_id, person.phase, person.phase_since_on or day_of(person.created_at), coached)


# An absence older than that is no news to anybody: the cadence tells of it.
UNANSWERED_FOR = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class Lapsed:
    """Somebody who should have been seen again."""

    person_id: int
    name: str
    desk_id: int
    last_at: datetime | None
    due_on: date
    why: Why = Why.CADENCE


def list_lapsed(*, visible: ColumnElement[bool], now: datetime, limit: int = 200) -> list[Lapsed]:
    """Return those who have no appointment ahead and whose time has come, the longest wait first.

    Only people that the agenda has met, was told to look at again on a date, or expected in vain: after an absence the
    person is invited first (``services.invite_again``), then the adviser takes over. Two queries and a few a desk for its
    settings. The cadence is that of the person's phase at the desk, or of the agreement that pays; whoever has left is
    not waited for.
    """
    today = day_of(now)
    coming = aliased(Attendance)
    ahead = (
        select(coming.id)
        .where(coming.person_id == Person.id, coming.state == AttendanceState.EXPECTED, coming.ends_at > now)
        .exists()
    )
    # The last meeting of each person by the index of their own visits: what others have lived is not read, and of
    # theirs only the index.
    met = aliased(Attendance)
    last = (
        select(met.id)
        .where(met.person_id == Person.id, met.state == AttendanceState.PRESENT)
        .order_by(met.starts_at.desc(), met.id.desc())
        .limit(1)
        .correlate(Person)
        .scalar_subquery()
    )
    rows = db.session.execute(
        select(
            Person.id,
            Person.first_name,
            Person.last_name,
            Person.desk_id,
            Person.phase,
            Person.phase_since_on,
            Person.created_at,
            Attendance.starts_at,
            Attendance.next_on,
            MeetingType.kind,
        )
        .select_from(Person)
        .join(Attendance, Attendance.id == last)
        .join(Appointment, Appointment.id == Attendance.appointment_id)
        .join(MeetingType, MeetingType.id == Appointment.type_id)
        .where(
            visible,
            ~ahead,
            Person.phase != Phase.LEFT,
            or_(Attendance.following.is_(None), Attendance.following != Following.NONE),
        )
        .order_by(Attendance.starts_at)
        .limit(2000)
    ).all()
    cadence = cadence_finder([(row.id, row.desk_id) for row in rows], today)
    found = []
    for row in rows:
        since_on = row.phase_since_on or day_of(row.created_at)
        days = cadence(row.id, row.desk_id, row.phase, since_on, row.kind is MeetingKind.COACHING)
        due_on = row.next_on or day_of(row.starts_at) + timedelta(days=days)
        if due_on <= today:
            name = display_name(row.id, row.first_name, row.last_name)
            found.append(Lapsed(row.id, name, row.desk_id, row.starts_at, due_on))
    unanswered = _list_unanswered(visible=visible, now=now)
    told = {one.person_id for one in unanswered}
    found = [*unanswered, *(one for one in found if one.person_id not in told)]
    return sorted(found, key=lambda one: (one.due_on, one.person_id))[:limit]


def _list_unanswered(*, visible: ColumnElement[bool], now: datetime) -> list[Lapsed]:
    """Return those who were expected in vain and have been given nothing since, once their invitation had its time."""
    today, later = day_of(now), aliased(Attendance)
    since = (
        select(later.id)
        .where(
            later.person_id == Person.id,
            later.starts_at > Attendance.starts_at,
            or_(
                later.state == AttendanceState.PRESENT,
                and_(later.state == AttendanceState.EXPECTED, later.ends_at > now),
            ),
        )
        .exists()
    )
    rows = db.session.execute(
        select(Person.id, Person.first_name, Person.last_name, Person.desk_id, Attendance.starts_at, Attendance.state)
        .select_from(Attendance)
        .join(Person, Person.id == Attendance.person_id)
        .where(
            UNANSWERED,
            Attendance.starts_at > now - UNANSWERED_FOR,
            Attendance.starts_at < now,
            visible,
            Person.phase != Phase.LEFT,
            ~since,
        )
        .order_by(Attendance.starts_at, Attendance.id)
        .limit(2000)
    ).all()
    days = {
        desk_id: parameters.reinvite_days(on=today, desk_id=desk_id)
        for desk_id in sorted({row.desk_id for row in rows})
    }
    found: dict[int, Lapsed] = {}
    for row in rows:
        due_on, why = owed_after(row.state, day_of(row.starts_at), reinvite_days=days[row.desk_id])
        if due_on <= today:
            name = display_name(row.id, row.first_name, row.last_name)
            found[row.id] = Lapsed(row.id, name, row.desk_id, row.starts_at, due_on, why)
    return list(found.values())
