"""The public holidays of metropolitan France (package ``holidays``)."""

from __future__ import annotations

from datetime import date
from functools import cache

from holidays import country_holidays


@cache
def of_year(year: int) -> frozenset[date]:
    """Return the public holidays of a year."""
    return frozenset(country_holidays("FR", years=year))


def between(from_on: date, until_on: date) -> frozenset[date]:
    """Return the public holidays of every year that the range touches."""
    return frozenset(day for year in range(from_on.year, until_on.year + 1) for day in of_year(year))
