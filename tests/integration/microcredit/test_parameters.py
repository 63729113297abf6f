"""Dated settings: ceilings and delays of the day that counts, not of today."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from mobility.microcredit import parameters
from mobility.microcredit.rules.law import Delays
from mobility.microcredit.rules.usury import Ceiling, ceiling_for
from tests.factories.parameters import make_value

pytestmark = pytest.mark.usefixtures("app")


def test_the_ceilings_that_ship_are_those_of_the_first_quarter_of_2026() -> None:
    ceilings, since_on = parameters.usury_ceilings(on=date(2026, 3, 1))
    assert since_on == date(2026, 1, 1)
    assert [str(ceiling_for(cents, ceilings)) for cents in (300000, 300001, 600001)] == ["23.56", "15.87", "8.67"]


def test_a_later_quarter_holds_from_its_day_on() -> None:
    make_value(parameters.USURY, [{"up_to_cents": None, "percent": "9.5"}], valid_from_on=date(2026, 4, 1))
    assert parameters.usury_ceilings(on=date(2026, 4, 1)) == ([Ceiling(None, Decimal("9.5"))], date(2026, 4, 1))
    assert parameters.usury_ceilings(on=date(2026, 3, 31))[1] == date(2026, 1, 1)


def test_a_contract_keeps_the_delays_of_its_day() -> None:
    make_value(parameters.WITHDRAWAL_DAYS, 30, valid_from_on=date(2027, 1, 1))
    assert parameters.delays(contract_on=date(2026, 12, 31)) == Delays(14, 7, 15)
    assert parameters.delays(contract_on=date(2027, 1, 1)) == Delays(30, 7, 15)


def test_bounds_and_thresholds_are_settings() -> None:
    assert parameters.limits(on=date(2026, 6, 1)) == parameters.Limits(8000_00, 84)
    assert parameters.thresholds(on=date(2026, 6, 1)) == parameters.Thresholds(300_00, Decimal(33))
