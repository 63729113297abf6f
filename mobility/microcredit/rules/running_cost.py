"""What a vehicle really costs in a month: insurance, energy, technical inspection, maintenance, tyres. Pure.

Unit costs are dated settings; the kilometres come from the commute (road distance) and what else is driven.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum

from mobility.core.money import format_cents

# 52 weeks over 12 months.
_WEEKS = Decimal(52) / 12


class Energy(StrEnum):
    """What a vehicle runs on."""

    PETROL = "petrol"
    DIESEL = "diesel"
    ELECTRIC = "electric"


ENERGY_LABELS: dict[Energy, str] = {
    Energy.PETROL: "Essence",
    Energy.DIESEL: "Gazole",
    Energy.ELECTRIC: "Électrique",
}


@dataclass(frozen=True, slots=True)
class UnitCosts:
    """Dated unit costs. Energy: cents a litre or kWh, and how many of them for 100 km; the rest in cents."""

    energy_cents: Decimal
    energy_per_100_km: Decimal
    maintenance_per_100_km_cents: int
    tyres_per_100_km_cents: int
    inspection_cents: int
    inspection_months: int = 24


@dataclass(frozen=True, slots=True)
class Use:
    """How a vehicle is used. ``commute_km``: one way, by road; ``insurance_cents``: a month."""

    insurance_cents: int
    commute_km: Decimal = Decimal(0)
    days_a_week: int = 5
    other_km_a_week: int = 0
    energy: Energy = Energy.PETROL


@dataclass(frozen=True, slots=True)
class Part:
    """One part of the cost in a month, with the sentence that explains it."""

    label: str
    cents: int
    sentence: str


def km_a_month(use: Use) -> int:
    """Return the kilometres of a month: the commute there and back, and what else is driven."""
    weekly = use.commute_km * 2 * use.days_a_week + use.other_km_a_week
    return int((weekly * _WEEKS).quantize(Decimal(1), rounding=ROUND_HALF_UP))


def _of(km: int, per_100: Decimal) -> int:
    return int((per_100 * km / 100).quantize(Decimal(1), rounding=ROUND_HALF_UP))


def running_cost(use: Use, unit: UnitCosts) -> tuple[Part, ...]:
    """Return the parts of the monthly cost, each rounded half-up once."""
    km = km_a_month(use)
    measure = "kWh" if use.energy is Energy.ELECTRIC else "l"
    each = f"{unit.energy_per_100_km.normalize():f} {measure}".replace(".", ",")
    inspection = Decimal(unit.inspection_cents) / unit.inspection_months
    return (
        Part("Assurance", use.insurance_cents, "Le devis de l’assureur, ou une estimation."),
        Part(
            "Carburant" if use.energy is not Energy.ELECTRIC else "Électricité",
            _of(km, unit.energy_per_100_km * unit.energy_cents),
            f"{km} km par mois, {each} aux 100 km, à {format_cents(round(unit.energy_cents))} l’unité.",
        ),
        Part(
            "Entretien",
            _of(km, Decimal(unit.maintenance_per_100_km_cents)),
            f"{format_cents(unit.maintenance_per_100_km_cents)} aux 100 km.",
        ),
        Part("Pneus", _of(km, Decimal(unit.tyres_per_100_km_cents)), f"{format_cents(unit.tyres_per_100_km_cents)} aux 100 km."),
        Part(
            "Contrôle technique",
            int(inspection.quantize(Decimal(1), rounding=ROUND_HALF_UP)),
            f"{format_cents(unit.inspection_cents)} tous les {unit.inspection_months} mois.",
        ),
    )  # fmt: skip


def total_cents(parts: tuple[Part, ...]) -> int:
    """Return what the vehicle costs in a month."""
    return sum(part.cents for part in parts)
