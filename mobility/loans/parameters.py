"""The dated settings of loans, and how they are read."""

from __future__ import annotations

from datetime import date

import structlog
from flask_babel import gettext as _

from mobility.core.clock import format_months
from mobility.loans.rules.reminders import DEFAULT_STEPS, Step, parse_steps
from mobility.parameters import queries, registry
from mobility.parameters.house import DESKS_REACH_KM
from mobility.parameters.registry import Parameter
from mobility.parameters.rules import Kind, Scope

log = structlog.get_logger(__name__)

REMINDER_STEPS = "loans.reminder_steps"
TOLERATED_BALANCE = "loans.tolerated_balance_cents"
HOLD_HOURS = "loans.hold_hours"
KEEP_YEARS = "loans.keep_years"
KEY_BOX_MINUTES = "loans.key_box_minutes"
BIKE_REACH_KM = "loans.bike_reach_km"
USUAL_MONTHS = "loans.usual_months"


def tolerated_balance_cents(*, on: date) -> int:
    """Return the debt, in cents, with which a new loan is still made; the same everywhere."""
    return int(queries.value(TOLERATED_BALANCE, on=on))


def reminder_steps(*, on: date, desk_id: int | None) -> tuple[Step, ...]:
    """Return the reminders of a desk; a value that cannot be read falls back on the usual ones."""
    text = str(queries.value(REMINDER_STEPS, on=on, desk_id=desk_id))
    try:
        return parse_steps(text)
    except ValueError:
        log.warning("reminder_steps_unreadable", desk_id=desk_id)
        return parse_steps(DEFAULT_STEPS)


def hold_hours(*, on: date, desk_id: int | None) -> int:
    """Return for how many hours ahead a vehicle that is still out is kept for nobody else."""
    return int(queries.value(HOLD_HOURS, on=on, desk_id=desk_id))


def key_box_minutes(*, on: date, desk_id: int | None) -> int:
    """Return how many minutes before a departure its borrower may take the vehicle from the key box."""
    return int(queries.value(KEY_BOX_MINUTES, on=on, desk_id=desk_id))


def usual_months(*, on: date, desk_id: int | None) -> int:
    """Return for how many months a loan usually lasts: what proposed plans count it by."""
    return int(queries.value(USUAL_MONTHS, on=on, desk_id=desk_id))


def keep_years(*, on: date) -> int:
    """Return for how many years after its end a loan's evidence stays identified."""
    return int(queries.value(KEEP_YEARS, on=on))


def clock_words(on: date) -> str:
    """Return what the notice on personal data says of it."""
    return str(
        _(
            "Vos prêts : %(time)s après leur fin, à part, avec un accès restreint, car une amende ou un sinistre "
            "arrive parfois tard.",
            time=format_months(keep_years(on=on) * 12),
        )
    )


def reach_km(*, on: date) -> float:
    """Return how far a desk may be from somebody who would go there."""
    return float(queries.value(DESKS_REACH_KM, on=on))


def bike_reach_km(*, on: date) -> int:
    """Return how far, as the crow flies, work may be for a bicycle to be proposed."""
    return int(queries.value(BIKE_REACH_KM, on=on))


def declare() -> None:
    """Declare the settings (``desks.reach_km`` is declared by the room of parameters)."""
    registry.declare(
        Parameter(
            USUAL_MONTHS,
            "Durée habituelle d’un prêt, pour comparer les plans",
            Kind.INTEGER,
            3,
            "mois",
            "Le premier mois est réservé ; les plans proposés sont comparés par ce que coûte cette durée.",
            low=1,
            high=24,
            scopes=(Scope.EVERYWHERE, Scope.DESK),
        ),
        Parameter(
            BIKE_REACH_KM,
            "Vélo : jusqu’à quelle distance le proposer",
            Kind.INTEGER,
            10,
            "km",
            "À vol d’oiseau, entre la personne et son travail. Au-delà, un plan ne propose pas de vélo.",
            low=1,
            high=40,
        ),
        Parameter(
            REMINDER_STEPS,
            "Rappels de retour",
            Kind.TEXT,
            DEFAULT_STEPS,
            hint="J-3 : trois jours avant ; J : le matin même ; H+2 : deux heures après ; J+1 : un jour ouvert après.",
            scopes=(Scope.EVERYWHERE, Scope.DESK),
        ),
        Parameter(
            TOLERATED_BALANCE,
            "Somme due avec laquelle un nouveau prêt reste possible",
            Kind.MONEY,
            0,
            hint="Au-delà, le prêt est refusé jusqu’au paiement, sauf dérogation.",
            low=0,
            scopes=(Scope.EVERYWHERE,),
        ),
        Parameter(
            HOLD_HOURS,
            "Véhicule non rendu : durée pendant laquelle il n’est promis à personne d’autre",
            Kind.INTEGER,
            24,
            "heures",
            "Les prêts suivants reçoivent un autre véhicule, ou la personne est prévenue.",
            low=1,
            high=240,
            scopes=(Scope.EVERYWHERE, Scope.DESK),
        ),
        Parameter(
            KEY_BOX_MINUTES,
            "Boîte à clés : le code est donné avant l’heure du départ",
            Kind.INTEGER,
            30,
            "minutes",
            "La personne voit le code dans son espace à partir de ce moment, si le contrat est signé.",
            low=0,
            high=1440,
            scopes=(Scope.EVERYWHERE, Scope.DESK),
        ),
        Parameter(
            KEEP_YEARS,
            "Conservation des prêts terminés",
            Kind.INTEGER,
            5,
            "ans",
            "Temps pendant lequel une amende ou un sinistre peut encore être rattaché à une personne.",
            low=1,
            high=30,
            scopes=(Scope.EVERYWHERE,),
        ),
    )
