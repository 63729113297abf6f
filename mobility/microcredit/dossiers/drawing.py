"""The cash curve as points of a picture, drawn by the page. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from babel.dates import format_date

from mobility.microcredit.rules.cash import Month

WIDTH, HEIGHT = 600, 200


@dataclass(frozen=True, slots=True)
class Drawn:
    """Both lines and the height of zero, in units of the picture."""

    with_project: str
    without: str
    zero: float
    low_cents: int
    high_cents: int


def curve_points(months: Sequence[Month], without: Sequence[Month]) -> Drawn:
    """Return the points of the two curves, on one scale that holds zero."""
    balances = [month.balance for month in (*months, *without)]
    low, high = min(0, *balances), max(0, *balances)
    span = max(high - low, 1)

    def height(cents: int) -> float:
        return round(HEIGHT - (cents - low) * HEIGHT / span, 1)

    def line(rows: Sequence[Month]) -> str:
        step = WIDTH / max(len(rows) - 1, 1)
        return " ".join(f"{round(number * step, 1)},{height(row.balance)}" for number, row in enumerate(rows))

    return Drawn(line(months), line(without), height(0), low, high)


def month_name(day: date) -> str:
    """Return « mars 2027 »."""
    return format_date(day, "MMMM yyyy", locale="fr")
