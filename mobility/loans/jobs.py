"""The scheduled jobs of loans."""

from __future__ import annotations

from datetime import datetime, timedelta

from mobility.core.jobs import Counts, Job, every
from mobility.loans.services.reminders import queue_due_reminders
from mobility.loans.services.vehicles import keep_late_vehicles


def remind(now: datetime) -> Counts:
    """Queue the reminders whose time has come."""
    return queue_due_reminders(now=now)


def keep(now: datetime) -> Counts:
    """Look after the vehicles that are out beyond their due time."""
    return keep_late_vehicles(now=now)


JOBS = (
    Job(
        name="loan_reminders",
        label="Rappels de retour des prêts",
        function=remind,
        trigger=every(minutes=5),
        must_run_every=timedelta(minutes=30),
    ),
    Job(
        name="loan_late_vehicles",
        label="Véhicules non rendus : prêts suivants",
        function=keep,
        trigger=every(minutes=15),
        must_run_every=timedelta(hours=1),
    ),
)
