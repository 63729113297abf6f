"""What other rooms read of a diagnosis: its findings, and where it stands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

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
    return None if row is None else findings_of(row)


def findings_of(row: Diagnosis) -> Findings | None:
    """Return what a diagnosis found; None unless it is finished. No query."""
    if row.findings is None or row.closed_at is None:
        return None
    return from_json(row.findings, diagnosis_id=row.id, closed_at=row.closed_at, questionnaire=row.questionnaire)


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a person stands: what is in hand, what was found last, and the first to compare it with."""

    open_id: int | None = None
    prepared_at: datetime | None = None
    last: Findings | None = None
    first_id: int | None = None

    @property
    def is_comparable(self) -> bool:
        """Tell whether there are two finished diagnoses."""
        return self.last is not None and self.first_id is not None and self.first_id != self.last.diagnosis_id


def standing_of(family: Sequence[int]) -> Standing:
    """Return where the family of files stands; one query."""
    rows = db.session.scalars(
        select(Diagnosis)
        .where(Diagnosis.person_id.in_(family), Diagnosis.state != State.ABANDONED)
        .order_by(Diagnosis.closed_at, Diagnosis.id)
    ).all()
    finished = [row for row in rows if row.state is State.FINISHED]
    going = next((row for row in rows if row.state is State.OPEN), None)
    return Standing(
        open_id=going.id if going else None,
        prepared_at=going.prepared_at if going else None,
        last=findings_of(finished[-1]) if finished else None,
        first_id=finished[0].id if finished else None,
    )
