"""What happens elsewhere when a desk changes: declared here, answered by higher rooms.

The audit log stands above this room, so changes are told to whoever listens, inside the
transaction that makes them.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Protocol

Changes = Mapping[str, tuple[object, object]]


class ChangeListener(Protocol):
    """What is called for each change; ``accounts.audit.record`` has this shape."""

    def __call__(
        self,
        *,
        actor_id: int | None,
        action: str,
        subject_kind: str,
        subject_id: int | None,
        now: datetime,
        changes: Changes | None = None,
    ) -> None:
        """Take note of one change, joining its transaction."""


class ChangeHook:
    """The listeners of one room."""

    def __init__(self) -> None:
        self._listeners: list[ChangeListener] = []

    def listen(self, listener: ChangeListener) -> None:
        """Call ``listener`` at each change; listening twice is the same as once."""
        if listener not in self._listeners:
            self._listeners.append(listener)

    def tell(
        self,
        *,
        actor_id: int | None,
        action: str,
        subject_kind: str,
        subject_id: int,
        now: datetime,
        changes: Changes | None = None,
    ) -> None:
        """Tell every listener."""
        for listener in self._listeners:
            listener(
                actor_id=actor_id,
                action=action,
                subject_kind=subject_kind,
                subject_id=subject_id,
                now=now,
                changes=changes,
            )


changes = ChangeHook()
