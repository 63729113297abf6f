"""A thousand schedules of 84 months and their annual rates, beside numpy-financial and pyxirr.

Usage: ``python -m benchmarks.schedules [--loans 1000] [--months 84] [--runs 10]``. What all of them find is compared
first: the level instalment to the cent, each balance (theirs are unrounded) to the cents that rounding can move it, the
annual rate of the very same payments to 1e-9.
"""

from __future__ import annotations

import argparse
from decimal import ROUND_HALF_UP, Decimal

import numpy as np
import numpy_financial as npf
import pyxirr

from benchmarks.measure import Line, show, time_of
from mobility.microcredit.rules.apr import monthly_annual_rate
from mobility.microcredit.rules.schedule import Row, plain_schedule

Loan = tuple[int, Decimal]


def loans(count: int) -> list[Loan]:
    """Return amounts in cents from 300 to 8 000 euros with rates from 1.5 to 4 per cent, spread evenly."""
    return [
        (300_00 + 7700_00 * number // max(count - 1, 1), Decimal(150 + 250 * (number * 7 % count) // count) / 100)
        for number in range(count)
    ]


def ours(asked: list[Loan], months: int) -> list[list[Row]]:
    """Return the schedules, to the cent."""
    return [plain_schedule(amount, rate, months) for amount, rate in asked]


def by_numpy_financial(asked: list[Loan], months: int) -> list[tuple[float, np.ndarray, np.ndarray]]:
    """Return level payment, interest and capital of each loan in turn, unrounded."""
    numbers = np.arange(1, months + 1)
    return [
        (
            -npf.pmt(float(rate) / 1200, months, amount),
            -npf.ipmt(float(rate) / 1200, numbers, months, amount),
            -npf.ppmt(float(rate) / 1200, numbers, months, amount),
        )
        for amount, rate in asked
    ]


def by_numpy_financial_at_once(asked: list[Loan], months: int) -> tuple[np.ndarray, np.ndarray]:
    """Return interest and capital of all loans in one array, unrounded."""
    amounts = np.array([amount for amount, _ in asked], dtype=float)[:, None]
    rates = np.array([float(rate) / 1200 for _, rate in asked])[:, None]
    numbers = np.arange(1, months + 1)[None, :]
    return -npf.ipmt(rates, numbers, months, amounts), -npf.ppmt(rates, numbers, months, amounts)


def by_pyxirr(asked: list[Loan], months: int) -> list[list[tuple[float, float]]]:
    """Return interest and capital of each month of each loan, unrounded."""
    return [
        [
            (-pyxirr.ipmt(float(rate) / 1200, number, months, amount), -pyxirr.ppmt(float(rate) / 1200, number, months, amount))
            for number in range(1, months + 1)
        ]
        for amount, rate in asked
    ]  # fmt: skip


def compare(asked: list[Loan], months: int) -> str:
    """Hold all results against one another and say how far they are apart. Raises AssertionError."""
    worst, apart = 0.0, 0.0
    each = zip(asked, ours(asked, months), by_numpy_financial(asked, months), by_pyxirr(asked, months), strict=True)
    for (amount, rate), rows, (level, interest, capital), theirs in each:
        assert rows[0].payment_cents == Decimal(float(level)).quantize(Decimal(1), rounding=ROUND_HALF_UP)
        assert rows[-1].balance_cents == 0
        assert np.allclose(interest, [one for one, _ in theirs], atol=1e-6)
        balances = amount - np.cumsum(capital)
        growth = (1 + float(rate) / 1200) ** np.arange(1, months + 1)
        # Half a cent of the level payment and half a cent of each interest, every month, and what they bear.
        bound = np.cumsum(growth)
        moved = np.abs(balances - [row.balance_cents for row in rows])
        assert (moved[:-1] <= bound[:-1]).all()
        worst = max(worst, float(moved[:-1].max()))
        payments = [row.payment_cents for row in rows]
        found = monthly_annual_rate(amount, payments)
        expected = (1 + pyxirr.irr([-amount, *payments])) ** 12 - 1
        apart = max(apart, abs(found - expected))
        assert abs(found - expected) < 1e-9
    return (
        f"equal: instalments to the cent; balances moved by rounding {worst:.1f} cents at most; rates {apart:.1e} apart"
    )


def main() -> None:
    """Compare, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--loans", type=int, default=1000)
    parser.add_argument("--months", type=int, default=84)
    parser.add_argument("--runs", type=int, default=10)
    options = parser.parse_args()
    asked, months, runs = loans(options.loans), options.months, options.runs
    print(compare(asked, months))
    mine = time_of(lambda: ours(asked, months), runs=runs)
    paid = [
        (amount, [row.payment_cents for row in rows])
        for (amount, _), rows in zip(asked, ours(asked, months), strict=True)
    ]
    flows = [[-float(amount), *map(float, payments)] for amount, payments in paid]
    rates = time_of(lambda: [monthly_annual_rate(amount, payments) for amount, payments in paid], runs=runs)
    what = f"{len(asked)} schedules of {months} months"
    annual = f"{len(asked)} annual rates"
    lines = [
        Line(what, mine, name, time_of(lambda action=action: action(asked, months), runs=runs))
        for name, action in (
            ("numpy-financial, loan by loan", by_numpy_financial),
            ("numpy-financial, all in one array", by_numpy_financial_at_once),
            ("pyxirr, month by month", by_pyxirr),
        )
    ]
    lines += [
        Line(annual, rates, "numpy-financial irr", time_of(lambda: [npf.irr(flow) for flow in flows], runs=1)),
        Line(annual, rates, "pyxirr irr", time_of(lambda: [pyxirr.irr(flow) for flow in flows], runs=runs)),
    ]
    print(show(lines))


if __name__ == "__main__":
    main()
