"""Targets, ages and reminders: tables, and what holds whatever the days."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mobility.prescriptions.kinds import Age
from mobility.prescriptions.rules import timing
from mobility.prescriptions.rules.states import OPEN, State
from mobility.prescriptions.rules.timing import Reminders

D = date(2026, 11, 24)
T = datetime(2026, 11, 24, 9, tzinfo=UTC)
DAY = timedelta(days=1)
days = st.dates(date(2020, 1, 1), date(2035, 1, 1))


@pytest.mark.parametrize(
    ("deadline", "expected"),
    [
        (None, D + 30 * DAY),
        (D + 10 * DAY, D + 10 * DAY),
        (D + 40 * DAY, D + 30 * DAY),
        (D - 3 * DAY, D),
    ],
)
def test_the_wait_is_due_by_the_target_or_by_what_begins_before(deadline: date | None, expected: date) -> None:
    assert timing.due_on(timing.target_on(D, 30), deadline, received_on=D) == expected


@given(received=days, length=st.integers(1, 365), deadline=st.none() | days)
def test_the_due_day_lies_between_receipt_and_target(received: date, length: int, deadline: date | None) -> None:
    target = timing.target_on(received, length)
    assert received <= timing.due_on(target, deadline, received_on=received) <= target


@pytest.mark.parametrize(
    ("state", "due", "meeting", "expected"),
    [
        (State.RECEIVED, D + 8 * DAY, None, Age.ON_TIME),
        (State.RECEIVED, D + 7 * DAY, None, Age.SOON),
        (State.ASSIGNED, D, None, Age.SOON),
        (State.WAITING_INFO, D - DAY, None, Age.LATE),
        (State.MEETING_BOOKED, D + DAY, D + DAY, Age.ON_TIME),
        (State.MEETING_BOOKED, D + DAY, D + 2 * DAY, Age.LATE),
        # The booked day is past and nobody noted that it was held: the plain count again.
        (State.MEETING_BOOKED, D + DAY, D - DAY, Age.SOON),
        (State.STARTED, D - 9 * DAY, None, Age.OVER),
        (State.CLOSED, D - 9 * DAY, None, Age.OVER),
        (State.REFUSED, D + 9 * DAY, None, Age.OVER),
    ],
)
def test_the_age_is_a_word_for_each_wait(state: State, due: date, meeting: date | None, expected: Age) -> None:
    assert timing.age(state, due, on=D, meeting_on=meeting) is expected


@given(state=st.sampled_from(OPEN[:-1]), due=days, on=days)
def test_a_wait_never_grows_younger(state: State, due: date, on: date) -> None:
    order = [Age.ON_TIME, Age.SOON, Age.LATE]
    assert order.index(timing.age(state, due, on=on)) <= order.index(timing.age(state, due, on=on + DAY))


@pytest.mark.parametrize(
    ("touched", "nudged", "escalated", "nudge", "escalate"),
    [
        (T - 2 * DAY, None, None, False, False),
        (T - 3 * DAY, None, None, True, False),
        (T - 8 * DAY, None, None, True, False),
        (T - 8 * DAY, T - 5 * DAY, None, False, True),
        (T - 8 * DAY, T - 5 * DAY, T - DAY, False, False),
        # Touched since: both count anew.
        (T - 4 * DAY, T - 5 * DAY, T - 4 * DAY - timedelta(hours=1), True, False),
        (T - DAY, T - 5 * DAY, T - 2 * DAY, False, False),
    ],
)
def test_the_team_is_reminded_once_and_then_the_manager_once(
    touched: datetime, nudged: datetime | None, escalated: datetime | None, nudge: bool, escalate: bool
) -> None:
    facts = Reminders(touched, nudged, escalated)
    assert timing.nudge_is_due(facts, after_days=3, now=T) is nudge
    assert timing.escalation_is_due(facts, after_days=7, now=T) is escalate


instants = st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 31), timezones=st.just(UTC))


@given(touched=instants, nudged=st.none() | instants, escalated=st.none() | instants, now=instants)
def test_nobody_is_told_twice_of_one_silence(
    touched: datetime, nudged: datetime | None, escalated: datetime | None, now: datetime
) -> None:
    told = Reminders(touched, now, now)
    if now >= touched:
        assert not timing.nudge_is_due(told, after_days=1, now=now)
        assert not timing.escalation_is_due(told, after_days=1, now=now)
    before = Reminders(touched, nudged, escalated)
    assert not (
        timing.nudge_is_due(before, after_days=3, now=now) and timing.escalation_is_due(before, after_days=7, now=now)
    )
