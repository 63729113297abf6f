"""What the database itself refuses about exits."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.exc import IntegrityError

from mobility.core.db import violated_constraint
from mobility.participation.rules.exits import Later
from tests.factories.accounts import make_user
from tests.factories.participation import NOW, a_departure
from tests.factories.people import make_person


@pytest.mark.parametrize(
    ("values", "constraint"),
    [
        ({"returned_on": date(2026, 11, 12)}, "returned_with_instant"),
        ({"returned_on": date(2026, 11, 9), "returned_at": NOW}, "returned_after_exit"),
        ({"proven_at": NOW}, "proven_with_instant"),
        ({"reminded_at": NOW}, "reminded_after_asked"),
        ({"later": Later.WORK}, "later_with_instant"),
        ({"later_at": NOW}, "later_with_instant"),
    ],
)
def test_an_exit_that_makes_no_sense_is_refused(app: Flask, values: dict[str, Any], constraint: str) -> None:
    person = make_person()
    with pytest.raises(IntegrityError) as refused:
        a_departure(person.id, **values)
    assert constraint in violated_constraint(refused.value)


def test_nobody_who_noted_an_answer_that_is_not_there(app: Flask) -> None:
    person, user = make_person(), make_user()
    with pytest.raises(IntegrityError) as refused:
        a_departure(person.id, later_by_id=user.id)
    assert "later_by_whoever_noted_it" in violated_constraint(refused.value)


def test_one_exit_stands_for_a_person(app: Flask) -> None:
    person = make_person()
    a_departure(person.id, returned_on=date(2026, 11, 12), returned_at=NOW)
    a_departure(person.id)
    with pytest.raises(IntegrityError) as refused:
        a_departure(person.id)
    assert {"departure.person_id", "uq_departure_standing"} & {violated_constraint(refused.value)}
