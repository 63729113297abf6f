from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mobility.core.clock import PARIS
from mobility.notifications.kinds import MessageClass
from mobility.notifications.timing import (
    ALWAYS,
    LEAD,
    Hours,
    brought_forward,
    is_open,
    leave_at,
    next_day_at,
    next_open,
    open_windows,
)

QUIET = Hours(time(20), time(8))
NORMAL, URGENT, SECURITY = MessageClass.NORMAL, MessageClass.URGENT, MessageClass.SECURITY


def paris(text: str, *, fold: int = 0) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=PARIS, fold=fold).astimezone(UTC)


def leave(kind: MessageClass, due: str, now: str, *, safe: Hours | None = None, paused: str | None = None) -> datetime:
    return leave_at(
        message_class=kind,
        due_at=paris(due),
        now=paris(now),
        quiet=QUIET,
        safe=safe,
        paused_until_at=paris(paused) if paused else None,
    )


@pytest.mark.parametrize(
    ("due", "now", "expected"),
    [
        pytest.param("2026-11-24 12:00", "2026-11-24 12:00", "2026-11-24 12:00", id="due by day leaves when due"),
        pytest.param("2026-11-24 09:00", "2026-11-24 12:00", "2026-11-24 12:00", id="already due leaves at once"),
        pytest.param("2026-11-24 22:00", "2026-11-24 12:00", "2026-11-24 19:30", id="due in the evening leaves before"),
        pytest.param("2026-11-25 06:00", "2026-11-24 12:00", "2026-11-24 19:30", id="due at dawn leaves the eve"),
        pytest.param("2026-11-24 20:00", "2026-11-24 12:00", "2026-11-24 19:30", id="20 h is quiet already"),
        pytest.param("2026-11-24 19:59", "2026-11-24 12:00", "2026-11-24 19:59", id="19 h 59 is not"),
        pytest.param("2026-11-25 08:00", "2026-11-24 12:00", "2026-11-25 08:00", id="8 h is not quiet any more"),
        pytest.param("2026-11-25 07:59", "2026-11-24 12:00", "2026-11-24 19:30", id="7 h 59 still is"),
        pytest.param("2026-11-24 22:00", "2026-11-24 19:45", "2026-11-24 19:45", id="known late leaves at once"),
        pytest.param("2026-11-24 21:00", "2026-11-24 21:00", "2026-11-25 08:00", id="known at night waits for 8 h"),
        pytest.param("2026-11-25 03:00", "2026-11-25 03:00", "2026-11-25 08:00", id="known before dawn waits for 8 h"),
    ],
)
def test_a_normal_message_never_leaves_in_quiet_hours(due: str, now: str, expected: str) -> None:
    assert leave(NORMAL, due, now) == paris(expected)


@pytest.mark.parametrize(
    ("due", "now", "expected"),
    [
        # Clocks go from 2 h to 3 h on 29 March 2026, from 3 h back to 2 h on 25 October 2026.
        pytest.param("2026-03-29 06:00", "2026-03-28 12:00", "2026-03-28 19:30", id="dawn of the short night"),
        pytest.param("2026-03-29 02:30", "2026-03-28 12:00", "2026-03-28 19:30", id="the hour that does not exist"),
        pytest.param("2026-03-28 22:00", "2026-03-28 22:00", "2026-03-29 08:00", id="the short night ends at 8 h"),
        pytest.param("2026-10-25 06:00", "2026-10-24 12:00", "2026-10-24 19:30", id="dawn of the long night"),
        pytest.param("2026-10-25 02:30", "2026-10-24 12:00", "2026-10-24 19:30", id="the hour that comes twice"),
        pytest.param("2026-10-24 22:00", "2026-10-24 22:00", "2026-10-25 08:00", id="the long night ends at 8 h"),
        pytest.param("2026-10-25 22:00", "2026-10-25 10:00", "2026-10-25 19:30", id="the evening after the change"),
    ],
)
def test_quiet_hours_follow_the_clocks_over_both_changes(due: str, now: str, expected: str) -> None:
    assert leave(NORMAL, due, now) == paris(expected)


def test_the_night_of_the_change_is_eleven_or_thirteen_hours_long() -> None:
    windows = open_windows(quiet=QUIET, safe=None)
    spring = next_open(windows, paris("2026-03-28 20:00")) - paris("2026-03-28 20:00")
    autumn = next_open(windows, paris("2026-10-24 20:00")) - paris("2026-10-24 20:00")
    assert (spring, autumn) == (timedelta(hours=11), timedelta(hours=13))


def test_both_occurrences_of_the_hour_that_comes_twice_are_quiet() -> None:
    windows = open_windows(quiet=QUIET, safe=None)
    assert not is_open(windows, paris("2026-10-25 02:30", fold=0))
    assert not is_open(windows, paris("2026-10-25 02:30", fold=1))


@pytest.mark.parametrize("kind", [URGENT, SECURITY])
@pytest.mark.parametrize("at", ["2026-11-24 23:30", "2026-11-25 05:00", "2026-11-24 12:00"])
def test_urgent_and_security_messages_know_no_quiet_hours_and_no_pause(kind: MessageClass, at: str) -> None:
    assert leave(kind, at, at, paused="2026-12-24 12:00") == paris(at)


def test_an_urgent_message_due_later_waits_until_then() -> None:
    assert leave(URGENT, "2026-11-25 06:00", "2026-11-24 12:00") == paris("2026-11-25 06:00")


