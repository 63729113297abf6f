"""The annual percentage rate (TAEG): the rate X at which what is lent is worth what is paid.

Source: Code de la consommation, R314-3 and its annex: Σ C_k (1 + X)^-t_k = Σ D_l (1 + X)^-s_l, times in years from the
first drawdown. The equation is solved in u = ln(1 + X), where each term is a plain exponential, by Newton's steps kept
inside a bracket. A result is rounded half-up.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

import numpy as np

from mobility.microcredit.errors import NoRate
from mobility.microcredit.rules.calendar import Basis, years_between

LIMIT = 1e6  # 100 000 000 %: nobody lends beyond, and four decimals would no longer be exact
_LIMIT_U = math.log1p(LIMIT)
_STEPS = 200
_DUST = 1e-9


@dataclass(frozen=True, slots=True)
class Flow:
    """An amount in cents on a day."""

    on: date
    amount_cents: int


def annual_rate(drawdowns: Sequence[Flow], payments: Sequence[Flow], basis: Basis) -> float:
    """Return the rate as a fraction (0.0407 for 4.07 %). Raises NoRate where there is none, or none but several.

    The drawdowns' first date is where time starts; nothing may be dated before it.
    """
    start = min((flow.on for flow in drawdowns), default=None)
    if start is None:
        raise NoRate("nothing is drawn")
    return solve(
        [
            *((float(years_between(start, flow.on, basis)), float(flow.amount_cents)) for flow in drawdowns),
            *((float(years_between(start, flow.on, basis)), -float(flow.amount_cents)) for flow in payments),
        ]
    )


def monthly_annual_rate(lent_cents: float, payments: Sequence[float], *, paid_at_once: float = 0) -> float:
    """Return the rate of a sum lent once and paid back month after month (t = k/12), as a fraction. Raises NoRate."""
    paid = [(number / 12, -float(payment)) for number, payment in enumerate(payments, start=1)]
    return solve([(0.0, float(lent_cents) - paid_at_once), *paid])


def solve(flows: Iterable[tuple[float, float]]) -> float:
    """Return the rate at which flows of (years, amount) are worth nothing; what is lent is positive. Raises NoRate."""
    ordered = sorted(flows, key=lambda flow: (flow[0], -flow[1]))
    first = ordered[0][0] if ordered else 0.0
    at_first = math.fsum(amount for years, amount in ordered if years == first)
    missing = math.fsum(amount for _, amount in ordered)
    if at_first <= 0:
        raise NoRate("the first day leaves nothing lent")
    if missing > 0:
        raise NoRate("less is paid back than is lent")
    root = 0.0 if missing == 0 else _root([(years - first, amount) for years, amount in ordered])
    _check_always_owed(ordered, root)
    return math.expm1(root)


def _root(flows: Sequence[tuple[float, float]]) -> float:
    times = np.array([years for years, _ in flows])
    amounts = np.array([amount for _, amount in flows])

    def value_and_slope(u: float) -> tuple[float, float]:
        worth = amounts * np.exp(-u * times)
        return float(worth.sum()), -float(times @ worth)

    low, high = 0.0, 0.25
    while value_and_slope(high)[0] < 0:
        if high >= _LIMIT_U:
            raise NoRate(f"no rate under {LIMIT * 100:.0f} % makes them equal")
        low, high = high, min(high * 2, _LIMIT_U)
    u = low
    for _ in range(_STEPS):  # pragma: no branch - each step shrinks the bracket: no flows are known that use them up
        value, slope = value_and_slope(u)
        if value == 0:
            break
        low, high = (u, high) if value < 0 else (low, u)
        following = u - value / slope if slope else math.inf
        if not low < following < high:
            following = (low + high) / 2
        if following in {u, low, high}:
            break
        u = following
    return u


def _check_always_owed(flows: Sequence[tuple[float, float]], u: float) -> None:
    """Refuse flows that pay back more than is owed and draw again: several rates may fit those.

    Where something is owed all along at the rate found, no other rate fits (each later one leaves less owed).
    """
    paid_at = min(years for years, amount in flows if amount < 0)
    if all(years <= paid_at for years, amount in flows if amount > 0):
        return
    owed, before, scale = 0.0, flows[0][0], math.fsum(abs(amount) for _, amount in flows)
    for years, amount in flows:
        owed, before = owed * math.exp(u * (years - before)), years
        if amount > 0 and owed < -_DUST * scale:
            raise NoRate("more is paid back than is owed, and then more is drawn: several rates fit")
        owed += amount


def in_percent(rate: float, decimals: int = 4) -> Decimal:
    """Return a rate in per cent, rounded half-up to so many decimals."""
    return (Decimal(repr(rate)) * 100).quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP)
