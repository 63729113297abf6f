"""Who left some months ago and has not said what became of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, select, true

from mobility.core.clock import day_of
from mobility.core.db import db
from mobility.notifications.models import ContactPoint
from mobility.participation.models import Departure
from mobility.participation.rules.exits import Asking, Clock, asking, later_until_on
from mobility.people.models import Person, display_name
from mobility.people.rules import add_months

# Months have 28 to 31 days: the database is asked a little more, the rule decides.
_MARGIN = timedelta(days=4)


@dataclass(frozen=True, slots=True)
class Unanswered:
    """An exit without its later answer, and what is to be done about it."""

    departure_id: int
    person_id: int
    name: str
    left_on: date
    until_on: date
    asking: Asking
    desk_id: int


def list_unanswered(
    *, clock: Clock, now: datetime, visible: ColumnElement[bool] | None = None, limit: int | None = None
) -> list[Unanswered]:
    """Return the exits whose question stands open on a day, the first to end first; one query."""
    today = day_of(now)
    since = add_months(today, -clock.later_months) - timedelta(days=clock.later_days) - _MARGIN
    reachable = (
        select(ContactPoint.id)
        .where(
            ContactPoint.recipient_id == Person.recipient_id,
            ContactPoint.archived_at.is_(None),
            ContactPoint.bounced_at.is_(None),
            ContactPoint.opted_out_at.is_(None),
        )
        .exists()
    )
    query = (
        select(Departure, Person.first_name, Person.last_name, Person.desk_id, reachable.label("reachable"))
        .join(Person, Person.id == Departure.person_id)
        .where(
            Departure.returned_at.is_(None),
            Departure.later.is_(None),
            Departure.left_on >= since,
            Departure.left_on <= add_months(today, -clock.later_months) + _MARGIN,
            Person.erased_at.is_(None),
            Person.restricted_at.is_(None),
            Person.merged_into_id.is_(None),
            true() if visible is None else visible,
        )
        .order_by(Departure.left_on, Departure.id)
    )
    rows = db.session.execute(query if limit is None else query.limit(limit)).all()
    found = [
        Unanswered(
            departure_id=row.Departure.id,
            person_id=row.Departure.person_id,
            name=display_name(row.Departure.person_id, row.first_name, row.last_name),
            left_on=row.Departure.left_on,
            until_on=later_until_on(row.Departure.left_on, clock),
            asking=asking(
                row.Departure.left_on,
                asked_on=day_of(row.Departure.asked_at) if row.Departure.asked_at else None,
                reminded_on=day_of(row.Departure.reminded_at) if row.Departure.reminded_at else None,
                reachable=bool(row.reachable),
                today=today,
                clock=clock,
            ),
            desk_id=row.desk_id,
        )
        for row in rows
    ]
    return [one for one in found if one.asking is not Asking.OVER]
