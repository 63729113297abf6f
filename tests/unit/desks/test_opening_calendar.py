from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mobility.core.clock import at_paris, in_paris
from mobility.desks.errors import HoursBackwards, OverlappingHours
from mobility.desks.presenters import special_days
from mobility.desks.rules import (
    ALL_MONTH_WEEKS,
    DayException,
    Hours,
    OpeningCalendar,
    WeeklyOpening,
    check_ranges,
    merge,
    month_weeks_in_words,
    ranges_in_words,
    week_as_read,
    week_in_words,
)

MORNING = Hours(time(9), time(12))
AFTERNOON = Hours(time(14), time(17, 30))
MONDAY = date(2026, 11, 23)
SUNDAY = date(2026, 11, 29)
CHRISTMAS = date(2026, 12, 25)
HOLIDAYS = {CHRISTMAS: "Noël", date(2027, 1, 1): "Jour de l’an"}


def weekdays(*hours, days=range(5), month_weeks=ALL_MONTH_WEEKS):
    return [WeeklyOpening(day, each, month_weeks) for day in days for each in hours]


CALENDAR = OpeningCalendar(
    weekly=weekdays(MORNING, AFTERNOON),
    exceptions={
        date(2026, 11, 24): [DayException(None, "Formation de l’équipe")],
        date(2026, 11, 28): [DayException(Hours(time(10), time(16)), "Portes ouvertes")],
        date(2027, 1, 1): [DayException(Hours(time(10), time(11)))],
        date(2026, 11, 26): [DayException(None), DayException(MORNING)],
    },
    holidays=HOLIDAYS,
)


@pytest.mark.parametrize(
    ("day", "ranges"),
    [
        (MONDAY, (MORNING, AFTERNOON)),
        (SUNDAY, ()),
        (CHRISTMAS, ()),
        (date(2026, 11, 24), ()),
        (date(2026, 11, 26), ()),
        (date(2026, 11, 28), (Hours(time(10), time(16)),)),
        (date(2027, 1, 1), (Hours(time(10), time(11)),)),
    ],
    ids=[
        "weekday",
        "sunday",
        "public holiday",
        "closed by exception",
        "a closure wins over hours",
        "open on a saturday by exception",
        "open on a public holiday by exception",
    ],
)
def test_the_hours_of_a_day(day, ranges):
    assert CALENDAR.hours_on(day) == ranges
    assert CALENDAR.is_open_day(day) is bool(ranges)


@pytest.mark.parametrize(
    ("wall", "is_open"),
    [
        (time(8, 59, 59), False),
        (time(9), True),
        (time(11, 59, 59, 999999), True),
        (time(12), False),
        (time(13), False),
        (time(14), True),
        (time(17, 29), True),
        (time(17, 30), False),
    ],
)
def test_open_from_opening_to_just_before_closing(wall, is_open):
    assert CALENDAR.is_open_at(at_paris(MONDAY, wall)) is is_open


def test_a_naive_instant_is_refused():
    with pytest.raises(ValueError, match="naive"):
        CALENDAR.is_open_at(datetime(2026, 11, 23, 10))


@pytest.mark.parametrize(
    ("day", "opens", "closes"),
    [
        (date(2026, 3, 27), datetime(2026, 3, 27, 8, tzinfo=UTC), datetime(2026, 3, 27, 16, 30, tzinfo=UTC)),
        (date(2026, 3, 30), datetime(2026, 3, 30, 7, tzinfo=UTC), datetime(2026, 3, 30, 15, 30, tzinfo=UTC)),
        (date(2026, 10, 23), datetime(2026, 10, 23, 7, tzinfo=UTC), datetime(2026, 10, 23, 15, 30, tzinfo=UTC)),
        (date(2026, 10, 26), datetime(2026, 10, 26, 8, tzinfo=UTC), datetime(2026, 10, 26, 16, 30, tzinfo=UTC)),
    ],
    ids=["before March", "after March", "before October", "after October"],
)
def test_hours_follow_the_clocks_of_paris_across_both_changes(day, opens, closes):
    calendar = OpeningCalendar(weekly=weekdays(MORNING, AFTERNOON))
    assert (calendar.opens_at(day), calendar.closes_at(day)) == (opens, closes)


