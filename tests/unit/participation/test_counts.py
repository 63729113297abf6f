"""What is counted: definitions as a table, and what holds for every count."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mobility.participation.errors import PeriodImpossible
from mobility.participation.rules.counts import (
    BY_LABELS,
    MEASURE_LABELS,
    By,
    Ended,
    Event,
    Measure,
    Somebody,
    check_span,
    count,
    exit_events,
    fixed_label,
    key_of,
    later_events,
    shown,
)
from mobility.participation.rules.exits import Later, Outcome
from mobility.participation.rules.items import AgeBand

LAST = date(2026, 12, 31)
ON = date(2026, 5, 20)
USUAL = frozenset({Outcome.WORK, Outcome.TRAINING})
ZERO = dict.fromkeys(Measure, 0)


@pytest.mark.parametrize(
    ("outcome", "returned_on", "expected"),
    [
        (Outcome.WORK, None, {Measure.EXIT, Measure.EXIT_WORK, Measure.POSITIVE}),
        (Outcome.TRAINING, None, {Measure.EXIT, Measure.EXIT_TRAINING, Measure.POSITIVE}),
        (Outcome.QUALIFICATION, None, {Measure.EXIT, Measure.EXIT_QUALIFICATION}),
        (Outcome.OTHER, None, {Measure.EXIT, Measure.EXIT_OTHER}),
        (Outcome.MOVED, None, {Measure.EXIT, Measure.EXIT_MOVED}),
        (Outcome.LOST_CONTACT, None, {Measure.EXIT, Measure.EXIT_LOST_CONTACT}),
        (Outcome.WORK, LAST, set()),
        (Outcome.WORK, LAST + timedelta(days=1), {Measure.EXIT, Measure.EXIT_WORK, Measure.POSITIVE}),
    ],
)
def test_what_an_exit_counts_for(outcome: Outcome, returned_on: date | None, expected: set[Measure]) -> None:
    events = exit_events([Ended(1, ON, outcome, returned_on)], last_on=LAST, positive=USUAL)
    assert {event.measure for event in events} == expected


@pytest.mark.parametrize(
    ("later", "expected"),
    [
        (Later.WORK, {Measure.LATER, Measure.LATER_POSITIVE}),
        (Later.TRAINING, {Measure.LATER, Measure.LATER_POSITIVE}),
        (Later.SEEKING, {Measure.LATER}),
        (Later.OTHER, {Measure.LATER}),
        (Later.REFUSED, set()),
    ],
)
def test_what_a_later_answer_counts_for(later: Later, expected: set[Measure]) -> None:
    assert {event.measure for event in later_events([(1, later, ON)])} == expected


@pytest.mark.parametrize(
    ("by", "who", "expected"),
    [
        (By.MONTH, Somebody(1, 2), "2026-05"),
        (By.DESK, Somebody(1, 2), "2"),
        (By.COMMUNE, Somebody(1, 2, insee_code="59172"), "59172"),
        (By.COMMUNE, Somebody(1, 2), ""),
        (By.DISTRICT, Somebody(1, 2, district="yes"), "yes"),
        (By.PRESCRIBER, Somebody(1, 2, prescriber_id=7), "7"),
        (By.PRESCRIBER, Somebody(1, 2), ""),
        (By.AGE, Somebody(1, 2, born_on=date(1996, 12, 31)), "from_30_to_54"),
        (By.AGE, Somebody(1, 2, born_on=date(1997, 1, 1), band=AgeBand.FROM_55), "from_18_to_29"),
        (By.AGE, Somebody(1, 2, band=AgeBand.FROM_55), "from_55"),
        (By.AGE, Somebody(1, 2), ""),
    ],
)
def test_the_line_of_a_person(by: By, who: Somebody, expected: str) -> None:
    assert key_of(by, who, ON, last_on=LAST) == expected


def test_each_person_counts_once_on_a_line_and_once_in_the_total() -> None:
    people = {1: Somebody(1, 10), 2: Somebody(2, 20)}
    events = [
        Event(1, Measure.MET, date(2026, 5, 2)),
        Event(1, Measure.MET, date(2026, 5, 9)),
        Event(1, Measure.MET, date(2026, 6, 1)),
        Event(2, Measure.MET, date(2026, 6, 2)),
        Event(3, Measure.MET, date(2026, 6, 2)),
    ]
    found = count(events, people, by=By.MONTH, last_on=LAST)
    assert found.lines == {"2026-05": ZERO | {Measure.MET: 1}, "2026-06": ZERO | {Measure.MET: 2}}
    assert found.total == ZERO | {Measure.MET: 2}
    assert shown(found.total)[0] == 2


PEOPLE = {number: Somebody(number, number % 3, insee_code=f"5900{number % 2}") for number in range(6)}
EVENTS = st.lists(
    st.builds(
        Event,
        person_id=st.integers(0, 7),
        measure=st.sampled_from(Measure),
        on=st.dates(min_value=date(2026, 1, 1), max_value=LAST),
    ),
    max_size=60,
)


@given(events=EVENTS, by=st.sampled_from(By))
def test_a_total_lies_between_its_largest_line_and_the_sum_of_its_lines(events: list[Event], by: By) -> None:
    found = count(events, PEOPLE, by=by, last_on=LAST)
    for measure in Measure:
        column = [line[measure] for line in found.lines.values()]
        assert max(column, default=0) <= found.total[measure] <= sum(column)
        assert found.total[measure] <= len(PEOPLE)
        if by is not By.MONTH:
            assert found.total[measure] == sum(column), "a person stands on one line only"


@given(events=EVENTS, by=st.sampled_from(By))
def test_neither_order_nor_repetition_changes_a_count(events: list[Event], by: By) -> None:
    once = count(events, PEOPLE, by=by, last_on=LAST)
    assert count([*reversed(events), *events], PEOPLE, by=by, last_on=LAST) == once


@pytest.mark.parametrize(
    ("by", "key", "expected"),
    [
        (By.AGE, "from_55", "55 ans et plus"),
        (By.AGE, "", "Non renseigné"),
        (By.DISTRICT, "yes", "En quartier prioritaire"),
        (By.MONTH, "2026-05", "05/2026"),
        (By.DESK, "12", None),
        (By.COMMUNE, "59172", None),
    ],
)
def test_the_words_of_a_line(by: By, key: str, expected: str | None) -> None:
    assert fixed_label(by, key) == expected


def test_every_column_and_every_line_has_its_word() -> None:
    assert set(MEASURE_LABELS) == set(Measure)
    assert set(BY_LABELS) == set(By)


@pytest.mark.parametrize("days", [-1, 3661])
def test_a_period_that_makes_no_sense_is_refused(days: int) -> None:
    check_span(ON, ON)
    with pytest.raises(PeriodImpossible):
        check_span(ON, ON + timedelta(days=days))
