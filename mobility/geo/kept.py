"""What is made from a network once, and anew when another network is in use. Pure."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

Source = TypeVar("Source")
Made = TypeVar("Made")


class Kept(Generic[Source, Made]):
    """Keeps what was made from the last source; safe for threads, of which one makes while the others wait."""

    def __init__(self, make: Callable[[Source], Made]) -> None:
        self._make = make
        self._lock = threading.Lock()
        self._last: tuple[Source, Made] | None = None

    def of(self, source: Source) -> Made:
        """Return what is made from this very source."""
        last = self._last
        if last is not None and last[0] is source:
            return last[1]
        with self._lock:
            if self._last is None or self._last[0] is not source:
                self._last = (source, self._make(source))
            return self._last[1]
