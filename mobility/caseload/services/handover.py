"""Handover notes: written by whoever leaves, read by whoever takes over."""

from __future__ import annotations

from datetime import datetime

from mobility.caseload import words
from mobility.caseload.errors import NoteEmpty, NotYourNote
from mobility.caseload.models import HandoverNote
from mobility.caseload.rules import NOTE_LENGTH
from mobility.core.db import lock, transaction
from mobility.journal import services as journal
from mobility.notifications import render
from mobility.people import services as people
from mobility.people.services.common import lock_living


def write_handover(*, person_id: int, to_user_id: int, text: str | None, actor_id: int | None, now: datetime) -> int:
    """Leave a note about a person to a colleague, and tell them of it; return its id. Raises NoteEmpty."""
    written = (text or "").strip()[:NOTE_LENGTH]
    if not written:
        raise NoteEmpty
    with transaction() as session:
        lock_living(person_id)
        note = HandoverNote(
            person_id=person_id, from_user_id=actor_id, to_user_id=to_user_id, text=written, written_at=now
        )
        session.add(note)
        session.flush()
        _journal(note, words.HANDOVER, actor_id, now)
        people.tell_staff(
            person_id=person_id,
            user_ids=[to_user_id],
            key=f"handover:{note.id}",
            title="Une note de passation pour vous",
            text="Une personne vous est confiée. Un collègue vous a laissé une note.",
            url=render.public_url(f"/passations/{note.id}"),
            now=now,
        )
        return note.id


def read_handover(*, note_id: int, actor_id: int | None, now: datetime) -> int:
    """Note that whoever takes over has read; twice changes nothing. Returns whose file it is. Raises NotYourNote."""
    with transaction() as session:
        note = lock(HandoverNote, note_id)
        if note.to_user_id != actor_id:
            raise NotYourNote
        if note.read_at is None:
            note.read_at = max(now, note.written_at)
            session.flush()
            _journal(note, words.HANDOVER_READ, actor_id, now)
        return note.person_id


def _journal(note: HandoverNote, kind: str, actor_id: int | None, now: datetime) -> None:
    journal.write(
        person_id=note.person_id,
        kind=kind,
        now=now,
        actor_id=actor_id,
        subject_kind="handover_note",
        subject_id=note.id,
        facts={"to_user_id": note.to_user_id},
    )
