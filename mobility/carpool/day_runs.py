"""A driver's day with several passengers, stop by stop, as its page shows it. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from mobility.carpool.agreed import RideCard
from mobility.carpool.kinds import RideState
from mobility.carpool.models import CarpoolTrip
from mobility.carpool.states import Side


@dataclass(frozen=True, slots=True)
class RunStop:
    """Somebody gets in (``into``) or out."""

    at: datetime
    name: str
    into: bool
    where: str


@dataclass(frozen=True, slots=True)
class DriverRun:
    """A trip of several passengers: when the driver leaves and arrives, and the stops between."""

    trip: CarpoolTrip
    way: str
    stops: tuple[RunStop, ...]


def runs_of(cards: Sequence[RideCard]) -> list[DriverRun]:
    """Return the driver's trips with two passengers and more, in order."""
    by_trip: dict[int, list[RideCard]] = {}
    for card in cards:
        if card.side is Side.DRIVER and card.ride.state is RideState.PLANNED:
            by_trip.setdefault(card.trip.id, []).append(card)
    runs = [
        DriverRun(some[0].trip, some[0].way, tuple(sorted(_stops(some), key=lambda stop: (stop.at, stop.into))))
        for some in by_trip.values()
        if len(some) > 1
    ]
    return sorted(runs, key=lambda run: run.trip.depart_at)


def _stops(cards: Sequence[RideCard]) -> list[RunStop]:
    return [
        stop
        for card in cards
        for stop in (
            RunStop(card.ride.pickup_at, card.other_name, into=True, where=card.ride.pickup_label),
            RunStop(card.ride.dropoff_at, card.other_name, into=False, where=""),
        )
    ]
