"""What is read of exits."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select

from mobility.core.db import db, load
from mobility.participation.models import Departure


def get_departure(departure_id: int) -> Departure:
    """Return an exit. Raises NotFound."""
    return load(Departure, departure_id)


def person_of_departure(departure_id: int) -> int | None:
    """Return whose exit it is, or None."""
    return db.session.scalar(select(Departure.person_id).where(Departure.id == departure_id))


def departures_of(family: Sequence[int]) -> list[Departure]:
    """Return the exits of a person with the files merged into theirs, the latest first; one query."""
    return list(
        db.session.scalars(
            select(Departure)
            .where(Departure.person_id.in_(family))
            .order_by(Departure.left_on.desc(), Departure.id.desc())
        )
    )


def standing_of(person_id: int) -> Departure | None:
    """Return the exit that stands, or None; one query."""
    return db.session.scalar(select(Departure).where(Departure.person_id == person_id, Departure.returned_at.is_(None)))
