"""The scheduled jobs of papers."""

from __future__ import annotations

from datetime import datetime, timedelta

from mobility.core.jobs import Counts, Job, daily, every
from mobility.microcredit.paperwork.services import forget_pages, join_due


def join(now: datetime) -> Counts:
    """Make the files that desks wait for, and send those that are to be sent."""
    return join_due(now=now)


def forget(now: datetime) -> Counts:
    """Take away pages that wait for nobody."""
    return forget_pages(now=now)


JOBS = (
    Job(
        name="microcredit_forget_pages",
        label="Pages de papiers que plus personne n’attend : effacement",
        function=forget,
        trigger=daily(3, 30),
        must_run_every=timedelta(hours=26),
    ),
    Job(
        name="microcredit_join",
        label="Dossiers de micro-crédit : papiers réunis en un fichier, envoi à la banque",
        function=join,
        trigger=every(seconds=5),
        must_run_every=timedelta(minutes=30),
    ),
)
