"""Usury ceilings by amount and quarter; the dates that a signature makes."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from mobility.microcredit.rules.law import Delays, offer_stands_until, signed_dates
from mobility.microcredit.rules.usury import Ceiling, ceiling_for, check_usury

CEILINGS = (
    Ceiling(None, Decimal("8.67")),
    Ceiling(3000_00, Decimal("23.56")),
    Ceiling(6000_00, Decimal("15.87")),
)
SINCE = date(2026, 1, 1)


@pytest.mark.parametrize(
    ("amount", "ceiling"),
    [(300_00, "23.56"), (3000_00, "23.56"), (3000_01, "15.87"), (6000_00, "15.87"), (6000_01, "8.67")],
)
def test_the_ceiling_is_that_of_the_narrowest_band(amount: int, ceiling: str) -> None:
    assert ceiling_for(amount, CEILINGS) == Decimal(ceiling)


@pytest.mark.parametrize(("percent", "exceeded"), [("8.67", False), ("8.6701", True)])
def test_a_rate_at_its_ceiling_is_allowed(percent: str, exceeded: bool) -> None:
    check = check_usury(Decimal(percent), 8000_00, CEILINGS, since_on=SINCE, on=date(2026, 3, 31))
    assert (check.exceeded, check.outdated) == (exceeded, False)


def test_an_amount_without_ceiling_is_not_called_usury() -> None:
    check = check_usury(Decimal(90), 8000_00, CEILINGS[1:], since_on=SINCE, on=SINCE)
    assert (check.ceiling_percent, check.exceeded) == (None, False)


@pytest.mark.parametrize(("since", "on"), [(SINCE, date(2026, 4, 1)), (SINCE, date(2027, 1, 1)), (None, SINCE)])
def test_ceilings_of_another_quarter_are_said_to_be_old(since: date | None, on: date) -> None:
    assert check_usury(Decimal(4), 1, CEILINGS, since_on=since, on=on).outdated


def test_fourteen_days_to_change_ones_mind_and_no_money_in_the_first_seven() -> None:
    dates = signed_dates(date(2026, 11, 24), Delays(14, 7, 15))
    assert (dates.withdraw_until_on, dates.payable_from_on) == (date(2026, 12, 8), date(2026, 12, 2))
    assert offer_stands_until(date(2026, 11, 24), Delays(14, 7, 15)) == date(2026, 12, 9)
