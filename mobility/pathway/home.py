"""The adviser's first page: which of the people they accompany will have nobody to carry them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from flask import url_for
from sqlalchemy import select
from sqlalchemy.orm import selectinload

from mobility.accounts.home import HomeItem, HomePanel
from mobility.core.clock import day_of
from mobility.core.db import db
from mobility.core.web.access import Actor
from mobility.pathway import queries
from mobility.pathway.coverage import CoverageDay, first_gap
from mobility.pathway.models import Objective
from mobility.pathway.rules import ObjectiveState
from mobility.people.models import Person, display_name
from mobility.people.queries.duplicates import may_know

AHEAD = timedelta(days=14)
SHOWN = 6


def gaps_panel(who: Actor, now: datetime) -> HomePanel:
    """Return the people whom the actor follows and who have a gap within two weeks; four queries."""
    today = day_of(now)
    rows = db.session.execute(
        select(Objective, Person)
        .join(Person, Person.id == Objective.person_id)
        .where(
            Person.referent_user_id == who.user_id,
            Person.erased_at.is_(None),
            Person.merged_into_id.is_(None),
            Person.restricted_at.is_(None),
            may_know(who.user_id),
            Objective.state == ObjectiveState.OPEN,
            Objective.starts_on <= today + AHEAD,
        )
        .options(selectinload(Objective.rosters), selectinload(Objective.own_means))
        .order_by(Objective.id)
    ).all()
    found = _gaps([objective for objective, _person in rows], now)
    people = {objective.id: person for objective, person in rows}
    ordered = sorted(found.items(), key=lambda pair: (pair[1].day_on, pair[0]))
    items = []
    for objective_id, day in ordered[:SHOWN]:
        person = people[objective_id]
        name = display_name(person.id, person.first_name, person.last_name)
        url = url_for("pathway.person", person_id=person.id)
        items.append(HomeItem(f"{name} – {day.words}", url, late=day.day_on <= today + timedelta(days=1)))
    return HomePanel(
        title="Trajets sans solution",
        icon="calendar-x",
        total=len(found),
        items=tuple(items),
        url=url_for("people.search"),
        empty="Toutes les personnes que vous suivez ont une solution pour les deux semaines qui viennent.",
        order=20,
    )


def _gaps(objectives: Sequence[Objective], now: datetime) -> dict[int, CoverageDay]:
    """Return the first day without a solution of each objective that has one."""
    today = day_of(now)
    days = queries.calendars(objectives, from_on=today - timedelta(days=1), until_on=today + AHEAD, today=today)
    gaps = {objective_id: first_gap(of_one, now=now) for objective_id, of_one in days.items()}
    return {objective_id: gap for objective_id, gap in gaps.items() if gap is not None}