def test_a_pause_holds_normal_messages_until_it_ends_and_the_day_is_open() -> None:
    assert leave(NORMAL, "2026-11-24 12:00", "2026-11-24 12:00", paused="2026-11-26 15:00") == paris("2026-11-26 15:00")
    assert leave(NORMAL, "2026-11-24 12:00", "2026-11-24 12:00", paused="2026-11-26 23:00") == paris("2026-11-27 08:00")
    assert leave(NORMAL, "2026-11-24 12:00", "2026-11-24 12:00", paused="2026-11-20 12:00") == paris("2026-11-24 12:00")


@pytest.mark.parametrize(
    ("kind", "safe", "due", "now", "expected"),
    [
        pytest.param(
            NORMAL, (time(10), time(12)), "2026-11-24 15:00", "2026-11-24 09:00", "2026-11-24 11:30", id="before"
        ),
        pytest.param(
            NORMAL, (time(10), time(12)), "2026-11-24 15:00", "2026-11-24 14:00", "2026-11-25 10:00", id="next day"
        ),
        pytest.param(
            URGENT, (time(10), time(12)), "2026-11-24 15:00", "2026-11-24 14:00", "2026-11-25 10:00", id="urgent too"
        ),
        pytest.param(
            SECURITY, (time(10), time(12)), "2026-11-24 15:00", "2026-11-24 15:00", "2026-11-24 15:00", id="not codes"
        ),
        pytest.param(
            URGENT, (time(22), time(2)), "2026-11-24 23:00", "2026-11-24 23:00", "2026-11-24 23:00", id="by night"
        ),
        pytest.param(
            NORMAL, (time(18), time(22)), "2026-11-24 21:00", "2026-11-24 09:00", "2026-11-24 19:30", id="with quiet"
        ),
        pytest.param(
            NORMAL, (time(21), time(23)), "2026-11-24 21:30", "2026-11-24 09:00", "2026-11-24 21:30", id="only at night"
        ),
        pytest.param(
            NORMAL,
            (time(10), time(10, 10)),
            "2026-11-24 15:00",
            "2026-11-24 09:00",
            "2026-11-24 10:00",
            id="shorter than the lead",
        ),
    ],
)
def test_safe_hours_of_a_point_hold(
    kind: MessageClass, safe: tuple[time, time], due: str, now: str, expected: str
) -> None:
    assert leave(kind, due, now, safe=Hours(*safe)) == paris(expected)


def test_without_quiet_hours_every_instant_is_open() -> None:
    assert open_windows(quiet=None, safe=None) == ALWAYS
    night = paris("2026-11-24 03:00")
    assert is_open(ALWAYS, night)
    assert next_open(ALWAYS, night) == night
    assert brought_forward(ALWAYS, night) == night


def test_safe_hours_that_only_exist_in_a_skipped_hour_are_found_on_another_day() -> None:
    windows = open_windows(quiet=None, safe=Hours(time(2, 30), time(3)))
    found = next_open(windows, paris("2026-03-28 12:00"))
    assert found == paris("2026-03-30 02:30")


def test_hours_that_touch_at_midnight_are_one() -> None:
    windows = open_windows(quiet=None, safe=Hours(time(22), time(6)))
    assert brought_forward(windows, paris("2026-11-24 12:00")) == paris("2026-11-24 05:30")
    assert is_open(windows, paris("2026-11-24 00:00"))
    assert windows.spans == ((0, 360), (1320, 1440))


def test_hours_that_end_at_midnight_do_not_reach_into_the_next_day() -> None:
    assert Hours(time(18), time(0)).spans() == ((1080, 1440),)
    assert Hours(time(0), time(0)).spans() == ((0, 1440),)


def test_the_next_day_begins_when_quiet_hours_end_or_the_pause_does() -> None:
    day = date(2026, 11, 24)
    assert next_day_at(day, quiet=QUIET, safe=None) == paris("2026-11-25 08:00")
    paused = paris("2026-11-25 14:00")
    assert next_day_at(day, quiet=QUIET, safe=None, paused_until_at=paused) == paused


def test_naive_instants_are_refused() -> None:
    with pytest.raises(ValueError, match="naive"):
        next_open(ALWAYS, datetime(2026, 1, 1))


instants = st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC))
walls = st.integers(0, 1439).map(lambda minute: time(minute // 60, minute % 60))
hours = st.builds(Hours, walls, walls)


@given(due=instants, wait=st.timedeltas(timedelta(0), timedelta(days=3)), safe=st.none() | hours)
def test_a_message_leaves_in_an_open_hour_not_before_it_is_known(
    due: datetime, wait: timedelta, safe: Hours | None
) -> None:
    for now in (due - wait, due + wait):
        for kind in (NORMAL, URGENT):
            at = leave_at(message_class=kind, due_at=due, now=now, quiet=QUIET, safe=safe, paused_until_at=None)
            windows = open_windows(quiet=QUIET if kind is NORMAL else None, safe=safe)
            assert at >= now
            assert is_open(windows, at)


@given(due=instants)
def test_what_is_known_days_before_is_never_late(due: datetime) -> None:
    now = due - timedelta(days=3)
    at = leave_at(message_class=NORMAL, due_at=due, now=now, quiet=QUIET, safe=None, paused_until_at=None)
    assert due - timedelta(hours=13) - LEAD <= at <= due


@given(first=instants, second=instants, safe=st.none() | hours)
def test_later_instants_never_open_earlier(first: datetime, second: datetime, safe: Hours | None) -> None:
    windows = open_windows(quiet=QUIET, safe=safe)
    early, late = sorted((first, second))
    assert next_open(windows, early) <= next_open(windows, late)
    assert brought_forward(windows, early) <= brought_forward(windows, late)


@given(quiet=hours, safe=hours)
def test_there_is_always_an_open_hour(quiet: Hours, safe: Hours) -> None:
    assert open_windows(quiet=quiet, safe=safe).spans
