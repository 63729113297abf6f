"""Rosters become shifts and legs: written cases."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest

from mobility.core.clock import in_paris
from mobility.pathway.coverage import LegKey
from mobility.pathway.errors import RosterInvalid
from mobility.pathway.patterns import DEFAULT_TEAMS, PRESETS, parse_hours, preset
from mobility.pathway.roster import (
    Cycle,
    Dates,
    Hours,
    Leg,
    Pattern,
    Plan,
    Unknown,
    Weekly,
    fit_in,
    legs,
    legs_within,
    shifts,
    unknown_days,
)
from mobility.pathway.rules import Direction

MONDAY = date(2026, 11, 23)


def week(**hours: str) -> Weekly:
    names = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")
    return Weekly(tuple(parse_hours(hours.get(name, "")) for name in names))


def office() -> Weekly:
    return week(lundi="5h-13h", mardi="5h-13h", mercredi="5h-13h", jeudi="5h-13h", vendredi="5h-13h")


def wall(pattern: Pattern, first: date, days: int, holidays: frozenset[date] = frozenset()) -> list[str]:
    """The shifts as the clocks of Paris show them."""
    found = shifts(pattern, first, first + timedelta(days=days - 1), holidays=holidays)
    return [f"{s.shift_on:%d/%m} {in_paris(s.starts_at):%d/%m %H:%M}>{in_paris(s.ends_at):%d/%m %H:%M}" for s in found]


CASES: list[tuple[str, Pattern, date, int, frozenset[date], list[str]]] = [
    ("one morning a week", week(mardi="9h-12h"), MONDAY, 7, frozenset(), ["24/11 24/11 09:00>24/11 12:00"]),
    (
        "two shifts on one day",
        week(lundi="8h-12h et 14h-18h"),
        MONDAY,
        1,
        frozenset(),
        ["23/11 23/11 08:00>23/11 12:00", "23/11 23/11 14:00>23/11 18:00"],
    ),
    ("a day without work", office(), date(2026, 11, 28), 2, frozenset(), []),
    (
        "a night belongs to the day it begins",
        week(lundi="21h-5h"),
        MONDAY,
        2,
        frozenset(),
        ["23/11 23/11 21:00>24/11 05:00"],
    ),
    (
        "a night that begins on Sunday",
        week(dimanche="22h-6h"),
        date(2026, 11, 29),
        1,
        frozenset(),
        ["29/11 29/11 22:00>30/11 06:00"],
    ),
    (
        "an end at midnight is the next day",
        week(lundi="16h-0h"),
        MONDAY,
        1,
        frozenset(),
        ["23/11 23/11 16:00>24/11 00:00"],
    ),
    ("a start at midnight is that day", week(lundi="0h-8h"), MONDAY, 1, frozenset(), ["23/11 23/11 00:00>23/11 08:00"]),
    ("a holiday is off when so agreed", office(), date(2026, 12, 25), 1, frozenset({date(2026, 12, 25)}), []),
    (
        "a holiday is worked otherwise",
        Weekly(office().days, holidays_off=False),
        date(2026, 12, 25),
        1,
        frozenset({date(2026, 12, 25)}),
        ["25/12 25/12 05:00>25/12 13:00"],
    ),
    (
        "the night before a holiday is worked",
        week(jeudi="21h-5h"),
        date(2026, 12, 24),
        2,
        frozenset({date(2026, 12, 25)}),
        ["24/12 24/12 21:00>25/12 05:00"],
    ),
    (
        "2x8 begins with the morning week",
        preset("2x8", starts_on=MONDAY),
        MONDAY,
        1,
        frozenset(),
        ["23/11 23/11 05:00>23/11 13:00"],
    ),
    (
        "2x8 turns to the afternoon week",
        preset("2x8", starts_on=MONDAY),
        date(2026, 11, 30),
        1,
        frozenset(),
        ["30/11 30/11 13:00>30/11 21:00"],
    ),
    ("2x8 rests on the weekend", preset("2x8", starts_on=MONDAY), date(2026, 11, 28), 2, frozenset(), []),
    (
        "3x8 has its night week third",
        preset("3x8", starts_on=MONDAY),
        date(2026, 12, 7),
        2,
        frozenset(),
        ["07/12 07/12 21:00>08/12 05:00", "08/12 08/12 21:00>09/12 05:00"],
    ),
    (
        "3x8 is back in the morning after three weeks",
        preset("3x8", starts_on=MONDAY),
        date(2026, 12, 14),
        1,
        frozenset(),
        ["14/12 14/12 05:00>14/12 13:00"],
    ),
    (
        "a cycle also runs before its first day",
        preset("2x8", starts_on=MONDAY),
        date(2026, 11, 16),
        1,
        frozenset(),
        ["16/11 16/11 13:00>16/11 21:00"],
    ),
    (
        "four days on, two off, over a weekend",
        preset("4-2", starts_on=date(2026, 11, 26)),
        date(2026, 11, 26),
        7,
        frozenset(),
        [f"{d} {d} 08:00>{d} 16:00" for d in ("26/11", "27/11", "28/11", "29/11", "02/12")],
    ),
    (
        "5x8: mornings, afternoons, nights, then rest",
        preset("5x8", starts_on=MONDAY),
        MONDAY,
        10,
        frozenset(),
        [
            "23/11 23/11 05:00>23/11 13:00",
            "24/11 24/11 05:00>24/11 13:00",
            "25/11 25/11 13:00>25/11 21:00",
            "26/11 26/11 13:00>26/11 21:00",
            "27/11 27/11 21:00>28/11 05:00",
            "28/11 28/11 21:00>29/11 05:00",
        ],
    ),
    (
        "own hours of a team replace the usual ones",
        preset("2x8", starts_on=MONDAY, teams={"M": parse_hours("6h-14h")}),
        MONDAY,
        1,
        frozenset(),
        ["23/11 23/11 06:00>23/11 14:00"],
    ),
    (
        "interim dates, one of them in two pieces",
        Dates({MONDAY: parse_hours("8h-12h, 13h-17h"), date(2026, 11, 26): parse_hours("21h-5h")}),
        MONDAY,
        7,
        frozenset(),
        [
            "23/11 23/11 08:00>23/11 12:00",
            "23/11 23/11 13:00>23/11 17:00",
            "26/11 26/11 21:00>27/11 05:00",
        ],
    ),
    (
        "a listed date that is a holiday is worked",
        Dates({date(2026, 12, 25): parse_hours("8h-12h")}),
        date(2026, 12, 25),
        1,
        frozenset({date(2026, 12, 25)}),
        ["25/12 25/12 08:00>25/12 12:00"],
    ),
    ("what nobody knows has no shift", Unknown(), MONDAY, 30, frozenset(), []),
    (
        "29 February is a day like others",
        week(mardi="5h-13h"),
        date(2028, 2, 29),
        1,
        frozenset(),
        ["29/02 29/02 05:00>29/02 13:00"],
    ),
    (
        "the night when clocks go forward shows the written hours",
        week(samedi="21h-5h"),
        date(2027, 3, 27),
        1,
        frozenset(),
        ["27/03 27/03 21:00>28/03 05:00"],
    ),
    (
        "the night when clocks go back shows the written hours",
        week(samedi="21h-5h"),
        date(2026, 10, 24),
        1,
        frozenset(),
        ["24/10 24/10 21:00>25/10 05:00"],
    ),
]


@pytest.mark.parametrize(
    ("pattern", "first", "days", "holidays", "expected"),
    [case[1:] for case in CASES],
    ids=[case[0] for case in CASES],
)
def test_a_roster_gives_its_shifts(
    pattern: Pattern, first: date, days: int, holidays: frozenset[date], expected: list[str]
) -> None:
    assert wall(pattern, first, days, holidays) == expected


@pytest.mark.parametrize(
    ("night", "hours"),
    [(date(2026, 10, 24), 9), (date(2027, 3, 27), 7), (date(2026, 11, 21), 8)],
    ids=["clocks go back", "clocks go forward", "any night"],
)
def test_a_night_lasts_as_long_as_the_clocks_make_it(night: date, hours: int) -> None:
    (shift,) = shifts(week(samedi="21h-5h"), night, night)
    assert shift.ends_at - shift.starts_at == timedelta(hours=hours)


def test_a_shift_inside_the_hour_that_does_not_exist_keeps_its_written_length() -> None:
    (shift,) = shifts(week(dimanche="2h30-3h15"), date(2027, 3, 28), date(2027, 3, 28))
    assert shift.starts_at == datetime(2027, 3, 28, 1, 30, tzinfo=UTC)
    assert shift.ends_at - shift.starts_at == timedelta(minutes=45)


@pytest.mark.parametrize("name", PRESETS)
def test_every_preset_makes_a_valid_cycle(name: str) -> None:
    cycle = preset(name, starts_on=MONDAY)
    assert any(cycle.days)
    assert len(cycle.days) == len(cycle.sequence)


REFUSED = [
    ("no day at all", lambda: Weekly(((),) * 7)),
    ("six days", lambda: Weekly((parse_hours("5h-13h"),) * 6)),
    ("overlap on one day", lambda: week(lundi="8h-12h et 11h-15h")),
    ("same start and end", lambda: week(lundi="8h-8h")),
    ("five shifts on one day", lambda: week(lundi="1h-2h,3h-4h,5h-6h,7h-8h,9h-10h")),
    ("a night into the next morning", lambda: week(lundi="21h-6h", mardi="5h-13h")),
    ("Sunday night into Monday morning", lambda: week(dimanche="21h-6h", lundi="5h-13h")),
    ("something after a night on the same day", lambda: week(lundi="20h-4h et 22h-23h")),
    ("a cycle of one day", lambda: Cycle(MONDAY, "M", DEFAULT_TEAMS)),
    ("a cycle of 85 days", lambda: Cycle(MONDAY, "M" * 85, DEFAULT_TEAMS)),
    ("a cycle of rest only", lambda: Cycle(MONDAY, "RRRR", DEFAULT_TEAMS)),
    ("an unknown letter", lambda: Cycle(MONDAY, "MMXX", DEFAULT_TEAMS)),
    ("a team without hours", lambda: Cycle(MONDAY, "MMAA", {"M": DEFAULT_TEAMS["M"]})),
    (
        "a cycle whose night runs into its morning",
        lambda: Cycle(MONDAY, "MN", {**DEFAULT_TEAMS, "N": parse_hours("21h-6h")}),
    ),
    ("no date", lambda: Dates({})),
    (
        "dates whose night runs into the next",
        lambda: Dates({MONDAY: parse_hours("21h-6h"), date(2026, 11, 24): parse_hours("5h-9h")}),
    ),
    ("too many dates", lambda: Dates({MONDAY + timedelta(days=n): parse_hours("8h-9h") for n in range(401)})),
    ("a confirmation for ever", lambda: Unknown(400)),
    ("an unknown preset", lambda: preset("9x9", starts_on=MONDAY)),
]


@pytest.mark.parametrize("make", [case[1] for case in REFUSED], ids=[case[0] for case in REFUSED])
def test_a_roster_that_contradicts_itself_is_refused(make) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(RosterInvalid) as refusal:
        make()
    assert refusal.value.message.endswith(".")


def test_a_night_may_end_exactly_when_the_next_day_begins() -> None:
    assert week(lundi="21h-5h", mardi="5h-13h")


def test_a_day_has_one_leg_there_and_one_back_whatever_its_shifts() -> None:
    plans = [Plan(week(lundi="8h-12h et 14h-18h"), MONDAY)]
    found = legs(plans, objective_id=7, from_on=MONDAY, until_on=MONDAY)
    assert found == [
        Leg(LegKey(7, MONDAY, Direction.BACK), found[0].at),
        Leg(LegKey(7, MONDAY, Direction.THERE), found[1].at),
    ]
    assert {leg.key.direction: f"{in_paris(leg.at):%H:%M}" for leg in found} == {
        Direction.THERE: "08:00",
        Direction.BACK: "18:00",
    }


def test_legs_of_days_that_nobody_knows_are_not_certain_and_lie_at_the_edges_of_the_day() -> None:
    found = legs([Plan(Unknown(), MONDAY)], objective_id=1, from_on=MONDAY, until_on=MONDAY)
    assert [leg.certain for leg in found] == [False, False]
    assert {leg.key.direction: in_paris(leg.at).isoformat() for leg in found} == {
        Direction.THERE: "2026-11-23T00:00:00+01:00",
        Direction.BACK: "2026-11-24T00:00:00+01:00",
    }


def test_days_after_the_last_plan_are_unknown() -> None:
    plans = [Plan(office(), MONDAY, date(2026, 11, 27))]
    assert unknown_days(plans, MONDAY, date(2026, 11, 29)) == {date(2026, 11, 28), date(2026, 11, 29)}


def test_a_window_keeps_the_legs_at_its_edges() -> None:
    day = legs([Plan(office(), MONDAY)], objective_id=1, from_on=MONDAY, until_on=MONDAY)
    there = next(leg for leg in day if leg.key.direction is Direction.THERE)
    back = next(leg for leg in day if leg.key.direction is Direction.BACK)
    assert set(legs_within(day, there.at, back.at)) == {there, back}
    assert legs_within(day, there.at + timedelta(seconds=1), None) == [back]
    assert legs_within(day, there.at, back.at - timedelta(seconds=1)) == [there]


@pytest.mark.parametrize(
    ("confirmed_on", "until", "today", "needed"),
    [
        (MONDAY, None, MONDAY + timedelta(days=14), False),
        (MONDAY, None, MONDAY + timedelta(days=15), True),
        (MONDAY, MONDAY + timedelta(days=3), MONDAY + timedelta(days=15), False),
        (None, None, MONDAY, False),
    ],
)
def test_what_is_not_known_must_be_said_again(
    confirmed_on: date | None, until: date | None, today: date, needed: bool
) -> None:
    assert Plan(Unknown(14), MONDAY, until, confirmed_on).needs_confirmation(today) is needed


def test_known_days_need_no_confirmation() -> None:
    assert not Plan(office(), MONDAY, None, MONDAY).needs_confirmation(date(2030, 1, 1))


def test_a_mission_of_one_week_cuts_the_usual_roster_in_two() -> None:
    usual = Plan(office(), date(2026, 11, 2))
    mission = Plan(week(lundi="21h-5h"), MONDAY, date(2026, 11, 29))
    assert fit_in([usual], mission) == [
        Plan(office(), date(2026, 11, 2), date(2026, 11, 22)),
        mission,
        Plan(office(), date(2026, 11, 30)),
    ]


def test_a_roster_without_end_replaces_all_that_follows() -> None:
    usual = Plan(office(), date(2026, 11, 2), date(2026, 12, 31))
    later = Plan(office(), date(2027, 1, 1))
    new = Plan(week(lundi="8h-9h"), MONDAY)
    assert fit_in([usual, later], new) == [Plan(office(), date(2026, 11, 2), date(2026, 11, 22)), new]


def test_hours_say_whether_they_cross_midnight() -> None:
    assert Hours(time(21), time(5)).crosses_midnight
    assert Hours(time(16), time(0)).crosses_midnight
    assert not Hours(time(5), time(13)).crosses_midnight
