"""The pages of the hours: each way to tell them, every refusal, one tap when nobody knows."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
import time_machine
from flask.testing import FlaskClient
from sqlalchemy import select

from mobility.accounts.models import User
from mobility.core.db import db
from mobility.pathway import queries
from mobility.pathway.patterns import PRESETS
from mobility.pathway.roster import Cycle, Dates, Unknown, Weekly
from mobility.pathway.rules import RosterKind
from mobility.people.models import Person
from tests.factories.accounts import signed_in
from tests.factories.pathway import NOW, a_roster, an_objective
from tests.integration.pathway.pages import filled, post_roster, roster_data, standing, text

pytestmark = pytest.mark.usefixtures("frozen")


def test_the_same_hours_on_some_weekdays(staff: FlaskClient, person: Person) -> None:
    objective_id = an_objective(person.id)
    answer = post_roster(
        staff, objective_id, "weekly", days=["0", "1", "4"], starts="05:00", ends="13:00", holidays_off="y"
    )
    assert answer.status_code == 303
    pattern = standing(objective_id).pattern
    assert isinstance(pattern, Weekly)
    assert [bool(hours) for hours in pattern.days] == [True, True, False, False, True, False, False]
    assert pattern.holidays_off


def test_hours_of_their_own_for_some_days_and_two_periods(staff: FlaskClient, person: Person) -> None:
    objective_id = an_objective(person.id)
    post_roster(
        staff,
        objective_id,
        "weekly",
        days=["0", "1"],
        starts="5h",
        ends="13h",
        day1_0_starts="08:00",
        day1_0_ends="12:00",
        day1_1_starts="14:00",
        day1_1_ends="18:00",
        day6_0_starts="21:00",
        day6_0_ends="05:00",
    )
    pattern = standing(objective_id).pattern
    assert [len(hours) for hours in pattern.days] == [1, 2, 0, 0, 0, 0, 1]
    page = text(staff.get(f"/objectifs/{objective_id}/horaires"))
    assert 'value="14:00"' in page


@pytest.mark.parametrize("name", PRESETS)
def test_each_usual_cycle(staff: FlaskClient, person: Person, name: str) -> None:
    objective_id = an_objective(person.id)
    answer = post_roster(staff, objective_id, "cycle", preset=name, starts_on="2026-11-23")
    assert answer.status_code == 303
    assert isinstance(standing(objective_id).pattern, Cycle)
    assert staff.get(f"/objectifs/{objective_id}/horaires").status_code == 200


def test_a_usual_cycle_with_the_teams_own_hours(staff: FlaskClient, person: Person) -> None:
    objective_id = an_objective(person.id)
    own_hours = {"teamM_0_starts": "06:00", "teamM_0_ends": "14:00"}
    post_roster(staff, objective_id, "cycle", preset="2x8", starts_on="2026-11-23", **own_hours)
    assert "matin 6 h – 14 h, après-midi 13 h – 21 h" in text(staff.get(f"/personnes/{person.id}"))


def test_a_cycle_of_ones_own(staff: FlaskClient, person: Person) -> None:
    objective_id = an_objective(person.id)
    post_roster(staff, objective_id, "cycle", preset="own", sequence="mm aa rr", starts_on="2026-11-23")
    assert standing(objective_id).pattern.sequence == "MMAARR"


def test_dates_by_rows_and_by_a_list(staff: FlaskClient, person: Person) -> None:
    objective_id = an_objective(person.id)
    answer = post_roster(
        staff,
        objective_id,
        "dates",
        valid_from_on="",
        row0_on="2026-11-24",
        row0_starts="05:00",
        row0_ends="13:00",
        dates="26/11/2026 21h-5h",
    )
    assert answer.status_code == 303
    plan = standing(objective_id)
    assert isinstance(plan.pattern, Dates)
    assert (plan.valid_from_on, plan.valid_until_on) == (date(2026, 11, 24), date(2026, 11, 26))


def test_not_yet_known_and_renewed_by_one_tap(staff: FlaskClient, own: FlaskClient, person: Person) -> None:
    objective_id = an_objective(person.id)
    assert post_roster(staff, objective_id, "unknown", valid_days="7").status_code == 303
    assert isinstance(standing(objective_id).pattern, Unknown)
    with time_machine.travel(NOW + timedelta(days=10), tick=False):
        user = db.session.scalars(select(User).where(User.person_id == person.id)).one()
        later = signed_in(staff.application, user)
        assert "Je ne sais toujours pas" in text(later.get("/mon-espace"))
        answer = later.post(f"/mon-espace/objectifs/{objective_id}/horaires/confirmer")
        assert answer.status_code == 303
        assert "Je ne sais toujours pas" not in text(later.get("/mon-espace"))
    assert standing(objective_id).confirmed_on == date(2026, 12, 2)


def test_one_tap_where_the_days_are_known_says_so(staff: FlaskClient, person: Person) -> None:
    objective_id = filled(person.id)
    staff.post(f"/objectifs/{objective_id}/horaires/confirmer")
    assert "il n’y a rien à confirmer" in text(staff.get(f"/personnes/{person.id}"))


REFUSED_ROSTERS: list[tuple[str, dict[str, Any]]] = [
    ("weekly", {}),
    ("weekly", {"days": ["0"]}),
    ("weekly", {"starts": "05:00", "ends": "13:00"}),
    ("weekly", {"days": ["0"], "starts": "05:00"}),
    ("weekly", {"days": ["0"], "ends": "05:00"}),
    ("weekly", {"days": ["9"], "starts": "05:00", "ends": "13:00"}),
    ("weekly", {"days": ["0"], "starts": "5 heures", "ends": "13:00"}),
    ("weekly", {"days": ["0"], "starts": "05:00", "ends": "05:00"}),
    ("weekly", {"days": ["0"], "starts": "05:00", "ends": "13:00", "valid_from_on": ""}),
    ("weekly", {"days": ["0"], "starts": "05:00", "ends": "13:00", "valid_until_on": "2020-01-01"}),
    ("weekly", {"day0_0_starts": "08:00", "day0_0_ends": "12:00", "day0_1_starts": "11:00", "day0_1_ends": "14:00"}),
    ("cycle", {"starts_on": "2026-11-23"}),
    ("cycle", {"preset": "9x9", "starts_on": "2026-11-23"}),
    ("cycle", {"preset": "own", "starts_on": "2026-11-23"}),
    ("cycle", {"preset": "own", "sequence": "MXR", "starts_on": "2026-11-23"}),
    ("cycle", {"preset": "own", "sequence": "M" * 150, "starts_on": "2026-11-23"}),
    ("cycle", {"preset": "own", "sequence": "M" * 10_000, "starts_on": "2026-11-23"}),
    ("cycle", {"preset": "2x8", "starts_on": ""}),
    ("dates", {}),
    ("dates", {"dates": "mardi"}),
    ("dates", {"dates": "👋" * 10_000}),
    ("dates", {"row0_on": "2026-11-24"}),
    ("dates", {"row0_starts": "05:00", "row0_ends": "13:00"}),
    ("unknown", {"valid_days": "1000000"}),
    ("unknown", {"valid_days": "x"}),
]


@pytest.mark.parametrize(("kind", "values"), REFUSED_ROSTERS)
def test_hours_that_cannot_be_are_refused_on_the_same_page(
    staff: FlaskClient, person: Person, kind: str, values: dict[str, Any]
) -> None:
    objective_id = an_objective(person.id)
    answer = post_roster(staff, objective_id, kind, **values)
    assert answer.status_code == 422
    assert "à corriger" in text(answer)
    assert queries.get_objective(objective_id).rosters == []


def test_a_roster_set_by_somebody_else_meanwhile_is_noticed(staff: FlaskClient, person: Person) -> None:
    objective_id = an_objective(person.id)
    typed = roster_data(objective_id, days=["0"], starts="05:00", ends="13:00")
    a_roster(objective_id, Unknown())
    answer = staff.post(f"/objectifs/{objective_id}/horaires?type=weekly", data=typed)
    assert answer.status_code == 422
    assert queries.get_objective(objective_id).rosters[0].kind is RosterKind.UNKNOWN


@pytest.mark.parametrize("kind", ["weekly", "cycle", "dates", "unknown", "nonsense"])
def test_every_form_of_hours_opens_for_the_staff_and_for_the_person(
    staff: FlaskClient, own: FlaskClient, person: Person, kind: str
) -> None:
    objective_id = filled(person.id)
    assert staff.get(f"/objectifs/{objective_id}/horaires?type={kind}").status_code == 200
    assert own.get(f"/mon-espace/objectifs/{objective_id}/horaires?type={kind}").status_code == 200
