"""The dated settings of the agenda, and how they are read."""

from __future__ import annotations

from datetime import date

import structlog

from mobility.agenda.rules import parse_hours
from mobility.parameters import queries, registry
from mobility.parameters.registry import Parameter
from mobility.parameters.rules import Kind, Scope

log = structlog.get_logger(__name__)

REMINDER_HOURS = "agenda.reminder_hours"
REINVITE_DAYS = "agenda.reinvite_days"
CADENCE_DAYS = "agenda.cadence_days"
COACHING_CADENCE_DAYS = "agenda.coaching_cadence_days"
ONLINE_DAYS = "agenda.online_days"
DEFAULT_REMINDERS = "48, 3"


def reminder_hours(*, on: date, desk_id: int | None) -> tuple[int, ...]:
    """Return how many hours ahead reminders go out; a value that cannot be read falls back on the usual ones."""
    text = str(queries.value(REMINDER_HOURS, on=on, desk_id=desk_id))
    try:
        return parse_hours(text)
    except ValueError:
        log.warning("reminder_hours_unreadable", desk_id=desk_id)
        return parse_hours(DEFAULT_REMINDERS)


def reinvite_days(*, on: date, desk_id: int | None) -> int:
    """Return how many days after an absence the person is invited again."""
    return int(queries.value(REINVITE_DAYS, on=on, desk_id=desk_id))


def cadence_days(*, on: date, desk_id: int | None, coaching: bool = False) -> int:
    """Return how many days may pass between two meetings."""
    return int(queries.value(COACHING_CADENCE_DAYS if coaching else CADENCE_DAYS, on=on, desk_id=desk_id))


def online_days(*, on: date, desk_id: int | None) -> int:
    """Return how many days ahead hours are offered online."""
    return int(queries.value(ONLINE_DAYS, on=on, desk_id=desk_id))


def declare() -> None:
    """Declare the settings."""
    by_desk = (Scope.EVERYWHERE, Scope.DESK)
    registry.declare(
        Parameter(
            REMINDER_HOURS,
            "Rappels avant un rendez-vous",
            Kind.TEXT,
            DEFAULT_REMINDERS,
            "heures",
            "Nombre d’heures avant le rendez-vous, séparés par des virgules : « 48, 3 ».",
            scopes=by_desk,
        ),
        Parameter(
            REINVITE_DAYS,
            "Après une absence : nouvelle invitation",
            Kind.INTEGER,
            3,
            "jours",
            "La personne reçoit un lien pour choisir une autre date. Ensuite, son conseiller prend le relais.",
            low=1,
            high=30,
            scopes=by_desk,
        ),
        Parameter(
            CADENCE_DAYS,
            "Temps entre deux rendez-vous de suivi",
            Kind.INTEGER,
            30,
            "jours",
            "Au-delà, la personne apparaît dans la liste « À revoir ».",
            low=1,
            high=366,
            scopes=by_desk,
        ),
        Parameter(
            COACHING_CADENCE_DAYS,
            "Temps entre deux rendez-vous d’accompagnement renforcé",
            Kind.INTEGER,
            7,
            "jours",
            "L’accompagnement renforcé est hebdomadaire pendant trois mois.",
            low=1,
            high=366,
            scopes=by_desk,
        ),
        Parameter(
            ONLINE_DAYS,
            "Rendez-vous en ligne : jours proposés",
            Kind.INTEGER,
            42,
            "jours",
            "Jusqu’à combien de jours à l’avance les heures libres sont proposées.",
            low=1,
            high=366,
            scopes=by_desk,
        ),
    )
