"""Money: whole cents, read and written in French."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mobility.core import money


@pytest.mark.parametrize(
    ("cents", "text"),
    [
        (0, "0,00\u00a0€"),
        (5, "0,05\u00a0€"),
        (1250, "12,50\u00a0€"),
        (123456, "1\u202f234,56\u00a0€"),
        (-1250, "\u221212,50\u00a0€"),
    ],
)
def test_an_amount_reads_in_french(cents: int, text: str) -> None:
    assert money.format_cents(cents) == text


def test_a_gain_may_carry_its_sign() -> None:
    assert money.format_cents(100, sign=True) == "+1,00\u00a0€"
    assert money.format_cents(0, sign=True) == "0,00\u00a0€"


def test_what_costs_nothing_is_said_to_be_free() -> None:
    assert money.format_price(0) == "Gratuit"
    assert money.format_price(50) == "0,50\u00a0€"


@pytest.mark.parametrize(
    ("typed", "cents"),
    [
        ("12", 1200),
        ("12,5", 1250),
        ("12.50 €", 1250),
        ("1 234,56", 123456),
        ("1\u202f234,56\u00a0€", 123456),
        ("-3", -300),
    ],
)
def test_what_people_type_is_understood(typed: str, cents: int) -> None:
    assert money.parse_euros(typed) == cents


@pytest.mark.parametrize("typed", ["", "abc", "1,234", "12,", "1e3", "NaN", "Infinity", "9" * 30, "١٢", "12,50,00"])
def test_what_is_no_amount_is_refused(typed: str) -> None:
    with pytest.raises(ValueError, match="amount"):
        money.parse_euros(typed)


@given(st.integers(min_value=-money.MAX_CENTS, max_value=money.MAX_CENTS))
def test_what_is_written_is_read_back(cents: int) -> None:
    assert money.parse_euros(money.format_cents(cents)) == cents


@pytest.mark.parametrize(("amount", "cents"), [("0.5", 1), ("1.49", 1), ("-0.5", -1), ("2.5", 3)])
def test_rounding_is_half_up_away_from_zero(amount: str, cents: int) -> None:
    assert money.round_cents(Decimal(amount)) == cents


@given(st.integers(min_value=0, max_value=10**9), st.decimals(min_value=0, max_value=1, places=4))
def test_a_share_stays_within_the_whole(cents: int, rate: Decimal) -> None:
    assert 0 <= money.share_of(cents, rate) <= cents
