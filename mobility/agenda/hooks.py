"""What other rooms may hear of, in the agenda's own transaction, and where what their letters are about is read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from mobility.agenda.rules import MeetingKind, Origin, VisitAct


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitEvent:
    """One act on one person's appointment. ``actor_id`` is None for the person, the prescriber and the machine."""

    act: VisitAct
    attendance_id: int
    person_id: int
    desk_id: int
    kind: MeetingKind
    starts_at: datetime
    origin: Origin
    actor_id: int | None
    now: datetime


Listener = Callable[[VisitEvent], None]
_LISTENERS: list[Listener] = []


def on_visit(listener: Listener) -> Listener:
    """Register a listener (usable as a decorator); registering twice changes nothing."""
    if listener not in _LISTENERS:
        _LISTENERS.append(listener)
    return listener


def tell(event: VisitEvent) -> None:
    """Tell every listener, inside the transaction that wrote the act: one refusal refuses the whole."""
    for listener in tuple(_LISTENERS):
        listener(event)


PageOf = Callable[[int], str]
_PAGES: dict[str, PageOf] = {}


def on_letter_subject(kind: str, page: PageOf) -> None:
    """Say under which address the list of letters opens what a letter of that kind is about."""
    _PAGES[kind] = page


def letter_page(kind: str, subject_id: int) -> str:
    """Return the address of what a letter is about. Raises KeyError for a kind that no room names."""
    return _PAGES[kind](subject_id)


def forget_listener(listener: Listener) -> None:
    """Take a listener away; nothing when it was never there."""
    if listener in _LISTENERS:
        _LISTENERS.remove(listener)
