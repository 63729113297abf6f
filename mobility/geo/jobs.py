"""The scheduled job of roads."""

from __future__ import annotations

from datetime import datetime, timedelta

from mobility.core import jobs
from mobility.core.jobs import Counts, Job, daily
from mobility.geo import networks

jobs.COUNT_LABELS.update({"calibrated": "réseau recalculé"})


def calibrate_roads(now: datetime) -> Counts:
    """Give the roads the travel times of the settings that hold from today."""
    return {"calibrated": int(networks.recalibrate(now))}


JOBS = (
    Job(
        "calibrate_roads",
        "Temps de parcours selon les réglages du jour",
        calibrate_roads,
        daily(0, 10),
        must_run_every=timedelta(hours=26),
    ),
)
