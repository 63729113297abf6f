"""The database itself refuses what must never be: each constraint is attempted."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import insert, update
from sqlalchemy.exc import IntegrityError, StatementError

from mobility.agenda import services
from mobility.agenda.models import AgendaAbsence, AgendaOpening, Appointment, Attendance, MeetingType
from mobility.agenda.rules import MeetingKind, Origin
from mobility.core.db import transaction
from tests.factories.agenda import NOW, THURSDAY, a_type, get_visit, make_agenda

pytestmark = pytest.mark.usefixtures("app")
REFUSED = (IntegrityError, StatementError, LookupError)


def attempt(statement: Any, message: str) -> None:
    """Expect the database to refuse the statement by the named constraint."""
    with pytest.raises(REFUSED) as refused, transaction() as session:
        session.execute(statement)
    assert message in str(refused.value)


@pytest.mark.parametrize(
    ("values", "constraint"),
    [
        ({"ends_at": THURSDAY}, "period_not_empty"),
        ({"blocked_until_at": THURSDAY}, "block_holds_the_period"),
        ({"seats": 0}, "seats_plausible"),
        ({"state": "cancelled"}, "cancelled_with_instant"),
        ({"cancelled_at": NOW}, "cancelled_with_instant"),
        ({"state": "held"}, "held_with_instant"),
        ({"state": "lost"}, "lost"),
    ],
)
def test_an_appointment_that_contradicts_itself_is_refused(values: dict[str, Any], constraint: str) -> None:
    _visit, appointment = get_visit(make_agenda().book())
    attempt(update(Appointment).where(Appointment.id == appointment.id).values(**values), constraint)


@pytest.mark.parametrize(
    ("values", "constraint"),
    [
        ({"state": "absent"}, "recorded_with_instant"),
        ({"recorded_at": NOW}, "recorded_with_instant"),
        ({"state": "present", "recorded_at": NOW}, "nobody_leaves_without_what_follows"),
        ({"following": "meeting"}, "following_whole"),
        ({"following": "date"}, "following_whole"),
        ({"following": "none"}, "following_whole"),
        ({"following": "date", "next_on": date(2026, 12, 1), "next_attendance_id": 1}, "following_whole"),
        ({"next_on": date(2026, 12, 1)}, "following_whole"),
        ({"next_reason": "plus tard"}, "following_whole"),
    ],
)
def test_an_attendance_that_contradicts_itself_is_refused(values: dict[str, Any], constraint: str) -> None:
    attendance_id = make_agenda().book()
    attempt(update(Attendance).where(Attendance.id == attendance_id).values(**values), constraint)


def test_an_attendance_keeps_the_hours_of_its_appointment() -> None:
    attendance_id = make_agenda().book()
    later = THURSDAY + timedelta(hours=3)
    attempt(update(Attendance).where(Attendance.id == attendance_id).values(starts_at=later), "")
    with transaction() as session:
        session.execute(
            update(Appointment).values(
                starts_at=later, ends_at=later + timedelta(hours=1), blocked_until_at=later + timedelta(hours=1)
            )
        )
    visit, _appointment = get_visit(attendance_id)
    assert (visit.starts_at, visit.ends_at) == (later, later + timedelta(hours=1))


def _copy(attendance_id: int, **values: Any) -> dict[str, Any]:
    _visit, appointment = get_visit(attendance_id)
    known = {
        column.name: getattr(appointment, column.name)
        for column in Appointment.__table__.columns
        if column.name != "id"
    }
    return {**known, **values}


@pytest.mark.parametrize(("minutes", "refused"), [(0, True), (59, True), (-59, True), (60, False), (-60, False)])
def test_an_adviser_is_never_in_two_places(minutes: int, refused: bool) -> None:
    at = THURSDAY + timedelta(minutes=minutes)
    values = _copy(make_agenda().book(), starts_at=at, ends_at=at + timedelta(hours=1))
    statement = insert(Appointment).values({**values, "blocked_until_at": at + timedelta(hours=1)})
    if refused:
        attempt(statement, "appointment_overlap")
        return
    with transaction() as session:
        session.execute(statement)


def test_an_adviser_is_not_moved_into_an_hour_that_is_taken() -> None:
    scene = make_agenda()
    scene.book()
    later = THURSDAY + timedelta(hours=1)
    _visit, second = get_visit(scene.book(person_id=scene.another().id, starts_at=later))
    attempt(update(Appointment).where(Appointment.id == second.id).values(starts_at=THURSDAY), "appointment_overlap")


def test_a_cancelled_appointment_frees_the_hour() -> None:
    scene = make_agenda()
    services.cancel(attendance_id=scene.book(), by_person=True, actor_id=None, now=NOW)
    assert scene.book(person_id=scene.another().id)


def test_a_person_is_never_in_two_places() -> None:
    scene, other = make_agenda(), make_agenda()
    attendance_id = scene.book()
    values = _copy(attendance_id, adviser_id=other.adviser.id)
    with transaction() as session:
        second_id = session.execute(insert(Appointment).values(values).returning(Appointment.id)).scalar_one()
    visit, _appointment = get_visit(attendance_id)
    row = {
        "appointment_id": second_id, "person_id": visit.person_id, "starts_at": visit.starts_at,
        "ends_at": visit.ends_at, "origin": Origin.STAFF, "booked_at": NOW, "version": 1, "state": "expected",
        "next_reason": "",
    }  # fmt: skip
    attempt(insert(Attendance).values(row), "attendance_overlap")


def test_no_more_people_than_seats() -> None:
    scene = make_agenda()
    workshop = a_type(MeetingKind.WORKSHOP, seats=2)
    appointment_id = services.create_workshop(
        type_id=workshop.id, desk_id=scene.desk.id, adviser_id=scene.adviser.id, starts_at=THURSDAY,
        actor_id=scene.adviser.id, now=NOW,
    )  # fmt: skip
    for _ in range(2):
        services.join(
            appointment_id=appointment_id, person_id=scene.another().id, origin=Origin.STAFF, actor_id=None, now=NOW
        )
    row = {
        "appointment_id": appointment_id, "person_id": scene.person.id, "starts_at": THURSDAY,
        "ends_at": THURSDAY + timedelta(hours=2), "origin": Origin.STAFF, "booked_at": NOW, "version": 1,
        "state": "expected", "next_reason": "",
    }  # fmt: skip
    attempt(insert(Attendance).values(row), "attendance_seats")


@pytest.mark.parametrize(
    ("values", "constraint"),
    [
        ({"duration_minutes": 4}, "duration_plausible"),
        ({"pause_minutes": -1}, "pause_plausible"),
        ({"notice_hours": -1}, "notice_plausible"),
        ({"seats": 2}, "only_workshops_have_seats"),
        ({"label": ""}, "named"),
    ],
)
def test_a_type_that_makes_no_sense_is_refused(values: dict[str, Any], constraint: str) -> None:
    row = a_type()
    attempt(update(MeetingType).where(MeetingType.id == row.id).values(**values), constraint)


@pytest.mark.parametrize(
    ("values", "constraint"),
    [
        ({"weekday": 7}, "weekday_range"),
        ({"closes": "OPENS"}, "opens_before_closes"),
        ({"every_weeks": 5}, "rhythm_range"),
        ({"ends_on": date(2025, 1, 1)}, "period_in_order"),
    ],
)
def test_hours_that_make_no_sense_are_refused(values: dict[str, Any], constraint: str) -> None:
    make_agenda()
    changed = {name: AgendaOpening.opens if value == "OPENS" else value for name, value in values.items()}
    attempt(update(AgendaOpening).values(**changed), constraint)


def test_an_absence_has_a_length() -> None:
    scene = make_agenda()
    row = {"adviser_id": scene.adviser.id, "starts_at": THURSDAY, "ends_at": THURSDAY, "created_at": NOW}
    attempt(insert(AgendaAbsence).values(row), "period_not_empty")
