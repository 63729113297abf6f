"""What the free hours of a desk allow: who will be met when, whose day will pass, how many hours are missing. Pure."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Waiting:
    """Somebody who waits for a first meeting. ``booked_on``: the day of the one they have."""

    id: int
    due_on: date
    booked_on: date | None = None


@dataclass(frozen=True, slots=True)
class Expected:
    """Somebody whose day will pass. ``met_on`` None: no hour is left for them within the weeks looked at."""

    id: int
    due_on: date
    met_on: date | None


@dataclass(frozen=True, slots=True)
class Outlook:
    """What the free hours allow. ``hours_needed`` before ``before_on`` would save whoever can be saved."""

    waiting: int
    free: int
    missed: tuple[Expected, ...]
    hours_needed: int
    before_on: date | None


def outlook(waiting: Iterable[Waiting], free_on: Iterable[date], *, on: date, until_on: date) -> Outlook:
    """Give the free hours to those who wait, the earliest day first; say whose day will pass.

    ``free_on``: the day of each free hour from ``on`` to ``until_on``. Whoever is due after ``until_on`` and finds no
    hour is not counted: nobody knows yet.
    """
    known = list(waiting)
    free = sorted(day for day in free_on if on <= day <= until_on)
    missed = [
        Expected(one.id, one.due_on, one.booked_on)
        for one in known
        if one.booked_on is not None and one.booked_on > one.due_on
    ]
    unbooked = sorted((one for one in known if one.booked_on is None), key=lambda one: (one.due_on, one.id))
    for rank, one in enumerate(unbooked):
        met_on = free[rank] if rank < len(free) else None
        if (met_on is None and one.due_on <= until_on) or (met_on is not None and met_on > one.due_on):
            missed.append(Expected(one.id, one.due_on, met_on))
    needed, before_on = shortage([one.due_on for one in unbooked], free, on=on, until_on=until_on)
    return Outlook(
        waiting=len(known),
        free=len(free),
        missed=tuple(sorted(missed, key=lambda one: (one.due_on, one.id))),
        hours_needed=needed,
        before_on=before_on,
    )


def shortage(due_on: Sequence[date], free_on: Sequence[date], *, on: date, until_on: date) -> tuple[int, date | None]:
    """Return how many hours are missing, and before which day they help; both in order, (0, None) for none.

    For every day from today on, whoever is due by then needs an hour by then (whoever is late already takes one
    first). The greatest lack is what is missing; hours before the first day that lacks any save everybody who is not
    late yet.
    """
    needed, first = 0, None
    for day in sorted({due for due in due_on if on <= due <= until_on}):
        lack = bisect_right(due_on, day) - bisect_right(free_on, day)
        if lack > 0 and first is None:
            first = day
        needed = max(needed, lack)
    return needed, first
