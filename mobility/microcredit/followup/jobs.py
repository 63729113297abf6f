"""The scheduled jobs of the follow-up."""

from __future__ import annotations

from datetime import datetime, timedelta

from mobility.core.jobs import Counts, Job, every
from mobility.microcredit.followup.services import statements


def tidy(now: datetime) -> Counts:
    """Empty bank files that nobody confirmed."""
    return {"statements": statements.drop_old(now=now)}


JOBS = (
    Job(
        name="microcredit_statements",
        label="Relevés de banque jamais confirmés : vider",
        function=tidy,
        trigger=every(hours=12),
        must_run_every=timedelta(days=3),
    ),
)
