"""Measuring: medians of several runs, after some that do not count."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median

WARM_UP = 3


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the report: what was measured, and against what."""

    name: str
    milliseconds: float
    base_name: str
    base_milliseconds: float

    @property
    def ratio(self) -> float:
        """How many times the base it takes."""
        return self.milliseconds / self.base_milliseconds


def time_of(action: Callable[[], object], *, runs: int) -> float:
    """Return the median time of an action in milliseconds."""
    for _ in range(WARM_UP):
        action()
    gc.collect()
    times = []
    for _ in range(runs):
        begun = time.perf_counter()
        action()
        times.append((time.perf_counter() - begun) * 1000)
    return median(times)


def show(lines: list[Line]) -> str:
    """Return the report as a table."""
    width = max(len(line.name) for line in lines)
    base_width = max(len(line.base_name) for line in lines)
    head = f"{'what':<{width}}  {'ms':>9}  {'ratio':>8}  against"
    rows = [
        f"{line.name:<{width}}  {line.milliseconds:>9.3f}  {line.ratio:>8.2f}  "
        f"{line.base_name:<{base_width}} ({line.base_milliseconds:.3f} ms)"
        for line in lines
    ]
    return "\n".join([head, "-" * len(head), *rows])
