"""The coverage calendar: states, words, the first gap, how long one may rest easy."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mobility.pathway.coverage import (
    Carrier,
    CoverageDay,
    DayState,
    LegKey,
    Means,
    calendar,
    day_words,
    first_gap,
    first_over,
    gap_keys,
    quiet_until,
)
from mobility.pathway.patterns import parse_hours
from mobility.pathway.roster import Plan, Unknown, Weekly, days_between, legs
from mobility.pathway.rules import Direction, ObjectiveKind

MONDAY = date(2026, 11, 23)
BEFORE = datetime(2026, 11, 22, 12, tzinfo=UTC)
ALL_WEEK = frozenset(range(7))
CAR = Carrier("Voiture", "car", step_id=1)
OFFICE = Plan(Weekly((parse_hours("5h-13h"),) * 5 + ((), ())), MONDAY)


def bus(days: frozenset[int] = ALL_WEEK, *, there: bool = True, back: bool = True, until: date | None = None) -> Means:
    return Means("Bus", "bus-front", days, there, back, MONDAY, until)


def key(day: date, direction: Direction) -> LegKey:
    return LegKey(1, day, direction)


def both(*days: date) -> dict[LegKey, list[Carrier]]:
    return {key(day, direction): [CAR] for day in days for direction in Direction}


def days_of(
    *,
    plans: list[Plan] | None = None,
    means: list[Means] | None = None,
    carried: dict[LegKey, list[Carrier]] | None = None,
    length: int = 7,
    kind: ObjectiveKind = ObjectiveKind.JOB,
) -> list[CoverageDay]:
    last = MONDAY + timedelta(days=length - 1)
    return calendar(
        days=days_between(MONDAY, last),
        legs=legs(plans if plans is not None else [OFFICE], objective_id=1, from_on=MONDAY, until_on=last),
        means=means or [],
        carried=carried or {},
        kind=kind,
    )


@pytest.mark.parametrize(
    ("means", "carried", "state", "words"),
    [
        ([], {}, DayState.GAP, "Lundi 23 : rien pour aller au travail"),
        ([], both(MONDAY), DayState.COVERED, "Lundi 23 : Voiture"),
        ([bus()], {}, DayState.COVERED, "Lundi 23 : Bus"),
        ([bus(back=False)], {}, DayState.PARTLY, "Lundi 23 : rien pour rentrer (aller : Bus)"),
        ([bus(there=False)], {}, DayState.PARTLY, "Lundi 23 : rien pour aller au travail (retour : Bus)"),
        ([bus(frozenset({1}))], {}, DayState.GAP, "Lundi 23 : rien pour aller au travail"),
        ([bus(back=False)], {key(MONDAY, Direction.BACK): [CAR]}, DayState.COVERED, "Lundi 23 : Bus, Voiture"),
        ([bus()], both(MONDAY), DayState.COVERED, "Lundi 23 : Voiture, Bus"),
        ([bus(until=MONDAY - timedelta(days=1))], {}, DayState.GAP, "Lundi 23 : rien pour aller au travail"),
    ],
)
def test_a_working_day_says_who_carries(
    means: list[Means], carried: dict[LegKey, list[Carrier]], state: DayState, words: str
) -> None:
    day = days_of(means=means, carried=carried)[0]
    assert (day.state, day.words) == (state, words)


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        (ObjectiveKind.TRAINING, "Lundi 23 : rien pour aller en formation"),
        (ObjectiveKind.INTERVIEW, "Lundi 23 : rien pour aller à l’entretien"),
        (ObjectiveKind.SEARCH, "Lundi 23 : rien pour faire les démarches"),
    ],
)
def test_the_words_follow_the_objective(kind: ObjectiveKind, words: str) -> None:
    assert days_of(kind=kind)[0].words == words


def test_a_day_of_rest_needs_nothing() -> None:
    saturday = days_of()[5]
    assert (saturday.state, saturday.words) == (DayState.NO_WORK, "Samedi 28 : pas de trajet à faire")


def test_a_day_that_nobody_knows_is_unknown_until_something_carries_it_whatever_it_is() -> None:
    unknown = [Plan(Unknown(), MONDAY)]
    first, second = days_of(plans=unknown, carried=both(MONDAY), length=2)
    assert first.state is DayState.COVERED
    assert (second.state, second.words) == (DayState.UNKNOWN, "Mardi 24 : horaires pas encore connus")
    assert second.missing == ()


def test_the_first_of_a_month_is_written_as_people_say_it() -> None:
    days = days_of(length=9)
    assert days[8].words.startswith("Mardi 1er : ")


def test_missing_names_the_directions_without_a_carrier() -> None:
    assert days_of(means=[bus(back=False)])[0].missing == (Direction.BACK,)
    assert days_of()[0].missing == (Direction.THERE, Direction.BACK)


def test_the_first_gap_is_the_first_day_ahead_with_a_leg_left_alone() -> None:
    days = days_of(carried=both(MONDAY, MONDAY + timedelta(days=1)))
    gap = first_gap(days, now=BEFORE)
    assert gap is not None
    assert gap.day_on == date(2026, 11, 25)


def test_a_gap_behind_us_is_no_gap_ahead() -> None:
    days = days_of(length=1)
    assert first_gap(days, now=datetime(2026, 11, 23, 20, tzinfo=UTC)) is None


def test_only_the_way_back_counts_once_the_person_is_there() -> None:
    days = days_of(means=[bus(there=False)], length=1)
    at_work = datetime(2026, 11, 23, 8, tzinfo=UTC)
    assert first_gap(days, now=BEFORE) is not None
    assert first_gap(days, now=at_work) is None


def test_gap_keys_list_the_legs_ahead_that_nobody_carries() -> None:
    days = days_of(means=[bus(frozenset({0}), back=False)], length=2)
    assert gap_keys(1, days, now=BEFORE) == [
        key(MONDAY, Direction.BACK),
        key(date(2026, 11, 24), Direction.THERE),
        key(date(2026, 11, 24), Direction.BACK),
    ]


@pytest.mark.parametrize(
    ("carried", "expected"),
    [
        ({}, None),
        (both(MONDAY), MONDAY),
        (both(MONDAY, date(2026, 11, 25)), MONDAY),
        (both(*days_between(MONDAY, date(2026, 11, 27))), date(2026, 11, 27)),
    ],
)
def test_one_may_rest_easy_until_the_last_carried_day_before_a_gap(
    carried: dict[LegKey, list[Carrier]], expected: date | None
) -> None:
    assert quiet_until(days_of(carried=carried, length=14), now=BEFORE) == expected


def test_nobody_rests_easy_about_days_that_are_not_known() -> None:
    assert quiet_until(days_of(plans=[Plan(Unknown(), MONDAY)]), now=BEFORE) is None


def test_the_earliest_of_several_objectives_comes_first() -> None:
    early, late = days_of()[0], days_of()[1]
    assert first_over([late, None, early]) is early
    assert first_over([None]) is None


@given(
    st.lists(st.tuples(st.integers(0, 13), st.sampled_from(Direction)), max_size=28),
    st.frozensets(st.integers(0, 6)),
    st.booleans(),
)
def test_a_day_is_covered_exactly_when_each_of_its_legs_is(
    rides: list[tuple[int, Direction]], weekdays: frozenset[int], there: bool
) -> None:
    carried = {key(MONDAY + timedelta(days=n), direction): [CAR] for n, direction in rides}
    means = [bus(weekdays, there=there, back=not there)]
    days = days_of(carried=carried, means=means, length=14)
    for day in days:
        alone = [leg for leg in day.legs if not leg.carriers]
        assert (day.state is DayState.COVERED) == (bool(day.legs) and not alone)
        assert (day.state is DayState.GAP) == (bool(day.legs) and len(alone) == len(day.legs))
        assert (day.state is DayState.NO_WORK) == (day.day_on.weekday() > 4)
    gap, quiet = first_gap(days, now=BEFORE), quiet_until(days, now=BEFORE)
    if gap and quiet:
        assert quiet < gap.day_on
    assert gap or all(day.state in {DayState.COVERED, DayState.NO_WORK} for day in days)


@pytest.mark.parametrize(
    ("day", "today", "words"),
    [
        (date(2026, 11, 24), None, "Mardi 24"),
        (date(2026, 11, 24), date(2026, 11, 2), "Mardi 24"),
        (date(2026, 12, 1), date(2026, 11, 30), "Mardi 1er décembre"),
        (date(2027, 11, 1), date(2026, 11, 30), "Lundi 1er novembre"),
    ],
)
def test_a_day_of_another_month_says_its_month(day: date, today: date | None, words: str) -> None:
    assert day_words(day, today) == words


def test_a_day_says_its_hours_and_who_carries_in_short() -> None:
    day = days_of(means=[bus()], carried=both(MONDAY))[0]
    assert day.hours.replace("\u00a0", " ") == "5 h – 13 h"
    assert day.carrier == "Voiture, Bus"
    assert day.label == "Trajet assuré"
    assert days_of(plans=[Plan(Unknown(), MONDAY)])[0].hours == ""


@pytest.mark.parametrize(
    ("labels", "brief"),
    [
        ((), ""),
        (("Voiture",), "Voiture"),
        (("Voiture", "Voiture"), "Voiture"),
        (("Voiture", "Bus", "Taxi"), "Voiture + 2"),
    ],
)
def test_a_narrow_day_names_the_first_carrier_and_counts_the_others(labels: tuple[str, ...], brief: str) -> None:
    carriers = [Carrier(label, "car", step_id=number) for number, label in enumerate(labels)]
    carried = {key(MONDAY, direction): carriers for direction in Direction}
    assert days_of(carried=carried)[0].carrier_brief == brief
