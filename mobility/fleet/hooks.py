"""What the fleet asks of whoever made a reservation, without knowing them.

A room that reserves vehicles registers one owner for its kind: where the use can be looked at, and what
must change on its own side when the fleet puts the use on another vehicle.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Protocol

from mobility.fleet.kinds import ReservationKind


class ReservationOwner(Protocol):
    """The room behind one kind of reservation."""

    def urls(self, reservation_ids: Iterable[int]) -> dict[int, str]:
        """Return the addresses of those uses that this request's actor may open, in constant queries."""
        ...

    def vehicle_changed(self, *, reservation_id: int, vehicle_id: int, actor_id: int | None, now: datetime) -> None:
        """Follow a reservation that the fleet moved to another vehicle; joins the transaction.

        Raises RuleViolation to refuse the move.
        """
        ...


_OWNERS: dict[ReservationKind, ReservationOwner] = {}


def register_owner(kind: ReservationKind, owner: ReservationOwner) -> None:
    """Let a room answer for its reservations; registering again replaces the answer (several apps in tests)."""
    _OWNERS[kind] = owner


def owner_of(kind: ReservationKind) -> ReservationOwner | None:
    """Return who answers for that kind, or None."""
    return _OWNERS.get(kind)
