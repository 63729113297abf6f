"""Reading the journal."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, select

from mobility.accounts.models import User
from mobility.core.clock import day_of
from mobility.core.db import db
from mobility.journal import kinds
from mobility.journal.models import JournalEntry, JournalNote
from mobility.people.models import Person

PAGE = 100


@dataclass(frozen=True)
class EntryView:
    """One entry as people read it."""

    id: int
    at: datetime
    kind: str
    label: str
    icon: str
    actor_name: str | None
    subject_kind: str | None
    subject_id: int | None
    facts: dict[str, Any]
    note: str | None
    note_erased: bool


def of_file(person_id: int) -> ColumnElement[bool]:
    """Return the condition « this person's entries, and those of the files merged into it ».

    The journal is never rewritten, so a merge leaves entries under the former file's id.
    """
    family = select(Person.id).where(Person.id == person_id).cte("journal_family", recursive=True)
    family = family.union(select(Person.id).where(Person.merged_into_id == family.c.id))
    return JournalEntry.person_id.in_(select(family.c.id))


def list_entries(
    *, person_id: int, limit: int = PAGE, before: datetime | None = None, now: datetime
) -> list[EntryView]:
    """Return the latest entries of a person, the newest first; one query."""
    query = (
        select(JournalEntry, JournalNote.text, JournalNote.erased_at, User.display_name)
        .outerjoin(JournalNote, JournalNote.entry_id == JournalEntry.id)
        .outerjoin(User, User.id == JournalEntry.actor_user_id)
        .where(of_file(person_id))
        .order_by(JournalEntry.at.desc(), JournalEntry.id.desc())
        .limit(limit)
    )
    if before is not None:
        query = query.where(JournalEntry.at < before)
    year = day_of(now).year
    return [_view(entry, note, erased_at, actor, year) for entry, note, erased_at, actor in db.session.execute(query)]


def _view(entry: JournalEntry, note: str | None, erased_at: datetime | None, actor: str | None, year: int) -> EntryView:
    label, icon = kinds.say(entry.kind, entry.facts, year=year)
    return EntryView(
        id=entry.id,
        at=entry.at,
        kind=entry.kind,
        label=label,
        icon=icon,
        actor_name=actor,
        subject_kind=entry.subject_kind,
        subject_id=entry.subject_id,
        facts=entry.facts,
        note=note or None,
        note_erased=erased_at is not None,
    )
