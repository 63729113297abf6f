"""What the room needs from rooms that stand higher: declared here, answered in ``wiring``."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

DiagnosedOn = Callable[[int], date | None]
_DIAGNOSED: list[DiagnosedOn] = []


def set_diagnosed(answer: DiagnosedOn) -> None:
    """Say who knows when a person's diagnosis was finished."""
    _DIAGNOSED[:] = [answer]


def diagnosed_on(person_id: int) -> date | None:
    """Return the day on which the person's last diagnosis was finished, or None."""
    return _DIAGNOSED[0](person_id) if _DIAGNOSED else None
