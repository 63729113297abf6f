"""When to stop asking a server that does not answer. Pure but for its lock; ``now`` is seconds of a steady clock.

Closed: everybody asks. After so many failures in a row it opens: nobody asks for a while, so that pages do not each
wait for the time limit. Then it is half open: one asks, the others go on without; an answer closes it, a failure opens
it again. Who asked and never told (a thread that was killed) is replaced after the same while.
"""

from __future__ import annotations

import threading
from enum import StrEnum


class BreakerState(StrEnum):
    """What happens to the next question."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half_open"


class Breaker:
    """One server's breaker, shared by the threads of a process."""

    def __init__(self, *, failures: int = 3, open_seconds: float = 30.0) -> None:
        self._limit, self._open_seconds = failures, open_seconds
        self._lock = threading.Lock()
        self._in_a_row = 0
        # None: closed.
        self._until: float | None = None
        self._probing_until: float | None = None

    def state(self, now: float) -> BreakerState:
        """Return the state."""
        if self._until is None:
            return BreakerState.CLOSED
        return BreakerState.OPEN if now < self._until else BreakerState.HALF_OPEN

    def may_ask(self, now: float) -> bool:
        """Tell whether to ask now. Whoever is told yes tells how it ended."""
        with self._lock:
            if self._until is None:
                return True
            if now < self._until or (self._probing_until is not None and now < self._probing_until):
                return False
            self._probing_until = now + self._open_seconds
            return True

    def succeeded(self) -> bool:
        """Note an answer; return True if that closed it."""
        with self._lock:
            was_open = self._until is not None
            self._in_a_row, self._until, self._probing_until = 0, None, None
            return was_open

    def gave_up(self) -> None:
        """Note that whoever asked ended without learning anything of the server."""
        with self._lock:
            self._probing_until = None

    def failed(self, now: float) -> bool:
        """Note a failure; return True if that opened it where it was closed."""
        with self._lock:
            self._in_a_row += 1
            was_closed = self._until is None
            if self._in_a_row >= self._limit or not was_closed:
                self._until, self._probing_until = now + self._open_seconds, None
                return was_closed
            return False
