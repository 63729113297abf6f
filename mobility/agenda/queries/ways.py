"""How a person comes to a desk: what they said, and how long the road is."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select

from mobility.agenda.models import AgendaReach
from mobility.agenda.reach import Means, Reach, travel_time
from mobility.core.db import db
from mobility.core.errors import RuleViolation
from mobility.desks.models import Desk
from mobility.geo import engines
from mobility.people.models import Person


def find_reach(person_id: int) -> AgendaReach | None:
    """Return what a person said, or None."""
    return db.session.scalar(select(AgendaReach).where(AgendaReach.person_id == person_id))


def fact_of(row: AgendaReach) -> Reach:
    """Return the fact behind a row."""
    return Reach(row.means, frozenset(row.no_days), row.leave_from, row.home_by, row.first_bus, row.last_bus)


def sieve(person: Person, desk_id: int) -> tuple[Reach, timedelta | None] | None:
    """Return when the person can come and how long their way to the desk is; None where they said nothing."""
    row = find_reach(person.id)
    if row is None:
        return None
    known = fact_of(row)
    needs_way = known.leave_from is not None or known.home_by is not None
    return known, way_to(person, desk_id, known.means) if needs_way else None


def way_to(person: Person, desk_id: int, means: Means | None) -> timedelta | None:
    """Return how long the way is by the road engine; None where it cannot tell (no position, a bus, no road)."""
    desk = db.session.get(Desk, desk_id)
    if means in {None, Means.BUS} or desk is None or desk.longitude is None or desk.latitude is None:
        return None
    if person.longitude is None or person.latitude is None:
        return None
    try:
        found = engines.in_use().route((person.longitude, person.latitude), (desk.longitude, desk.latitude))
    except RuleViolation:
        # Too far from a road, or a server that does not answer: hours are offered without the way.
        return None
    return travel_time(means, metres=found.metres, driven=timedelta(seconds=found.seconds))
