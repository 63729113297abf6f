"""When a borrower is reminded, and when not."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mobility.core.clock import in_paris
from mobility.desks.rules import DayException, OpeningCalendar
from mobility.loans.rules.reminders import (
    DEFAULT_STEPS,
    EVENING,
    MORNING,
    Step,
    awaited_at,
    dedup_key,
    dedup_prefix,
    find_due,
    find_next,
    moment_of,
    parse_steps,
    schedule,
)
from tests.unit.loans.helpers import calendar, paris

STEPS = parse_steps(DEFAULT_STEPS)
# A Friday; the desk is open from Monday to Friday, 9 to 18.
DUE = paris("2026-11-27", "17:00")
LONG_AGO = paris("2026-11-01")


def test_the_steps_are_read_as_people_write_them() -> None:
    assert [step.code for step in STEPS] == ["J-3", "J-1", "J", "H+2", "J+1", "J+3"]
    assert parse_steps(" j-1, J ;h+4 ") == (Step(-1), Step(0), Step(0, 4))
    assert parse_steps("") == ()


@pytest.mark.parametrize("text", ["J-", "X", "J-31", "H+49", "H+0", "H-2", "J--1", "3", "J-3J-1", "J" * 10_000, "ي"])
def test_what_is_no_step_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="reminder step"):
        parse_steps(text)


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("J-3", paris("2026-11-24", "10:00")),
        ("J-1", paris("2026-11-26", "10:00")),
        ("J", paris("2026-11-27", "08:00")),
        ("H+2", paris("2026-11-27", "19:00")),
        ("J+1", paris("2026-11-30", "10:00")),
        ("J+3", paris("2026-12-02", "10:00")),
    ],
)
def test_each_step_has_its_instant_and_closed_days_do_not_count_after_the_due_day(
    code: str, expected: datetime
) -> None:
    (step,) = parse_steps(code)
    assert moment_of(step, due_at=DUE, calendar=calendar()) == expected


def test_a_due_day_on_which_the_desk_turns_out_closed_does_not_count() -> None:
    closed = calendar(exceptions={date(2026, 11, 27): (DayException(None),)})
    assert awaited_at(DUE, closed) == paris("2026-11-30", "09:00")
    assert moment_of(Step(0, 2), due_at=DUE, calendar=closed) == paris("2026-11-30", "11:00")
    assert moment_of(Step(1), due_at=DUE, calendar=closed) == paris("2026-12-01", "10:00")


def test_a_desk_that_never_opens_again_does_not_silence_the_reminders() -> None:
    assert moment_of(Step(3), due_at=DUE, calendar=OpeningCalendar()) == paris("2026-11-30", "10:00")
    assert awaited_at(DUE, OpeningCalendar()) == DUE


@pytest.mark.parametrize(
    ("due", "expected"),
    [
        (("2026-11-27", "18:00"), ("2026-11-27", "19:45")),
        (("2026-11-27", "19:30"), ("2026-11-27", "19:45")),
        (("2026-11-27", "19:50"), ("2026-11-28", "08:00")),
        (("2026-11-27", "05:00"), ("2026-11-27", "08:00")),
        (("2026-11-27", "23:30"), ("2026-11-28", "08:00")),
    ],
)
def test_no_reminder_falls_into_the_night(due: tuple[str, str], expected: tuple[str, str]) -> None:
    assert moment_of(Step(0, 2), due_at=paris(*due), calendar=calendar()) == paris(*expected)


@given(
    due=st.datetimes(datetime(2026, 1, 1), datetime(2029, 1, 1)),
    step=st.sampled_from([*STEPS, Step(0, 1), Step(0, 10), Step(-14), Step(7)]),
)
def test_every_moment_is_in_the_day_and_on_its_side_of_the_due_time(due: datetime, step: Step) -> None:
    due_at = paris(f"{due:%Y-%m-%d}", f"{due:%H:%M}")
    moment = moment_of(step, due_at=due_at, calendar=calendar())
    assert MORNING <= in_paris(moment).time() < EVENING
    if step.after_due:
        assert moment > due_at
    kept = [s for s, m in schedule([step], due_at=due_at, calendar=calendar())]
    assert kept == ([step] if step.after_due or moment < due_at else [])


def due_now(now: datetime, *, since: datetime = LONG_AGO) -> str | None:
    found = find_due(STEPS, due_at=DUE, since=since, now=now, calendar=calendar())
    return None if found is None else found.step.code


@pytest.mark.parametrize(
    ("day", "wall", "expected"),
    [
        ("2026-11-24", "09:59", None),
        ("2026-11-24", "10:00", "J-3"),
        ("2026-11-26", "09:59", "J-3"),
        ("2026-11-26", "10:00", "J-1"),
        ("2026-11-27", "08:00", "J"),
        ("2026-11-27", "18:59", "J"),
        ("2026-11-27", "19:00", "H+2"),
        ("2026-11-27", "20:00", None),
        ("2026-11-28", "07:59", None),
        ("2026-11-28", "08:00", "H+2"),
        ("2026-11-29", "18:59", "H+2"),
        ("2026-11-29", "19:00", None),
        ("2026-11-30", "10:00", "J+1"),
        ("2026-12-02", "10:00", "J+3"),
        ("2026-12-04", "09:59", "J+3"),
        ("2026-12-04", "10:00", None),
    ],
)
def test_only_the_last_step_whose_time_has_come_is_sent_and_not_when_stale(
    day: str, wall: str, expected: str | None
) -> None:
    assert due_now(paris(day, wall)) == expected


def test_what_fell_before_the_departure_or_the_last_change_is_left_out() -> None:
    now = paris("2026-11-26", "10:30")
    assert due_now(now, since=paris("2026-11-26", "10:00")) == "J-1"
    assert due_now(now, since=paris("2026-11-26", "10:01")) is None


def test_a_reminder_is_of_no_use_after_the_next_one_or_two_days() -> None:
    found = find_due(STEPS, due_at=DUE, since=LONG_AGO, now=paris("2026-11-27", "08:05"), calendar=calendar())
    assert found is not None
    assert found.expires_at == paris("2026-11-27", "19:00")
    found = find_due(STEPS, due_at=DUE, since=LONG_AGO, now=paris("2026-12-02", "10:05"), calendar=calendar())
    assert found is not None
    assert found.expires_at - found.moment_at == timedelta(hours=48)


def test_the_adviser_hears_at_j1_and_the_manager_at_j3() -> None:
    assert [step.code for step in STEPS if step.tells_adviser] == ["J+1"]
    assert [step.code for step in STEPS if step.tells_manager] == ["J+3"]


def test_another_end_makes_other_keys_and_all_begin_with_the_prefix_of_the_loan() -> None:
    keys = {
        dedup_key(loan, due, step, audience=audience)
        for loan in (1, 11)
        for due in (DUE, DUE + timedelta(days=1))
        for step in STEPS
        for audience in ("", "adviser")
    }
    assert len(keys) == 2 * 2 * 6 * 2
    assert sum(key.startswith(dedup_prefix(1)) for key in keys) == len(keys) // 2


def test_the_next_reminder_is_announced_until_there_is_none() -> None:
    found = find_next(STEPS, due_at=DUE, now=paris("2026-11-26", "10:00"), calendar=calendar())
    assert found == (Step(0), paris("2026-11-27", "08:00"))
    assert find_next(STEPS, due_at=DUE, now=paris("2026-12-02", "10:00"), calendar=calendar()) is None
