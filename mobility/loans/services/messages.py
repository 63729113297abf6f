"""The messages that several use cases send."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from mobility.core.money import format_cents
from mobility.loans.models import Loan
from mobility.loans.services.common import tell_person, urgency


def tell_approved(session: Session, loan: Loan, *, now: datetime) -> None:
    """Tell the borrower that the loan is accepted: where, when, how much."""
    tell_person(
        session,
        loan,
        "loan_approved",
        key="approved",
        now=now,
        message_class=urgency(loan.start_at, now),
        expires_at=loan.start_at if loan.start_at > now else None,
        price=format_cents(loan.person_cents),
        deposit=format_cents(loan.deposit_cents),
    )


def tell_new_end(session: Session, loan: Loan, *, now: datetime) -> None:
    """Tell the borrower the end that now holds."""
    tell_person(
        session,
        loan,
        "loan_extended",
        key=f"end:{int(loan.due_at.timestamp())}:{int(now.timestamp())}",
        now=now,
        message_class=urgency(loan.due_at, now),
    )
