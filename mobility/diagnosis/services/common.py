"""What every use case of diagnoses does besides its own change."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from mobility.accounts import audit
from mobility.core.db import check_version, lock
from mobility.diagnosis import words
from mobility.diagnosis.errors import NotOpen
from mobility.diagnosis.models import Diagnosis
from mobility.diagnosis.rules import State
from mobility.journal import services as journal


def hold(diagnosis_id: int, *, version: int | None = None) -> Diagnosis:
    """Return the diagnosis, held until the transaction ends. Raises NotFound, StaleVersion."""
    row = lock(Diagnosis, diagnosis_id)
    check_version(row, version)
    return row


def hold_open(diagnosis_id: int) -> Diagnosis:
    """Return an open diagnosis, held. Raises NotFound, NotOpen."""
    row = hold(diagnosis_id)
    if row.state is not State.OPEN:
        raise NotOpen
    return row


def note_act(
    row: Diagnosis,
    kind: str,
    *,
    actor_id: int | None,
    now: datetime,
    note: str = "",
    changes: Mapping[str, tuple[object, object]] | None = None,
    journaled: bool = True,
) -> None:
    """Write an act into the audit log, and into the person's journal."""
    audit.record(
        actor_id=actor_id,
        action=kind,
        subject_kind=words.SUBJECT,
        subject_id=row.id,
        person_id=row.person_id,
        now=now,
        changes=changes,
    )
    if journaled:
        journal.write(
            person_id=row.person_id,
            kind=kind,
            now=now,
            actor_id=actor_id,
            subject_kind=words.SUBJECT,
            subject_id=row.id,
            note=note or None,
        )
