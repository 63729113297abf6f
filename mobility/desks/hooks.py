"""What happens elsewhere when a desk changes: declared here, answered by higher rooms.

The audit log stands above this room, so changes are told to whoever listens, inside the
transaction that makes them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
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


@dataclass(frozen=True, slots=True)
class Appointment:
    """Somebody comes to a desk at an instant, for a row of another room; ids only, no names.

    ``at_closing``: the very hour of closing is still in time (a vehicle comes back).
    """

    source: str
    ref: int
    at: datetime
    at_closing: bool = False


@dataclass(frozen=True, slots=True)
class ShownAppointment:
    """An appointment in words, as far as whoever looks may know it; addresses are empty where they may not act."""

    at: datetime
    text: str
    url: str = ""
    move_url: str = ""


class AppointmentBook(Protocol):
    """The room that makes one kind of appointments."""

    def ahead(self, *, desk_id: int, now: datetime) -> Sequence[Appointment]:
        """Return those at the desk that need it open, in constant queries."""
        ...

    def shown(self, appointments: Sequence[Appointment]) -> Sequence[ShownAppointment]:
        """Return them in words for the actor of this request, in constant queries."""
        ...


_BOOKS: dict[str, AppointmentBook] = {}


def register_book(source: str, book: AppointmentBook) -> None:
    """Let a room answer for its appointments; registering again replaces the answer (several apps in tests)."""
    _BOOKS[source] = book


def books() -> Mapping[str, AppointmentBook]:
    """Return who makes appointments at desks."""
    return _BOOKS
