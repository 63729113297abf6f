"""The pages of the means of transport that a person has already."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient

from mobility.pathway import queries
from mobility.pathway.rules import MeansKind
from mobility.people.models import Person
from tests.factories.pathway import an_objective
from tests.integration.pathway.pages import filled, text

pytestmark = pytest.mark.usefixtures("frozen")


def test_own_means_are_added_and_removed(staff: FlaskClient, person: Person) -> None:
    objective_id = filled(person.id)
    typed = {
        "kind": "bus",
        "weekdays": ["3", "4"],
        "directions": ["there", "back"],
        "starts_on": "2026-11-23",
        "ends_on": "",
    }
    assert staff.post(f"/objectifs/{objective_id}/moyens", data=typed).status_code == 303
    (row,) = queries.get_objective(objective_id).own_means
    assert (row.kind, row.weekdays) == (MeansKind.BUS, [3, 4])
    assert "Retirer ce moyen de transport ?" in text(staff.get(f"/moyens/{row.id}/retirer"))
    assert staff.post(f"/moyens/{row.id}/retirer", data={"once": "x"}).status_code == 303
    assert queries.get_objective(objective_id).own_means == []


@pytest.mark.parametrize(
    "values",
    [
        {"kind": ""},
        {"kind": "ufo"},
        {"weekdays": []},
        {"weekdays": ["8"]},
        {"directions": []},
        {"starts_on": ""},
        {"ends_on": "2020-01-01"},
        {"note": "x" * 10_000},
    ],
)
def test_own_means_that_carry_nobody_are_refused(staff: FlaskClient, person: Person, values: dict[str, Any]) -> None:
    objective_id = an_objective(person.id)
    typed = {"kind": "bus", "weekdays": ["3"], "directions": ["there"], "starts_on": "2026-11-23", **values}
    answer = staff.post(f"/objectifs/{objective_id}/moyens", data=typed)
    assert answer.status_code == 422
    assert queries.get_objective(objective_id).own_means == []
