"""States of appointments and attendances, reminders, rhythms."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mobility.agenda import rules
from mobility.agenda.rules import (
    APPOINTMENTS,
    ATTENDANCES,
    MARKS,
    RECORDED,
    WHY_LABELS,
    AppointmentAction,
    AppointmentState,
    AttendanceAction,
    AttendanceState,
    MeetingKind,
    Place,
    Why,
    next_is_due,
    owed_after,
    parse_hours,
    person_may_move,
    reminder_instants,
)
from mobility.core.errors import ForbiddenTransition

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)


@pytest.mark.parametrize("state", list(AttendanceState))
@pytest.mark.parametrize("action", list(AttendanceAction))
def test_attendances_move_along_their_table(state: AttendanceState, action: AttendanceAction) -> None:
    expected: AttendanceState | None = None
    if state is AttendanceState.EXPECTED and action is AttendanceAction.MOVE:
        expected = AttendanceState.EXPECTED
    elif state is AttendanceState.EXPECTED and action is AttendanceAction.CANCEL:
        expected = AttendanceState.CANCELLED
    elif state is not AttendanceState.CANCELLED:
        expected = {mark: after for after, mark in MARKS.items()}.get(action)
    if expected is None:
        with pytest.raises(ForbiddenTransition):
            ATTENDANCES.after(state, action)
    else:
        assert ATTENDANCES.after(state, action) is expected


@pytest.mark.parametrize(
    ("state", "allowed"),
    [
        (AppointmentState.PLANNED, {AppointmentAction.MOVE, AppointmentAction.CLOSE, AppointmentAction.CANCEL}),
        (AppointmentState.HELD, {AppointmentAction.CLOSE}),
        (AppointmentState.CANCELLED, set()),
    ],
)
def test_appointments_move_along_their_table(state: AppointmentState, allowed: set[AppointmentAction]) -> None:
    assert set(APPOINTMENTS.actions_from(state)) == allowed


def test_every_recorded_state_has_its_mark_and_every_word_is_there() -> None:
    assert set(MARKS) == set(RECORDED)
    for labels, states in (
        (rules.ATTENDANCE_LABELS, AttendanceState), (rules.ATTENDANCE_TONES, AttendanceState),
        (rules.APPOINTMENT_STATE_LABELS, AppointmentState), (rules.MEETING_KIND_LABELS, rules.MeetingKind),
        (rules.MEETING_KIND_ICONS, rules.MeetingKind), (rules.PLACE_LABELS, rules.Place),
        (rules.ORIGIN_LABELS, rules.Origin), (rules.FOLLOWING_LABELS, rules.Following),
    ):  # fmt: skip
        assert set(labels) == set(states)


@pytest.mark.parametrize(
    ("text", "hours"),
    [("48, 3", (48, 3)), ("3;48", (48, 3)), ("", ()), (" , ", ()), ("24,24", (24,)), ("336", (336,))],
)
def test_reminder_hours_are_read(text: str, hours: tuple[int, ...]) -> None:
    assert parse_hours(text) == hours


@pytest.mark.parametrize("text", ["0", "337", "-3", "deux", "1,2,3,4,5", "3.5"])
def test_hours_that_mean_nothing_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        parse_hours(text)


def test_reminders_that_are_past_are_left_out() -> None:
    starts_at = NOW + timedelta(hours=30)
    assert reminder_instants(starts_at, hours=(48, 3), now=NOW) == (starts_at - timedelta(hours=3),)


@given(ahead=st.integers(1, 10_000), hours=st.lists(st.integers(1, 336), max_size=4))
def test_a_reminder_comes_between_now_and_the_meeting(ahead: int, hours: list[int]) -> None:
    starts_at = NOW + timedelta(minutes=ahead)
    due = reminder_instants(starts_at, hours=tuple(hours), now=NOW)
    assert list(due) == sorted(set(due))
    assert all(NOW < instant < starts_at for instant in due)


def test_the_day_to_be_seen_again() -> None:
    assert next_is_due(date(2026, 1, 31), cadence_days=30) == date(2026, 3, 2)


@pytest.mark.parametrize(
    ("kind", "place", "by_person", "may"),
    [
        (MeetingKind.FIRST, Place.DESK, True, True),
        (MeetingKind.DIAGNOSIS, Place.DESK, False, True),
        (MeetingKind.PHONE, Place.PHONE, False, True),
        (MeetingKind.HOME_VISIT, Place.HOME, False, False),
        (MeetingKind.HOME_VISIT, Place.HOME, True, True),
        (MeetingKind.WORKSHOP, Place.DESK, True, False),
    ],
)
def test_who_moves_an_appointment_alone(kind: MeetingKind, place: Place, by_person: bool, may: bool) -> None:
    assert person_may_move(kind, place, by_person=by_person) is may


@pytest.mark.parametrize(
    ("state", "days", "expected"),
    [
        (AttendanceState.ABSENT, 3, (date(2026, 12, 2), Why.ABSENT)),
        (AttendanceState.EXCUSED, 3, (date(2026, 11, 27), Why.PUT_OFF)),
        (AttendanceState.DESK_FAULT, 30, (date(2026, 11, 27), Why.PUT_OFF)),
    ],
)
def test_from_when_a_call_is_owed(state: AttendanceState, days: int, expected: tuple[date, Why]) -> None:
    assert owed_after(state, date(2026, 11, 26), reinvite_days=days) == expected
    assert set(WHY_LABELS) == set(Why)
