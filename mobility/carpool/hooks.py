"""What happens to offers and requests, told to the parts of the room that act on it, inside the same transaction.

Whoever keeps something that follows from a journey (its days in the index, its matches, its trips) registers here::

    hooks.on_journey(follow)

``follow`` is called once the journey's row is flushed, in the order of registration. A journey is closed before its
member leaves or is erased: what listens to ``CLOSE`` need not know of members.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from mobility.carpool.kinds import JourneyAction, Side


@dataclass(frozen=True, slots=True)
class JourneyTold:
    """What happened to which offer or request. ``actor_id``: the user who did it, None for a link or a job."""

    side: Side
    journey_id: int
    member_id: int
    action: JourneyAction
    now: datetime
    actor_id: int | None = None


Listener = Callable[[JourneyTold], None]
_LISTENERS: list[Listener] = []


def on_journey(listener: Listener) -> None:
    """Have a listener told; registered twice (several applications in one process), it is told once."""
    if listener not in _LISTENERS:
        _LISTENERS.append(listener)


def tell(told: JourneyTold) -> None:
    """Tell everybody. Joins the caller's transaction."""
    for listener in _LISTENERS:
        listener(told)
