"""The scheduled jobs of the notifications."""

from __future__ import annotations

from datetime import datetime, timedelta

from mobility.core import jobs
from mobility.core.jobs import Counts, Job, daily, every
from mobility.core.web import once
from mobility.notifications import delivery, housekeeping


def deliver(now: datetime) -> Counts:
    """Send what may leave."""
    return delivery.deliver_due(now=now)


def housekeep(now: datetime) -> Counts:
    """Forget what is no longer needed: contents of old messages, short addresses, once-only keys, old runs."""
    return {
        **housekeeping.forget_contents(now=now),
        "once_keys": once.forget_old(now),
        "job_runs": jobs.forget_old_runs(now).get("deleted", 0),
    }


jobs.COUNT_LABELS.update(
    {
        "tried": "essais",
        "sent": "envoyés",
        "temporary": "échecs passagers",
        "unavailable": "service d’envoi injoignable",
        "refused": "refusés",
        "bounced": "adresses inconnues",
        "waited": "remis à plus tard",
        "expired": "périmés",
        "no_point": "sans moyen de contact",
        "recovered": "repris après un arrêt",
        "taken": "pris par un autre",
        "emptied": "contenus effacés",
        "replies": "réponses effacées",
        "local": "messages de démonstration effacés",
        "short_links": "liens courts effacés",
        "once_keys": "clés effacées",
        "job_runs": "anciens passages effacés",
    }
)

JOBS = (
    Job("deliver", "Envoi des messages", deliver, every(seconds=3), timedelta(minutes=5), timedelta(seconds=30)),
    Job("housekeeping", "Ménage des traces techniques", housekeep, daily(3, 30), timedelta(hours=26)),
)
