"""The schedule: the table of the trade to the cent, and what holds for any loan."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mobility.microcredit.errors import TermsImpossible
from mobility.microcredit.rules.apr import Flow, in_percent, monthly_annual_rate
from mobility.microcredit.rules.schedule import (
    Row,
    Terms,
    Waiting,
    half_up,
    interest_cents,
    plain_schedule,
    principal_cents,
    schedule,
)

DAY = date(2026, 1, 12)
AMOUNTS = st.integers(1, 1_000_000)
RATES = st.decimals(0, 25, places=3)
MONTHS = st.integers(1, 120)


@pytest.mark.parametrize(
    ("amount", "rate", "months", "level", "last", "interest", "apr"),
    [
        (3000_00, "4", 36, 88_57, 88_64, 188_59, "4.0741"),
        (3000_00, "3", 36, 87_24, 87_38, 140_78, "3.0417"),
        (8000_00, "4", 84, 109_35, 109_37, 1185_42, "4.0741"),
        (300_00, "1.5", 6, 50_22, 50_22, 1_32, "1.5174"),
    ],
)
def test_the_worked_loans_come_out_to_the_cent(
    amount: int, rate: str, months: int, level: int, last: int, interest: int, apr: str
) -> None:
    rows = plain_schedule(amount, Decimal(rate), months)
    assert {row.payment_cents for row in rows[:-1]} == {level}
    assert rows[-1].payment_cents == last
    assert interest_cents(rows) == interest
    payments = [row.payment_cents for row in rows]
    assert str(in_percent(monthly_annual_rate(amount, payments))) == apr


def _holds(rows: list[Row], amount: int) -> None:
    assert principal_cents(rows) == amount
    assert rows[-1].balance_cents == 0
    for row in rows:
        assert row.payment_cents == row.interest_cents + row.capital_cents
        assert min(row.payment_cents, row.interest_cents, row.capital_cents, row.balance_cents) >= 0


@given(AMOUNTS, RATES, MONTHS)
def test_the_capital_is_paid_back_whole_and_each_interest_is_rounded_once(
    amount: int, rate: Decimal, months: int
) -> None:
    rows = plain_schedule(amount, rate, months)
    _holds(rows, amount)
    owed = amount
    for row in rows:
        assert row.interest_cents == half_up(owed * Fraction(rate) / 1200)
        owed = row.balance_cents
    assert len({row.payment_cents for row in rows[:-1] if row.balance_cents}) <= 1


@given(AMOUNTS, RATES, MONTHS)
def test_a_dated_schedule_in_whole_months_is_the_plain_one(amount: int, rate: Decimal, months: int) -> None:
    dated = schedule(Terms((Flow(DAY, amount),), rate, months))
    plain = plain_schedule(amount, rate, months)
    assert [row.payment_cents for row in dated] == [row.payment_cents for row in plain]
    assert [row.due_on for row in dated[:2]] == [date(2026, 2, 12), date(2026, 3, 12)][: len(dated)]


@given(
    st.lists(st.tuples(st.integers(0, 400), AMOUNTS), min_size=1, max_size=4),
    st.decimals(0, 8, places=2),
    st.integers(14, 84),
    st.integers(1, 100),
    st.sampled_from(Waiting),
)
def test_any_calendar_pays_back_what_was_drawn(
    drawn: list[tuple[int, int]], rate: Decimal, months: int, days: int, waiting: Waiting
) -> None:
    flows = tuple(Flow(date.fromordinal(DAY.toordinal() + after), amount) for after, amount in drawn)
    start = min(flow.on for flow in flows)
    terms = Terms(flows, rate, months, date.fromordinal(start.toordinal() + days), waiting)
    try:
        rows = schedule(terms)
    except TermsImpossible:
        # A later drawdown hundreds of times the first one swallows the level payment: only spread interest can fail.
        assert waiting is not Waiting.MONTHLY or months < 24
        return
    assert principal_cents(rows) == terms.amount_cents
    assert rows[-1].balance_cents == 0
    assert [row.due_on for row in rows] == sorted(row.due_on for row in rows if row.due_on)


def _first(waiting: Waiting, first_on: date, months: int = 24) -> list[Row]:
    return schedule(Terms((Flow(DAY, 3000_00),), Decimal(4), months, first_on, waiting))


def test_a_broken_first_period_counts_its_days() -> None:
    """From 12 January to 5 March: one month and 24 days of 2026; 3 000 € x 4 % x (1/12 + 24/365) = 17.89."""
    rows = _first(Waiting.SPREAD, date(2026, 3, 5))
    assert rows[0].interest_cents == half_up(3000_00 * Fraction(4, 100) * (Fraction(1, 12) + Fraction(24, 365)))
    assert rows[0].interest_cents == 17_89
    assert rows[0].payment_cents == rows[1].payment_cents
    _holds(rows, 3000_00)


def test_a_short_first_period_costs_less() -> None:
    rows = _first(Waiting.SPREAD, date(2026, 1, 31))
    assert rows[0].interest_cents == half_up(3000_00 * Fraction(4, 100) * Fraction(19, 365)) == 6_25
    assert rows[0].payment_cents < plain_schedule(3000_00, Decimal(4), 24)[0].payment_cents


def test_the_interest_of_the_wait_is_paid_on_top_of_the_first_instalment() -> None:
    rows = _first(Waiting.WITH_FIRST, date(2026, 4, 12))
    plain = plain_schedule(3000_00, Decimal(4), 24)
    assert rows[0].interest_cents == 30_00
    assert rows[0].payment_cents == plain[0].payment_cents + 20_00
    assert [row.payment_cents for row in rows[1:]] == [row.payment_cents for row in plain[1:]]


def test_the_interest_of_the_wait_is_paid_month_by_month() -> None:
    rows = _first(Waiting.MONTHLY, date(2026, 4, 5))
    assert [row.due_on for row in rows[:3]] == [date(2026, 2, 5), date(2026, 3, 5), date(2026, 4, 5)]
    assert [row.capital_cents for row in rows[:2]] == [0, 0]
    assert [row.payment_cents for row in rows[:2]] == [7_89, 10_00]
    assert len(rows) == 26
    _holds(rows, 3000_00)


def test_a_second_drawdown_bears_interest_from_its_own_day() -> None:
    flows = (Flow(DAY, 1000_00), Flow(date(2026, 2, 2), 2000_00))
    rows = schedule(Terms(flows, Decimal(4), 12, date(2026, 3, 12)))
    first = 1000_00 * Fraction(4, 100) * Fraction(2, 12)
    second = 2000_00 * Fraction(4, 100) * (Fraction(1, 12) + Fraction(10, 365))
    assert rows[0].interest_cents == half_up(first + second)
    _holds(rows, 3000_00)


def test_a_drawdown_while_interest_alone_is_paid_is_owed_at_once() -> None:
    flows = (Flow(DAY, 1000_00), Flow(date(2026, 2, 20), 2000_00))
    rows = schedule(Terms(flows, Decimal(4), 12, date(2026, 4, 12), Waiting.MONTHLY))
    assert [row.balance_cents for row in rows[:2]] == [1000_00, 3000_00]
    assert principal_cents(rows) == 3000_00


@pytest.mark.parametrize(
    ("terms", "field"),
    [
        (Terms((Flow(DAY, 0),), Decimal(4), 12), "amount"),
        (Terms((Flow(DAY, 100_00),), Decimal(-1), 12), "rate"),
        (Terms((Flow(DAY, 100_00),), Decimal("NaN"), 12), "rate"),
        (Terms((Flow(DAY, 100_00),), Decimal(4), 0), "months"),
        (Terms((Flow(DAY, 100_00),), Decimal(4), 601), "months"),
        (Terms((Flow(DAY, 100_00),), Decimal(4), 12, DAY), "first_on"),
        (Terms((Flow(DAY, 100_00), Flow(date(2027, 1, 12), 1_00)), Decimal(4), 12), "first_on"),
        (Terms((Flow(DAY, 3000_00),), Decimal(4), 84, date(2031, 1, 12)), "first_on"),
    ],
)
def test_terms_that_give_no_schedule_are_refused_by_field(terms: Terms, field: str) -> None:
    with pytest.raises(TermsImpossible) as refused:
        schedule(terms)
    assert refused.value.field == field
    assert "%" not in refused.value.message.replace(" %", "")
