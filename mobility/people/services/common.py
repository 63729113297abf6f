"""What every use case of people begins with."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from mobility.accounts import audit
from mobility.core.db import lock
from mobility.people.errors import FileErased, FileMerged
from mobility.people.models import Person

Changes = dict[str, tuple[object, object]]


def lock_living(person_id: int) -> Person:
    """Return the file, held until the transaction ends. Raises NotFound, FileErased, FileMerged."""
    person = lock(Person, person_id)
    if person.erased_at is not None:
        raise FileErased
    if person.merged_into_id is not None:
        raise FileMerged
    return person


def assign(row: object, values: Mapping[str, object]) -> Changes:
    """Set the attributes; return what changed, before and after."""
    changes: Changes = {}
    for name, value in values.items():
        before = getattr(row, name)
        if before != value:
            setattr(row, name, value)
            changes[name] = (before, value)
    return changes


def record(
    *,
    person_id: int,
    action: str,
    actor_id: int | None,
    now: datetime,
    subject_kind: str = "person",
    subject_id: int | None = None,
    changes: Changes | None = None,
) -> None:
    """Write an entry of the audit log about a person."""
    audit.record(
        actor_id=actor_id,
        action=action,
        subject_kind=subject_kind,
        subject_id=person_id if subject_id is None else subject_id,
        person_id=person_id,
        now=now,
        changes=changes,
    )
