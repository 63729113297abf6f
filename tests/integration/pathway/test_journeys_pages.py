"""The journeys of an objective day by day: who carries, how surely, at what cost."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from flask.testing import FlaskClient

from mobility.core.db import load
from mobility.pathway import services
from mobility.pathway.journeys import journeys_of
from mobility.pathway.models import Step
from mobility.pathway.rules import MeansKind, StepState
from mobility.people.models import Person
from tests.factories.pathway import MONDAY, NOW, a_roster, a_step, an_objective
from tests.integration.pathway.pages import text

pytestmark = pytest.mark.usefixtures("frozen")


@pytest.fixture
def objective_id(person: Person) -> int:
    """Nadia has a car from Monday to Wednesday (12 € of hers, 30 € of a funder), the bus on Thursdays, one way."""
    objective_id = an_objective(person.id)
    a_roster(objective_id)
    a_step(person.id, objective_id, funder_cents=3000)
    services.add_own_means(
        objective_id=objective_id, kind=MeansKind.BUS, weekdays=[2, 3], there=True, back=False, starts_on=MONDAY,
        actor_id=None, now=NOW,
    )  # fmt: skip
    return objective_id


def test_every_working_day_says_who_carries_how_surely_and_at_what_cost(person: Person, objective_id: int) -> None:
    found = journeys_of(objective_id, person_id=person.id, now=NOW, start=MONDAY, weeks=1)
    said = [(row.there, row.back, row.certainty, row.cost.person_cents, row.cost.funder_cents) for row in found.rows]
    assert said == [
        ("Voiture", "Voiture", "Réservé", 400, 1000),
        ("Voiture", "Voiture", "Réservé", 400, 1000),
        ("Voiture, Bus ou tram", "Voiture", "Réservé", 400, 1000),
        ("Bus ou tram", "", "", 0, 0),
        ("", "", "", 0, 0),
    ]
    assert [(month.label, month.days, month.per_day_cents) for month in found.months] == [("novembre 2026", 4, 300)]
    assert [one.words for one in found.view.overlaps] == [
        "Le 25 novembre, deux solutions à la fois : Voiture, Bus ou tram"
    ]
    assert found.view.gap_words == "À partir du 26 novembre, plus de solution pour l’équipe du matin"


def test_what_is_only_proposed_is_shown_and_carries_nobody(person: Person, objective_id: int) -> None:
    a_step(
        person.id, objective_id, None, title="Vélo électrique", state=StepState.PROPOSED,
        starts_at=datetime(2026, 11, 25, 20, tzinfo=UTC), ends_at=datetime(2026, 11, 27, 20, tzinfo=UTC),
    )  # fmt: skip
    found = journeys_of(objective_id, person_id=person.id, now=NOW, start=MONDAY, weeks=1)
    assert [(row.there, row.certainty) for row in found.rows][3:] == [
        ("Bus ou tram", "Seulement proposé"),
        ("Vélo électrique (proposé)", "Seulement proposé"),
    ]
    assert found.view.gap is not None
    assert found.view.gap.day_on == date(2026, 11, 26)


def test_the_staff_and_the_person_read_the_same(staff: FlaskClient, own: FlaskClient, objective_id: int) -> None:
    for browser, address in ((staff, "/objectifs"), (own, "/mon-espace/objectifs")):
        page = text(browser.get(f"{address}/{objective_id}/trajets"))
        for words in ("plus de solution pour l’équipe du matin", "deux solutions à la fois", "4,00 €", "novembre 2026"):
            assert words in page, words


def test_the_number_of_questions_is_the_same_for_a_long_pathway(
    staff: FlaskClient, person: Person, objective_id: int, count_queries: Any
) -> None:
    def asked() -> int:
        with count_queries() as seen:
            assert staff.get(f"/objectifs/{objective_id}/trajets").status_code == 200
        return int(seen.total)

    asked()
    alone = asked()
    for number in range(2, 12):
        a_step(person.id, objective_id, aid_ref=number, funder_cents=100 * number)
    other = an_objective(person.id, title="Formation")
    a_roster(other)
    assert asked() == alone


def test_a_funders_share_of_nothing_is_refused_by_the_database(person: Person, objective_id: int) -> None:
    from sqlalchemy.exc import IntegrityError

    from mobility.core.db import transaction

    step_id = a_step(person.id, objective_id)
    with pytest.raises(IntegrityError), transaction():
        load(Step, step_id).funder_cents = -1
