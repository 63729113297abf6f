"""The scheduled job of the room."""

from __future__ import annotations

from datetime import datetime, timedelta

from mobility.core.jobs import Counts, Job, every
from mobility.participation.services import ask_due


def ask(now: datetime) -> Counts:
    """Ask those who left some months ago what became of them, and remind them once."""
    return ask_due(now=now)


JOBS = (
    Job(
        name="participation_later",
        label="Question six mois après la sortie",
        function=ask,
        trigger=every(hours=6),
        must_run_every=timedelta(days=2),
    ),
)
