"""The scheduled jobs of carpooling."""

from __future__ import annotations

from datetime import datetime, timedelta

from mobility.carpool import services
from mobility.core.jobs import Counts, Job, every


def tidy(now: datetime) -> Counts:
    """Drop the trips of the past from the index."""
    return services.tidy_trips(now=now)


JOBS = (
    Job(
        name="carpool_tidy_trips",
        label="Covoiturage : trajets passés",
        function=tidy,
        trigger=every(hours=1),
        must_run_every=timedelta(hours=6),
    ),
)
