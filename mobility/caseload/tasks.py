"""What the room asks of the staff: notes that wait to be read."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from flask import url_for
from flask_babel import gettext as _

from mobility.caseload import queries
from mobility.core.clock import day_of
from mobility.core.web.access import Actor, Permission
from mobility.todo.rules import Task
from mobility.todo.sources import MOST, Source, Whose


def notes_to_read(who: Actor, whose: Whose, now: datetime) -> Sequence[Task]:
    """Return the handover notes that the actor has not read; one query. Nobody reads in another's place."""
    del now
    if who.user_id is None or whose is not Whose.MINE:
        return []
    return [
        Task(
            kind="handover",
            key=f"handover:{row.note.id}",
            title=_("Lire une note de passation"),
            about=row.person_name,
            detail=_("De %(name)s", name=row.author) if row.author else "",
            url=url_for("caseload.note", note_id=row.note.id),
            due_on=day_of(row.note.written_at),
        )
        for row in queries.unread_by(who.user_id)[:MOST]
    ]


SOURCES = (
    Source("handover", "Notes de passation", "journal-arrow-down", Permission.PERSON_VIEW, notes_to_read, weight=20),
)
