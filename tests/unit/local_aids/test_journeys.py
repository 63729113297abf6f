"""How far a local aid goes, and on which days and hours."""

from __future__ import annotations

from datetime import date, datetime, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mobility.core.clock import at_paris
from mobility.local_aids.rules import Applicant, Conditions, is_too_far, refusals, serving, serving_words
from mobility.pathway.coverage import LegKey
from mobility.pathway.roster import Leg, Serving, legs_within, serving_of
from mobility.pathway.rules import Direction

MONDAY = date(2026, 11, 23)
WEEK = (0, 1, 2, 3, 4)
DAYTIME = Serving(WEEK, time(6, 30), time(20))
EVENING = Serving((4,), time(18), time(2))


def at(day: int, hour: int, minute: int = 0) -> datetime:
    return at_paris(date(2026, 11, day), time(hour, minute))


@pytest.mark.parametrize(
    ("one", "when", "taken"),
    [
        (DAYTIME, at(23, 6, 30), True),
        (DAYTIME, at(23, 6, 29), False),
        (DAYTIME, at(23, 20), True),
        (DAYTIME, at(23, 20, 1), False),
        (DAYTIME, at(28, 12), False),
        # Friday evening goes on until two o'clock on Saturday.
        (EVENING, at(27, 18), True),
        (EVENING, at(28, 1, 59), True),
        (EVENING, at(28, 2, 1), False),
        (EVENING, at(27, 1), False),
        (EVENING, at(28, 19), False),
    ],
)
def test_a_journey_is_served_on_its_day_and_at_its_hour(one: Serving, when: datetime, taken: bool) -> None:
    assert one.takes(when) is taken


servings = st.builds(
    Serving,
    st.lists(st.integers(0, 6), min_size=1, unique=True).map(tuple),
    *[st.times().map(lambda one: one.replace(second=0, microsecond=0))] * 2,
)
legs = st.lists(
    st.builds(
        Leg,
        st.builds(LegKey, st.just(1), st.dates(MONDAY, date(2026, 12, 31)), st.sampled_from(Direction)),
        st.datetimes(datetime(2026, 11, 23), datetime(2026, 12, 31)).map(lambda one: at_paris(one.date(), one.time())),
    )
)


@given(servings, legs)
def test_hours_only_ever_take_journeys_away(one: Serving, candidates: list[Leg]) -> None:
    every, served = legs_within(candidates, None, None), legs_within(candidates, None, None, one)
    assert served == [leg for leg in every if one.takes(leg.at)]
    assert len(served) <= len(every)


@given(servings)
def test_what_a_step_keeps_is_read_back(one: Serving) -> None:
    assert serving_of(one.to_json()) == one
    assert serving_of(None) is None


@pytest.mark.parametrize(
    ("max_km", "km", "far"), [(None, 80.0, False), (15, None, False), (15, 15.0, False), (15, 15.01, True)]
)
def test_what_is_not_known_is_held_against_nobody(max_km: int | None, km: float | None, far: bool) -> None:
    assert is_too_far(max_km, km) is far


def test_a_journey_that_is_too_long_is_told_in_kilometres() -> None:
    person = Applicant("rsa", None, None, holds_b=False, km=21.4)
    said = refusals(Conditions(max_km=15), person, on=MONDAY)
    assert said == ("Le lieu est à 21 km à vol d’oiseau ; cette aide va jusqu’à 15 km.",)


def test_days_and_hours_left_out_mean_always() -> None:
    assert serving((), None, None) is None
    assert serving((5,), None, None) == Serving((5,), time(0), time(23, 59))
    assert serving((), time(7), time(19)) == Serving(tuple(range(7)), time(7), time(19))
    assert (
        serving_words(Serving((0, 1), time(6, 30), time(20))).replace("\xa0", " ") == "lundi, mardi, de 6 h 30 à 20 h"
    )
    assert serving_words(Serving((5,), time(0), time(23, 59))) == "samedi"
    assert (
        serving_words(Serving(tuple(range(7)), time(7), time(19))).replace("\xa0", " ")
        == "tous les jours, de 7 h à 19 h"
    )