def test_a_closed_day_has_no_opening_and_no_closing():
    assert CALENDAR.opens_at(SUNDAY) is None
    assert CALENDAR.closes_at(SUNDAY) is None


def test_hours_inside_the_hour_that_march_skips_never_end_before_they_begin():
    change = date(2026, 3, 29)
    calendar = OpeningCalendar(exceptions={change: [DayException(Hours(time(2, 45), time(3, 15)))]})
    assert calendar.opens_at(change) <= calendar.closes_at(change)


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (MONDAY, MONDAY),
        (date(2026, 11, 24), date(2026, 11, 25)),
        (SUNDAY, date(2026, 11, 30)),
        (CHRISTMAS, date(2026, 12, 28)),
    ],
)
def test_the_next_open_day(day, expected):
    assert CALENDAR.next_open_day(day) == expected


def test_a_desk_that_never_opens_has_no_next_day():
    assert OpeningCalendar().next_open_day(MONDAY) is None
    assert OpeningCalendar().next_opening(at_paris(MONDAY, time(10))) is None


@pytest.mark.parametrize(
    ("wall", "expected"),
    [
        (time(7), time(9)),
        (time(9), time(9)),
        (time(10, 5), time(10, 5)),
        (time(12), time(14)),
        (time(16), time(16)),
    ],
)
def test_the_next_opening_on_the_same_day(wall, expected):
    assert CALENDAR.next_opening(at_paris(MONDAY, wall)) == at_paris(MONDAY, expected)


def test_the_next_opening_skips_closed_days():
    assert CALENDAR.next_opening(at_paris(MONDAY, time(18))) == at_paris(date(2026, 11, 25), time(9))


def test_a_permanence_opens_in_its_weeks_only():
    first_and_third_thursday = OpeningCalendar(weekly=[WeeklyOpening(3, MORNING, 0b00101)])
    december = [date(2026, 12, day) for day in range(1, 32)]
    assert [day.day for day in december if first_and_third_thursday.is_open_day(day)] == [3, 17]


def test_the_29th_of_february_is_a_day_like_another():
    assert OpeningCalendar(weekly=weekdays(MORNING)).hours_on(date(2028, 2, 29)) == (MORNING,)


def test_why_a_day_is_closed():
    assert CALENDAR.reason_closed(date(2026, 11, 24)) == "Formation de l’équipe"
    assert CALENDAR.reason_closed(CHRISTMAS) == "Noël"
    assert CALENDAR.reason_closed(SUNDAY) == ""
    assert CALENDAR.reason_closed(MONDAY) == ""


def test_open_days_are_counted_with_both_ends():
    assert CALENDAR.open_days_between(MONDAY, SUNDAY) == 4
    assert CALENDAR.open_days_between(MONDAY, MONDAY) == 1
    assert CALENDAR.open_days_between(SUNDAY, MONDAY) == 0


@pytest.mark.parametrize(
    ("ranges", "error"),
    [
        ([(time(9), time(9))], HoursBackwards),
        ([(time(17), time(9))], HoursBackwards),
        ([(time(9), time(12)), (time(11), time(17))], OverlappingHours),
        ([(time(14), time(17)), (time(9), time(14, 1))], OverlappingHours),
        ([(time(9), time(12)), (time(9), time(12))], OverlappingHours),
    ],
)
def test_wrong_ranges_are_refused_with_their_day(ranges, error):
    with pytest.raises(error, match="lundi"):
        check_ranges("lundi", ranges)


def test_right_ranges_come_out_in_order():
    assert check_ranges("lundi", [(time(14), time(17, 30)), (time(9), time(12))]) == (MORNING, AFTERNOON)
    assert check_ranges("lundi", []) == ()


