"""What somebody has to do now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from mobility.core.clock import day_of
from mobility.core.db import db
from mobility.core.web.access import Actor
from mobility.todo.models import TaskDelay
from mobility.todo.rules import Task, in_order, without_put_off
from mobility.todo.sources import MOST, Source, Whose, sources_for


@dataclass(frozen=True, slots=True)
class TodoList:
    """The tasks in order, the sources that were asked, how many were put off, and whether there are still more."""

    tasks: Sequence[Task]
    sources: Sequence[Source]
    put_off: Sequence[Task]
    more: bool

    def count(self, kind: str) -> int:
        """Return how many tasks are of a kind."""
        return sum(1 for task in self.tasks if task.kind == kind)


def list_tasks(who: Actor, *, whose: Whose, now: datetime) -> TodoList:
    """Ask every source that concerns the actor: a constant number of queries each, and one for what was put off."""
    sources = sources_for(who)
    found = [list(source.find(who, whose, now)) for source in sources]
    ordered = in_order((task for tasks in found for task in tasks), weights={one.kind: one.weight for one in sources})
    # What one put off is one's own list: the team's shows everything.
    delayed = _put_off(who.user_id, now=now) if whose is Whose.MINE else frozenset()
    return TodoList(
        tasks=without_put_off(ordered, put_off=delayed),
        sources=sources,
        put_off=[task for task in ordered if task.key in delayed],
        more=any(len(tasks) >= MOST for tasks in found),
    )


def _put_off(user_id: int | None, *, now: datetime) -> frozenset[str]:
    return frozenset(
        db.session.scalars(
            select(TaskDelay.key).where(TaskDelay.user_id == (user_id or 0), TaskDelay.until_on > day_of(now))
        )
    )
