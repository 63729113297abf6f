"""What a budget can bear. Pure; the thresholds are dated configuration, as no law sets them for micro-credit."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum

from mobility.core.money import format_cents, round_cents
from mobility.microcredit.rules.words import percent_fr


class Light(StrEnum):
    """Whether a budget bears an instalment."""

    GREEN = "green"
    RED = "red"


LIGHT_LABELS: dict[Light, str] = {Light.GREEN: "Le budget tient", Light.RED: "Le budget ne tient pas"}


@dataclass(frozen=True, slots=True)
class Budget:
    """A month: income, charges (housing, energy, vehicle…), instalments of other credits; consumption units at home."""

    income_cents: int
    charges_cents: int = 0
    credits_cents: int = 0
    units: Decimal = Decimal(1)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is left with an instalment, the debt in per cent of income (None without income), and the sentences why."""

    light: Light
    remaining_cents: int
    floor_cents: int
    debt_percent: Decimal | None
    reasons: tuple[str, ...]


def remaining_cents(budget: Budget, instalment_cents: int = 0) -> int:
    """Return what is left to live on in a month (reste à vivre)."""
    return budget.income_cents - budget.charges_cents - budget.credits_cents - instalment_cents


def debt_percent(budget: Budget, instalment_cents: int = 0) -> Decimal | None:
    """Return the instalments of all credits in per cent of income, to one decimal; None without income."""
    if budget.income_cents <= 0:
        return None
    share = Decimal(100 * (budget.credits_cents + instalment_cents)) / budget.income_cents
    return share.quantize(Decimal("0.1"), rounding=ROUND_HALF_UP)


def judge(budget: Budget, instalment_cents: int, *, floor_cents: int, most_percent: Decimal) -> Verdict:
    """Hold a budget with an instalment against the floor (cents a consumption unit) and the highest debt (per cent)."""
    left, floor = remaining_cents(budget, instalment_cents), round_cents(floor_cents * budget.units)
    debt, reasons = debt_percent(budget, instalment_cents), []
    if left < floor:
        reasons.append(f"Il resterait {format_cents(left)} par mois pour vivre, moins que {format_cents(floor)}.")
    if debt is None:
        if budget.credits_cents + instalment_cents > 0:
            reasons.append("Il n’y a pas de revenu pour payer les mensualités.")
    elif debt > most_percent:
        reasons.append(
            f"Les mensualités prendraient {percent_fr(debt, 1)} des revenus, plus que {percent_fr(most_percent)}."
        )
    return Verdict(Light.RED if reasons else Light.GREEN, left, floor, debt, tuple(reasons))
