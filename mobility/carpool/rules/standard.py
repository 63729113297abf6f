"""What other carpooling services learn of our journeys, in the words of the « standard covoiturage ». Pure.

Nobody's door is told. Places are those of a grid of a hundredth of a degree (about 1.1 km by 0.7 km), and searches
are answered from the grid too: a radius made smaller and smaller around a point finds no door either. Hours are told
to five minutes; nobody is named.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from mobility.carpool.states import Side
from mobility.core.clock import PARIS
from mobility.geo.distance import Position, straight_line_km
from mobility.pathway.rules import Direction

GRID_DECIMALS = 2
STEP = timedelta(minutes=5)
# Roads are longer than the bird's way, and villages slower than motorways: good enough for places off by a kilometre.
ROUNDABOUT = 1.3
KM_PER_HOUR = 45
# The most that one answer holds, whatever was asked.
MOST = 500
WEEKDAYS = ("MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN")
LUGGAGE_SIZES = {"none": 1, "small": 2, "large": 4}


@dataclass(frozen=True, slots=True)
class Shared:
    """An offer or a request of a member who shares their journeys. ``origin`` and ``destination`` are of the way there."""

    id: int
    side: Side
    member: str  # public id
    origin: Position
    destination: Position
    seats: int
    price_per_km_cents: int = 0
    smoking: bool = False
    animals: bool = False
    luggage: str = "small"

    def ends(self, direction: Direction) -> tuple[Position, Position]:
        """Return where the way begins and ends, on the grid."""
        ends = coarse(self.origin), coarse(self.destination)
        return ends if direction is Direction.THERE else (ends[1], ends[0])


@dataclass(frozen=True, slots=True)
class Passage:
    """A shared journey on one day, one way. ``departs_at`` is of the driver; a passenger is picked up there."""

    shared: Shared
    shift_on: date
    direction: Direction
    departs_at: datetime
    seats: int

    @property
    def id(self) -> str:
        """What the standard calls the journey by."""
        return journey_id(self.shared.member, self.shared.side, self.shared.id, self.shift_on, self.direction)


@dataclass(frozen=True, slots=True)
class Area:
    """From where to where, and how far around, in kilometres."""

    departure: Position
    arrival: Position
    departure_radius: float
    arrival_radius: float

    def holds(self, start: Position, end: Position) -> bool:
        """Tell whether a way begins and ends near enough."""
        return self.gap(start, end) is not None

    def gap(self, start: Position, end: Position) -> float | None:
        """Return how far both ends are together, in km; None where one is too far."""
        first, last = straight_line_km(self.departure, start), straight_line_km(self.arrival, end)
        return first + last if first <= self.departure_radius and last <= self.arrival_radius else None


@dataclass(frozen=True, slots=True)
class JourneyKey:
    """What a journey's id names."""

    member: str
    side: Side
    id: int
    shift_on: date
    direction: Direction


def coarse(place: Position) -> Position:
    """Return the place on the grid."""
    return Position(round(place.latitude, GRID_DECIMALS), round(place.longitude, GRID_DECIMALS))


def journey_id(member: str, side: Side, number: int, shift_on: date, direction: Direction) -> str:
    """Return what a journey is called by; the member's public id makes that nobody guesses it."""
    return f"{member}.{side.value}.{number}.{shift_on:%Y%m%d}.{direction.value}"


def read_journey_id(text: str) -> JourneyKey | None:
    """Return what ``journey_id`` wrote; None for anything else."""
    parts = text.split(".")
    if len(parts) != 5 or not (parts[2].isascii() and parts[2].isdigit() and len(parts[2]) <= 9):
        return None
    try:
        day = date.fromisoformat(parts[3])
        key = JourneyKey(parts[0], Side(parts[1]), int(parts[2]), day, Direction(parts[4]))
    except ValueError:
        return None
    return key if journey_id(key.member, key.side, key.id, key.shift_on, key.direction) == text else None


def estimate(start: Position, end: Position) -> tuple[int, int]:
    """Return metres and seconds by car between two places, roughly."""
    metres = round(straight_line_km(start, end) * 1000 * ROUNDABOUT)
    return metres, round(metres / 1000 / KM_PER_HOUR * 3600)


