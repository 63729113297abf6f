"""What was shared in a month: journeys made, kilometres, contributions given and received. Reads."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import aliased

from mobility.carpool.kinds import RideState
from mobility.carpool.models import CarpoolMatch, CarpoolMember, CarpoolOffer, CarpoolRequest, CarpoolRide
from mobility.carpool.states import Side
from mobility.core.clock import MONTHS, start_of
from mobility.core.db import db
from mobility.pathway.rules import Direction

# Statements are looked up no further back.
YEARS_BACK = 10


@dataclass(frozen=True)
class Line:
    """One journey that was made."""

    day_on: date
    direction: Direction
    pickup_at: datetime
    side: Side
    metres: int
    cents: int


@dataclass(frozen=True)
class Statement:
    """A month of one member."""

    month_on: date
    lines: tuple[Line, ...]

    @property
    def label(self) -> str:
        """« novembre 2026 »."""
        return f"{MONTHS[self.month_on.month - 1]} {self.month_on.year}"

    def cents(self, side: Side) -> int:
        """Return what was given (passenger) or received (driver)."""
        return sum(line.cents for line in self.lines if line.side is side)

    def metres(self, side: Side) -> int:
        """Return how far one rode, or took others."""
        return sum(line.metres for line in self.lines if line.side is side)

    def count(self, side: Side) -> int:
        """Return how many journeys."""
        return sum(line.side is side for line in self.lines)


def month_of(typed: str, *, today: date) -> date:
    """Return the first day of « 2026-11 », or of the present month for what is unreadable, ahead or too long ago."""
    present = today.replace(day=1)
    try:
        found = date.fromisoformat(f"{typed[:7]}-01")
    except ValueError:
        return present
    return found if present.year - YEARS_BACK <= found.year and found <= present else present


def next_month(month_on: date) -> date:
    """Return the first day of the month after."""
    return date(month_on.year + month_on.month // 12, month_on.month % 12 + 1, 1)


def month_before(month_on: date) -> date:
    """Return the first day of the month before."""
    return date(month_on.year - (month_on.month == 1), (month_on.month - 2) % 12 + 1, 1)


def statement_of(member_id: int, month_on: date) -> Statement:
    """Return the journeys that a member made in a month, either way of a car's seat (one query)."""
    driver, passenger = aliased(CarpoolMember), aliased(CarpoolMember)
    rows = db.session.execute(
        select(CarpoolRide, driver.id.label("driver_id"))
        .join(CarpoolMatch, CarpoolMatch.id == CarpoolRide.match_id)
        .join(CarpoolOffer, CarpoolOffer.id == CarpoolMatch.offer_id)
        .join(CarpoolRequest, CarpoolRequest.id == CarpoolMatch.request_id)
        .join(driver, driver.id == CarpoolOffer.member_id)
        .join(passenger, passenger.id == CarpoolRequest.member_id)
        .where(
            or_(driver.id == member_id, passenger.id == member_id),
            CarpoolRide.state == RideState.DONE,
            CarpoolRide.pickup_at >= start_of(month_on),
            CarpoolRide.pickup_at < start_of(next_month(month_on)),
        )
        .order_by(CarpoolRide.pickup_at, CarpoolRide.id)
    )
    return Statement(
        month_on,
        tuple(
            Line(
                ride.shift_on,
                ride.direction,
                ride.pickup_at,
                Side.DRIVER if driver_id == member_id else Side.PASSENGER,
                ride.metres,
                ride.contribution_cents,
            )
            for ride, driver_id in rows
        ),
    )
