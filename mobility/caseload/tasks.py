"""What the room asks of the staff: notes that wait to be read, advisers who carry too much."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from flask import url_for
from flask_babel import gettext as _

from mobility.caseload import loads, queries
from mobility.core.clock import day_of
from mobility.core.web.access import Actor, Permission
from mobility.core.web.filters import number_fr
from mobility.desks.queries import desk_choices
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


def overloads(who: Actor, whose: Whose, now: datetime) -> Sequence[Task]:
    """Return the advisers above their desk's target: the managers', all alike; three queries, and the settings'."""
    del whose
    desks = desk_choices(who.desk_ids(Permission.CASELOAD_MANAGE))
    return [
        Task(
            kind="overload",
            key=f"overload:{one.desk_id}:{one.row.user_id}",
            title=_("Alléger la charge"),
            about=one.row.name,
            detail=_(
                "%(desk)s : %(load)s pour un objectif de %(target)s",
                desk=one.desk_name,
                load=number_fr(one.row.weighted, 1),
                target=one.target,
            ),
            url=url_for("caseload.index", _anchor="equilibrer"),
        )
        for one in loads.overloads(desks, on=day_of(now))[:MOST]
    ]


SOURCES = (
    Source("handover", "Notes de passation", "journal-arrow-down", Permission.PERSON_VIEW, notes_to_read, weight=20),
    Source("overload", "Charge", "bar-chart-steps", Permission.CASELOAD_MANAGE, overloads, weight=70),
)
