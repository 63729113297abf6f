"""Terms, requests and budgets for the tests of the rules."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from mobility.funding.rules import Purpose
from mobility.microcredit.rules.changes import Bank, Bounds
from mobility.microcredit.rules.offers import Ask, Band, Conditions

START, FIRST = date(2026, 12, 1), date(2027, 1, 1)
LAW = {"most_cents": 8000_00, "most_months": 84}
BOUNDS = Bounds(8000_00, 84, 300_00, Decimal(33))


def terms(**changes: Any) -> Conditions:
    """300 to 8 000 euros over 6 to 84 months at 4 per cent."""
    usual: dict[str, Any] = {
        "amount_min_cents": 300_00, "amount_max_cents": 8000_00, "months_min": 6, "months_max": 84,
        "bands": (Band(Decimal(4)),),
    }  # fmt: skip
    return Conditions(**(usual | changes))


def asks(**changes: Any) -> Ask:
    """3 000 euros over 36 months for a car."""
    usual: dict[str, Any] = {
        "amount_cents": 3000_00, "months": 36, "purpose": Purpose.PURCHASE, "starts_on": START, "first_on": FIRST,
    }  # fmt: skip
    return Ask(**(usual | changes))


def bank(name: str = "Banque A", key: int = 1, **changes: Any) -> Bank:
    """A bank with these terms."""
    return Bank(key, name, terms(**changes))
