"""Who may read a handover note: whoever may touch the person's file."""

from __future__ import annotations

from sqlalchemy import select

from mobility.caseload.models import HandoverNote
from mobility.core.db import db
from mobility.core.errors import NotFound
from mobility.core.web.access import Actor, Permission
from mobility.people import access as people


def person_of_note(note_id: int) -> int | None:
    """Return about whom a note is, or None."""
    return db.session.scalar(select(HandoverNote.person_id).where(HandoverNote.id == note_id))


def may_touch_note(actor: Actor, permission: Permission, note_id: int) -> bool:
    """Answer for rows of kind « handover_note ». Raises NotFound."""
    person_id = person_of_note(note_id)
    if person_id is None:
        raise NotFound(f"handover note {note_id}")
    return people.may_touch(actor, permission, person_id)
