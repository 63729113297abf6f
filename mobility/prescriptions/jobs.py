"""The scheduled jobs of prescriptions."""

from __future__ import annotations

from datetime import datetime, timedelta

from mobility.core.clock import day_of
from mobility.core.jobs import Counts, Job, every
from mobility.prescriptions import services
from mobility.prescriptions.lifecycle import forget_ended
from mobility.prescriptions.services.imports import drop_old


def tidy(now: datetime) -> Counts:
    """Delete old drafts, forget network addresses, erase what ended long ago without a file."""
    return {
        "drafts": services.forget_drafts(now=now),
        "senders": services.forget_senders(now=now),
        "imports": drop_old(now=now),
        "erased": forget_ended(on=day_of(now), now=now),
    }


def remind(now: datetime) -> Counts:
    """Bring what nobody touches back to the team, then to the manager."""
    return services.remind(now=now)


JOBS = (
    Job(
        name="prescription_reminders",
        label="Orientations que personne ne touche",
        function=remind,
        trigger=every(hours=1),
        must_run_every=timedelta(hours=6),
    ),
    Job(
        name="prescription_tidy",
        label="Orientations : brouillons et durées de conservation",
        function=tidy,
        trigger=every(hours=6),
        must_run_every=timedelta(hours=26),
    ),
)
