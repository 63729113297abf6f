"""A desk's settings of planning, as proposed plans keep them from the day on that they hold."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from mobility.core.clock import day_of
from mobility.core.db import load
from mobility.diagnosis.barriers import Barrier, Limits
from mobility.parameters.services import set_value
from mobility.pathway import parameters
from mobility.pathway.models import Objective
from mobility.pathway.patterns import parse_hours
from mobility.pathway.plan import proposals
from mobility.pathway.plan.rules.options import Option, Request
from mobility.pathway.plan.rules.settings import PlanSettings, Profile
from mobility.pathway.roster import Weekly
from mobility.people.models import Person
from tests.factories.diagnosis import make_finished
from tests.factories.pathway import NOW, a_person, a_roster, an_objective

TODAY = day_of(NOW)
DAYTIME = Weekly((*((parse_hours("9h-17h"),) * 5), (), ()))
BUS = Option("test", "bus", "Bus", frozenset({Barrier.HOURS}), TODAY + timedelta(days=6), person_monthly_cents=500)
TAXI = Option("test", "taxi", "Taxi", frozenset({Barrier.HOURS}), TODAY, person_once_cents=12_000)


@pytest.fixture
def person_id(app: Any) -> int:
    return a_person()


@pytest.fixture(autouse=True)
def _two_aids(monkeypatch: pytest.MonkeyPatch) -> None:
    def offered(*, person_id: int, objective_id: int | None, request: Request, now: datetime) -> Sequence[Option]:
        return [BUS, TAXI]

    monkeypatch.setattr(proposals, "plan_options_of", offered)


def put(key: str, value: int, *, desk_id: int | None = None, on: date = TODAY) -> None:
    set_value(key=key, value=value, valid_from_on=on, desk_id=desk_id, actor_id=None, now=NOW)


def fastest(person_id: int, *, now: datetime = NOW) -> Collection[str]:
    made = proposals.make(person_id=person_id, objective=None, now=now)
    assert made.proposals is not None
    found = next(plan for plan in made.proposals.plans if Profile.FAST in plan.profiles)
    return {option.option_key for option in found.options}


def test_what_nobody_has_set_is_the_usual(person_id: int) -> None:
    assert parameters.plan_settings(on=TODAY, desk_id=load(Person, person_id).desk_id) == PlanSettings()


def test_a_desk_weighs_as_it_likes_from_a_day_on_and_no_other_desk_with_it(person_id: int) -> None:
    make_finished(load(Person, person_id), (Barrier.HOURS, 3, "Personne ne passe à cette heure."))
    desk_id = load(Person, person_id).desk_id
    elsewhere = a_person()
    make_finished(load(Person, elsewhere), (Barrier.HOURS, 3, "Personne ne passe à cette heure."))
    assert load(Person, elsewhere).desk_id != desk_id
    assert fastest(person_id) == {"taxi"}
    for part, points in (("lift", 0), ("speed", 0), ("thrift", 100), ("lasting", 0)):
        put(f"pathway.plan_fast_{part}", points, desk_id=desk_id, on=TODAY + timedelta(days=1))
    assert fastest(person_id) == {"taxi"}
    assert fastest(person_id, now=NOW + timedelta(days=1)) == {"bus"}
    assert fastest(elsewhere, now=NOW + timedelta(days=1)) == {"taxi"}


def test_a_budget_is_spread_over_the_months_that_are_set(person_id: int) -> None:
    make_finished(
        load(Person, person_id),
        (Barrier.HOURS, 3, "Personne ne passe à cette heure."),
        limits=Limits(monthly_cents=1000),
    )
    assert fastest(person_id) == {"bus"}
    put(parameters.SPREAD_MONTHS, 12)
    assert fastest(person_id) == {"taxi"}


def test_night_begins_when_it_is_set_to(person_id: int) -> None:
    objective = load(Objective, an_objective(person_id))
    a_roster(objective.id, DAYTIME)
    make_finished(load(Person, person_id), (Barrier.HOURS, 3, "Personne ne passe à cette heure."))

    def at_night() -> bool:
        request = proposals.make(person_id=person_id, objective=objective, now=NOW).request
        assert request is not None
        return request.at_night

    assert not at_night()
    put(parameters.DAY_UNTIL_HOUR, 15)
    assert at_night()
