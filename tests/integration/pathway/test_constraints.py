"""What the database itself refuses of objectives, rosters, means, steps and coverage."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.exc import IntegrityError

from mobility.core.db import transaction
from mobility.pathway.models import Coverage, Objective, OwnMeans, Roster, Step
from mobility.pathway.rules import Direction, MeansKind, ObjectiveKind, ObjectiveState, RosterKind, StepState
from tests.factories.pathway import MONDAY, NOW, OFFICE, a_person, a_roster, a_step, an_objective

BREACHES: list[tuple[str, Any]] = [
    ("an objective without title", lambda o, p: Objective(**_objective(p), title="")),
    ("an objective that runs backwards", lambda o, p: Objective(**_objective(p), title="x", ends_on=date(2020, 1, 1))),
    ("an objective closed while open", lambda o, p: Objective(**_objective(p), title="x", closed_at=NOW)),
    (
        "a reached objective that is not closed",
        lambda o, p: Objective(**_objective(p), title="x", state=ObjectiveState.REACHED),
    ),
    ("half a position", lambda o, p: Objective(**_objective(p), title="x", latitude=50.0)),
    (
        "a position of unknown precision",
        lambda o, p: Objective(**_objective(p), title="x", latitude=50.0, longitude=3.0),
    ),
    ("a roster that runs backwards", lambda o, p: _roster(o, valid_until_on=date(2020, 1, 1))),
    ("two rosters from one day", lambda o, p: _roster(o)),
    ("means that carry no way", lambda o, p: _means(o, there=False, back=False)),
    ("means that run backwards", lambda o, p: _means(o, ends_on=date(2020, 1, 1))),
    ("a step without aid", lambda o, p: _step(p, aid_kind="")),
    ("an open step without its row", lambda o, p: _step(p, aid_ref=None)),
    ("a step of the same row", lambda o, p: _step(p, aid_ref=1)),
    ("a step that runs backwards", lambda o, p: _step(p, starts_at=NOW, ends_at=NOW - timedelta(hours=1))),
    ("a step that pays", lambda o, p: _step(p, cost_cents=-1)),
]


def _objective(person_id: int) -> dict[str, Any]:
    return {
        "person_id": person_id,
        "kind": ObjectiveKind.JOB,
        "starts_on": MONDAY,
        "created_at": NOW,
        "updated_at": NOW,
    }


def _roster(objective_id: int, **values: Any) -> Roster:
    facts = {
        "objective_id": objective_id,
        "kind": RosterKind.UNKNOWN,
        "pattern": {},
        "valid_from_on": MONDAY,
        "confirmed_on": MONDAY,
    }
    return Roster(**{**facts, **values})


def _means(objective_id: int, **values: Any) -> OwnMeans:
    facts: dict[str, Any] = {"objective_id": objective_id, "kind": MeansKind.BUS, "weekdays": [0], "starts_on": MONDAY}
    return OwnMeans(**{**facts, **values})


def _step(person_id: int, **values: Any) -> Step:
    facts: dict[str, Any] = {
        "person_id": person_id,
        "aid_kind": "test_aid",
        "aid_ref": 2,
        "title": "x",
        "state": StepState.AGREED,
        "updated_at": NOW,
    }
    return Step(**{**facts, **values})


@pytest.mark.parametrize("make", [case[1] for case in BREACHES], ids=[case[0] for case in BREACHES])
def test_the_database_refuses_what_must_never_be(app: Flask, make: Any) -> None:
    person_id = a_person()
    objective_id = an_objective(person_id)
    a_roster(objective_id, OFFICE)
    a_step(person_id, objective_id)
    with pytest.raises(IntegrityError), transaction() as session:
        session.add(make(objective_id, person_id))


def test_a_leg_is_written_once_for_a_step(app: Flask) -> None:
    person_id = a_person()
    objective_id = an_objective(person_id)
    a_roster(objective_id)
    step_id = a_step(person_id, objective_id)
    with pytest.raises(IntegrityError), transaction() as session:
        session.add(Coverage(step_id=step_id, objective_id=objective_id, shift_on=MONDAY, direction=Direction.THERE))
