"""The scheduled jobs of the follow-up."""

from __future__ import annotations

from datetime import datetime, timedelta

from mobility.core.jobs import Counts, Job, every
from mobility.microcredit.followup.services import following, statements


def tidy(now: datetime) -> Counts:
    """Empty bank files that nobody confirmed."""
    return {"statements": statements.drop_old(now=now)}


def follow(now: datetime) -> Counts:
    """Write early signals down, and tell whom they concern."""
    return following.follow_loans(now=now)


JOBS = (
    Job(
        name="microcredit_follow",
        label="Micro-crédits : signaux, et messages avant la deuxième mensualité manquée",
        function=follow,
        trigger=every(hours=6),
        must_run_every=timedelta(days=2),
    ),
    Job(
        name="microcredit_statements",
        label="Relevés de banque jamais confirmés : vider",
        function=tidy,
        trigger=every(hours=12),
        must_run_every=timedelta(days=3),
    ),
)
