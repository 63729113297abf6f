"""The jobs: the horizon of endless steps moved on, and messages about journeys and hours.

Coverage is written a year ahead, so steps without an end need theirs moved on each night.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from flask import current_app

from mobility.core.jobs import Job, daily, every, stopping
from mobility.pathway import fallbacks, queries, services
from mobility.pathway.coverage import LegKey
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
    return warnings.warn_of_gaps(now=now, instead=_fallback)


def _fallback(objective_id: int, keys: Sequence[LegKey], now: datetime) -> str:
    """Return what fits best in place of an aid, in words; nothing where no aid answers."""
    # Aids give the addresses of their pages, which only a request can.
    with current_app.test_request_context():
        offers = fallbacks.offers_for(objective_id, keys, now=now)
    return offers[0].label if offers else ""


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
