"""What people's files ask of the staff: calls that are owed, requests about one's own data."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from flask import url_for
from flask_babel import gettext as _

from mobility.core.web.access import ALL_DESKS, Actor, Permission
from mobility.people.access import visible_archives, visible_persons
from mobility.people.kinds import RIGHTS_LABELS, RightsKind
from mobility.people.queries.lists import list_callbacks, list_open_requests
from mobility.todo.rules import Task
from mobility.todo.sources import MOST, Source, Whose


def callbacks(who: Actor, whose: Whose, now: datetime) -> Sequence[Task]:
    """Return the calls that are owed, by the actor or by the team; one query."""
    del now
    desks = who.desk_ids(Permission.CONTACT_NOTE) if whose is Whose.TEAM else frozenset()
    rows = list_callbacks(
        desk_ids=None if desks is ALL_DESKS else frozenset(desks),
        user_id=int(who.user_id or 0),
        visible=visible_persons(who),
        mine=whose is Whose.MINE,
    )
    return [
        Task(
            kind="callback",
            key=f"callback:{row.note.id}",
            title=_("Rappeler"),
            about=row.name,
            detail=row.note.text[:120],
            url=url_for("people.call_back", note_id=row.note.id),
            due_on=row.note.callback_due_on,
            whose=row.callback_by,
        )
        for row in rows[:MOST]
    ]


def rights(who: Actor, whose: Whose, now: datetime) -> Sequence[Task]:
    """Return the requests and complaints that wait for an answer; one query. They are the managers', all alike."""
    del whose, now
    return [
        Task(
            kind="rights",
            key=f"rights:{row.id}",
            title=_("Répondre à une réclamation")
            if row.kind is RightsKind.COMPLAINT
            else _("Répondre à une demande sur ses données"),
            about=row.name,
            detail="" if row.kind is RightsKind.COMPLAINT else RIGHTS_LABELS[row.kind],
            url=url_for("people.rights_answer", request_id=row.id),
            due_on=row.due_on,
        )
        for row in list_open_requests(visible=visible_archives(who))[:MOST]
    ]


SOURCES = (
    Source("callback", "À rappeler", "telephone", Permission.CONTACT_NOTE, callbacks, weight=30),
    Source("rights", "Demandes et réclamations", "shield-check", Permission.RIGHTS_MANAGE, rights, weight=60),
)
