"""Setting the hours of an objective, and saying again that nobody knows them."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from flask import Flask

from mobility.core.errors import StaleVersion
from mobility.pathway import queries, services
from mobility.pathway.errors import NothingToConfirm
from mobility.pathway.patterns import parse_dates, parse_hours
from mobility.pathway.roster import Unknown, Weekly
from mobility.pathway.rules import RosterKind
from tests.factories.pathway import MONDAY, NOW, a_person, a_roster, a_step, an_objective
from tests.integration.pathway.acts import TUESDAY, WEDNESDAY, covered, journal_kinds


def test_a_new_roster_writes_the_coverage_anew_at_once(app: Flask) -> None:
    person_id = a_person()
    objective_id = an_objective(person_id)
    a_roster(objective_id)
    a_step(person_id, objective_id)
    a_roster(objective_id, Weekly(((), parse_hours("8h-12h"), (), (), (), (), ())))
    assert covered(objective_id) == ["24 there", "24 back"]


def test_a_mission_of_one_day_leaves_the_usual_weeks_around_it(app: Flask) -> None:
    person_id = a_person()
    objective_id = an_objective(person_id)
    a_roster(objective_id)
    a_roster(objective_id, parse_dates("24/11/2026 13h-21h"))
    rosters = queries.get_objective(objective_id).rosters
    assert [(row.kind, row.valid_from_on, row.valid_until_on) for row in rosters] == [
        (RosterKind.WEEKLY, MONDAY, MONDAY),
        (RosterKind.DATES, TUESDAY, TUESDAY),
        (RosterKind.WEEKLY, WEDNESDAY, None),
    ]


def test_a_roster_that_was_set_meanwhile_is_noticed_even_within_the_same_instant(app: Flask) -> None:
    objective_id = an_objective(a_person())
    seen = queries.get_objective(objective_id).version
    a_roster(objective_id, version=seen)
    with pytest.raises(StaleVersion):
        a_roster(objective_id, Unknown(), version=seen)


def test_one_tap_says_again_that_nobody_knows(app: Flask) -> None:
    objective_id = an_objective(a_person())
    a_roster(objective_id, Unknown(14))
    later = NOW + timedelta(days=20)
    (row,) = queries.get_objective(objective_id).rosters
    assert queries.plan_of(row).needs_confirmation(later.date())
    for _ in range(2):
        until = services.confirm_unknown_roster(objective_id=objective_id, actor_id=None, now=later)
    assert until == date(2026, 12, 26)
    (row,) = queries.get_objective(objective_id).rosters
    assert not queries.plan_of(row).needs_confirmation(later.date())
    person_id = queries.person_of_objective(objective_id)
    assert person_id is not None
    assert journal_kinds(person_id).count("pathway.roster_confirmed") == 1


def test_one_tap_on_an_objective_without_roster_writes_one_that_says_so(app: Flask) -> None:
    objective_id = an_objective(a_person())
    services.confirm_unknown_roster(objective_id=objective_id, actor_id=None, now=NOW)
    (row,) = queries.get_objective(objective_id).rosters
    assert row.kind is RosterKind.UNKNOWN


def test_days_that_are_known_are_not_confirmed(app: Flask) -> None:
    objective_id = an_objective(a_person())
    a_roster(objective_id)
    with pytest.raises(NothingToConfirm):
        services.confirm_unknown_roster(objective_id=objective_id, actor_id=None, now=NOW)
