"""What higher rooms may hear of people's files: they are called in the transaction that changes the file."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class DeskChanged:
    """A file goes to another desk. ``actor_id`` is None when the machine did it."""

    person_id: int
    from_desk_id: int
    to_desk_id: int
    reason: str
    actor_id: int | None
    now: datetime


Listener = Callable[[DeskChanged], None]
_ON_DESK_CHANGED: list[Listener] = []


def on_desk_changed(listener: Listener) -> Listener:
    """Register a listener; registering twice changes nothing."""
    if listener not in _ON_DESK_CHANGED:
        _ON_DESK_CHANGED.append(listener)
    return listener


def desk_changed(event: DeskChanged) -> None:
    """Tell every listener: one refusal refuses the whole."""
    for listener in tuple(_ON_DESK_CHANGED):
        listener(event)


@dataclass(frozen=True, slots=True)
class Protected:
    """A file becomes protected: rooms that show others where somebody travels take it out."""

    person_id: int
    actor_id: int | None
    now: datetime


ProtectedListener = Callable[[Protected], None]
_ON_PROTECTED: list[ProtectedListener] = []


def on_protected(listener: ProtectedListener) -> ProtectedListener:
    """Register a listener; registering twice changes nothing."""
    if listener not in _ON_PROTECTED:
        _ON_PROTECTED.append(listener)
    return listener


def protected(event: Protected) -> None:
    """Tell every listener."""
    for listener in tuple(_ON_PROTECTED):
        listener(event)
