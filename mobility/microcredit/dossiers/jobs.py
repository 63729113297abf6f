"""The scheduled job of dossiers."""

from __future__ import annotations

from datetime import datetime, timedelta

from mobility.core.jobs import Counts, Job, every
from mobility.microcredit.dossiers.services import remind_banks, watch_due


def watch(now: datetime) -> Counts:
    """Notice instalments that did not come."""
    return watch_due(now=now)


def remind(now: datetime) -> Counts:
    """Write again to banks that have not said that they have a dossier."""
    return remind_banks(now=now)


JOBS = (
    Job(
        name="microcredit_remind_banks",
        label="Dossiers de micro-crédit sans accusé de réception : rappel à la banque",
        function=remind,
        trigger=every(hours=6),
        must_run_every=timedelta(days=2),
    ),
    Job(
        name="microcredit_watch",
        label="Mensualités de micro-crédit non reçues",
        function=watch,
        trigger=every(hours=6),
        must_run_every=timedelta(days=2),
    ),
)