def test_hours_cannot_be_made_backwards():
    with pytest.raises(ValueError, match="before it begins"):
        Hours(time(12), time(9))


@pytest.mark.parametrize(
    ("ranges", "words"),
    [
        ([], "fermé"),
        ([MORNING], "de 9\u00a0h à 12\u00a0h"),
        ([MORNING, AFTERNOON], "de 9\u00a0h à 12\u00a0h et de 14\u00a0h à 17\u00a0h\u00a030"),
    ],
)
def test_ranges_in_words(ranges, words):
    assert ranges_in_words(ranges) == words


@pytest.mark.parametrize(
    ("weeks", "words"),
    [
        (ALL_MONTH_WEEKS, "jeudi"),
        (0b00001, "1er jeudi du mois"),
        (0b00101, "1er et 3e jeudis du mois"),
        (0b01011, "1er, 2e et 4e jeudis du mois"),
    ],
)
def test_weeks_of_the_month_in_words(weeks, words):
    assert month_weeks_in_words(weeks, 3) == words


def test_the_week_in_words():
    weekly = [WeeklyOpening(0, AFTERNOON), WeeklyOpening(0, MORNING), WeeklyOpening(3, MORNING, 0b00101)]
    lines = week_in_words(weekly)
    assert [line.label for line in lines] == [
        "lundi",
        "mardi",
        "mercredi",
        "1er et 3e jeudis du mois",
        "vendredi",
        "samedi",
        "dimanche",
    ]
    assert lines[0].hours == "de 9\u00a0h à 12\u00a0h et de 14\u00a0h à 17\u00a0h\u00a030"
    assert [line.open for line in lines] == [True, False, False, True, False, False, False]
    assert len(week_in_words(weekly, closed_days=False)) == 2


# Hours from 4 a.m.: the two changes of the clocks happen before.
WALLS = st.integers(4 * 60, 24 * 60 - 1).map(lambda minutes: time(*divmod(minutes, 60)))
HOURS = st.tuples(WALLS, WALLS).filter(lambda pair: pair[0] != pair[1]).map(lambda pair: Hours(*sorted(pair)))
DAYS = st.dates(date(2025, 1, 1), date(2029, 12, 31))
CALENDARS = st.builds(
    OpeningCalendar,
    weekly=st.lists(st.builds(WeeklyOpening, st.integers(0, 6), HOURS, st.integers(1, 31)), max_size=12),
    exceptions=st.dictionaries(DAYS, st.lists(st.builds(DayException, st.none() | HOURS), min_size=1, max_size=3)),
    holidays=st.dictionaries(DAYS, st.just("férié")),
)


@given(st.lists(HOURS))
def test_merged_ranges_are_apart_in_order_and_hold_the_same_times(ranges):
    merged = merge(ranges)
    assert all(a.closes < b.opens for a, b in pairwise(merged))
    assert merge(merged) == merged
    for wall in [hours.opens for hours in ranges] + [hours.closes for hours in ranges]:
        assert any(h.holds(wall) for h in ranges) == any(h.holds(wall) for h in merged)


@given(CALENDARS, DAYS, WALLS)
def test_open_at_an_instant_exactly_where_the_hours_of_its_day_say_so(calendar, day, wall):
    instant = at_paris(day, wall)
    assert calendar.is_open_at(instant) == any(hours.holds(wall) for hours in calendar.hours_on(day))


@given(CALENDARS, DAYS)
def test_an_open_day_opens_before_it_closes_and_is_open_when_it_opens(calendar, day):
    opens, closes = calendar.opens_at(day), calendar.closes_at(day)
    if not calendar.is_open_day(day):
        assert opens is closes is None
        return
    assert opens < closes
    assert calendar.is_open_at(opens)
    assert not calendar.is_open_at(closes)
    assert calendar.is_open_at(closes - timedelta(seconds=1))


