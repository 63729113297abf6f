"""A loan whose dates have moved: priced anew, logged, and everything that follows from its dates brought after it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy.orm import Session

from mobility.core.clock import day_of
from mobility.loans.models import Loan
from mobility.loans.queries import facts
from mobility.loans.rules.policy import terms_from
from mobility.loans.rules.quote import days_begun, quote_days
from mobility.loans.rules.states import LoanAction
from mobility.loans.services.booking import apply_quote
from mobility.loans.services.common import follow, forget_reminders, move
from mobility.loans.services.money import post_price


def days_of(loan: Loan) -> int:
    """Return how many days the loan begins, as its dates stand now."""
    return days_begun(loan.start_at, loan.due_at)


def write_dates(
    session: Session,
    loan: Loan,
    action: LoanAction,
    *,
    before: Mapping[str, datetime],
    actor_id: int | None,
    now: datetime,
) -> None:
    """Write what follows from the loan's new dates; ``before`` holds the old value of each column that changed.

    ``free_days`` must say already how many of the days cost nothing. Raises ForbiddenTransition.
    """
    terms = terms_from(loan)
    uses = facts.funder_uses(loan.person_id, start_at=loan.start_at, except_loan_id=loan.id)
    got = quote_days(
        terms,
        first_on=day_of(loan.start_at),
        days=days_of(loan) - loan.free_days,
        used=facts.use_of(terms, uses),
        free_days=loan.free_days,
    )
    apply_quote(loan, got)
    move(
        session,
        loan,
        action,
        actor_id=actor_id,
        now=now,
        facts={f"old_{name}": old for name, old in before.items()},
        changes={name: (old.isoformat(), getattr(loan, name).isoformat()) for name, old in before.items()},
    )
    post_price(session, loan, actor_id=actor_id, now=now)
    forget_reminders(loan, now=now)
    follow(loan, now=now)
