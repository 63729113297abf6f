"""What the tests of the pages share: what is typed, what is read, and the paths with their rows."""

from __future__ import annotations

from typing import Any

from flask.testing import FlaskClient

from mobility.pathway import queries, services
from mobility.pathway.rules import MeansKind
from tests.factories.pathway import MONDAY, NOW, a_roster, a_step, an_objective

PERSON_PATHS = ["/personnes/{person}", "/personnes/{person}/objectifs/nouveau", "/personnes/{person}/compte"]
OBJECTIVE_PATHS = [
    "/objectifs/{objective}/modifier",
    "/objectifs/{objective}/horaires",
    "/objectifs/{objective}/moyens",
    "/objectifs/{objective}/solutions",
    "/objectifs/{objective}/etat/drop",
    "/moyens/{means}/retirer",
]
PORTAL_PATHS = [
    "/mon-espace/objectifs/{objective}/horaires",
    "/mon-espace/objectifs/{objective}/moyens",
    "/mon-espace/moyens/{means}/retirer",
]


def text(answer: Any) -> str:
    return " ".join(answer.get_data(as_text=True).replace("\u00a0", " ").replace("\u202f", " ").split())


def filled(person_id: int) -> int:
    objective_id = an_objective(person_id)
    a_roster(objective_id)
    a_step(person_id, objective_id, aid_ref=objective_id, title="Clio AA-123-AA")
    return objective_id


def ids(person_id: int) -> dict[str, int]:
    objective_id = filled(person_id)
    means = services.add_own_means(
        objective_id=objective_id,
        kind=MeansKind.BIKE,
        weekdays=[0],
        there=True,
        back=True,
        starts_on=MONDAY,
        actor_id=None,
        now=NOW,
    )
    return {"person": person_id, "objective": objective_id, "means": means}


def objective_data(**values: str) -> dict[str, str]:
    typed = {
        "kind": "job",
        "title": "Cariste",
        "employer_id": "",
        "employer_name": "Usine",
        "street": "1 rue du Parc",
        "postcode": "59264",
        "city": "Onnaing",
        "starts_on": "2026-11-23",
        "ends_on": "2027-02-26",
    }
    return {**typed, **values}


def roster_data(objective_id: int, **values: Any) -> dict[str, Any]:
    return {
        "version": str(queries.get_objective(objective_id).version),
        "valid_from_on": "2026-11-23",
        "valid_until_on": "",
        **values,
    }


def standing(objective_id: int) -> Any:
    row = queries.get_objective(objective_id).rosters[-1]
    return queries.plan_of(row)


def post_roster(client: FlaskClient, objective_id: int, kind: str, **values: Any) -> Any:
    return client.post(f"/objectifs/{objective_id}/horaires?type={kind}", data=roster_data(objective_id, **values))
