"""Percentages in the database: whole numbers, so that nothing but a number is ever there."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

from sqlalchemy import Integer
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator

UNITS = 10_000


class Percent(TypeDecorator[str]):
    """A percentage with four decimals at most, kept in ten-thousandths of a per cent.

    Given and read as the text of a decimal (« 3.5 »), as the rules take it.
    """

    impl = Integer
    cache_ok = True

    def process_bind_param(self, value: str | Decimal | None, dialect: Dialect) -> int | None:
        return None if value is None else int((Decimal(value) * UNITS).to_integral_value(ROUND_HALF_UP))

    def process_result_value(self, value: int | None, dialect: Dialect) -> str | None:
        if value is None:
            return None
        whole = Decimal(value) / UNITS
        return f"{whole.normalize():f}"
