"""The messages that several use cases send."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from mobility.core.money import format_cents, format_price
from mobility.desks.models import Desk
from mobility.loans import words
from mobility.loans.models import Loan
from mobility.loans.queries.key_box import opens_at_of
from mobility.loans.rules.policy import HandoverMode
from mobility.loans.services.common import tell_person, urgency
from mobility.notifications import services as notifications

_KEY_BOX = "key-box"


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
        price=format_price(loan.person_cents),
        deposit=format_cents(loan.deposit_cents) if loan.deposit_cents else "aucun",
    )


def announce_key_box(session: Session, loan: Loan, *, now: datetime) -> None:
    """Queue the message that says from when on the code is in the borrower's space; no message holds the code."""
    desk = session.get_one(Desk, loan.desk_id)
    if loan.handover is not HandoverMode.KEY_BOX or not desk.key_box:
        return
    opens_at = opens_at_of(loan, now=now)
    tell_person(
        session,
        loan,
        "loan_key_box",
        key=f"{_KEY_BOX}:{int(loan.start_at.timestamp())}",
        now=now,
        due_at=max(opens_at, now),
        expires_at=loan.due_at,
        opens=words.when(opens_at),
    )


def forget_key_box(loan: Loan, *, now: datetime) -> None:
    """Take that message back where it has not left: the vehicle is on the road."""
    notifications.cancel(dedup_prefix=f"loan:{loan.id}:{_KEY_BOX}", now=now)


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
