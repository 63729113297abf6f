"""One direction of a match as it was agreed: where and when the passenger gets in and out. Pure.

Written into ``CarpoolMatch.legs`` by the search. Minutes are relative to the edge of the passenger's shift: its beginning
on the way there, its end on the way back.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from mobility.pathway.rules import Direction

# Of a way whose minutes nobody wrote: there some minutes before the shift, off some minutes after it.
_SPARE = timedelta(minutes=10)
_SHORTEST = timedelta(minutes=1)


@dataclass(frozen=True)
class Stop:
    """A place where somebody gets in or out; ``near`` says it without its exact name (« de la mairie de Raismes »)."""

    label: str = ""
    latitude: float | None = None
    longitude: float | None = None
    near: str = ""
    walk_seconds: int = 0


@dataclass(frozen=True)
class Way:
    """One direction: stops, times relative to the shift, and metres (the passenger's, the driver's whole journey)."""

    pickup: Stop
    dropoff: Stop
    pickup_after: timedelta
    dropoff_after: timedelta
    depart_after: timedelta
    arrive_after: timedelta
    # When the driver arrives (there) or leaves (back), in seconds from the edge of the passenger's shift: to the second
    # where the search wrote it.
    edge_seconds: int
    metres: int
    trip_metres: int
    detour_seconds: int

    def holds(self, window: tuple[int, int]) -> bool:
        """Tell whether the driver can keep it on a day on which their window, from that same edge, lies so."""
        return keeps(self.edge_seconds, window)

    def times(self, at: datetime) -> tuple[datetime, datetime]:
        """Return when the passenger gets in and out on the day whose shift begins or ends ``at``."""
        return at + self.pickup_after, at + self.dropoff_after

    def drive(self, at: datetime) -> tuple[datetime, datetime]:
        """Return when the driver leaves and arrives that day."""
        return at + self.depart_after, at + self.arrive_after


def keeps(edge_seconds: int, window: tuple[int, int]) -> bool:
    """Tell whether one moment, the same on every day, suits a driver's window of a day.

    The one rule of what a match promises: the search counts days by it, and places are made by it.
    """
    return window[0] <= edge_seconds <= window[1]


def way_of(legs: Mapping[str, Any], direction: Direction) -> Way | None:
    """Return a direction of what a match agreed; None for one that it does not have."""
    leg = legs.get(direction.value)
    if leg is None:
        return None
    ride = max(timedelta(seconds=leg.get("ride_seconds", 0)), _SHORTEST)
    usual = -_SPARE - ride if direction is Direction.THERE else _SPARE
    pickup = _minutes(leg, "pickup_minutes", usual)
    dropoff = _minutes(leg, "dropoff_minutes", pickup + ride)
    metres = leg.get("metres", 0)
    depart = min(_minutes(leg, "depart_minutes", pickup), pickup)
    arrive = max(_minutes(leg, "arrive_minutes", dropoff), dropoff, pickup + _SHORTEST)
    edge = (arrive if direction is Direction.THERE else depart) // timedelta(seconds=1)
    return Way(
        pickup=_stop(leg.get("pickup")),
        dropoff=_stop(leg.get("dropoff")),
        pickup_after=pickup,
        dropoff_after=max(dropoff, pickup + _SHORTEST),
        depart_after=depart,
        arrive_after=arrive,
        edge_seconds=leg.get("edge_seconds", edge),
        metres=metres,
        trip_metres=max(leg.get("trip_metres", 0), metres),
        detour_seconds=leg.get("detour_seconds", 0),
    )


def _minutes(leg: Mapping[str, Any], name: str, usual: timedelta) -> timedelta:
    return usual if leg.get(name) is None else timedelta(minutes=leg[name])


def _stop(said: Mapping[str, Any] | None) -> Stop:
    said = said or {}
    return Stop(
        label=said.get("label", ""),
        latitude=said.get("latitude"),
        longitude=said.get("longitude"),
        near=said.get("near", ""),
        walk_seconds=said.get("walk_seconds", 0),
    )
