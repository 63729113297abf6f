"""Time: UTC inside, Paris for people, over both changes of the clocks."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mobility.core import clock


@pytest.mark.parametrize(
    ("day", "wall", "expected"),
    [
        (date(2026, 1, 15), time(8), datetime(2026, 1, 15, 7, tzinfo=UTC)),
        (date(2026, 7, 15), time(8), datetime(2026, 7, 15, 6, tzinfo=UTC)),
        # 29 March 2026: the clocks go from 2:00 to 3:00; 2:30 does not exist.
        (date(2026, 3, 29), time(1, 59), datetime(2026, 3, 29, 0, 59, tzinfo=UTC)),
        (date(2026, 3, 29), time(2, 30), datetime(2026, 3, 29, 1, 30, tzinfo=UTC)),
        (date(2026, 3, 29), time(3), datetime(2026, 3, 29, 1, tzinfo=UTC)),
        # 25 October 2026: 2:30 comes twice; the first one is meant.
        (date(2026, 10, 25), time(2, 30), datetime(2026, 10, 25, 0, 30, tzinfo=UTC)),
        (date(2026, 10, 25), time(3), datetime(2026, 10, 25, 2, tzinfo=UTC)),
        (date(2028, 2, 29), time(12), datetime(2028, 2, 29, 11, tzinfo=UTC)),
    ],
)
def test_a_wall_time_of_paris_is_one_instant(day: date, wall: time, expected: datetime) -> None:
    assert clock.at_paris(day, wall) == expected


@pytest.mark.parametrize(
    ("day", "hours"), [(date(2026, 3, 29), 23), (date(2026, 10, 25), 25), (date(2026, 11, 22), 24)]
)
def test_a_day_has_the_hours_that_the_clocks_give_it(day: date, hours: int) -> None:
    assert clock.end_of(day) - clock.start_of(day) == timedelta(hours=hours)


@given(st.datetimes(min_value=datetime(2000, 1, 1), max_value=datetime(2100, 1, 1), timezones=st.just(UTC)))
def test_every_instant_lies_in_its_day(instant: datetime) -> None:
    day = clock.day_of(instant)
    assert clock.start_of(day) <= instant < clock.end_of(day)


def test_a_naive_datetime_is_refused() -> None:
    with pytest.raises(ValueError, match="naive"):
        clock.in_paris(datetime(2026, 1, 1))


@pytest.mark.parametrize(
    ("instant", "expected"),
    [
        (datetime(2026, 11, 24, 13, 30, tzinfo=UTC), "mardi 24 novembre à 14\u00a0h\u00a030"),
        (datetime(2026, 8, 1, 6, 0, tzinfo=UTC), "samedi 1er août à 8\u00a0h"),
        (datetime(2026, 12, 31, 23, 5, tzinfo=UTC), "vendredi 1er janvier à 0\u00a0h\u00a005"),
    ],
)
def test_an_instant_reads_in_french(instant: datetime, expected: str) -> None:
    assert clock.format_instant(instant) == expected


def test_the_year_is_said_where_it_is_another_one() -> None:
    assert clock.format_date(date(2027, 2, 1), year=2026) == "lundi 1er février 2027"
    assert clock.format_date(date(2026, 2, 2), year=2026, weekday=False) == "2 février"


@pytest.mark.parametrize(
    ("months", "words"), [(1, "1 mois"), (6, "6 mois"), (12, "1 an"), (18, "18 mois"), (24, "2 ans"), (120, "10 ans")]
)
def test_lengths_of_time_are_said_in_years_where_they_are_whole(months: int, words: str) -> None:
    assert clock.format_months(months).replace("\u00a0", " ") == words
