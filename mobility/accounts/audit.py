"""The audit log: every view of a person's file and every change, in the transaction of its cause."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from flask import g, has_request_context
from sqlalchemy import delete, select, update

from mobility.accounts.models import AuditEntry, AuditValue
from mobility.core.db import transaction

VIEW = "view"
VALUE_MAX = 4000


def _text(value: object) -> str | None:
    return None if value is None else str(value)[:VALUE_MAX]


def record(
    *,
    actor_id: int | None,
    action: str,
    subject_kind: str,
    subject_id: int | None,
    now: datetime,
    person_id: int | None = None,
    changes: Mapping[str, tuple[object, object]] | None = None,
) -> None:
    """Write an entry, joining the transaction. Fields whose value did not change are left out."""
    with transaction() as session:
        entry = AuditEntry(
            at=now,
            actor_user_id=actor_id,
            action=action,
            subject_kind=subject_kind,
            subject_id=subject_id,
            person_id=person_id,
            request_id=g.get("request_id") if has_request_context() else None,
        )
        session.add(entry)
        session.flush()
        session.add_all(
            AuditValue(entry_id=entry.id, field=field, before=_text(before), after=_text(after))
            for field, (before, after) in (changes or {}).items()
            if before != after
        )


def record_view(*, actor_id: int | None, person_id: int, now: datetime) -> None:
    """Write that somebody saw a person's file."""
    record(actor_id=actor_id, action=VIEW, subject_kind="person", subject_id=person_id, person_id=person_id, now=now)


def erase_values(*, person_id: int, now: datetime) -> int:
    """Erase the personal values of a person's entries; the entries stay. Returns how many."""
    with transaction() as session:
        entries = select(AuditEntry.id).where(AuditEntry.person_id == person_id)
        result = session.execute(
            update(AuditValue)
            .where(AuditValue.entry_id.in_(entries), AuditValue.erased_at.is_(None))
            .values(before=None, after=None, erased_at=now)
        )
        return int(getattr(result, "rowcount", 0))


def forget_old(*, now: datetime, kept: timedelta, limit: int = 5000) -> int:
    """Delete the entries older than ``kept`` (access logs: 6–12 months, facts §9). Returns how many."""
    with transaction() as session:
        ids = list(
            session.scalars(
                select(AuditEntry.id).where(AuditEntry.at < now - kept).order_by(AuditEntry.id).limit(limit)
            )
        )
        session.execute(delete(AuditValue).where(AuditValue.entry_id.in_(ids)))
        session.execute(delete(AuditEntry).where(AuditEntry.id.in_(ids)))
        return len(ids)
