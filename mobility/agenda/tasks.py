"""What the agenda asks of advisers: reports to write, people whom nobody will see again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from flask import url_for
from flask_babel import gettext as _
from sqlalchemy import and_, or_

from mobility.agenda import queries
from mobility.agenda.rules import WHY_LABELS, Why
from mobility.core.clock import day_of, format_date, format_instant
from mobility.core.web.access import Actor, Permission
from mobility.people.access import visible_persons
from mobility.people.models import Person
from mobility.people.queries import family_ids
from mobility.todo.own import OwnTask
from mobility.todo.rules import Task
from mobility.todo.sources import MOST, Source, Whose


def reports(who: Actor, whose: Whose, now: datetime) -> Sequence[Task]:
    """Return the meetings that are over and say neither who came nor what follows; one query."""
    rows = queries.list_unreported(
        adviser_id=who.user_id if whose is Whose.MINE else None,
        desk_ids=who.desk_ids(Permission.AGENDA_VIEW),
        visible=visible_persons(who),
        now=now,
        limit=MOST,
    )
    return [
        Task(
            kind="report",
            key=f"report:{row.attendance_id}",
            title=_("Faire le bilan du rendez-vous"),
            about=row.name,
            detail=f"{row.label}, {format_instant(row.ends_at)}",
            url=url_for("agenda.close", attendance_id=row.attendance_id),
            due_on=day_of(row.ends_at),
            whose=row.adviser_name,
        )
        for row in rows
    ]


def lapsed(who: Actor, whose: Whose, now: datetime) -> Sequence[Task]:
    """Return those whom nobody will see again: the actor's own, and those who have no referent; as ``list_lapsed``."""
    visible = visible_persons(who, Permission.AGENDA_VIEW)
    if whose is Whose.MINE:
        mine = or_(Person.referent_user_id == (who.user_id or 0), Person.referent_user_id.is_(None))
        visible = and_(visible, mine)
    return [
        Task(
            kind="lapsed",
            key=f"lapsed:{one.person_id}",
            title=_("Prendre un prochain rendez-vous")
            if one.why is Why.CADENCE
            else _("Appeler, et convenir d’une date"),
            about=one.name,
            detail=_("à revoir depuis le %(day)s", day=format_date(one.due_on, weekday=False))
            if one.why is Why.CADENCE
            else WHY_LABELS[one.why],
            url=url_for("agenda.book", person_id=one.person_id),
            due_on=one.due_on,
        )
        for one in queries.list_lapsed(visible=visible, now=now)[:MOST]
    ]


def own(person_id: int, now: datetime) -> Sequence[OwnTask]:
    """Return the person's next meeting; two queries."""
    visit = queries.next_visit_of(family_ids(person_id), now=now)
    if visit is None:
        return []
    return [
        OwnTask(
            title=_("Mon rendez-vous : %(when)s", when=format_instant(visit.attendance.starts_at)),
            detail=visit.meeting.label,
            url=url_for("my_agenda.show", attendance_id=visit.attendance.id),
            icon="calendar-week",
            due_at=visit.attendance.starts_at,
            waits=False,
        )
    ]


SOURCES = (
    Source("report", "Bilans à faire", "clipboard-x", Permission.AGENDA_VIEW, reports, weight=20),
    Source("lapsed", "À revoir", "person-exclamation", Permission.AGENDA_VIEW, lapsed, weight=50),
)
