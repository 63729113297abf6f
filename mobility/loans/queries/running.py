"""The loan that carries somebody now, and whether its vehicle could stay longer."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select

from mobility.core.db import db
from mobility.fleet.models import VehicleReservation
from mobility.loans.models import Loan
from mobility.loans.rules.states import HOLDING, LoanState

# A loan that ends on Friday is still the one to prolong for a journey on Monday.
JUST_BEFORE = timedelta(days=4)


def loan_ending_before(objective_id: int, *, before: datetime, since: datetime) -> Loan | None:
    """Return the granted loan for an objective that ends just before an instant, and not before another; one query."""
    return db.session.scalar(
        select(Loan)
        .where(
            Loan.objective_id == objective_id,
            Loan.state.in_(HOLDING - {LoanState.REQUESTED}),
            Loan.due_at <= before,
            Loan.due_at > max(since, before - JUST_BEFORE),
        )
        .order_by(Loan.due_at.desc(), Loan.id.desc())
        .limit(1)
    )


def vehicle_is_taken(loan: Loan, *, until_at: datetime) -> bool:
    """Tell whether somebody else has the loan's vehicle between its end and an instant; one query."""
    other = (
        select(VehicleReservation.id)
        .where(
            VehicleReservation.vehicle_id == loan.vehicle_id,
            VehicleReservation.id != loan.reservation_id,
            VehicleReservation.released_at.is_(None),
            VehicleReservation.blocked_from_at < until_at,
            VehicleReservation.blocked_until_at > loan.due_at,
        )
        .limit(1)
    )
    return db.session.scalar(other) is not None
