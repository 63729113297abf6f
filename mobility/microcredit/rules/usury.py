"""Whether a rate is usury. Pure; the ceilings are dated configuration (Banque de France, every quarter)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Ceiling:
    """The highest annual rate, in per cent, of loans up to an amount (None: of any amount above the others)."""

    up_to_cents: int | None
    percent: Decimal


@dataclass(frozen=True, slots=True)
class UsuryCheck:
    """What a rate was held against. ``ceiling_percent`` None: no ceiling is known for that amount."""

    percent: Decimal
    ceiling_percent: Decimal | None
    since_on: date | None
    outdated: bool

    @property
    def exceeded(self) -> bool:
        """Tell whether the rate is above its ceiling."""
        return self.ceiling_percent is not None and self.percent > self.ceiling_percent


def quarter_of(day: date) -> tuple[int, int]:
    """Return the year and the quarter (1 to 4) of a day."""
    return day.year, (day.month + 2) // 3


def ceiling_for(amount_cents: int, ceilings: Sequence[Ceiling]) -> Decimal | None:
    """Return the ceiling of an amount: the one of the narrowest band that holds it; None where no band does."""
    bands = [band for band in ceilings if band.up_to_cents is None or amount_cents <= band.up_to_cents]
    if not bands:
        return None
    return min(bands, key=lambda band: (band.up_to_cents is None, band.up_to_cents or 0)).percent


def check_usury(
    percent: Decimal, amount_cents: int, ceilings: Sequence[Ceiling], *, since_on: date | None, on: date
) -> UsuryCheck:
    """Hold an annual rate against the ceilings in force since a day; they are outdated once a new quarter began."""
    outdated = since_on is None or quarter_of(since_on) != quarter_of(on)
    return UsuryCheck(percent, ceiling_for(amount_cents, ceilings), since_on, outdated)
