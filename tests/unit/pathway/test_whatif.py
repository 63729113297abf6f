"""What if an aid ends, moves, goes or comes, or the hours change: which days fall open, what carries them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mobility.pathway.coverage import Means
from mobility.pathway.patterns import parse_hours
from mobility.pathway.roster import Plan, Weekly, legs
from mobility.pathway.rules import ObjectiveKind
from mobility.pathway.whatif import Change, Outcome, Situation, Window, apply, compare, days_of, sentence

MONDAY = date(2026, 11, 23)
LAST = MONDAY + timedelta(days=13)
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
MORNING = Plan(Weekly((parse_hours("5h-13h"),) * 5 + ((), ())), MONDAY)
AFTERNOON = Plan(Weekly((parse_hours("13h-21h"),) * 5 + ((), ())), MONDAY)
BUS = Means("Bus", "bus-front", frozenset({3}), True, True, MONDAY)


def at(number: int, hour: int = 18) -> datetime:
    return datetime(2026, 11, 22, hour, tzinfo=UTC) + timedelta(days=number)


def legs_of(plan: Plan) -> tuple:  # type: ignore[type-arg]
    return tuple(legs([plan], objective_id=1, from_on=MONDAY, until_on=LAST))


LOAN = Window(1, "Voiture", "car", at(0), at(14))
SITUATION = Situation(legs_of(MORNING), (LOAN,), (BUS,), ObjectiveKind.JOB)


def tried(change: Change, situation: Situation = SITUATION) -> Outcome:
    return compare(situation, change, objective_id=1, from_on=MONDAY, until_on=LAST, now=NOW)


def days(found: tuple) -> list[int]:  # type: ignore[type-arg]
    return [(day.day_on - MONDAY).days for day in found]


@pytest.mark.parametrize(
    ("change", "opened", "instead", "words"),
    [
        # The vehicle comes back on the Wednesday evening: Thursday by bus, Friday and the week after nobody but the bus.
        (Change(moved=Window(1, "Voiture", "car", at(0), at(3))), [4, 7, 8, 9, 11], [3, 10],
         "5 jours resteraient sans solution, du 27 novembre au 4 décembre. 2 jours seraient assurés autrement, par : Bus."),
        (Change(removed=1), [0, 1, 2, 4, 7, 8, 9, 11], [3, 10],
         "8 jours resteraient sans solution, du 23 novembre au 4 décembre. 2 jours seraient assurés autrement, par : Bus."),
        (Change(moved=Window(1, "Voiture", "car", at(1), at(14))), [0], [],
         "1 jour resterait sans solution : lundi 23 novembre."),
        (Change(moved=Window(1, "Voiture", "car", at(0), at(20))), [], [],
         "Rien ne changerait : tous les trajets restent assurés."),
        (Change(added=Window(None, "Vélo", "bicycle", at(0), at(1))), [], [0],
         "1 jour serait assuré autrement, par : Voiture, Vélo."),
        (Change(legs=legs_of(AFTERNOON)), [], [], "Rien ne changerait : tous les trajets restent assurés."),
    ],
)  # fmt: skip
def test_what_would_change(change: Change, opened: list[int], instead: list[int], words: str) -> None:
    outcome = tried(change)
    assert (days(outcome.opened), days(outcome.instead)) == (opened, instead)
    assert sentence(outcome) == words


def test_an_aid_more_closes_days_that_were_open() -> None:
    alone = Situation(legs_of(MORNING), (), (), ObjectiveKind.JOB)
    outcome = tried(Change(added=Window(None, "Aide en plus", "plus-circle", at(1), at(3))), alone)
    assert (days(outcome.closed), outcome.opened, outcome.lost) == ([1, 2], (), ())
    assert sentence(outcome) == "2 jours trouveraient une solution, du 24 novembre au 25 novembre."
    one = tried(Change(added=Window(None, "Aide en plus", "plus-circle", at(1), at(2))), alone)
    assert sentence(one) == "1 jour trouverait une solution : mardi 24 novembre."


def test_a_driver_carries_only_their_own_days_and_hours() -> None:
    mornings = legs_of(MORNING)
    # Every day but Friday; the loan goes: Fridays fall open, the others are the driver's.
    theirs = {leg.key: leg.at for leg in mornings if leg.key.shift_on.weekday() != 4}
    driver = Window(2, "Covoiturage", "people", at(0), None, only=theirs)
    both = Situation(mornings, (LOAN, driver), (), ObjectiveKind.JOB)
    assert days(tried(Change(removed=1), both).opened) == [4, 11]
    # A window that is longer gives no driver on another day; other hours are not theirs either.
    longer = replace(driver, starts_at=at(-7))
    assert days(tried(Change(removed=1), replace(both, aids=(LOAN, longer))).opened) == [4, 11]
    later = tried(Change(legs=legs_of(AFTERNOON)), replace(both, aids=(driver,)))
    assert days(later.opened) == [0, 1, 2, 3, 7, 8, 9, 10]


def test_days_that_stay_open_are_said_to() -> None:
    alone = Situation(legs_of(MORNING), (), (), ObjectiveKind.JOB)
    assert sentence(tried(Change(removed=9), alone)) == "Rien ne changerait : les mêmes jours restent sans solution."


def test_a_day_that_is_over_falls_open_no_more() -> None:
    outcome = compare(
        SITUATION, Change(removed=1), objective_id=1, from_on=MONDAY, until_on=LAST, now=at(9), today=MONDAY
    )
    assert days(outcome.opened) == [9, 11]


windows = st.builds(
    lambda first, length: Window(None, "Essai", "x", at(first), at(first + length)),
    st.integers(-3, 15),
    st.integers(1, 15),
)


@given(windows)
def test_an_aid_more_never_opens_a_day(more: Window) -> None:
    assert tried(Change(added=more)).opened == ()


@given(windows)
def test_an_aid_less_never_closes_a_day_and_what_is_tried_changes_nothing_itself(other: Window) -> None:
    situation = Situation(
        SITUATION.legs, (LOAN, Window(2, "Autre", "x", other.starts_at, other.ends_at)), (), ObjectiveKind.JOB
    )
    before = days_of(situation, from_on=MONDAY, until_on=LAST)
    outcome = tried(Change(removed=2), situation)
    assert outcome.closed == ()
    assert list(outcome.before) == before == days_of(situation, from_on=MONDAY, until_on=LAST)


@given(windows)
def test_removing_what_was_added_brings_everything_back(more: Window) -> None:
    added = Window(7, more.label, more.icon, more.starts_at, more.ends_at)
    there_and_back = apply(apply(SITUATION, Change(added=added)), Change(removed=7))
    assert there_and_back == SITUATION
