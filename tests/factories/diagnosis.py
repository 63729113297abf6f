"""Diagnoses in the state that a test needs. Use inside ``app``."""

from __future__ import annotations

from typing import Any

from mobility.accounts.models import User
from mobility.core.db import transaction
from mobility.diagnosis.barriers import Barrier, FoundBarrier, Limits, to_json
from mobility.diagnosis.models import Diagnosis
from mobility.diagnosis.rules import Moment, State
from mobility.people.models import Person
from tests.factories.loans import NOW, paris

__all__ = ["NOW", "paris"]

NO_LIMITS = Limits()


def make_diagnosis(person: Person, adviser: User | None = None, **values: Any) -> Diagnosis:
    """Write an open diagnosis straight into the table."""
    known: dict[str, Any] = {
        "person_id": person.id, "moment": Moment.START, "questionnaire": "2026-11", "state": State.OPEN,
        "started_at": NOW, "started_by_id": adviser.id if adviser else None,
    }  # fmt: skip
    with transaction() as session:
        row = Diagnosis(**{**known, **values})
        session.add(row)
        session.flush()
        return row


def make_finished(
    person: Person,
    *barriers: tuple[Barrier, int, str],
    strengths: tuple[str, ...] = (),
    limits: Limits = NO_LIMITS,
    **values: Any,
) -> Diagnosis:
    """Write a finished diagnosis that found these barriers."""
    found = tuple(FoundBarrier(*one) for one in barriers)
    return make_diagnosis(
        person,
        **{
            "state": State.FINISHED,
            "closed_at": NOW,
            "findings": to_json(found, strengths, limits),
            **values,
        },
    )
