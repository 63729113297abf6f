"""A desk that closes for good hands its loans over: another one keeps the appointments, everything else stays."""

from __future__ import annotations

from datetime import datetime

from mobility.core.db import load, transaction
from mobility.core.errors import NotFound
from mobility.core.retry import retried
from mobility.desks.models import Desk
from mobility.loans.errors import DeskNotAnother
from mobility.loans.queries import facts
from mobility.loans.rules.states import LoanAction, LoanState
from mobility.loans.services.appointments import tell_moved
from mobility.loans.services.common import check_move, follow, forget_reminders, hold, lock_loan, move
from mobility.loans.services.messages import announce_key_box, forget_key_box


@retried
def move_desk(*, loan_id: int, desk_id: int, actor_id: int | None, now: datetime, version: int | None = None) -> None:
    """Give a loan of an archived desk to an open one, and tell the borrower where to come.

    Dates, terms and vehicle stay; reminders, the day board and the team follow. Raises DeskNotAnother,
    ForbiddenTransition, StaleVersion, NotFound.
    """
    with transaction() as session:
        loan = lock_loan(loan_id, version=version)
        check_move(loan, LoanAction.RESCHEDULE)
        if load(Desk, loan.desk_id).archived_at is None:
            raise DeskNotAnother("Cette antenne est ouverte : déplacez plutôt le rendez-vous.")
        try:
            hold(Desk, facts.get_desk_setting(desk_id).id)
        except NotFound:
            raise DeskNotAnother from None
        before, loan.desk_id = loan.desk_id, desk_id
        move(
            session,
            loan,
            LoanAction.RESCHEDULE,
            actor_id=actor_id,
            now=now,
            facts={"old_desk_id": before, "desk_id": desk_id},
            changes={"desk_id": (before, desk_id)},
        )
        forget_reminders(loan, now=now)
        follow(loan, now=now)
        if loan.state is LoanState.CONTRACTED:
            forget_key_box(loan, now=now)
            announce_key_box(session, loan, now=now)
        tell_moved(session, loan, now=now)
