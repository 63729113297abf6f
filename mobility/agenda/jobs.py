"""The scheduled jobs of the agenda."""

from __future__ import annotations

from datetime import datetime, timedelta

from mobility.agenda.services import ask_after_visits, invite_again, offer_earlier
from mobility.core.jobs import Counts, Job, every


def invite(now: datetime) -> Counts:
    """Invite again those who were absent some days ago."""
    return invite_again(now=now)


def earlier(now: datetime) -> Counts:
    """Offer hours that have fallen free to those who wait for one."""
    return offer_earlier(now=now)


def visits(now: datetime) -> Counts:
    """Tell the team of those who have not said to be back from a home visit."""
    return ask_after_visits(now=now)


JOBS = (
    Job(
        name="agenda_invitations",
        label="Nouvelle invitation après une absence",
        function=invite,
        trigger=every(hours=1),
        must_run_every=timedelta(hours=6),
    ),
    Job(
        name="agenda_earlier",
        label="Heures libérées : proposées à ceux qui attendent",
        function=earlier,
        trigger=every(minutes=5),
        must_run_every=timedelta(minutes=30),
    ),
    Job(
        name="agenda_visits",
        label="Visites à domicile : prévenir l’équipe sans nouvelles",
        function=visits,
        trigger=every(minutes=5),
        must_run_every=timedelta(minutes=30),
    ),
)
