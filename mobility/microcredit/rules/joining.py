"""How the making of one file out of many goes: its states, and when it is tried again. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

MOST_TRIES = 5
_FIRST_PAUSE = timedelta(seconds=30)


class JoinState(StrEnum):
    """Where a file stands that is made of a dossier's papers."""

    WAITING = "waiting"
    READY = "ready"
    FAILED = "failed"


def next_try(tries: int, *, now: datetime) -> datetime | None:
    """Return when it is tried again after so many tries that broke, or None: no more. The pauses double."""
    if tries >= MOST_TRIES:
        return None
    return now + _FIRST_PAUSE * (1 << max(tries - 1, 0))
