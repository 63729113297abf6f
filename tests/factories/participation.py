"""Entries into operations, exits from the accompaniment."""

from __future__ import annotations

from datetime import date
from typing import Any

from mobility.core.db import transaction
from mobility.participation.models import Departure, Participation
from mobility.participation.rules.exits import Outcome
from mobility.participation.rules.items import CURRENT
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


def a_participation(person_id: int, agreement_id: int, **values: Any) -> Participation:
    """Write an entry straight into the table: on 1 September 2026, no question asked yet."""
    known: dict[str, Any] = {"entered_on": date(2026, 9, 1), "items": CURRENT, "entered_at": NOW}
    with transaction() as session:
        row = Participation(person_id=person_id, agreement_id=agreement_id, **{**known, **values})
        session.add(row)
        session.flush()
        return row
