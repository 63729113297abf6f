"""The jobs: the horizon of endless steps moved on, and messages about journeys and hours.

Coverage is written a year ahead, so steps without an end need theirs moved on each night.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from mobility.core.jobs import Job, daily, every, stopping
from mobility.pathway import queries, services
from mobility.pathway.services import warnings


def extend_coverage(now: datetime) -> Mapping[str, int]:
    """Write the coverage of every objective anew that an endless step carries; one transaction each."""
    done = 0
    for objective_id in queries.objectives_with_endless_steps():
        if stopping():
            break
        services.reexpand(objective_id=objective_id, now=now)
        done += 1
    return {"objectives": done}


def warn_of_gaps(now: datetime) -> Mapping[str, int]:
    """Tell people and advisers of journeys ahead that nobody carries."""
    return warnings.warn_of_gaps(now=now)


def ask_for_hours(now: datetime) -> Mapping[str, int]:
    """Ask people for hours that are not known."""
    return warnings.ask_for_hours(now=now)


JOBS = (
    Job(
        "pathway_coverage",
        "Calendrier des trajets : un an d’avance",
        extend_coverage,
        daily(2, 40),
        must_run_every=timedelta(hours=30),
    ),
    Job(
        "pathway_gaps",
        "Trajets sans solution : prévenir",
        warn_of_gaps,
        every(minutes=30),
        must_run_every=timedelta(hours=3),
    ),
    Job(
        "pathway_hours",
        "Horaires pas encore connus : demander",
        ask_for_hours,
        daily(9, 10),
        must_run_every=timedelta(hours=30),
    ),
)
