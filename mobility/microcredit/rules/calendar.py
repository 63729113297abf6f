"""Time between two dates in years, as the law on the annual rate counts it. Pure.

Source: Code de la consommation, annex to R314-3, remark c (directives 2008/48/EC and 2014/17/EU, Annex I). A year has
365 days (366 in a leap year) or 12 equal months. What is no whole number of periods is counted back from the later
date in whole periods, and the days that remain (the first left out, the last counted) are divided by the 365 or 366
days of the whole year that ends on their last day.
"""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from fractions import Fraction

from mobility.people.rules import add_months

FIRST_YEAR, LAST_YEAR = 1900, 2199


class Basis(StrEnum):
    """In which periods time is counted: whole years and days, or equal months and days."""

    ACTUAL = "actual"
    MONTHS = "months"


BASIS_LABELS: dict[Basis, str] = {Basis.ACTUAL: "Jours exacts", Basis.MONTHS: "Mois égaux"}
_PERIOD_MONTHS = {Basis.ACTUAL: 12, Basis.MONTHS: 1}


def whole_months(start: date, end: date) -> int | None:
    """Return the months between two dates where they are whole, else None. Short months end where they end."""
    months = (end.year - start.year) * 12 + end.month - start.month
    whole = months >= 0 and end in {add_months(start, months), end if add_months(end, -months) == start else None}
    return months if whole else None


def years_between(start: date, end: date, basis: Basis) -> Fraction:
    """Return the years between two dates, exactly. Raises ValueError where the end comes before the start.

    >>> years_between(date(1994, 1, 1), date(1995, 7, 1), Basis.ACTUAL)
    Fraction(546, 365)
    """
    if end < start:
        raise ValueError("the end comes before the start")
    step = _PERIOD_MONTHS[basis]
    months = whole_months(start, end)
    if months is not None and months % step == 0:
        return Fraction(months, 12)
    months = max((end.year - start.year) * 12 + end.month - start.month, 0) // step * step
    while add_months(end, -months) < start:
        months -= step
    last = add_months(end, -months)
    return Fraction(months, 12) + Fraction((last - start).days, (last - add_months(last, -12)).days)
