"""When a car is where: the times of a fixed order of stops. Pure.

The conditions are differences of two instants: a stop is reached no earlier than the stop before it and the drive
between them; it lies in its window; somebody is in the car no longer than they bear. Such a system has an earliest
solution, found by pushing instants later until all holds (Bellman and Ford), or none. It is exact: a schedule is
found if and only if there is one.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from mobility.carpool.rules.facts import Window


class Limit(NamedTuple):
    """At most so many seconds between two stops, by their numbers."""

    first: int
    last: int
    seconds: int


def earliest(windows: Sequence[Window], legs: Sequence[int], limits: Sequence[Limit]) -> list[int] | None:
    """Return each stop as early as can be, or None where no schedule holds.

    ``legs[i]`` are the seconds of driving between stop i and stop i + 1. A pass settles all the legs, so that each
    further pass is owed to a limit: more passes than limits mean that the limits chase one another for ever.
    """
    times = [window.earliest for window in windows]
    for _ in range(len(limits) + 1):
        for stop, leg in enumerate(legs):
            times[stop + 1] = max(times[stop + 1], times[stop] + leg)
        moved = False
        for first, last, seconds in limits:
            if times[first] < times[last] - seconds:
                times[first] = times[last] - seconds
                moved = True
        if any(time > window.latest for time, window in zip(times, windows, strict=True)):
            return None
        if not moved:
            return times
    return None


def schedule(windows: Sequence[Window], legs: Sequence[int], limits: Sequence[Limit] = ()) -> list[int] | None:
    """Return the instant of each stop, or None: the last stop as early as can be, all others as late as that allows.

    So the car arrives as soon as possible, is on its way no longer than it must be (the first stop is as late as the
    last one permits, and starting earlier never shortens a journey), and waits, where it must, before it has picked
    people up rather than with them in it.
    """
    first = earliest(windows, legs, limits)
    if first is None:
        return None
    # The same problem in a mirror, where late is early.
    last = len(windows) - 1
    mirrored = [Window(-window.latest, -window.earliest) for window in reversed(windows)]
    mirrored[0] = Window(-first[last], -first[last])
    times = earliest(
        mirrored, legs[::-1], [Limit(last - limit.last, last - limit.first, limit.seconds) for limit in limits]
    )
    if times is None:  # pragma: no cover - a solution read backwards solves the mirror: no input leads here
        raise AssertionError("what is possible forwards is possible backwards")
    return [-time for time in reversed(times)]
