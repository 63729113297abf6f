"""What must come before what: no cycle, an order, what is ready, and dates that follow. Pure.

``needs`` maps a step to the steps that come before it; keys and values are any ids.
"""

from __future__ import annotations

import heapq
from collections.abc import Collection, Hashable, Iterable, Mapping
from datetime import date, timedelta
from typing import TypeVar

K = TypeVar("K", bound=Hashable)


def order(steps: Iterable[K], needs: Mapping[K, Collection[K]]) -> list[K] | None:
    """Return the steps so that each comes after those that it needs, else in the order given; None for a cycle.

    What a step needs beside the steps given is taken as done.
    """
    listed = list(dict.fromkeys(steps))
    place = {step: at for at, step in enumerate(listed)}
    open_needs = {step: {need for need in needs.get(step, ()) if need in place} for step in listed}
    followers: dict[K, list[K]] = {step: [] for step in listed}
    for step, before in open_needs.items():
        for need in before:
            followers[need].append(step)
    ready = [place[step] for step in listed if not open_needs[step]]
    heapq.heapify(ready)
    found: list[K] = []
    while ready:
        step = listed[heapq.heappop(ready)]
        found.append(step)
        for follower in followers[step]:
            open_needs[follower].discard(step)
            if not open_needs[follower]:
                heapq.heappush(ready, place[follower])
    return found if len(found) == len(listed) else None


def closes_a_cycle(step: K, new_needs: Collection[K], needs: Mapping[K, Collection[K]]) -> bool:
    """Tell whether the step would wait for itself, directly or by others, if it needed these."""
    seen: set[K] = set()
    waiting = list(new_needs)
    while waiting:
        one = waiting.pop()
        if one == step:
            return True
        if one not in seen:
            seen.add(one)
            waiting.extend(needs.get(one, ()))
    return False


def waits_for(step: K, needs: Mapping[K, Collection[K]], settled: Collection[K]) -> list[K]:
    """Return those of its needs that are neither done nor given up, in the order written."""
    return [need for need in needs.get(step, ()) if need not in settled]


def dates_from(
    starts_on: date,
    lines: Iterable[tuple[K, int, int]],
    needs: Mapping[K, Collection[K]],
) -> dict[K, tuple[date, date]]:
    """Return the first and the last day of each line (key, offset in days, days that it takes).

    The offset counts from the end of the latest line that it needs, else from ``starts_on``. Raises ValueError
    for a cycle.
    """
    facts = {key: (offset, days) for key, offset, days in lines}
    ordered = order(facts, needs)
    if ordered is None:
        raise ValueError("the lines wait for one another")
    found: dict[K, tuple[date, date]] = {}
    for key in ordered:
        offset, days = facts[key]
        after = max((found[need][1] for need in needs.get(key, ()) if need in found), default=starts_on)
        first = after + timedelta(days=max(offset, 0))
        found[key] = (first, first + timedelta(days=max(days, 0)))
    return found
