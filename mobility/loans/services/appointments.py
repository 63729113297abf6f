"""A pickup or return that the desk moves because it is closed then: no renewal is used, no day more is paid."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from mobility.core.clock import day_of
from mobility.core.db import transaction
from mobility.core.retry import retried
from mobility.fleet import services as fleet
from mobility.fleet.errors import VehicleRetired, VehicleTaken
from mobility.loans.errors import AppointmentTaken, BadPeriod, NotEligible
from mobility.loans.models import Loan
from mobility.loans.queries import facts
from mobility.loans.rules.eligibility import assess
from mobility.loans.rules.periods import Wish
from mobility.loans.rules.reasons import Reason
from mobility.loans.rules.reschedule import days_free
from mobility.loans.rules.states import AWAITED, LoanAction, LoanState
from mobility.loans.services.common import (
    check_move,
    lock_loan,
    tell_person,
    urgency,
)
from mobility.loans.services.dates import days_of, write_dates
from mobility.loans.services.extension import move_block, reasons_against, setting_of
from mobility.loans.services.messages import announce_key_box, forget_key_box


@retried
def move_pickup(
    *, loan_id: int, start_at: datetime, actor_id: int | None, now: datetime, version: int | None = None
) -> None:
    """Give a loan that has not left another pickup, and tell the borrower.

    What the rules let nobody set aside still holds. Raises AppointmentTaken, NotEligible, BadPeriod,
    ForbiddenTransition, StaleVersion.
    """
    with transaction() as session:
        loan = lock_loan(loan_id, version=version)
        check_move(loan, LoanAction.RESCHEDULE)
        if loan.state not in AWAITED or start_at == loan.start_at:
            raise BadPeriod("Choisissez une autre heure de départ.", field="on")
        if start_at >= loan.due_at:
            raise BadPeriod(field="on")
        person = facts.get_person(loan.person_id)
        who = facts.person_facts(
            person, starts_on=day_of(start_at), until_on=day_of(loan.due_at), except_loan_id=loan.id
        )
        wish = Wish(loan.category, start_at, loan.due_at, loan.objective_id)
        # Only the new pickup is asked about: an end that is displaced too is moved by itself.
        reasons = [r for r in assess(wish, who, setting_of(loan, now)) if r.code != "desk_closed_end"]
        _refuse([reason for reason in reasons if not reason.overridable])
        try:
            fleet.move_reservation(reservation_id=loan.reservation_id, starts_at=start_at, now=now)
        except (VehicleTaken, VehicleRetired):
            raise AppointmentTaken from None
        before, loan.start_at = loan.start_at, start_at
        _write(session, loan, {"start_at": before}, actor_id=actor_id, now=now)
        if loan.state is LoanState.CONTRACTED:
            forget_key_box(loan, now=now)
            announce_key_box(session, loan, now=now)


@retried
def move_return(
    *, loan_id: int, due_at: datetime, actor_id: int | None, now: datetime, version: int | None = None
) -> None:
    """Give a loan another return, and tell the borrower; the vehicle's next loans are put on others where they must.

    What the rules let nobody set aside still holds. Raises ExtensionBlocked, NotEligible, BadPeriod,
    ForbiddenTransition, StaleVersion.
    """
    with transaction() as session:
        loan = lock_loan(loan_id, version=version)
        check_move(loan, LoanAction.RESCHEDULE)
        if due_at <= max(loan.start_at, now):
            raise BadPeriod("Choisissez une heure à venir, après le départ.", field="on")
        _refuse([reason for reason in reasons_against(loan, due_at, now=now) if not reason.overridable])
        move_block(session, loan, due_at, actor_id=actor_id, now=now)
        before, loan.due_at = loan.due_at, due_at
        loan.due_set_at, loan.return_confirmed_at = now, None
        _write(session, loan, {"due_at": before}, actor_id=actor_id, now=now)


def _refuse(reasons: list[Reason]) -> None:
    if reasons:
        raise NotEligible(reasons)


def _write(session: Session, loan: Loan, before: dict[str, datetime], *, actor_id: int | None, now: datetime) -> None:
    loan.free_days = days_free(paid_days=loan.days, days=days_of(loan))
    write_dates(session, loan, LoanAction.RESCHEDULE, before=before, actor_id=actor_id, now=now)
    tell_moved(session, loan, now=now)


def tell_moved(session: Session, loan: Loan, *, now: datetime) -> None:
    """Tell the borrower where and when the appointments now are."""
    soonest = loan.start_at if loan.state in AWAITED else loan.due_at
    tell_person(
        session,
        loan,
        "loan_moved",
        key=f"moved:{int(loan.start_at.timestamp())}:{int(loan.due_at.timestamp())}:{int(now.timestamp())}",
        now=now,
        message_class=urgency(soonest, now),
    )
