"""Exits from the accompaniment."""

from __future__ import annotations

from datetime import date
from typing import Any

from mobility.core.db import transaction
from mobility.participation.models import Departure
from mobility.participation.rules.exits import Outcome
from tests.factories.loans import NOW

__all__ = ["NOW"]


def a_departure(person_id: int, **values: Any) -> Departure:
    """Write an exit straight into the table: for work, on 10 November 2026."""
    known: dict[str, Any] = {"left_on": date(2026, 11, 10), "outcome": Outcome.WORK, "recorded_at": NOW}
    with transaction() as session:
        row = Departure(person_id=person_id, **{**known, **values})
        session.add(row)
        session.flush()
        return row
