"""Rows for the tests of the pathway, the journal and the ledger. Call inside ``app``; each function commits."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from mobility.pathway import services
from mobility.pathway.patterns import parse_hours
from mobility.pathway.roster import Weekly
from mobility.pathway.rules import ObjectiveKind, StepState
from tests.factories.accounts import make_user
from tests.factories.people import make_person

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
MONDAY = date(2026, 11, 23)
OFFICE = Weekly((*((parse_hours("5h-13h"),) * 5), (), ()))


def a_person(**values: Any) -> int:
    """Add a file, of Nadia unless told otherwise; returns its id."""
    facts: dict[str, Any] = {"first_name": "Nadia", "created_at": NOW}
    return make_person(**{**facts, **values}).id


def a_user(**values: Any) -> int:
    """Add a user, Camille unless told otherwise; returns their id."""
    facts: dict[str, Any] = {"name": "Camille Durand"}
    return make_user(**{**facts, **values}).id


def an_objective(person_id: int, **values: Any) -> int:
    facts: dict[str, Any] = {
        "kind": ObjectiveKind.JOB,
        "title": "Préparatrice de commandes",
        "employer_name": "Logistique du Hainaut",
        "starts_on": MONDAY,
        "actor_id": None,
        "now": NOW,
    }
    return services.open_objective(person_id=person_id, **{**facts, **values})


def a_roster(objective_id: int, pattern: Any = OFFICE, **values: Any) -> None:
    facts: dict[str, Any] = {"version": None, "actor_id": None, "now": NOW}
    services.set_roster(objective_id=objective_id, pattern=pattern, **{**facts, **values})


def a_step(person_id: int, objective_id: int | None, aid_ref: int | None = 1, **values: Any) -> int:
    facts: dict[str, Any] = {
        "aid_kind": "test_aid",
        "title": "Voiture",
        "state": StepState.AGREED,
        "starts_at": datetime(2026, 11, 22, 16, tzinfo=UTC),
        "ends_at": datetime(2026, 11, 25, 16, tzinfo=UTC),
        "cost_cents": 1200,
        "covers": True,
        "now": NOW,
    }
    return services.put_step(person_id=person_id, objective_id=objective_id, aid_ref=aid_ref, **{**facts, **values})
