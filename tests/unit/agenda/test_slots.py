"""Which hours are free: tables of cases, and what holds whatever the hours are."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mobility.agenda.slots import Opening, Slot, Span, Wish, free_slots, overlap
from mobility.core.clock import at_paris, in_paris
from mobility.desks.rules import DayException, Hours, OpeningCalendar, WeeklyOpening

MONDAY = date(2026, 11, 23)
ADVISER, DESK, FIRST = 7, 1, 3


def open_all_week(opens: time = time(9), closes: time = time(18), **values: object) -> OpeningCalendar:
    weekly = tuple(WeeklyOpening(weekday, Hours(opens, closes)) for weekday in range(7))
    return OpeningCalendar(weekly=weekly, **{"exceptions": {}, "holidays": {}, **values})  # type: ignore[arg-type]


def opening(opens: str = "09:00", closes: str = "12:00", **values: object) -> Opening:
    known: dict[str, object] = {
        "adviser_id": ADVISER, "desk_id": DESK, "weekday": 0, "opens": time.fromisoformat(opens),
        "closes": time.fromisoformat(closes), "starts_on": MONDAY - timedelta(days=70),
    }  # fmt: skip
    return Opening(**{**known, **values})  # type: ignore[arg-type]


def wish(minutes: int = 60, pause: int = 0, days: int = 6, **values: object) -> Wish:
    known: dict[str, object] = {
        "type_id": FIRST, "duration": timedelta(minutes=minutes), "pause": timedelta(minutes=pause),
        "from_at": at_paris(MONDAY, time(0)), "until_at": at_paris(MONDAY + timedelta(days=days), time(23, 59)),
    }  # fmt: skip
    return Wish(**{**known, **values})  # type: ignore[arg-type]


def hours(slots: list[Slot]) -> list[str]:
    return [f"{in_paris(slot.starts_at):%a %H:%M}" for slot in slots]


def span(begins: str, ends: str, on: date = MONDAY) -> Span:
    return Span(at_paris(on, time.fromisoformat(begins)), at_paris(on, time.fromisoformat(ends)))


def test_hours_follow_one_another() -> None:
    assert hours(free_slots(wish(), [opening()], calendars={DESK: open_all_week()}, busy={})) == [
        "Mon 09:00", "Mon 10:00", "Mon 11:00",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("taken", "left"),
    [
        ([("10:00", "11:00")], ["Mon 09:00", "Mon 11:00"]),
        # What is left begins where the meeting before ends: no crumbs.
        ([("09:00", "09:45")], ["Mon 09:45", "Mon 10:45"]),
        ([("09:30", "10:00"), ("09:45", "11:30")], []),
        ([("08:00", "09:00"), ("12:00", "13:00")], ["Mon 09:00", "Mon 10:00", "Mon 11:00"]),
        ([("08:00", "18:00")], []),
    ],
)
def test_what_is_taken_is_left_out(taken: list[tuple[str, str]], left: list[str]) -> None:
    busy = {ADVISER: [span(*one) for one in taken], 99: [span("09:00", "12:00")]}
    assert hours(free_slots(wish(), [opening()], calendars={DESK: open_all_week()}, busy=busy)) == left


def test_a_pause_must_fit_as_well() -> None:
    slots = free_slots(wish(60, 30), [opening("09:00", "12:00")], calendars={DESK: open_all_week()}, busy={})
    assert hours(slots) == ["Mon 09:00", "Mon 10:30"]
    assert slots[0].ends_at - slots[0].starts_at == timedelta(hours=1)


@pytest.mark.parametrize(
    ("calendar", "at_desk", "expected"),
    [
        (open_all_week(time(10), time(11)), True, ["Mon 10:00"]),
        # A call or a visit needs an open day, not an open door.
        (open_all_week(time(10), time(11)), False, ["Mon 09:00", "Mon 10:00", "Mon 11:00"]),
        (open_all_week(exceptions={MONDAY: [DayException(None, "Inventaire")]}), True, []),
        (open_all_week(holidays={MONDAY: "Jour férié"}), False, []),
        (OpeningCalendar(weekly=(), exceptions={}, holidays={}), True, []),
    ],
)
def test_a_closed_desk_receives_nobody(calendar: OpeningCalendar, at_desk: bool, expected: list[str]) -> None:
    assert hours(free_slots(wish(at_desk=at_desk), [opening()], calendars={DESK: calendar}, busy={})) == expected


def test_a_desk_without_hours_receives_nobody() -> None:
    assert free_slots(wish(), [opening()], calendars={}, busy={}) == []


def test_hours_may_be_for_some_types_only() -> None:
    calendars = {DESK: open_all_week()}
    assert free_slots(wish(), [opening(type_ids=frozenset({9}))], calendars=calendars, busy={}) == []
    assert len(free_slots(wish(), [opening(type_ids=frozenset({FIRST}))], calendars=calendars, busy={})) == 3


@pytest.mark.parametrize(
    ("values", "days"),
    [
        ({}, [MONDAY, MONDAY + timedelta(days=7)]),
        ({"every_weeks": 2, "starts_on": MONDAY}, [MONDAY]),
        ({"every_weeks": 2, "starts_on": MONDAY - timedelta(days=3)}, [MONDAY + timedelta(days=7)]),
        ({"ends_on": MONDAY}, [MONDAY]),
        ({"starts_on": MONDAY + timedelta(days=1)}, [MONDAY + timedelta(days=7)]),
    ],
)
def test_rhythm_and_period(values: dict[str, object], days: list[date]) -> None:
    slots = free_slots(wish(days=13), [opening(**values)], calendars={DESK: open_all_week()}, busy={})
    assert sorted({in_paris(slot.starts_at).date() for slot in slots}) == days


def test_notice_keeps_the_rhythm() -> None:
    late = wish(from_at=at_paris(MONDAY, time(9, 20)))
    assert hours(free_slots(late, [opening()], calendars={DESK: open_all_week()}, busy={})) == [
        "Mon 10:00",
        "Mon 11:00",
    ]


def test_the_last_hour_asked_for_is_included() -> None:
    until = wish(until_at=at_paris(MONDAY, time(10)))
    assert hours(free_slots(until, [opening()], calendars={DESK: open_all_week()}, busy={})) == [
        "Mon 09:00",
        "Mon 10:00",
    ]


@pytest.mark.parametrize(("day", "offset"), [(date(2026, 3, 30), 2), (date(2026, 10, 26), 1)])
def test_nine_is_nine_after_the_clocks_change(day: date, offset: int) -> None:
    around = wish(from_at=at_paris(day, time(0)), until_at=at_paris(day, time(23)))
    slots = free_slots(around, [opening(starts_on=date(2026, 1, 5))], calendars={DESK: open_all_week()}, busy={})
    assert slots[0].starts_at == datetime(day.year, day.month, day.day, 9 - offset, tzinfo=UTC)


def test_the_hour_that_march_skips_is_not_offered() -> None:
    night = opening("02:00", "03:00", weekday=6, starts_on=date(2026, 1, 4))
    day = date(2026, 3, 29)
    around = wish(30, from_at=at_paris(day, time(0)), until_at=at_paris(day, time(12)), at_desk=False)
    assert free_slots(around, [night], calendars={DESK: open_all_week()}, busy={}) == []


def test_two_advisers_may_share_an_hour() -> None:
    both = [opening(), opening(adviser_id=8)]
    slots = free_slots(wish(), both, calendars={DESK: open_all_week()}, busy={8: [span("09:00", "11:00")]})
    assert [(slot.adviser_id, f"{in_paris(slot.starts_at):%H:%M}") for slot in slots] == [
        (7, "09:00"), (7, "10:00"), (7, "11:00"), (8, "11:00"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("one", "other", "met"),
    [
        ({}, {}, True),
        ({}, {"opens": "12:00", "closes": "13:00"}, False),
        ({}, {"weekday": 1}, False),
        ({}, {"adviser_id": 8}, False),
        ({}, {"desk_id": 2}, True),
        ({"ends_on": MONDAY}, {"starts_on": MONDAY + timedelta(days=1)}, False),
        ({"every_weeks": 2, "starts_on": MONDAY}, {"every_weeks": 2, "starts_on": MONDAY + timedelta(days=7)}, False),
        ({"every_weeks": 2, "starts_on": MONDAY}, {"every_weeks": 3, "starts_on": MONDAY + timedelta(days=7)}, True),
        ({"every_weeks": 4, "starts_on": MONDAY}, {"every_weeks": 2, "starts_on": MONDAY + timedelta(days=7)}, False),
    ],
)
def test_openings_of_one_adviser_that_meet(one: dict[str, object], other: dict[str, object], met: bool) -> None:
    assert overlap(opening(**one), opening(**other)) is met
    assert overlap(opening(**other), opening(**one)) is met


MINUTES = st.integers(0, 24 * 12 - 1).map(lambda five: time(five // 12, five % 12 * 5))


@st.composite
def an_opening(draw: st.DrawFn) -> Opening:
    opens, closes = sorted(draw(st.lists(MINUTES, min_size=2, max_size=2, unique=True)))
    starts_on = MONDAY - timedelta(days=draw(st.integers(0, 40)))
    return Opening(
        adviser_id=draw(st.integers(1, 3)), desk_id=DESK, weekday=draw(st.integers(0, 6)), opens=opens, closes=closes,
        starts_on=starts_on, every_weeks=draw(st.integers(1, 3)),
        ends_on=draw(st.none() | st.integers(0, 60).map(lambda days: starts_on + timedelta(days=days))),
    )  # fmt: skip


@st.composite
def a_span(draw: st.DrawFn) -> Span:
    begins = at_paris(MONDAY, time(0)) + timedelta(minutes=draw(st.integers(-600, 14 * 24 * 60)))
    return Span(begins, begins + timedelta(minutes=draw(st.integers(1, 600))))


@given(
    openings=st.lists(an_opening(), max_size=5),
    busy=st.dictionaries(st.integers(1, 3), st.lists(a_span(), max_size=8)),
    minutes=st.integers(5, 180), pause=st.integers(0, 60), late=st.integers(0, 3 * 24 * 60),
)  # fmt: skip
def test_a_free_hour_is_open_and_free(
    openings: list[Opening], busy: dict[int, list[Span]], minutes: int, pause: int, late: int
) -> None:
    calendar = open_all_week()
    asked = wish(minutes, pause, days=13, from_at=at_paris(MONDAY, time(0)) + timedelta(minutes=late))
    slots = free_slots(asked, openings, calendars={DESK: calendar}, busy=busy)
    assert slots == sorted(set(slots))
    for slot in slots:
        until = slot.ends_at + asked.pause
        assert asked.from_at <= slot.starts_at <= asked.until_at
        assert slot.ends_at - slot.starts_at == asked.duration
        assert not any(one.starts_at < until and slot.starts_at < one.ends_at for one in busy.get(slot.adviser_id, ()))
        assert calendar.is_open_at(slot.starts_at)
        wall = in_paris(slot.starts_at)
        assert any(
            one.adviser_id == slot.adviser_id and one.holds_on(wall.date()) and one.opens <= wall.time()
            and in_paris(until) <= in_paris(at_paris(wall.date(), one.closes))
            for one in openings
        )  # fmt: skip


@given(openings=st.lists(an_opening(), max_size=4), busy=st.lists(a_span(), max_size=4), more=a_span())
def test_taking_more_never_frees_more(openings: list[Opening], busy: list[Span], more: Span) -> None:
    calendars = {DESK: open_all_week()}

    def minutes_left(spans: list[Span]) -> int:
        taken = dict.fromkeys((1, 2, 3), spans)
        # Five minutes at a time: the very stretches that are free.
        return len(free_slots(wish(1, days=13), openings, calendars=calendars, busy=taken))

    assert minutes_left([*busy, more]) <= minutes_left(busy)


@given(
    st.integers(0, 6), st.integers(1, 4), st.dates(date(2026, 1, 1), date(2026, 12, 31)), st.integers(0, 60) | st.none()
)
def test_hours_that_never_come_are_told_from_those_that_do(
    weekday: int, every_weeks: int, starts_on: date, days: int | None
) -> None:
    ends_on = None if days is None else starts_on + timedelta(days=days)
    one = opening(weekday=weekday, every_weeks=every_weeks, starts_on=starts_on, ends_on=ends_on)
    assert one.ever_holds() is any(one.holds_on(starts_on + timedelta(days=day)) for day in range(61))
