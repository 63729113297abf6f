"""The means of transport that a person has already."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from flask import Flask

from mobility.core.errors import NotFound
from mobility.pathway import services
from mobility.pathway.errors import MeansInvalid, PeriodInvalid
from tests.factories.pathway import MONDAY, NOW, a_person, an_objective
from tests.integration.pathway.acts import journal_kinds, means


@pytest.mark.parametrize(
    ("values", "error", "field"),
    [
        ({"weekdays": []}, MeansInvalid, "weekdays"),
        ({"weekdays": [7]}, MeansInvalid, "weekdays"),
        ({"there": False, "back": False}, MeansInvalid, "directions"),
        ({"ends_on": MONDAY - timedelta(days=1)}, PeriodInvalid, "ends_on"),
        ({"starts_on": date(1900, 1, 1)}, PeriodInvalid, "starts_on"),
    ],
)
def test_own_means_that_carry_nobody_are_refused(
    app: Flask, values: dict[str, object], error: type[MeansInvalid], field: str
) -> None:
    objective_id = an_objective(a_person())
    with pytest.raises(error) as refusal:
        means(objective_id, **values)
    assert refusal.value.field == field


def test_own_means_are_added_and_taken_away(app: Flask) -> None:
    person_id = a_person()
    objective_id = an_objective(person_id)
    first = means(objective_id, note="Ligne 14, toutes les heures")
    assert services.remove_own_means(own_means_id=first, actor_id=None, now=NOW) == objective_id
    with pytest.raises(NotFound):
        services.remove_own_means(own_means_id=first, actor_id=None, now=NOW)
    assert journal_kinds(person_id) == ["pathway.objective_opened", "pathway.means_added", "pathway.means_removed"]