def departure(at: datetime, direction: Direction, start: Position, end: Position) -> datetime:
    """Return when the driver leaves, to five minutes: early enough to be there at ``at``, or at ``at`` on the way back."""
    if direction is Direction.THERE:
        at = at - timedelta(seconds=estimate(start, end)[1])
    step = int(STEP.total_seconds())
    return datetime.fromtimestamp(int(at.timestamp()) // step * step, tz=UTC)


def within(at: datetime, wanted: datetime, margin: timedelta) -> bool:
    """Tell whether an instant lies in the margin, both edges included."""
    return abs(at - wanted) <= margin


def time_within(at: datetime, wanted: time, margin: timedelta) -> bool:
    """Tell whether an instant, on the clock of Paris, is near a time of day; midnight is no border."""
    local = at.astimezone(PARIS)
    seconds = local.hour * 3600 + local.minute * 60 + local.second
    apart = abs(seconds - (wanted.hour * 3600 + wanted.minute * 60 + wanted.second))
    return min(apart, 86400 - apart) <= margin.total_seconds()


def nearest(passages: Iterable[Passage], area: Area, *, wanted: datetime, margin: timedelta) -> list[Passage]:
    """Return the passages of an area and a time, the nearest first, then the closest in time."""
    found = []
    for passage in passages:
        gap = area.gap(*passage.shared.ends(passage.direction))
        if gap is not None and passage.seats > 0 and within(passage.departs_at, wanted, margin):
            found.append((round(gap, 3), abs(passage.departs_at - wanted), passage.id, passage))
    return [passage for *_rank, passage in sorted(found, key=lambda one: one[:3])]


def regular(
    passages: Iterable[Passage], area: Area, *, at: time, margin: timedelta, weekdays: Collection[int]
) -> list[Passage]:
    """Return the passages of an area near a time of day, on some days of the week (Monday 0)."""
    return [
        passage
        for passage in passages
        if passage.seats > 0
        and area.holds(*passage.shared.ends(passage.direction))
        and time_within(passage.departs_at, at, margin)
        and passage.departs_at.astimezone(PARIS).weekday() in weekdays
    ]


def user(member: str, operator: str) -> dict[str, Any]:
    """Return a member as other services see them: a pseudonym."""
    return {"id": member, "operator": operator, "alias": f"Membre {member[:4].upper()}"}


def price(shared: Shared, metres: int) -> dict[str, Any]:
    """Return what a passenger is asked for, in euros."""
    if not shared.price_per_km_cents:
        return {"type": "FREE", "amount": 0, "currency": "EUR"}
    return {"type": "PAYING", "amount": round(metres / 1000 * shared.price_per_km_cents) / 100, "currency": "EUR"}


def _trip(shared: Shared, direction: Direction, *, operator: str, web_url: str) -> dict[str, Any]:
    start, end = shared.ends(direction)
    metres, seconds = estimate(start, end)
    told: dict[str, Any] = {
        "operator": operator,
        "passengerPickupLat": start.latitude, "passengerPickupLng": start.longitude,
        "passengerDropLat": end.latitude, "passengerDropLng": end.longitude,
        "duration": seconds, "distance": metres, "webUrl": web_url,
    }  # fmt: skip
    if shared.side is Side.DRIVER:
        told |= {
            "driverDepartureLat": start.latitude, "driverDepartureLng": start.longitude,
            "driverArrivalLat": end.latitude, "driverArrivalLng": end.longitude,
            "preferences": {
                "smoking": shared.smoking, "animals": shared.animals, "luggageSize": LUGGAGE_SIZES[shared.luggage],
            },
        }  # fmt: skip
    return told | {shared.side.value: user(shared.member, operator)}


def _schedule(passage: Passage, *, web_url: str) -> dict[str, Any]:
    at = int(passage.departs_at.timestamp())
    return {
        "id": passage.id, "passengerPickupDate": at, "driverDepartureDate": at, "type": "PLANNED", "webUrl": web_url,
    }  # fmt: skip


def journey(passage: Passage, *, operator: str, web_url: str) -> dict[str, Any]:
    """Return one day's journey as a DriverJourney or a PassengerJourney."""
    shared = passage.shared
    told = _trip(shared, passage.direction, operator=operator, web_url=web_url) | _schedule(passage, web_url=web_url)
    if shared.side is Side.PASSENGER:
        return told | {"requestedSeats": passage.seats}
    return told | {"availableSeats": passage.seats, "price": price(shared, told["distance"])}


def regular_trip(
    shared: Shared, direction: Direction, passages: Sequence[Passage], *, operator: str, web_url: str
) -> dict[str, Any]:
    """Return a journey that comes again, with its days, hours and dates; ``passages`` are of it alone."""
    slots: dict[tuple[int, str], list[Passage]] = {}
    for passage in sorted(passages, key=lambda one: one.departs_at):
        local = passage.departs_at.astimezone(PARIS)
        slots.setdefault((local.weekday(), f"{local:%H:%M:%S}"), []).append(passage)
    return _trip(shared, direction, operator=operator, web_url=web_url) | {
        "schedules": [
            {
                "passengerPickupDay": WEEKDAYS[weekday],
                "passengerPickupTimeOfDay": clock,
                "journeySchedules": [_schedule(one, web_url=web_url) for one in slots[weekday, clock]],
            }
            for weekday, clock in sorted(slots)
        ]
    }
