"""Writing into the journal, always inside the transaction of the act itself."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import select, update

from mobility.accounts import audit
from mobility.core.db import transaction
from mobility.journal import kinds
from mobility.journal.errors import NoteEmpty, NoteTooLong
from mobility.journal.models import JournalEntry, JournalNote

NOTE_MAX = 5000


def write(
    *,
    person_id: int,
    kind: str,
    now: datetime,
    actor_id: int | None = None,
    subject_kind: str | None = None,
    subject_id: int | None = None,
    facts: Mapping[str, object] | None = None,
    note: str | None = None,
) -> int:
    """Note that something happened to a person; return the entry's id. Joins the caller's transaction.

    Raises ValueError for a kind that no room declared or for words among the facts, NoteTooLong.
    """
    if not kinds.is_declared(kind):
        raise ValueError(f"no room declared the journal kind {kind}")
    if note and len(note) > NOTE_MAX:
        raise NoteTooLong
    with transaction() as session:
        entry = JournalEntry(
            person_id=person_id,
            at=now,
            actor_user_id=actor_id,
            kind=kind,
            subject_kind=subject_kind,
            subject_id=subject_id,
            facts=kinds.clean_facts(facts),
        )
        session.add(entry)
        session.flush()
        if note:
            session.add(JournalNote(entry_id=entry.id, text=note))
        return entry.id


def write_act(
    *,
    person_id: int,
    subject_kind: str,
    subject_id: int | None,
    action: str,
    now: datetime,
    actor_id: int | None,
    changes: Mapping[str, tuple[object, object]] | None = None,
    kind: str | None = None,
    facts: Mapping[str, object] | None = None,
    note: str | None = None,
) -> None:
    """Write one act into the audit log, and into the person's journal where it has a kind there. As ``write``."""
    audit.record(
        actor_id=actor_id,
        action=action,
        subject_kind=subject_kind,
        subject_id=subject_id,
        person_id=person_id,
        now=now,
        changes=changes,
    )
    if kind is not None:
        write(
            person_id=person_id,
            kind=kind,
            now=now,
            actor_id=actor_id,
            subject_kind=None if subject_id is None else subject_kind,
            subject_id=subject_id,
            facts=facts,
            note=note,
        )


def add_note(*, person_id: int, note: str | None, actor_id: int | None, now: datetime) -> int:
    """Write a free note of an adviser. Raises NoteEmpty, NoteTooLong."""
    if not (note or "").strip():
        raise NoteEmpty
    return write(person_id=person_id, kind="journal.note", now=now, actor_id=actor_id, note=note)


def erase_notes(*, person_id: int, now: datetime) -> int:
    """Empty every note about a person; the entries stay, with ids and codes only. Returns how many."""
    with transaction() as session:
        of_person = select(JournalEntry.id).where(JournalEntry.person_id == person_id)
        done = session.execute(
            update(JournalNote)
            .where(JournalNote.entry_id.in_(of_person), JournalNote.erased_at.is_(None))
            .values(text="", erased_at=now)
            .execution_options(synchronize_session=False)
        )
        return int(getattr(done, "rowcount", 0))
