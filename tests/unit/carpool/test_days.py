"""The days that two journeys share: thirty written cases that an adviser can read, and what always holds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mobility.carpool.days import DayLeg, SharedDay, horizon, legs_of, say_share, shared_days, shared_legs
from mobility.carpool.kinds import Timing
from mobility.core.clock import WEEKDAYS, at_paris, in_paris
from mobility.diagnosis.loader import plain
from mobility.pathway.patterns import parse_clock, parse_dates, parse_hours, preset, to_json
from mobility.pathway.public_holidays import between
from mobility.pathway.roster import DayHours, Hours, Pattern, Plan, Unknown, Weekly
from mobility.pathway.rules import Direction

FOLDER = Path(__file__).resolve().parents[2] / "cases" / "carpool"
CASES: dict[str, dict[str, Any]] = {
    case["titre"]: case for path in sorted(FOLDER.glob("*.yaml")) for case in plain(path.read_text(encoding="utf-8"))
}
WAYS = {"aller": Direction.THERE, "retour": Direction.BACK}
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Off:
    day_on: date
    direction: Direction | None = None


@dataclass(frozen=True)
class Journey:
    timing: Timing
    pattern: dict[str, Any] = field(default_factory=dict)
    there: bool = True
    back: bool = True
    early_minutes: int = 30
    late_minutes: int = 30
    starts_on: date = date(2026, 1, 1)
    ends_on: date | None = None


def french(text: str) -> date:
    day, month, year = text.split("/")
    return date(int(year), int(month), int(day))


def days_in(text: str, first_on: date) -> Iterator[date]:
    """Yield the days of « 30/11-4/12 » or « 24/11 », of the year that makes them fall after the first day."""

    def placed(written: str) -> date:
        day, month = (int(part) for part in written.split("/"))
        found = date(first_on.year, month, day)
        return found if found >= first_on else found.replace(year=first_on.year + 1)

    begin, _, end = text.partition("-")
    day = placed(begin)
    while day <= placed(end or begin):
        yield day
        day += DAY


def weekdays(text: str) -> list[int]:
    if " au " in text:
        first, last = (WEEKDAYS.index(name) for name in text.split(" au "))
        # « dimanche au jeudi » goes through the end of the week.
        return [day % 7 for day in range(first, (last if last >= first else last + 7) + 1)]
    return [WEEKDAYS.index(name) for name in text.split(" et ")]


def pattern_of(said: dict[str, Any]) -> Pattern:
    if said.get("inconnus"):
        return Unknown()
    if "cycle" in said:
        return preset(said["cycle"], starts_on=french(said["depuis"]))
    if "dates" in said:
        return parse_dates("\n".join(f"{day} {hours}" for day, hours in said["dates"].items()))
    days: list[DayHours] = [()] * 7
    for names, hours in said["semaine"].items():
        for day in weekdays(names):
            days[day] = parse_hours(hours)
    return Weekly(tuple(days), holidays_off=said.get("fériés") != "travaillés")


def legs_said(said: dict[str, Any], first_on: date, last_on: date) -> list[DayLeg]:
    plans = [
        Plan(pattern_of(one), french(one["du"]), french(one["au"]) if "au" in one else None, first_on)
        for one in said.get("horaires", ())
    ]
    journey = Journey(
        Timing.ROSTER if plans else Timing.PATTERN,
        {} if plans else to_json(pattern_of(said)),
        there=said.get("sens") != "retour",
        back=said.get("sens") != "aller",
        early_minutes=int(said.get("avance", 30)),
        late_minutes=int(said.get("attente", 30)),
        starts_on=french(said["commence"]) if "commence" in said else first_on,
        ends_on=french(said["finit"]) if "finit" in said else None,
    )
    off = []
    for text in said.get("sauf", ()):
        written, _, way = text.partition(" ")
        off += [Off(day, WAYS.get(way)) for day in days_in(written, first_on)]
    return legs_of(journey, plans, off, first_on=first_on, last_on=last_on, holidays=between(first_on, last_on))


def shared_of(case: dict[str, Any]) -> list[SharedDay]:
    first_on, last_on = horizon(french(case["du"]))
    # The night before the first day ends on it.
    driven = legs_said(case["conduit"], first_on - DAY, last_on)
    return shared_days(driven, legs_said(case["passager"], first_on, last_on))


@pytest.mark.parametrize("title", CASES)
def test_the_days_in_common_are_those_that_are_written(title: str) -> None:
    case = CASES[title]
    first_on, _ = horizon(french(case["du"]))
    expected = {way: [day for text in case[way] for day in days_in(text, first_on)] for way in WAYS
                if not isinstance(case[way], str)}  # fmt: skip
    expected.setdefault("retour", expected["aller"])
    shared = shared_of(case)
    assert [day.shift_on for day in shared if day.there] == expected["aller"]
    assert [day.shift_on for day in shared if day.back] == expected["retour"]


@pytest.mark.parametrize("title", [title for title, case in CASES.items() if "heures" in case or "utc" in case])
def test_the_hours_are_those_of_the_clock(title: str) -> None:
    case = CASES[title]
    first_on, _ = horizon(french(case["du"]))
    shared = {day.shift_on: day for day in shared_of(case)}
    for zone in ("heures", "utc"):
        for which, written in case.get(zone, {}).items():
            day_text, way = which.split()
            (day,) = days_in(day_text, first_on)
            pair = shared[day].there if way == "aller" else shared[day].back
            assert pair is not None
            day_on, clock = written.split()
            if zone == "utc":
                assert pair.asked.at == datetime.combine(french(day_on), parse_clock(clock), tzinfo=UTC), which
            else:
                assert pair.asked.at == at_paris(french(day_on), parse_clock(clock)), which
                assert in_paris(pair.asked.at).time() == parse_clock(clock), which


def test_thirty_cases_are_written_over_both_clock_changes_and_public_holidays() -> None:
    assert len(CASES) >= 30
    windows = [horizon(french(case["du"])) for case in CASES.values()]
    for day in (date(2026, 10, 25), date(2027, 3, 28), date(2026, 12, 25), date(2027, 5, 6)):
        assert any(first <= day <= last for first, last in windows), day


@pytest.mark.parametrize(
    ("shared", "asked", "said"),
    [
        (40, 40, "tous les jours"), (1, 1, "le seul jour demandé"), (32, 40, "4 jours sur 5"), (8, 40, "1 jour sur 5"),
        (39, 40, "presque tous les jours"), (31, 39, "environ 4 jours sur 5"), (2, 40, "2 jours sur 40"),
        (20, 40, "1 jour sur 2"), (3, 7, "3 jours sur 7"),
    ],
)  # fmt: skip
def test_the_share_is_said_in_days_of_a_week(shared: int, asked: int, said: str) -> None:
    assert say_share(shared, asked) == said


# What always holds.


@st.composite
def short_days(draw: st.DrawFn) -> DayHours:
    """At most one spell a day, so that any week of them is a lawful roster."""
    if draw(st.booleans()):
        return ()
    starts = draw(st.integers(0, 22))
    ends = draw(st.integers(starts + 1, 23))
    return (Hours(parse_clock(f"{starts}h"), parse_clock(f"{ends}h")),)


@st.composite
def journeys(draw: st.DrawFn) -> Journey:
    days = draw(st.tuples(*[short_days()] * 7).filter(any))
    there = draw(st.booleans())
    start = date(2026, 10, 1) + timedelta(days=draw(st.integers(0, 200)))
    return Journey(
        Timing.PATTERN,
        to_json(Weekly(days, draw(st.booleans()))),
        there=there,
        back=not there or draw(st.booleans()),
        early_minutes=draw(st.integers(0, 240)),
        late_minutes=draw(st.integers(0, 240)),
        starts_on=start,
        ends_on=draw(st.none() | st.integers(0, 90).map(lambda days: start + timedelta(days=days))),
    )


FIRST, LAST = horizon(date(2026, 10, 12))


def legs(journey: Journey, off: list[Off] | None = None) -> list[DayLeg]:
    return legs_of(journey, (), off or [], first_on=FIRST, last_on=LAST, holidays=between(FIRST, LAST))


@given(journeys())
def test_ways_lie_within_the_period_once_a_day_each_and_within_their_margins(journey: Journey) -> None:
    found = legs(journey)
    assert found == sorted(found)
    assert len({(leg.shift_on, leg.direction) for leg in found}) == len(found)
    for leg in found:
        assert FIRST <= leg.shift_on <= LAST
        assert journey.starts_on <= leg.shift_on <= (journey.ends_on or LAST)
        assert leg.earliest <= leg.at <= leg.latest
        assert journey.there if leg.direction is Direction.THERE else journey.back


@given(journeys(), st.lists(st.builds(Off, st.dates(FIRST, LAST), st.sampled_from([None, *Direction])), max_size=8))
def test_an_exception_takes_away_its_day_and_nothing_else(journey: Journey, off: list[Off]) -> None:
    gone = {(one.day_on, way) for one in off for way in ([one.direction] if one.direction else Direction)}
    assert legs(journey, off) == [leg for leg in legs(journey) if (leg.shift_on, leg.direction) not in gone]


@given(journeys())
def test_a_journey_shares_every_way_with_itself(journey: Journey) -> None:
    own = legs(journey)
    assert [(pair.offered, pair.asked) for pair in shared_legs(own, own)] == [(leg, leg) for leg in own]


@given(journeys(), journeys(), st.integers(0, 180))
def test_what_is_shared_is_near_enough_and_shared_once(one: Journey, other: Journey, minutes: int) -> None:
    offered, asked = legs(one), legs(other)
    for bound in (timedelta(0), timedelta(minutes=minutes)):
        pairs = shared_legs(offered, asked, apart=bound)
        assert len({pair.offered for pair in pairs}) == len({pair.asked for pair in pairs}) == len(pairs)
        for pair in pairs:
            assert pair.offered in offered
            assert pair.asked in asked
            assert pair.offered.direction is pair.asked.direction
            assert pair.offered.apart(pair.asked) <= bound


@given(journeys(), journeys())
def test_nothing_that_overlaps_alone_is_missed(one: Journey, other: Journey) -> None:
    """Against the plain rule: each pair of windows that touch no other is found."""
    offered, asked = legs(one), legs(other)
    touching = [
        (mine, theirs) for theirs in asked for mine in offered
        if mine.direction is theirs.direction and mine.earliest <= theirs.latest and theirs.earliest <= mine.latest
    ]  # fmt: skip
    found = {(pair.offered, pair.asked) for pair in shared_legs(offered, asked)}
    for mine, theirs in touching:
        alone = sum(mine is a or theirs is b for a, b in touching) == 1
        assert not alone or (mine, theirs) in found


@given(journeys())
def test_a_paused_way_is_as_if_it_were_not_offered(journey: Journey) -> None:
    there_only = replace(journey, there=True, back=False)
    assert all(day.back is None for day in shared_days(legs(there_only), legs(replace(journey, there=True, back=True))))
