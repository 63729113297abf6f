"""Requests by the rosters of an objective: the pathway's days are the request's, whatever they become."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from flask import Flask
from sqlalchemy import select

from mobility.carpool.kinds import Timing
from mobility.carpool.models import CarpoolMatch, CarpoolMember, CarpoolRequest
from mobility.carpool.services.matching import propose_matches
from mobility.core.db import db
from mobility.pathway.patterns import preset, to_json
from mobility.pathway.rules import ObjectiveAction
from mobility.pathway.services.objectives import change_objective_state
from mobility.people.models import Person
from tests.factories.carpool import a_colleague, a_member, a_request, an_offer
from tests.factories.desks import make_desk
from tests.factories.pathway import a_roster, an_objective
from tests.factories.people import make_person

NOW = datetime(2026, 11, 23, 0, 30, tzinfo=UTC)
MONDAY = date(2026, 11, 23)


@pytest.fixture
def objective_id(app: Flask) -> int:
    an_offer(a_colleague(make_desk("Denain")), pattern=to_json(preset("2x8", starts_on=MONDAY)))
    objective_id = an_objective(make_person().id, starts_on=MONDAY)
    a_roster(objective_id, preset("3x8", starts_on=MONDAY), valid_from_on=MONDAY)
    return objective_id


@pytest.fixture
def request_row(objective_id: int) -> CarpoolRequest:
    person = db.session.scalars(select(Person)).one()
    return a_request(a_member(person), timing=Timing.ROSTER, pattern={}, objective_id=objective_id)


def matches() -> list[CarpoolMatch]:
    db.session.expire_all()
    return list(db.session.scalars(select(CarpoolMatch).order_by(CarpoolMatch.id)))


def test_three_teams_meet_two_on_half_of_the_days_at_their_hours(request_row: CarpoolRequest) -> None:
    propose_matches(request_id=request_row.id, now=NOW)
    (match,) = matches()
    # Weeks 1, 2, 7 and 8 of eight, as the written case says.
    assert match.days == {"asked": 40, "shared": 20, "ways_asked": 80, "ways_shared": 40}
    # The car passes before five in the morning and before one in the afternoon.
    assert [hour[:2] for hour in match.legs["there"]["hours"]] in (["04", "12"], ["12", "04"])


def test_a_new_roster_and_an_objective_that_ends_are_followed(request_row: CarpoolRequest, objective_id: int) -> None:
    propose_matches(request_id=request_row.id, now=NOW)
    a_roster(objective_id, preset("2x8", starts_on=MONDAY), valid_from_on=MONDAY)
    propose_matches(request_id=request_row.id, now=NOW)
    (match,) = matches()
    assert (match.days["asked"], match.days["shared"]) == (40, 40)
    change_objective_state(objective_id=objective_id, action=ObjectiveAction.DROP, version=None, actor_id=None, now=NOW)
    propose_matches(request_id=request_row.id, now=NOW)
    (match,) = matches()
    assert match.ended_at == NOW
    assert db.session.scalars(select(CarpoolMember)).all()
