"""Putting a task off, taking that back, forgetting what is over."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import delete, func, select

from mobility.core.clock import day_of
from mobility.core.db import transaction
from mobility.todo.errors import DelayTooLong
from mobility.todo.models import TaskDelay
from mobility.todo.rules import LONGEST_DELAY_DAYS, latest_delay


def put_off(*, user_id: int, key: str, until_on: date, now: datetime) -> None:
    """Hide a task from one's own list until a day. Raises DelayTooLong.

    It is a list that changes, never the fact behind it: colleagues and the manager's list still see it.
    """
    today = day_of(now)
    if not today < until_on <= latest_delay(today):
        raise DelayTooLong(days=LONGEST_DELAY_DAYS)
    with transaction() as session:
        row = session.scalars(select(TaskDelay).where(TaskDelay.user_id == user_id, TaskDelay.key == key)).one_or_none()
        if row is None:
            row = TaskDelay(user_id=user_id, key=key, created_at=now, until_on=until_on)
            session.add(row)
        row.until_on = until_on


def take_back(*, user_id: int, key: str) -> None:
    """Show a task again; nothing where it was not put off."""
    with transaction() as session:
        session.execute(delete(TaskDelay).where(TaskDelay.user_id == user_id, TaskDelay.key == key))


def forget_over(*, now: datetime) -> int:
    """Forget the delays whose day has come; return how many."""
    over = TaskDelay.until_on <= day_of(now)
    with transaction() as session:
        found = session.scalar(select(func.count()).select_from(TaskDelay).where(over)) or 0
        session.execute(delete(TaskDelay).where(over))
    return found
