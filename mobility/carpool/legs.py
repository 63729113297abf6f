"""The ways that offers and requests make in a range of days, many at once: three queries, however many there are."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date

from sqlalchemy import select

from mobility.carpool.days import DayLeg, legs_of
from mobility.carpool.kinds import Timing
from mobility.carpool.models import CarpoolException, CarpoolOffer, CarpoolRequest
from mobility.core.db import db
from mobility.pathway import public_holidays
from mobility.pathway.errors import RosterInvalid
from mobility.pathway.models import Objective, Roster
from mobility.pathway.queries import plan_of
from mobility.pathway.roster import Plan
from mobility.pathway.rules import ObjectiveState


def legs_in(
    journeys: Sequence[CarpoolOffer | CarpoolRequest], *, first_on: date, last_on: date
) -> dict[int, list[DayLeg]]:
    """Return the ways of each journey (of one kind), by its id.

    The rosters of an objective that is no longer open say nothing; a pattern that cannot be read makes no day.
    """
    exceptions: dict[int, list[CarpoolException]] = defaultdict(list)
    if journeys:
        column = CarpoolException.offer_id if isinstance(journeys[0], CarpoolOffer) else CarpoolException.request_id
        rows = db.session.scalars(
            select(CarpoolException).where(
                column.in_([journey.id for journey in journeys]), CarpoolException.day_on.between(first_on, last_on)
            )
        )
        for row in rows:
            exceptions[row.offer_id or row.request_id or 0].append(row)
    rosters = _rosters(
        {one.objective_id for one in journeys if one.timing is Timing.ROSTER and one.objective_id is not None}
    )
    holidays = public_holidays.between(first_on, last_on)
    found = {}
    for journey in journeys:
        try:
            found[journey.id] = legs_of(
                journey,
                rosters.get(journey.objective_id or 0, ()),
                exceptions.get(journey.id, ()),
                first_on=first_on,
                last_on=last_on,
                holidays=holidays,
            )
        except RosterInvalid:
            found[journey.id] = []
    return found


def _rosters(objective_ids: set[int]) -> dict[int, list[Plan]]:
    found: dict[int, list[Plan]] = defaultdict(list)
    if objective_ids:
        rows = db.session.scalars(
            select(Roster)
            .join(Objective, Objective.id == Roster.objective_id)
            .where(Roster.objective_id.in_(objective_ids), Objective.state == ObjectiveState.OPEN)
            .order_by(Roster.objective_id, Roster.valid_from_on)
        )
        for row in rows:
            found[row.objective_id].append(plan_of(row))
    return found
