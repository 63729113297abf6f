"""Decisions before departure: approve, refuse, cancel, no-show."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from mobility.core.clock import format_instant
from mobility.core.db import transaction
from mobility.core.retry import retried
from mobility.fleet import services as fleet
from mobility.loans.errors import TooEarly
from mobility.loans.models import ExtensionRequest, Loan
from mobility.loans.rules.states import (
    EXTENSIONS,
    ExtensionAction,
    ExtensionState,
    LoanAction,
)
from mobility.loans.services.common import (
    adviser_of,
    check_move,
    clean_reason,
    follow,
    forget_reminders,
    lock_loan,
    move,
    tell_person,
    tell_staff,
    urgency,
)
from mobility.loans.services.messages import tell_approved
from mobility.loans.services.money import undo_accounts
from mobility.notifications import services as notifications


@retried
def approve(*, loan_id: int, actor_id: int | None, now: datetime, version: int | None = None) -> None:
    """Accept a request. Raises ForbiddenTransition, StaleVersion, NotFound."""
    with transaction() as session:
        loan = lock_loan(loan_id, version=version)
        move(session, loan, LoanAction.APPROVE, actor_id=actor_id, now=now)
        follow(loan, now=now)
        tell_approved(session, loan, now=now)


@retried
def refuse(
    *, loan_id: int, reason: str | None, actor_id: int | None, now: datetime, version: int | None = None
) -> None:
    """Refuse a request; the written reason is sent to the person. Raises ReasonNeeded, ForbiddenTransition."""
    written = clean_reason(reason, needed=True)
    with transaction() as session:
        loan = lock_loan(loan_id, version=version)
        check_move(loan, LoanAction.REFUSE)
        loan.decision_reason = written
        _give_up(session, loan, LoanAction.REFUSE, actor_id=actor_id, now=now, note=written)
        tell_person(
            session,
            loan,
            "loan_refused",
            key="refused",
            now=now,
            message_class=urgency(loan.start_at, now),
            reason=written,
        )


@retried
def cancel(
    *,
    loan_id: int,
    actor_id: int | None,
    now: datetime,
    reason: str | None = None,
    by_person: bool = False,
    version: int | None = None,
) -> None:
    """Cancel a loan before its departure. The borrower hears of it, or their adviser when they cancel themselves."""
    written = clean_reason(reason)
    with transaction() as session:
        loan = lock_loan(loan_id, version=version)
        check_move(loan, LoanAction.CANCEL)
        loan.decision_reason = written
        _give_up(session, loan, LoanAction.CANCEL, actor_id=actor_id, now=now, note=written)
        tell_person(
            session, loan, "loan_cancelled", key="cancelled", now=now, message_class=urgency(loan.start_at, now)
        )
        if by_person:
            tell_staff(
                loan,
                adviser_of(session, loan),
                key=f"loan:{loan.id}:cancelled",
                title="Un prêt est annulé par la personne",
                text=f"Le départ était prévu {format_instant(loan.start_at)}. Le véhicule est de nouveau libre.",
                now=now,
            )


@retried
def mark_no_show(*, loan_id: int, actor_id: int | None, now: datetime, version: int | None = None) -> None:
    """Note that nobody came for the vehicle. Raises TooEarly before the start, ForbiddenTransition."""
    with transaction() as session:
        loan = lock_loan(loan_id, version=version)
        check_move(loan, LoanAction.NO_SHOW)
        if now <= loan.start_at:
            raise TooEarly(why="le départ n’est pas encore passé.")
        _give_up(session, loan, LoanAction.NO_SHOW, actor_id=actor_id, now=now, note="")


def _give_up(
    session: Session, loan: Loan, action: LoanAction, *, actor_id: int | None, now: datetime, note: str
) -> None:
    """End a loan that has not departed: the vehicle is free, nothing is due, nothing more is announced."""
    move(session, loan, action, actor_id=actor_id, now=now, note=note)
    fleet.release(reservation_id=loan.reservation_id, now=now)
    undo_accounts(session, loan, actor_id=actor_id, now=now)
    withdraw_pending(session, loan, actor_id=actor_id, now=now)
    forget_reminders(loan, now=now)
    notifications.cancel(dedup_prefix=f"loan:{loan.id}:", now=now)
    follow(loan, now=now)


def withdraw_pending(session: Session, loan: Loan, *, actor_id: int | None, now: datetime) -> None:
    """Close the question about another end, if one stands: it has lost its object."""
    pending = session.scalar(
        select(ExtensionRequest).where(
            ExtensionRequest.loan_id == loan.id, ExtensionRequest.state == ExtensionState.PENDING
        )
    )
    if pending is not None:
        pending.state = EXTENSIONS.after(pending.state, ExtensionAction.WITHDRAW)
        pending.decided_at, pending.decided_by_id = now, actor_id
        session.flush()
