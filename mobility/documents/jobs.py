"""The scheduled job of documents."""

from __future__ import annotations

from datetime import datetime, timedelta

from mobility.core.jobs import Counts, Job, daily
from mobility.documents import services


def clean_up(now: datetime) -> Counts:
    """Delete the files that no document needs any more."""
    return services.clean_up(now)


JOBS = (
    Job(
        "documents_clean_up",
        "Suppression des fichiers effacés ou abandonnés",
        clean_up,
        daily(3, 20),
        must_run_every=timedelta(hours=26),
    ),
)
