"""Which month a statement is of, whatever the address says."""

from __future__ import annotations

from datetime import date

import pytest

from mobility.carpool.statements import month_before, month_of, next_month

TODAY = date(2026, 11, 22)


@pytest.mark.parametrize(
    ("typed", "month"),
    [
        ("2026-10", date(2026, 10, 1)),
        ("2026-11-22", date(2026, 11, 1)),
        ("2026-12", date(2026, 11, 1)),
        ("", date(2026, 11, 1)),
        ("demain", date(2026, 11, 1)),
        ("0001-01-01", date(2026, 11, 1)),
        ("9999-12-31", date(2026, 11, 1)),
        ("2016-01", date(2016, 1, 1)),
        ("2015-12", date(2026, 11, 1)),
    ],
)
def test_a_month_is_read_or_is_the_present_one(typed: str, month: date) -> None:
    assert month_of(typed, today=TODAY) == month
    assert next_month(month_before(month)) == month
