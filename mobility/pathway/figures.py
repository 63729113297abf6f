"""What funders are shown of pathways: counts by agreement, never a name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from flask import Flask
from sqlalchemy import ColumnElement, select

from mobility.caseload.queries import desk_at
from mobility.core.clock import day_of, end_of, start_of
from mobility.core.db import db
from mobility.organisations import figures
from mobility.organisations.figures import Window
from mobility.pathway.models import Objective
from mobility.pathway.rules import ObjectiveState
from mobility.people.models import Person


def _count(windows: Sequence[Window], query: Any, at: ColumnElement[Any]) -> Mapping[int, int]:
    """Fold rows of (desk, instant) that lie in the windows' span; one query."""
    span = figures.span(windows)
    query = query.where(at >= start_of(span.first_on), at < end_of(span.last_on))
    if span.desk_ids is not None:
        query = query.where(desk_at(at).in_(span.desk_ids))
    rows: Sequence[tuple[int, datetime]] = [(desk_id, instant) for desk_id, instant in db.session.execute(query)]
    return figures.fold(windows, ((desk_id, day_of(instant), 1) for desk_id, instant in rows))


def people_met(windows: Sequence[Window]) -> Mapping[int, int]:
    """Count the files opened, where they were opened; two files of one person that were merged count once."""
    query: Any = select(desk_at(Person.created_at), Person.created_at).where(Person.merged_into_id.is_(None))
    return _count(windows, query, Person.created_at.expression)


def objectives_reached(windows: Sequence[Window]) -> Mapping[int, int]:
    """Count the objectives reached."""
    query: Any = (
        select(desk_at(Objective.closed_at), Objective.closed_at)
        .join(Person, Person.id == Objective.person_id)
        .where(Objective.state == ObjectiveState.REACHED)
    )
    return _count(windows, query, Objective.closed_at.expression)


def init_app(app: Flask) -> None:
    """Show the figures to funders."""
    figures.register(app, "pathway.people", "Personnes accueillies", people_met, order=10)
    figures.register(app, "pathway.reached", "Objectifs atteints", objectives_reached, order=11)
