"""The annual rate: calendars of the law, and what holds for any flows."""

from __future__ import annotations

import math
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import numpy_financial as npf
import pytest
import pyxirr
from hypothesis import assume, given
from hypothesis import strategies as st

from mobility.microcredit.errors import NoRate
from mobility.microcredit.rules.apr import Flow, annual_rate, in_percent, monthly_annual_rate, solve
from mobility.microcredit.rules.calendar import Basis, years_between
from mobility.microcredit.rules.schedule import Terms, Waiting, plain_schedule, schedule

DAY = date(2026, 1, 12)
DAYS = st.dates(date(2020, 1, 1), date(2032, 12, 31))


@pytest.mark.parametrize(
    ("start", "end", "basis", "years"),
    [
        # The directive's own example: 1 January 1994 to 1 July 1995 is 546 days of 365.
        (date(1994, 1, 1), date(1995, 7, 1), Basis.ACTUAL, Fraction(546, 365)),
        (date(2026, 1, 5), date(2026, 1, 5), Basis.ACTUAL, Fraction(0)),
        (date(2027, 1, 5), date(2028, 1, 5), Basis.ACTUAL, Fraction(1)),
        (date(2028, 1, 5), date(2029, 1, 5), Basis.ACTUAL, Fraction(1)),
        (date(2027, 12, 1), date(2028, 3, 1), Basis.ACTUAL, Fraction(91, 366)),
        (date(2027, 12, 1), date(2028, 2, 1), Basis.ACTUAL, Fraction(62, 365)),
        (date(2028, 2, 29), date(2029, 2, 28), Basis.ACTUAL, Fraction(1)),
        (date(2028, 2, 29), date(2030, 8, 31), Basis.ACTUAL, 2 + Fraction(184, 366)),
        (date(2026, 1, 5), date(2026, 4, 5), Basis.MONTHS, Fraction(3, 12)),
        (date(2026, 1, 31), date(2026, 2, 28), Basis.MONTHS, Fraction(1, 12)),
        (date(2026, 2, 28), date(2026, 3, 31), Basis.MONTHS, Fraction(1, 12)),
        (date(2026, 1, 12), date(2026, 3, 5), Basis.MONTHS, Fraction(1, 12) + Fraction(24, 365)),
        (date(2028, 2, 20), date(2028, 3, 5), Basis.MONTHS, Fraction(14, 366)),
    ],
)
def test_time_is_counted_back_in_whole_periods_then_days(start: date, end: date, basis: Basis, years: Fraction) -> None:
    assert years_between(start, end, basis) == years


def test_time_does_not_run_backwards() -> None:
    with pytest.raises(ValueError, match="end"):
        years_between(date(2026, 2, 1), date(2026, 1, 1), Basis.MONTHS)


@given(DAYS, DAYS, st.sampled_from(Basis))
def test_the_years_between_two_days_are_those_of_the_calendar_to_some_days(
    one: date, other: date, basis: Basis
) -> None:
    start, end = sorted((one, other))
    assert abs(float(years_between(start, end, basis)) - (end - start).days / 365.25) < 5 / 365


def test_the_directives_first_example_costs_12_96_per_cent() -> None:
    rate = annual_rate([Flow(date(1994, 1, 1), 1000_00)], [Flow(date(1995, 7, 1), 1200_00)], Basis.ACTUAL)
    assert in_percent(rate, 2) == Decimal("12.96")


@given(st.integers(1, 10**6), st.decimals("0.01", 30, places=2), st.integers(1, 120))
def test_unrounded_level_instalments_cost_the_compounded_nominal_rate(amount: int, rate: Decimal, months: int) -> None:
    monthly = float(rate) / 1200
    level = amount * monthly / (1 - (1 + monthly) ** -months)
    found = monthly_annual_rate(amount, [level] * months)
    assert found == pytest.approx((1 + monthly) ** 12 - 1, abs=1e-9)


CALENDARS = st.tuples(
    st.integers(300_00, 8000_00), st.decimals(0, 8, places=2), st.integers(6, 84), st.integers(5, 60),
    st.sampled_from(Waiting),
)  # fmt: skip


@given(CALENDARS, st.integers(0, 500), st.sampled_from(Basis), st.dates(date(2026, 1, 1), date(2032, 12, 31)))
def test_at_its_rate_a_loan_is_worth_nothing_to_a_hundredth_of_a_cent(
    terms: tuple[int, Decimal, int, int, Waiting], later: int, basis: Basis, start: date
) -> None:
    amount, rate, months, days, waiting = terms
    drawn = (Flow(start, amount), Flow(start + timedelta(days=later % days), 500_00))
    rows = schedule(Terms(drawn, rate, months, start + timedelta(days=days), waiting))
    paid = [Flow(row.due_on, row.payment_cents) for row in rows if row.due_on]
    found = annual_rate(drawn, paid, basis)
    worth = math.fsum(
        sign * flow.amount_cents * (1 + found) ** -float(years_between(start, flow.on, basis))
        for sign, flows in ((1, drawn), (-1, paid))
        for flow in flows
    )
    assert abs(worth) < 0.01


