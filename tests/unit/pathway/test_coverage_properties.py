"""What must hold of any coverage: aids add up, losing one never helps, doubts never count as a ride."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mobility.pathway.coverage import (
    Carrier,
    Certainty,
    CoverageDay,
    DayState,
    LegKey,
    Means,
    calendar,
    first_gap,
    first_gap_of,
    gap_keys,
    overlaps,
)
from mobility.pathway.patterns import parse_hours
from mobility.pathway.roster import Cycle, Hours, Leg, Plan, Weekly, days_between, legs, legs_within
from mobility.pathway.rules import Direction, ObjectiveKind

MONDAY = date(2026, 11, 23)
LAST = MONDAY + timedelta(days=20)
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)
ROSTERS = (
    Plan(Weekly((parse_hours("5h-13h"),) * 5 + ((), ())), MONDAY),
    Plan(
        Cycle(
            MONDAY, "MMAANNRR", {"M": parse_hours("5h-13h"), "A": parse_hours("13h-21h"), "N": parse_hours("21h-5h")}
        ),
        MONDAY,
    ),
)
instants = st.integers(-24, 22 * 24).map(lambda hours: datetime(2026, 11, 23, tzinfo=UTC) + timedelta(hours=hours))


@st.composite
def windows(draw: st.DrawFn) -> tuple[datetime, datetime]:
    starts, ends = sorted((draw(instants), draw(instants)))
    return starts, ends + timedelta(hours=1)


aids = st.lists(windows(), max_size=5)
rosters = st.sampled_from(ROSTERS)


def legs_of(plan: Plan, objective_id: int = 1) -> list[Leg]:
    return legs([plan], objective_id=objective_id, from_on=MONDAY, until_on=LAST)


def carried_by(plan: Plan, of: list[tuple[datetime, datetime]]) -> dict[LegKey, list[Carrier]]:
    found: dict[LegKey, list[Carrier]] = {}
    for number, window in enumerate(of):
        for leg in legs_within(legs_of(plan), *window):
            found.setdefault(leg.key, []).append(Carrier(f"Aide {number}", "car", number))
    return found


def days_of(plan: Plan, of: list[tuple[datetime, datetime]], **more: object) -> list[CoverageDay]:
    return calendar(
        days=days_between(MONDAY, LAST), legs=legs_of(plan), means=[], carried=carried_by(plan, of),
        kind=ObjectiveKind.JOB, **more,  # type: ignore[arg-type]
    )  # fmt: skip


def covered(plan: Plan, of: list[tuple[datetime, datetime]]) -> set[tuple[date, Direction]]:
    return {(day.day_on, leg.direction) for day in days_of(plan, of) for leg in day.legs if leg.carried}


@given(rosters, aids, aids)
def test_the_coverage_of_a_union_of_aids_is_the_union_of_their_coverages(
    plan: Plan, some: list[tuple[datetime, datetime]], others: list[tuple[datetime, datetime]]
) -> None:
    assert covered(plan, some + others) == covered(plan, some) | covered(plan, others)


@given(rosters, aids, st.integers(0, 4))
def test_removing_an_aid_never_adds_coverage_and_never_closes_a_gap(
    plan: Plan, of: list[tuple[datetime, datetime]], gone: int
) -> None:
    fewer = [window for number, window in enumerate(of) if number != gone]
    assert covered(plan, fewer) <= covered(plan, of)
    after, before = days_of(plan, fewer), days_of(plan, of)
    assert set(gap_keys(1, before, now=LONG_AGO)) <= set(gap_keys(1, after, now=LONG_AGO))


@given(rosters, aids, aids)
def test_what_is_only_proposed_changes_no_state_and_no_gap(
    plan: Plan, of: list[tuple[datetime, datetime]], hoped: list[tuple[datetime, datetime]]
) -> None:
    plain, with_hopes = days_of(plan, of), days_of(plan, of, proposed=carried_by(plan, hoped))
    assert [day.state for day in with_hopes] == [day.state for day in plain]
    assert gap_keys(1, with_hopes, now=LONG_AGO) == gap_keys(1, plain, now=LONG_AGO)


@given(rosters, aids, st.data())
def test_how_surely_an_aid_carries_changes_no_state_and_no_gap(
    plan: Plan, of: list[tuple[datetime, datetime]], data: st.DataObject
) -> None:
    sure = st.sampled_from([Certainty.CONFIRMED, Certainty.EXPECTED, Certainty.AGREED])
    graded = {
        key: [replace(carrier, certainty=data.draw(sure)) for carrier in carriers]
        for key, carriers in carried_by(plan, of).items()
    }
    plain = days_of(plan, of)
    days = calendar(
        days=days_between(MONDAY, LAST), legs=legs_of(plan), means=[], carried=graded, kind=ObjectiveKind.JOB
    )
    assert [(day.state, day.words) for day in days] == [(day.state, day.words) for day in plain]
    assert gap_keys(1, days, now=LONG_AGO) == gap_keys(1, plain, now=LONG_AGO)
    for day in days:
        assert (day.certainty is None) == (not day.legs or not all(leg.carried for leg in day.legs))


@given(rosters, aids)
def test_an_overlap_is_where_two_carry_one_leg_and_nowhere_else(
    plan: Plan, of: list[tuple[datetime, datetime]]
) -> None:
    days = days_of(plan, of)
    twice = {day.day_on for day in days if any(len(leg.carriers) > 1 for leg in day.legs)}
    told = {
        day.day_on for one in overlaps(days) for day in days if one.first_on <= day.day_on <= one.last_on and day.legs
    }
    assert told == twice


@given(rosters, aids)
def test_every_working_day_has_both_legs_and_its_night_belongs_to_the_day_it_begins(
    plan: Plan, of: list[tuple[datetime, datetime]]
) -> None:
    for day in days_of(plan, of):
        assert len(day.legs) in (0, 2)
        if day.legs:
            there, back = day.legs
            assert (there.direction, back.direction) == (Direction.THERE, Direction.BACK)
            assert there.at < back.at


BUS = Means("Bus", "bus-front", frozenset(range(7)), True, True, MONDAY)
AGREED = Carrier("Covoiturage", "people", 4, certainty=Certainty.AGREED)
SURE, ENDLESS = Carrier("Prêt", "car", 1), Carrier("Navette", "bus", 2, certainty=Certainty.EXPECTED)


def one_day(*carriers: Carrier, back: tuple[Carrier, ...] | None = None, means: bool = False) -> CoverageDay:
    keys = {
        LegKey(1, MONDAY, Direction.THERE): list(carriers),
        LegKey(1, MONDAY, Direction.BACK): list(carriers if back is None else back),
    }
    return calendar(
        days=[MONDAY], legs=legs_of(ROSTERS[0])[:2], means=[BUS] if means else [], carried=keys, kind=ObjectiveKind.JOB
    )[0]


@pytest.mark.parametrize(
    ("day", "certainty"),
    [
        (one_day(SURE), Certainty.CONFIRMED),
        (one_day(ENDLESS), Certainty.EXPECTED),
        (one_day(SURE, ENDLESS), Certainty.CONFIRMED),  # the surest of those who carry a leg
        (one_day(SURE, back=(ENDLESS,)), Certainty.EXPECTED),  # the least sure of both legs
        (one_day(AGREED), Certainty.AGREED),
        (one_day(SURE, back=(AGREED,)), Certainty.AGREED),
        (one_day(SURE, AGREED), Certainty.CONFIRMED),
        (one_day(AGREED, means=True), Certainty.AGREED),
        (one_day(means=True), Certainty.STATED),
        (one_day(SURE, back=(), means=True), Certainty.STATED),
        (one_day(SURE, back=()), None),
        (one_day(), None),
    ],
)
def test_a_day_is_as_sure_as_its_least_sure_leg(day: CoverageDay, certainty: Certainty | None) -> None:
    assert day.certainty is certainty


def test_a_proposal_is_named_where_nobody_carries() -> None:
    key = LegKey(1, MONDAY, Direction.THERE)
    hoped = Carrier("Prêt", "car", 3, certainty=Certainty.PROPOSED)
    day = calendar(
        days=[MONDAY],
        legs=legs_of(ROSTERS[0])[:2],
        means=[],
        carried={},
        kind=ObjectiveKind.JOB,
        proposed={key: [hoped]},
    )[0]
    assert (day.state, day.proposed, day.legs[0].certainty) == (DayState.GAP, (hoped,), Certainty.PROPOSED)


def test_overlaps_are_named_by_runs_of_working_days() -> None:
    loan = (datetime(2026, 11, 22, tzinfo=UTC), datetime(2026, 12, 2, tzinfo=UTC))
    shuttle = (datetime(2026, 11, 26, tzinfo=UTC), datetime(2026, 12, 1, 20, tzinfo=UTC))
    found = overlaps(days_of(ROSTERS[0], [loan, shuttle]))
    # The week-end between ends no run.
    assert [one.words for one in found] == ["Du 26 novembre au 1er décembre, deux solutions à la fois : Aide 0, Aide 1"]
    single = overlaps([one_day(SURE, ENDLESS, Carrier("Vélo", "bicycle", 9), back=())])
    assert [one.words for one in single] == ["Le 23 novembre, trois solutions à la fois : Prêt, Navette, Vélo"]


@pytest.mark.parametrize("day", [date(2026, 3, 28), date(2026, 10, 24)])
def test_a_night_in_which_the_clocks_change_is_carried_whole(day: date) -> None:
    night = Plan(Weekly(((Hours(time(21), time(5)),),) * 7), day)
    back, there = legs([night], objective_id=1, from_on=day, until_on=day)
    assert (there.key.direction, back.key.direction) == (Direction.THERE, Direction.BACK)
    assert (back.at - there.at) == timedelta(hours=7 if day.month == 3 else 9)
    assert {leg.key.shift_on for leg in legs_within([there, back], there.at, back.at)} == {day}


def test_a_public_holiday_needs_nobody() -> None:
    armistice = date(2026, 11, 11)
    plan = Plan(Weekly((parse_hours("5h-13h"),) * 7), armistice - timedelta(days=2))
    found = legs([plan], objective_id=1, from_on=armistice, until_on=armistice, holidays={armistice})
    assert found == []


bus = st.builds(
    Means,
    st.just("Bus"),
    st.just("bus"),
    st.frozensets(st.integers(0, 6)),
    st.booleans(),
    st.booleans(),
    st.integers(-3, 20).map(lambda days: MONDAY + timedelta(days=days)),
)


@given(rosters, aids, st.lists(bus, max_size=3), instants)
def test_the_first_gap_found_without_a_calendar_is_that_of_the_calendar(
    plan: Plan, of: list[tuple[datetime, datetime]], means: list[Means], now: datetime
) -> None:
    whole = {"legs": legs_of(plan), "means": means, "carried": carried_by(plan, of), "kind": ObjectiveKind.JOB}
    days = calendar(days=days_between(MONDAY, LAST), today=MONDAY, **whole)  # type: ignore[arg-type]
    assert first_gap_of(now=now, today=MONDAY, **whole) == first_gap(days, now=now)  # type: ignore[arg-type]
