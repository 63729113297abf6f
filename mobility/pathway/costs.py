"""What journeys cost, by day and by month, for the person and for the funders. Pure; integer cents.

A step is paid once, whatever it carries: its price is spread over the days on which it carries somebody, to the cent,
so that a day's and a month's cost add up to what was agreed, and nothing is counted twice. What is paid by the
journey (a seat in a car) or by the month (an instalment) stands on its own day.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

from mobility.core.clock import MONTHS


@dataclass(frozen=True)
class Cost:
    """What something costs the person, and the funders together; cents."""

    person_cents: int = 0
    funder_cents: int = 0

    def __add__(self, other: Cost) -> Cost:
        """Return both together."""
        return Cost(self.person_cents + other.person_cents, self.funder_cents + other.funder_cents)

    @property
    def total_cents(self) -> int:
        """What it costs everybody."""
        return self.person_cents + self.funder_cents


@dataclass(frozen=True)
class StepCost:
    """What one step costs, and the days on which it carries.

    The price of the whole is spread over ``days``; ``starts_on`` bears it where there is none. ``dated`` is what is
    paid on each day beside it.
    """

    step_id: int
    person_cents: int
    funder_cents: int
    days: frozenset[date]
    starts_on: date | None = None
    dated: Mapping[date, Cost] = field(default_factory=dict)


@dataclass(frozen=True)
class MonthCost:
    """A month's cost, and on how many days somebody is carried."""

    month_on: date
    cost: Cost
    days: int

    @property
    def label(self) -> str:
        """« novembre 2026 »."""
        return f"{MONTHS[self.month_on.month - 1]} {self.month_on.year}"

    @property
    def per_day_cents(self) -> int:
        """What the person pays for a day's journeys on average, rounded to the cent."""
        return (2 * self.cost.person_cents + self.days) // (2 * self.days) if self.days else 0


def spread(cents: int, days: Collection[date]) -> dict[date, int]:
    """Share cents over days as evenly as whole cents allow; the first days bear the rest. Their sum is ``cents``."""
    if not days:
        return {}
    share, rest = divmod(cents, len(days))
    return {day: share + (1 if number < rest else 0) for number, day in enumerate(sorted(days))}


def by_day(steps: Iterable[StepCost]) -> dict[date, Cost]:
    """Return what each day costs; a step given twice is counted once."""
    found: dict[date, Cost] = {}
    for step in {one.step_id: one for one in steps}.values():
        days = step.days or (frozenset({step.starts_on}) if step.starts_on is not None else frozenset())
        funders = spread(step.funder_cents, days)
        for day, cents in spread(step.person_cents, days).items():
            found[day] = found.get(day, Cost()) + Cost(cents, funders[day])
        for day, cost in step.dated.items():
            found[day] = found.get(day, Cost()) + cost
    return found


def by_month(days: Mapping[date, Cost], carried: Collection[date]) -> list[MonthCost]:
    """Return each month's cost in order; ``carried`` are the days on which somebody is carried, paid for or not."""
    months = sorted({day.replace(day=1) for day in (*days, *carried)})
    return [
        MonthCost(
            month,
            sum((cost for day, cost in days.items() if day.replace(day=1) == month), Cost()),
            sum(1 for day in carried if day.replace(day=1) == month),
        )
        for month in months
    ]
