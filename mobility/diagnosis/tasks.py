"""What a diagnosis asks for: of the person their part, of the staff to read it with them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from flask import url_for
from flask_babel import gettext as _
from sqlalchemy import and_, or_, select

from mobility.core.clock import day_of, format_date
from mobility.core.db import db
from mobility.core.web.access import Actor, Permission
from mobility.diagnosis.models import Diagnosis
from mobility.diagnosis.queries import standing_of
from mobility.diagnosis.rules import State
from mobility.people.access import visible_persons
from mobility.people.models import Person
from mobility.people.queries import family_ids
from mobility.todo.own import OwnTask
from mobility.todo.rules import Task
from mobility.todo.sources import MOST, Source, Whose


def own(person_id: int, now: datetime) -> Sequence[OwnTask]:
    """Return the person's own part, until they have said that it is done; two queries."""
    del now
    standing = standing_of(family_ids(person_id))
    is_asked = standing.open_id is not None and standing.prepared_at is None
    if not is_asked and (standing.open_id is not None or standing.last is not None):
        return []
    return [
        OwnTask(
            title=_("Préparer mon diagnostic"),
            detail=_("Quelques questions, à votre rythme."),
            url=url_for("my_diagnosis.index"),
            icon="clipboard-check",
            waits=is_asked,
        )
    ]


def prepared(who: Actor, whose: Whose, now: datetime) -> Sequence[Task]:
    """Return those who have prepared their part and wait for the rest: one's own, and those without a referent."""
    del now
    visible = visible_persons(who, Permission.DIAGNOSIS_VIEW)
    if whose is Whose.MINE:
        visible = and_(visible, or_(Person.referent_user_id == (who.user_id or 0), Person.referent_user_id.is_(None)))
    rows = db.session.execute(
        select(Diagnosis.id, Diagnosis.prepared_at, Person.first_name, Person.last_name)
        .join(Person, Person.id == Diagnosis.person_id)
        .where(Diagnosis.state == State.OPEN, Diagnosis.prepared_at.is_not(None), visible)
        .order_by(Diagnosis.prepared_at)
        .limit(MOST)
    ).all()
    return [
        Task(
            kind="diagnosis",
            key=f"diagnosis:{row.id}",
            title=_("Compléter le diagnostic avec la personne"),
            about=f"{row.first_name} {row.last_name}",
            detail=_("préparé le %(day)s", day=format_date(day_of(row.prepared_at), weekday=False)),
            url=url_for("diagnosis.show", diagnosis_id=row.id),
            due_on=day_of(row.prepared_at),
        )
        for row in rows
    ]


SOURCES = (
    Source("diagnosis", "Diagnostics préparés", "clipboard-check", Permission.DIAGNOSIS_VIEW, prepared, weight=40),
)
