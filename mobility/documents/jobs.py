"""The scheduled jobs of documents."""

from __future__ import annotations

from datetime import datetime, timedelta

from mobility.core.jobs import Counts, Job, daily
from mobility.documents import services
from mobility.documents.unmasked import erase_unmasked


def clean_up(now: datetime) -> Counts:
    """Delete the files that no document needs any more."""
    return services.clean_up(now)


def forget_unmasked(now: datetime) -> Counts:
    """Erase what shows a social security number and was not masked in time."""
    return erase_unmasked(now=now)


JOBS = (
    Job(
        "documents_unmasked",
        "Effacement des documents où un numéro de sécurité sociale n’a pas été caché",
        forget_unmasked,
        daily(3, 10),
        must_run_every=timedelta(hours=26),
    ),
    Job(
        "documents_clean_up",
        "Suppression des fichiers effacés ou abandonnés",
        clean_up,
        daily(3, 20),
        must_run_every=timedelta(hours=26),
    ),
)
