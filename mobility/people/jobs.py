"""The nightly retention job."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from mobility.core.jobs import Job, daily
from mobility.people.services import retention


def keep_clean(now: datetime) -> Mapping[str, int]:
    """Carry out what managers have confirmed, then bring the lists to read up to date."""
    done = retention.carry_out(now=now)
    listed = retention.plan(now=now)
    return {**done, **listed}


JOBS = (
    Job(
        "people_retention",
        "Durées de conservation des fiches",
        keep_clean,
        daily(3, 20),
        must_run_every=timedelta(hours=30),
    ),
)
