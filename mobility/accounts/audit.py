"""The audit log: every view of a person's file and every change, in the transaction of its cause."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta

from flask import Flask, Response, g, has_request_context
from sqlalchemy import delete, insert, select, update

from mobility.accounts.models import AuditEntry, AuditValue
from mobility.core import clock
from mobility.core.db import transaction
from mobility.core.web.access import actor, persons_named

VIEW = "view"
# A page that is shown, and a refused form, which shows the same page again.
SHOWN = frozenset({200, 422})
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
    if person_id is not None and action.rpartition(".")[2] == VIEW and has_request_context():
        g.setdefault("persons_noted", set()).add(person_id)
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
        changed = [
            {"entry_id": entry.id, "field": field, "before": _text(before), "after": _text(after)}
            for field, (before, after) in (changes or {}).items()
            if before != after
        ]
        if changed:
            # In one statement: nobody needs these rows back, and every change of a file writes a dozen of them.
            session.execute(insert(AuditValue), changed)


def record_view(*, actor_id: int | None, person_id: int, now: datetime) -> None:
    """Write that somebody saw a person's file."""
    record(actor_id=actor_id, action=VIEW, subject_kind="person", subject_id=person_id, person_id=person_id, now=now)


def note_views(response: Response) -> Response:
    """Write that a page of somebody's file was seen, unless its view has written about that file already.

    One's own file is nobody else's business. A view that fails to be written fails the page.
    """
    if response.status_code not in SHOWN:
        return response
    who = actor()
    for person_id in persons_named() - {who.person_id} - g.get("persons_noted", set()):
        record_view(actor_id=who.user_id, person_id=person_id, now=clock.now())
    return response


def init_app(app: Flask) -> None:
    """Note every view of a person's file, whichever room shows it."""
    app.after_request(note_views)


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


def erase_values_of(*, subject_kind: str, subject_ids: Collection[int], now: datetime) -> int:
    """Erase the values of entries about these rows: what was written before they belonged to a file. Returns how many."""
    with transaction() as session:
        entries = select(AuditEntry.id).where(
            AuditEntry.subject_kind == subject_kind, AuditEntry.subject_id.in_(subject_ids)
        )
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
