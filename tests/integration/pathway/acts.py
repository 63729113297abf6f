"""What the tests of the services share: the usual acts, and what they left in the database."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import select

from mobility.core.db import db
from mobility.journal.models import JournalEntry
from mobility.pathway import services
from mobility.pathway.models import Coverage
from mobility.pathway.rules import MeansKind, ObjectiveKind
from tests.factories.pathway import MONDAY, NOW

TUESDAY, WEDNESDAY, FRIDAY = MONDAY + timedelta(1), MONDAY + timedelta(2), MONDAY + timedelta(4)


def covered(objective_id: int) -> list[str]:
    rows = db.session.execute(
        select(Coverage.shift_on, Coverage.direction)
        .where(Coverage.objective_id == objective_id)
        .order_by(Coverage.shift_on, Coverage.direction.desc())
    )
    return [f"{day:%d} {direction.value}" for day, direction in rows]


def journal_kinds(person_id: int) -> list[str]:
    return list(
        db.session.scalars(
            select(JournalEntry.kind).where(JournalEntry.person_id == person_id).order_by(JournalEntry.id)
        )
    )


def edit(objective_id: int, **values: Any) -> None:
    facts: dict[str, Any] = {
        "version": None,
        "kind": ObjectiveKind.JOB,
        "title": "Cariste",
        "starts_on": MONDAY,
        "ends_on": None,
        "actor_id": None,
        "now": NOW,
    }
    services.edit_objective(objective_id=objective_id, **{**facts, **values})


def means(objective_id: int, **values: Any) -> int:
    facts: dict[str, Any] = {
        "kind": MeansKind.BUS,
        "weekdays": [0, 1],
        "there": True,
        "back": True,
        "starts_on": MONDAY,
        "actor_id": None,
        "now": NOW,
    }
    return services.add_own_means(objective_id=objective_id, **{**facts, **values})
