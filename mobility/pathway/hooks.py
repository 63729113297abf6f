"""What other rooms may hear of: the pathway calls them in its own transaction."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True)
class ObjectiveMoved:
    """An objective's dates changed. ``actor_id`` is None when the machine did it."""

    objective_id: int
    person_id: int
    starts_before_on: date
    ends_before_on: date | None
    starts_on: date
    ends_on: date | None
    actor_id: int | None
    now: datetime


Listener = Callable[[ObjectiveMoved], None]
_ON_OBJECTIVE_MOVED: list[Listener] = []


def on_objective_moved(listener: Listener) -> Listener:
    """Register a listener (usable as a decorator); registering twice changes nothing."""
    if listener not in _ON_OBJECTIVE_MOVED:
        _ON_OBJECTIVE_MOVED.append(listener)
    return listener


def objective_moved(event: ObjectiveMoved) -> None:
    """Tell every listener, inside the transaction that moved the dates: one refusal refuses the whole."""
    for listener in tuple(_ON_OBJECTIVE_MOVED):
        listener(event)


def forget_listener(listener: Listener) -> None:
    """Take a listener away; nothing when it was never there."""
    if listener in _ON_OBJECTIVE_MOVED:
        _ON_OBJECTIVE_MOVED.remove(listener)
