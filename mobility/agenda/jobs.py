"""The scheduled jobs of the agenda."""

from __future__ import annotations

from datetime import datetime, timedelta

from mobility.agenda.services import invite_again
from mobility.core.jobs import Counts, Job, every


def invite(now: datetime) -> Counts:
    """Invite again those who were absent some days ago."""
    return invite_again(now=now)


JOBS = (
    Job(
        name="agenda_invitations",
        label="Nouvelle invitation après une absence",
        function=invite,
        trigger=every(hours=1),
        must_run_every=timedelta(hours=6),
    ),
)
