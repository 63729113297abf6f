"""The scheduled job of the fleet."""

from __future__ import annotations

from datetime import datetime, timedelta

from mobility.core.jobs import Counts, Job, daily
from mobility.fleet.services.notices import tell_officers


def tell(now: datetime) -> Counts:
    """Queue the notices about papers that are due."""
    return tell_officers(now=now)


JOBS = (
    Job(
        name="fleet_papers",
        label="Papiers des véhicules : rappels aux responsables du parc",
        function=tell,
        trigger=daily(7, 30),
        must_run_every=timedelta(hours=30),
    ),
)
