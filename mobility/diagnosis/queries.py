"""Reads of the room."""

from __future__ import annotations

from sqlalchemy import select

from mobility.core.db import db
from mobility.diagnosis.barriers import Findings, from_json
from mobility.diagnosis.models import Diagnosis
from mobility.diagnosis.rules import State
from mobility.people.queries import family_ids


def find_findings(*, person_id: int) -> Findings | None:
    """Return what the person's last finished diagnosis found, or None; merged files count as one person."""
    row = db.session.scalar(
        select(Diagnosis)
        .where(Diagnosis.person_id.in_(family_ids(person_id)), Diagnosis.state == State.FINISHED)
        .order_by(Diagnosis.closed_at.desc(), Diagnosis.id.desc())
        .limit(1)
    )
    if row is None or row.findings is None or row.closed_at is None:
        return None
    return from_json(row.findings, diagnosis_id=row.id, closed_at=row.closed_at, questionnaire=row.questionnaire)