@given(st.integers(300_00, 8000_00), st.decimals(0, 8, places=2), st.integers(6, 84), st.integers(0, 200_00))
def test_a_fee_never_lowers_the_rate(amount: int, rate: Decimal, months: int, fee: int) -> None:
    payments = [row.payment_cents for row in plain_schedule(amount, rate, months)]
    without = monthly_annual_rate(amount, payments)
    assert monthly_annual_rate(amount, payments, paid_at_once=fee) >= without
    assert monthly_annual_rate(amount, [*payments[:-1], payments[-1] + fee]) >= without


@given(st.lists(st.tuples(st.floats(0, 10), st.integers(-(10**9), 10**9)), max_size=12))
def test_any_flows_give_a_rate_that_fits_or_none(flows: list[tuple[float, int]]) -> None:
    try:
        found = solve([(years, float(amount)) for years, amount in flows])
    except NoRate:
        return
    assert found >= 0
    first = min(years for years, _ in flows)
    worth = math.fsum(amount * math.exp(-math.log1p(found) * (years - first)) for years, amount in flows)
    assert abs(worth) <= 1e-6 * sum(abs(amount) for _, amount in flows)


@pytest.mark.parametrize(
    "flows",
    [
        [],
        [(0, 100)],
        [(0, 100), (1, -99)],
        [(0, 100), (0, -100), (1, -1)],
        [(0, -100), (1, 100)],
        [(0, 100), (0.0001, -300)],
        [(0, 1000), (1, -3000), (2, 2500), (3, -600)],
    ],
)
def test_flows_without_one_rate_are_refused(flows: list[tuple[float, float]]) -> None:
    with pytest.raises(NoRate):
        solve(flows)


def test_drawing_nothing_has_no_rate() -> None:
    with pytest.raises(NoRate):
        annual_rate([], [Flow(DAY, 1)], Basis.ACTUAL)


@pytest.mark.parametrize("rate", [1e-7, 0.01, 0.5, 20.0, 9e5])
def test_high_and_tiny_rates_are_found(rate: float) -> None:
    assert solve([(0, 1000.0), (1, -1000 * (1 + rate))]) == pytest.approx(rate, rel=1e-8)


def test_a_loan_without_interest_costs_nothing() -> None:
    assert in_percent(monthly_annual_rate(1200, [100] * 12)) == Decimal("0.0000")


@given(st.lists(st.integers(1, 5000), min_size=2, max_size=6), st.data())
def test_a_rate_found_is_the_only_one(amounts: list[int], data: st.DataObject) -> None:
    """With several drawdowns: no other rate up to 1 000 % makes the flows worth nothing."""
    times = sorted(data.draw(st.lists(st.floats(0.1, 5), min_size=len(amounts), max_size=len(amounts), unique=True)))
    flows = [
        (0.0, 2000.0),
        *((t, float(a if i % 3 == 0 else -a)) for i, (t, a) in enumerate(zip(times, amounts, strict=False))),
    ]
    try:
        found = solve(flows)
    except NoRate:
        return
    signs = []
    for step in range(1000):
        u = math.log1p(step / 100)
        if abs(u - math.log1p(found)) > 0.02:
            signs.append((u > math.log1p(found), math.fsum(a * math.exp(-u * t) for t, a in flows)))
    assert all((value > 0) == above for above, value in signs)


def test_the_result_is_rounded_half_up() -> None:
    assert in_percent(0.04074150) == Decimal("4.0742")
    assert in_percent(0.0407414999) == Decimal("4.0741")
    assert in_percent(0.125, 1) == Decimal("12.5")


@given(
    st.lists(st.tuples(st.dates(date(2025, 3, 6), date(2027, 12, 31)), st.integers(1, 500_00)), min_size=1, max_size=40)
)
def test_where_no_leap_day_lies_between_the_rate_is_that_of_365_days(paid: list[tuple[date, int]]) -> None:
    """pyxirr counts days by 365: the same as whole years and days in years without 29 February."""
    start = date(2025, 3, 5)
    lent = sum(amount for _, amount in paid) * 3 // 4 or 1
    dated = sorted(paid)
    assume(sum(amount for _, amount in dated) > lent)
    assume(dated[0][0] > start + timedelta(days=60))
    found = annual_rate([Flow(start, lent)], [Flow(*one) for one in dated], Basis.ACTUAL)
    theirs = pyxirr.xirr([start, *(on for on, _ in dated)], [-lent, *(amount for _, amount in dated)])
    assert theirs is not None
    assert found == pytest.approx(theirs, rel=1e-7)


@given(st.integers(300_00, 8000_00), st.decimals("0.1", 8, places=2), st.integers(2, 120))
def test_instalments_and_monthly_rates_are_those_of_other_libraries(amount: int, rate: Decimal, months: int) -> None:
    payments = [row.payment_cents for row in plain_schedule(amount, rate, months)]
    assert abs(payments[0] + npf.pmt(float(rate) / 1200, months, amount)) <= 0.5000001
    theirs = pyxirr.irr([-amount, *payments])
    assert monthly_annual_rate(amount, payments) == pytest.approx((1 + theirs) ** 12 - 1, abs=1e-9)


def test_equal_drawdowns_month_after_month_are_paid_back_by_a_level_instalment() -> None:
    """Drawn on the same day of three months in a row: the last instalment is the others to some cents."""
    drawn = tuple(Flow(date(2026, month, 20), 1000_00) for month in (1, 2, 3))
    rows = schedule(Terms(drawn, Decimal(4), 24, date(2026, 2, 5)))
    assert abs(rows[-1].payment_cents - rows[0].payment_cents) <= 24
