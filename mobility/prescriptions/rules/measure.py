"""The deadline measured: median, share within the target, and what today's pace will miss. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from statistics import median

PACE_DAYS = 28


@dataclass(frozen=True, slots=True)
class Wait:
    """One wait that is over: when it began, when the first meeting was held, and until when it should have been."""

    received_on: date
    met_on: date
    target_on: date

    @property
    def days(self) -> int:
        """Return how long it was."""
        return max(0, (self.met_on - self.received_on).days)


@dataclass(frozen=True, slots=True)
class Measure:
    """Waits summed up. ``median_days`` None: there was none."""

    count: int
    within: int
    median_days: float | None

    @property
    def share_percent(self) -> int | None:
        """Return the share within the target, rounded down: 99.9 % is not all of them."""
        return self.within * 100 // self.count if self.count else None


def measure(waits: Iterable[Wait]) -> Measure:
    """Sum up waits."""
    known = list(waits)
    return Measure(
        count=len(known),
        within=sum(wait.met_on <= wait.target_on for wait in known),
        median_days=float(median(wait.days for wait in known)) if known else None,
    )


@dataclass(frozen=True, slots=True)
class Forecast:
    """What today's pace will miss among those who wait."""

    waiting: int
    missed: int


def forecast(due_days: Sequence[date], *, met_lately: int, on: date, pace_days: int = PACE_DAYS) -> Forecast:
    """Return how many of those who wait would be met after their day, at the pace of the last ``pace_days`` days.

    They are met in the order of their days, so many a day; the n-th one (from 1) after n × pace_days / met_lately days.
    """
    missed = 0
    for rank, due in enumerate(sorted(due_days), start=1):
        left = (due - on).days
        # rank / pace > left, without dividing: nobody met lately misses whoever waits.
        if met_lately <= 0 or rank * pace_days > left * met_lately:
            missed += 1
    return Forecast(len(due_days), missed)
