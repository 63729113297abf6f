"""Gaps that are worth a message: a run of days that nobody carries, told once, before it begins. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from mobility.pathway.coverage import CoverageDay


@dataclass(frozen=True)
class GapRun:
    """Working days one after another on which a known leg has nobody; ``first_at`` is the first of those legs."""

    days: tuple[CoverageDay, ...]
    first_at: datetime

    @property
    def starts_on(self) -> date:
        """The day that names the run: it stays the same while the run lasts."""
        return self.days[0].day_on


def next_run(days: Iterable[CoverageDay], *, now: datetime) -> GapRun | None:
    """Return the first run whose first leg without a carrier is still ahead; None when there is none.

    ``days`` begin some time before now: where the last working day before was not carried either, the run
    has begun already, and whoever it concerns knows. Days without known work neither end nor make a run.
    """
    begun = False
    run: list[CoverageDay] = []
    first_at: datetime | None = None
    for day in days:
        certain = [leg for leg in day.legs if leg.certain]
        if not certain:
            continue
        missing = [leg.at for leg in certain if not leg.carried]
        ahead = [at for at in missing if at > now]
        if not missing:
            if run:
                break
            begun = False
        elif run:
            run.append(day)
        elif ahead and not begun:
            run, first_at = [day], min(ahead)
        else:
            begun = True
    return GapRun(tuple(run), first_at) if first_at is not None else None
