"""The scheduled job of the list."""

from __future__ import annotations

from datetime import datetime, timedelta

from mobility.core.jobs import Counts, Job, every
from mobility.todo.services import forget_over


def forget(now: datetime) -> Counts:
    """Forget what was put off until a day that has come."""
    return {"forgotten": forget_over(now=now)}


JOBS = (
    Job(
        name="todo_delays",
        label="Tâches remises à plus tard",
        function=forget,
        trigger=every(hours=24),
        must_run_every=timedelta(days=3),
    ),
)
