"""The nightly job: coverage is written a year ahead, so steps without an end need their horizon moved on."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from mobility.core.jobs import Job, daily, stopping
from mobility.pathway import queries, services


def extend_coverage(now: datetime) -> Mapping[str, int]:
    """Write the coverage of every objective anew that an endless step carries; one transaction each."""
    done = 0
    for objective_id in queries.objectives_with_endless_steps():
        if stopping():
            break
        services.reexpand(objective_id=objective_id, now=now)
        done += 1
    return {"objectives": done}


JOBS = (
    Job(
        "pathway_coverage",
        "Calendrier des trajets : un an d’avance",
        extend_coverage,
        daily(2, 40),
        must_run_every=timedelta(hours=30),
    ),
)
