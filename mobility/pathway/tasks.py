"""What the pathway asks of advisers: who will have nobody to carry them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from flask import url_for
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import selectinload

from mobility.core.clock import day_of
from mobility.core.db import db
from mobility.core.web.access import Actor, Permission
from mobility.pathway import queries
from mobility.pathway.models import Objective, Roster
from mobility.pathway.rules import ObjectiveState, RosterKind
from mobility.people.access import visible_persons
from mobility.people.models import Person, display_name
from mobility.todo.rules import Task
from mobility.todo.sources import MOST, Source, Whose

AHEAD = timedelta(days=14)
# The calendars of a whole team are computed for so many objectives, those that begin or began last first.
READ = 2 * MOST


def gaps(who: Actor, whose: Whose, now: datetime) -> Sequence[Task]:
    """Return the people who have a journey that nobody carries within two weeks; four queries.

    Adviser: those whom they accompany; manager: those of the desk.
    """
    today = day_of(now)
    query = (
        select(Objective, Person.id.label("person_id"), Person.first_name, Person.last_name)
        .join(Person, Person.id == Objective.person_id)
        .where(
            visible_persons(who, Permission.PATHWAY_EDIT),
            Objective.state == ObjectiveState.OPEN,
            Objective.starts_on <= today + AHEAD,
            # Without hours there is no journey to miss.
            Objective.rosters.any(Roster.kind != RosterKind.UNKNOWN),
        )
        .options(selectinload(Objective.rosters), selectinload(Objective.own_means))
        .order_by(Objective.starts_on.desc(), Objective.id.desc())
        .limit(READ)
    )
    if whose is Whose.MINE:
        query = query.where(Person.referent_user_id == (who.user_id or 0))
    rows = db.session.execute(query).all()
    people = {row.Objective.id: row for row in rows}
    found = queries.first_gaps(
        [row.Objective for row in rows], from_on=today - timedelta(days=1), until_on=today + AHEAD, now=now
    )
    return [
        Task(
            kind="gap",
            key=f"gap:{objective_id}",
            title=_("Trouver un trajet"),
            about=display_name(
                people[objective_id].person_id, people[objective_id].first_name, people[objective_id].last_name
            ),
            detail=day.words,
            url=url_for("pathway.solutions", objective_id=objective_id),
            due_on=day.day_on,
        )
        for objective_id, day in list(found.items())[:MOST]
    ]


SOURCES = (Source("gap", "Trajets sans solution", "calendar-x", Permission.PATHWAY_EDIT, gaps, weight=15),)
