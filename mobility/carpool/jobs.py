"""The scheduled jobs of carpooling."""

from __future__ import annotations

from datetime import datetime, timedelta

from mobility.carpool import index, services
from mobility.carpool.services import agreeing, attending, matching, planning, replacing
from mobility.carpool.services.forgetting import forget_gone
from mobility.carpool.standard import outward, register
from mobility.core import jobs
from mobility.core.jobs import Counts, Job, every

jobs.COUNT_LABELS.update(
    {
        "closed": "terminés",
        "erased": "effacés",
        "dropped": "retirés",
        "forgotten": "oubliés",
        "trips": "trajets",
        "offers": "offres",
        "requests": "demandes",
        "proposed": "propositions",
        "indexed": "trajets à jour",
        "told": "prévenus",
        "withheld": "gardés",
        "silent": "sans réponse",
        "made": "places prévues",
        "full": "voitures pleines",
        "looked": "cherchés",
        "found": "trouvés",
        "finished": "trajets finis",
        "confirmed": "confirmés",
    }
)


def tidy(now: datetime) -> Counts:
    """Drop the trips of the past from the index."""
    return services.tidy_trips(now=now)


def save_index(_now: datetime) -> Counts:
    """Keep the detour index for server processes that start later."""
    return {"trips": index.save()}


def look(now: datetime) -> Counts:
    """Bring the index up to date with offers, look for matches, and tell whose request is met."""
    return matching.look_again(now=now)


def close_past(now: datetime) -> Counts:
    """End the offers and requests of which the last day has passed; erase members who are gone."""
    return {"closed": services.close_past(now=now), "erased": forget_gone(now=now)}


def tell_operators(now: datetime) -> Counts:
    """Tell other carpooling services what our members answered."""
    return outward.tell_due(now=now)


def replace_drivers(now: datetime) -> Counts:
    """Look for somebody else for the rides that drivers called off and that have nobody yet."""
    return replacing.look_again(now=now)


def answers(now: datetime) -> Counts:
    """End the proposals that nobody answered, confirm the trials that are over, end what has had its last day."""
    return {**agreeing.expire_unanswered(now=now), **agreeing.confirm_tried(now=now)}


def days(now: datetime) -> Counts:
    """Close the trips that are over, and make the places of the days that have come within the horizon."""
    return {**attending.finish_past(now=now), **planning.roll(now=now)}


def send_register(now: datetime) -> Counts:
    """Send the rides of the last day to the national register, where the settings name it."""
    return register.send(now=now)


JOBS = (
    Job(
        name="carpool_register",
        label="Covoiturage : trajets faits, pour le registre national",
        function=send_register,
        trigger=every(hours=1),
        must_run_every=timedelta(hours=6),
    ),
    Job(
        name="carpool_tell_operators",
        label="Covoiturage : réponses aux autres services",
        function=tell_operators,
        trigger=every(minutes=1),
        must_run_every=timedelta(minutes=15),
    ),
    Job(
        name="carpool_look",
        label="Covoiturage : recherche de trajets pour les offres et les demandes",
        function=look,
        trigger=every(minutes=1),
        must_run_every=timedelta(minutes=15),
    ),
    Job(
        name="carpool_replace",
        label="Covoiturage : quelqu’un d’autre pour les trajets annulés",
        function=replace_drivers,
        trigger=every(minutes=1),
        must_run_every=timedelta(minutes=15),
    ),
    Job(
        name="carpool_close_past",
        label="Covoiturage : offres et demandes passées",
        function=close_past,
        trigger=every(hours=1),
        must_run_every=timedelta(hours=6),
    ),
    Job(
        name="carpool_tidy_trips",
        label="Covoiturage : trajets passés",
        function=tidy,
        trigger=every(hours=1),
        must_run_every=timedelta(hours=6),
    ),
    Job(
        name="carpool_save_index",
        label="Covoiturage : index des trajets gardé pour le prochain démarrage",
        function=save_index,
        trigger=every(hours=1),
        must_run_every=timedelta(hours=6),
    ),
    Job(
        name="carpool_answers",
        label="Covoiturage : propositions sans réponse, essais finis",
        function=answers,
        trigger=every(hours=1),
        must_run_every=timedelta(hours=6),
    ),
    Job(
        name="carpool_days",
        label="Covoiturage : trajets des prochaines semaines",
        function=days,
        trigger=every(hours=1),
        must_run_every=timedelta(hours=6),
    ),
)