@given(CALENDARS, DAYS, WALLS)
def test_the_next_opening_is_open_never_earlier_and_none_lies_between(calendar, day, wall):
    instant = at_paris(day, wall)
    found = calendar.next_opening(instant)
    if found is None:
        assert calendar.next_open_day(day + timedelta(days=1)) is None
        return
    assert found >= instant
    assert calendar.is_open_at(found)
    assert found == instant or not calendar.is_open_at(found - timedelta(seconds=1))
    if found > instant:
        assert all(
            not (instant <= at_paris(in_paris(found).date(), hours.opens) < found)
            for hours in calendar.hours_on(in_paris(found).date())
        )


@given(CALENDARS, DAYS)
def test_the_next_open_day_is_the_first(calendar, day):
    found = calendar.next_open_day(day)
    if found is not None:
        assert calendar.is_open_day(found)
        assert calendar.open_days_between(day, found) == 1


@pytest.mark.parametrize(
    ("days", "label"),
    [
        (range(5), "du lundi au vendredi"),
        ([0], "lundi"),
        ([0, 1], "lundi et mardi"),
        ([5, 6], "samedi et dimanche"),
        (range(7), "du lundi au dimanche"),
    ],
)
def test_neighbouring_days_with_the_same_hours_are_one_line(days, label):
    assert [line.label for line in week_as_read(weekdays(MORNING, days=days))] == [label]


def test_days_apart_or_of_other_hours_are_lines_of_their_own():
    weekly = [*weekdays(MORNING, days=[0, 1, 3]), *weekdays(AFTERNOON, days=[4])]
    assert [line.label for line in week_as_read(weekly)] == ["lundi et mardi", "jeudi", "vendredi"]
    weekly = [*weekdays(MORNING, days=[0, 1, 2]), WeeklyOpening(1, AFTERNOON, 0b1)]
    assert [line.label for line in week_as_read(weekly)] == ["lundi", "mercredi", "mardi", "1er mardi du mois"]
    assert week_as_read([]) == []


def test_special_days_in_a_row_are_one_line_over_the_weekend_between():
    closed = {date(2026, 12, day): [DayException(None, "Congés")] for day in range(24, 32)}
    calendar = OpeningCalendar(weekly=weekdays(MORNING), exceptions=closed, holidays=HOLIDAYS)
    found = special_days(calendar, date(2026, 12, 20), date(2027, 1, 10))
    assert [(line.first_on.day, line.last_on.day, line.reason) for line in found] == [
        (24, 31, "Congés"),
        (1, 1, "Jour de l’an"),
    ]


def test_special_days_apart_are_lines_of_their_own():
    closed = {date(2026, 12, day): [DayException(None, "Congés")] for day in (7, 9)}
    found = special_days(OpeningCalendar(weekdays(MORNING), closed), date(2026, 12, 1), date(2026, 12, 31))
    assert [line.first_on.day for line in found] == [7, 9]


def test_a_sunday_with_hours_of_its_own_is_special_a_closed_one_is_not():
    exceptions = {SUNDAY: [DayException(MORNING, "Portes ouvertes")], date(2026, 12, 6): [DayException(None)]}
    found = special_days(OpeningCalendar(weekdays(MORNING), exceptions), MONDAY, date(2026, 12, 31))
    assert [(line.first_on, line.hours, line.reason) for line in found] == [
        (SUNDAY, ranges_in_words([MORNING]), "Portes ouvertes")
    ]


@given(CALENDARS, DAYS)
def test_every_special_day_lies_in_one_line_and_no_usual_open_day_does(calendar, day):
    last = day + timedelta(days=30)
    lines = special_days(calendar, day, last)
    usual = OpeningCalendar(weekly=calendar.weekly)
    for offset in range(31):
        one = day + timedelta(days=offset)
        inside = sum(line.first_on <= one <= line.last_on for line in lines)
        if calendar.hours_on(one) != usual.hours_on(one):
            assert inside == 1
        elif calendar.is_open_day(one):
            assert inside == 0
