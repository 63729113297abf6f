"""What entries and exits ask of advisers: what will soon be too late, and calls where no message was answered."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from flask import url_for
from flask_babel import gettext as _
from sqlalchemy import ColumnElement, and_, or_

from mobility.core.clock import day_of, format_date
from mobility.core.web.access import Actor, Permission
from mobility.participation import parameters
from mobility.participation.queries import list_soon, list_unanswered
from mobility.participation.rules.exits import Asking
from mobility.participation.rules.missing import MISSING_ACTS, Missing
from mobility.participation.views.missing import act_url
from mobility.people.access import visible_persons
from mobility.people.models import Person
from mobility.todo.rules import Task
from mobility.todo.sources import MOST, Source, Whose


def _visible(who: Actor, whose: Whose) -> ColumnElement[bool]:
    visible = visible_persons(who, Permission.PARTICIPATION_EDIT)
    if whose is Whose.TEAM:
        return visible
    mine = or_(Person.referent_user_id == (who.user_id or 0), Person.referent_user_id.is_(None))
    return and_(visible, mine)


def calls(who: Actor, whose: Whose, now: datetime) -> Sequence[Task]:
    """Return those who left some months ago and answered no message; one query beside the settings."""
    clock = parameters.clock(on=day_of(now))
    rows = list_unanswered(clock=clock, now=now, visible=_visible(who, whose))
    return [
        Task(
            kind="later_call",
            key=f"later_call:{one.departure_id}",
            title=_("Demander ce que la personne est devenue"),
            about=one.name,
            detail=_("sortie le %(day)s, sans réponse au message", day=format_date(one.left_on, weekday=False)),
            url=url_for("participation.later", departure_id=one.departure_id),
            due_on=one.until_on,
        )
        for one in rows
        if one.asking is Asking.CALL
    ][:MOST]


def missing(who: Actor, whose: Whose, now: datetime) -> Sequence[Task]:
    """Return what will soon be too late to have: answers, papers, exits; a query for each kind."""
    today = day_of(now)
    delays = parameters.delays(on=today)
    visible = _visible(who, whose)
    found: list[Task] = []
    for kind in (Missing.ANSWERS, Missing.EVIDENCE, Missing.EXIT, Missing.PROOF):
        lacks = list_soon(kind, visible=visible, today=today, delays=delays, limit=MOST)
        found += [
            Task(
                kind="missing",
                key=f"missing:{kind.value}:{lack.subject_id}",
                title=MISSING_ACTS[kind],
                about=lack.name,
                detail=_("après le %(day)s, il sera trop tard", day=format_date(lack.due_on, weekday=False)),
                url=act_url(lack),
                due_on=lack.due_on,
            )
            for lack in lacks
        ]
    return found[:MOST]


SOURCES = (
    Source("missing", "Entrées et sorties", "clipboard-minus", Permission.PARTICIPATION_EDIT, missing, weight=45),
    Source("later_call", "Après la sortie", "telephone-outbound", Permission.PARTICIPATION_EDIT, calls, weight=55),
)
