"""The dated settings of loans, and how they are read."""

from __future__ import annotations

from datetime import date

import structlog

from mobility.loans.rules.reminders import DEFAULT_STEPS, Step, parse_steps
from mobility.parameters import queries, registry

log = structlog.get_logger(__name__)

REMINDER_STEPS = "loans.reminder_steps"
TOLERATED_BALANCE = "loans.tolerated_balance_cents"
HOLD_HOURS = "loans.hold_hours"
KEEP_YEARS = "loans.keep_years"
REACH_KM = "desks.reach_km"


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


def keep_years(*, on: date) -> int:
    """Return for how many years after its end a loan's evidence stays identified."""
    return int(queries.value(KEEP_YEARS, on=on))


def reach_km(*, on: date) -> float:
    """Return how far a desk may be from somebody who would go there."""
    return float(queries.value(REACH_KM, on=on))


def declare() -> None:
    """Declare the settings (``reach_km`` is the desks' own)."""
    registry.declare(
        registry.Parameter(
            key=REMINDER_STEPS,
            label="Rappels de retour",
            kind="text",
            default=DEFAULT_STEPS,
            unit="",
            hint="J-3 : trois jours avant ; J : le matin même ; H+2 : deux heures après ; J+1 : un jour ouvert après.",
        )
    )
    registry.declare(
        registry.Parameter(
            key=TOLERATED_BALANCE,
            label="Somme due avec laquelle un nouveau prêt reste possible",
            kind="money",
            default=0,
            unit="cents",
            hint="Au-delà, le prêt est refusé jusqu’au paiement, sauf dérogation.",
        )
    )
    registry.declare(
        registry.Parameter(
            key=HOLD_HOURS,
            label="Véhicule non rendu : heures pendant lesquelles il n’est promis à personne d’autre",
            kind="integer",
            default=24,
            unit="heures",
            hint="Les prêts suivants reçoivent un autre véhicule, ou la personne est prévenue.",
        )
    )
    registry.declare(
        registry.Parameter(
            key=KEEP_YEARS,
            label="Conservation des prêts terminés",
            kind="integer",
            default=5,
            unit="ans",
            hint="Temps pendant lequel une amende ou un sinistre peut encore être rattaché à une personne.",
        )
    )
