"""The dated settings of carpooling, and how they are read."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from mobility.carpool.rules.money import Scale
from mobility.parameters import queries, registry
from mobility.parameters.registry import Parameter
from mobility.parameters.rules import Column, Kind, Scope

SCALE = "carpool.scale"
ELECTRIC = "carpool.electric_percent"
TRIAL_DAYS = "carpool.trial_days"
ANSWER_DAYS = "carpool.answer_days"
# The tax scale of mileage of 2026, up to 5 000 km a year: fiscal power → euros a kilometre.
SCALE_2026 = ((3, "0.529"), (4, "0.606"), (5, "0.636"), (6, "0.665"), (7, "0.697"))
_TENTHS_OF_CENT = 1000


def scale(*, on: date) -> Scale:
    """Return what a kilometre costs on a day; a table without a line is the one that comes with the platform."""
    rows = queries.value(SCALE, on=on)
    by_power = {int(row["power"]): int(Decimal(row["euros"]) * _TENTHS_OF_CENT) for row in rows}
    if not by_power:
        by_power = {power: int(Decimal(euros) * _TENTHS_OF_CENT) for power, euros in SCALE_2026}
    return Scale(by_power, electric_percent=int(queries.value(ELECTRIC, on=on)))


def trial_days(*, on: date, desk_id: int | None) -> int:
    """Return how many days a carpool is tried before it is confirmed."""
    return int(queries.value(TRIAL_DAYS, on=on, desk_id=desk_id))


def answer_days(*, on: date, desk_id: int | None) -> int:
    """Return after how many days a proposal without both answers is over."""
    return int(queries.value(ANSWER_DAYS, on=on, desk_id=desk_id))


def declare() -> None:
    """Declare the settings."""
    desks = (Scope.EVERYWHERE, Scope.DESK)
    registry.declare(
        Parameter(
            SCALE,
            "Barème kilométrique",
            Kind.TABLE,
            [{"power": power, "euros": euros} for power, euros in SCALE_2026],
            hint="Ce que coûte un kilomètre, par puissance fiscale. Les participations d’un trajet ne dépassent jamais son coût.",
            columns=(Column("power", "Puissance (CV)", Kind.INTEGER), Column("euros", "Euros par km", Kind.DECIMAL)),
            scopes=(Scope.EVERYWHERE,),
        ),
        Parameter(
            ELECTRIC,
            "Barème kilométrique : majoration d’une voiture électrique",
            Kind.PERCENT,
            20,
            scopes=(Scope.EVERYWHERE,),
        ),
        Parameter(
            TRIAL_DAYS,
            "Covoiturage : durée de l’essai",
            Kind.INTEGER,
            7,
            "jours",
            "Ensuite, le covoiturage est confirmé si personne ne l’a arrêté.",
            low=1,
            high=60,
            scopes=desks,
        ),
        Parameter(
            ANSWER_DAYS,
            "Covoiturage proposé : délai pour répondre",
            Kind.INTEGER,
            7,
            "jours",
            "Sans les deux réponses, la proposition s’arrête.",
            low=1,
            high=60,
            scopes=desks,
        ),
    )
