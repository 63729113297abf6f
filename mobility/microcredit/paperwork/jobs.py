"""The scheduled job of papers."""

from __future__ import annotations

from datetime import datetime, timedelta

from mobility.core.jobs import Counts, Job, every
from mobility.microcredit.paperwork.services import join_due


def join(now: datetime) -> Counts:
    """Make the files that desks wait for, and send those that are to be sent."""
    return join_due(now=now)


JOBS = (
    Job(
        name="microcredit_join",
        label="Dossiers de micro-crédit : papiers réunis en un fichier, envoi à la banque",
        function=join,
        trigger=every(seconds=5),
        must_run_every=timedelta(minutes=30),
    ),
)
