"""The desk closes its day: what is not back then is late."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from mobility.accounts import audit
from mobility.core.clock import day_of, end_of
from mobility.core.db import savepoint, transaction
from mobility.core.retry import retried
from mobility.desks.models import Desk
from mobility.desks.queries import get_calendar
from mobility.loans.errors import DayNotClosable
from mobility.loans.models import DeskDay, Loan
from mobility.loans.rules.states import LoanAction, LoanState
from mobility.loans.services.common import follow, hold, move
from mobility.loans.services.vehicles import keep_late_vehicles


def close_day(*, desk_id: int, day_on: date, actor_id: int | None, now: datetime) -> int:
    """Close a day of the desk: the vehicles awaited until then and not back are late from now on.

    Closing twice changes nothing. Returns how many loans became late. Raises DayNotClosable, NotFound.
    """
    late = _close(desk_id=desk_id, day_on=day_on, actor_id=actor_id, now=now)
    if late:
        # Each in its own transaction: the next borrowers are looked after one by one.
        keep_late_vehicles(now=now, desk_id=desk_id)
    return late


@retried
def _close(*, desk_id: int, day_on: date, actor_id: int | None, now: datetime) -> int:
    with transaction() as session:
        hold(Desk, desk_id)
        if day_on > day_of(now):
            raise DayNotClosable(why="elle n’est pas encore arrivée.")
        calendar = get_calendar(desk_id)
        if not calendar.is_open_day(day_on):
            raise DayNotClosable(why="l’antenne était fermée, elle ne compte pas.")
        try:
            with savepoint():
                session.add(DeskDay(desk_id=desk_id, day_on=day_on, closed_at=now, closed_by_id=actor_id))
        except IntegrityError:
            return 0
        awaited_until = min(now, end_of(day_on))
        rows = session.scalars(
            select(Loan)
            .where(Loan.desk_id == desk_id, Loan.state == LoanState.OUT, Loan.due_at < awaited_until)
            .order_by(Loan.id)
            .with_for_update()
            .execution_options(populate_existing=True)
        ).all()
        for loan in rows:
            move(session, loan, LoanAction.MARK_OVERDUE, actor_id=actor_id, now=now, facts={"day_on": day_on})
            follow(loan, now=now)
        audit.record(
            actor_id=actor_id,
            action="loan.close_day",
            subject_kind="desk",
            subject_id=desk_id,
            now=now,
            changes={"closed_day": (None, day_on.isoformat()), "late": (None, len(rows))},
        )
        return len(rows)
