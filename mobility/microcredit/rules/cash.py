"""The money of a household month by month, with and without the project. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from mobility.microcredit.rules.budget import Item, Side, month_of
from mobility.people.rules import add_months

MONTHS = 24


@dataclass(frozen=True, slots=True)
class Month:
    """One month, in cents: what comes in, what goes out, what the project takes, what is left at its end."""

    first_on: date
    income: int
    charges: int
    credits: int
    living: int
    project: int
    balance: int


def curve(
    items: Sequence[Item],
    *,
    starts_on: date,
    opening_cents: int,
    living_cents: int,
    instalments: Mapping[tuple[int, int], int] | None = None,
    project_cents: int = 0,
    months: int = MONTHS,
) -> tuple[Month, ...]:
    """Return the months from the one of ``starts_on`` on.

    ``living_cents``: what a month of life costs beside the fixed charges. ``instalments``: what is due by (year, month);
    ``project_cents``: what else the project takes each month (the vehicle, less what it replaces and what it brings). A
    line of the budget counts in every month in which it still comes on the first day.
    """
    due = instalments or {}
    balance, found = opening_cents, []
    first = starts_on.replace(day=1)
    for number in range(months):
        day = add_months(first, number)
        income, charges = month_of(items, Side.INCOME, on=day), month_of(items, Side.CHARGE, on=day)
        credits_ = month_of(items, Side.CREDIT, on=day)
        project = project_cents + due.get((day.year, day.month), 0)
        balance += income - charges - credits_ - living_cents - project
        found.append(Month(day, income, charges, credits_, living_cents, project, balance))
    return tuple(found)


def first_below_zero(months: Sequence[Month]) -> Month | None:
    """Return the first month that ends below zero, or None."""
    return next((month for month in months if month.balance < 0), None)
