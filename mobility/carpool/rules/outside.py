"""Journeys of other services: what we ask them, and what we believe of their answers. Pure.

Their answers are trusted with nothing: whatever is not as the standard says is left out, and texts are cut.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any
from urllib.parse import urlsplit

from mobility.carpool.rules.standard import WEEKDAYS, Area
from mobility.core.clock import PARIS
from mobility.geo.distance import Position

MOST_OF_ONE = 20
NAME_LENGTH = 60
URL_LENGTH = 500
MARGIN = timedelta(minutes=45)
RADIUS_KM = 3.0
# A journey further from what was asked than that is no answer to it, whatever the service says.
SLACK_KM = 1.0


@dataclass(frozen=True, slots=True)
class Found:
    """A journey that another service offers. ``cents`` None: not said. ``web_url`` may be empty."""

    service: str
    alias: str
    pickup_at: datetime | None
    weekdays: tuple[int, ...]
    clock: time | None
    seats: int | None
    cents: int | None
    web_url: str
    gap_km: float


def query_of(area: Area) -> dict[str, Any]:
    """Return where to look, as the standard writes it."""
    return {
        "departureLat": area.departure.latitude, "departureLng": area.departure.longitude,
        "arrivalLat": area.arrival.latitude, "arrivalLng": area.arrival.longitude,
        "departureRadius": area.departure_radius, "arrivalRadius": area.arrival_radius,
        "timeDelta": int(MARGIN.total_seconds()), "count": MOST_OF_ONE,
    }  # fmt: skip


def once_query(area: Area, at: datetime) -> dict[str, Any]:
    """Return the question for journeys around an instant."""
    return query_of(area) | {"departureDate": int(at.timestamp())}


def regular_query(area: Area, departures: Sequence[datetime]) -> dict[str, Any]:
    """Return the question for journeys that come again: at the hour that comes most often, on its days."""
    hours: dict[str, set[int]] = {}
    for at in departures:
        local = at.astimezone(PARIS)
        hours.setdefault(f"{local:%H:%M:%S}", set()).add(local.weekday())
    clock = max(hours, key=lambda one: (len(hours[one]), one))
    return query_of(area) | {
        "departureTimeOfDay": clock,
        "departureWeekdays": ",".join(WEEKDAYS[day] for day in sorted(hours[clock])),
        "minDepartureDate": int(min(departures).timestamp()),
        "maxDepartureDate": int(max(departures).timestamp()),
    }


def read(service: str, body: Any, area: Area) -> list[Found]:
    """Return what can be believed of an answer, the nearest first."""
    items = body if isinstance(body, list) else []
    found = [one for item in items[: MOST_OF_ONE * 5] if (one := _read_one(service, item, area)) is not None]
    return sorted(found, key=lambda one: (one.gap_km, one.alias))[:MOST_OF_ONE]


def _read_one(service: str, item: Any, area: Area) -> Found | None:
    if not isinstance(item, Mapping) or not isinstance(item.get("driver"), Mapping):
        return None
    places = [_number(item.get(f"passenger{end}{axis}")) for end in ("Pickup", "Drop") for axis in ("Lat", "Lng")]
    if any(one is None for one in places):
        return None
    wide = Area(area.departure, area.arrival, area.departure_radius + SLACK_KM, area.arrival_radius + SLACK_KM)
    numbers = [one or 0.0 for one in places]
    gap = wide.gap(Position(numbers[0], numbers[1]), Position(numbers[2], numbers[3]))
    if gap is None:
        return None
    weekdays, clock = _schedule(item.get("schedules"))
    pickup_at = _instant(item.get("passengerPickupDate"))
    if pickup_at is None and not weekdays:
        return None
    seats = item.get("availableSeats")
    return Found(
        service=service,
        alias=_text(item["driver"].get("alias")) or service,
        pickup_at=pickup_at,
        weekdays=weekdays,
        clock=clock,
        seats=seats if isinstance(seats, int) and not isinstance(seats, bool) and 0 <= seats <= 8 else None,
        cents=_cents(item.get("price")),
        web_url=_address(item.get("webUrl")),
        gap_km=round(gap, 1),
    )


def _number(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value) or abs(value) > 180:
        return None
    return float(value)


def _instant(value: Any) -> datetime | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 946_684_800 <= value <= 4_102_444_800:
        return None
    return datetime.fromtimestamp(int(value), UTC)


def _schedule(value: Any) -> tuple[tuple[int, ...], time | None]:
    """Return the days of the week and the first hour; nothing where they cannot be read."""
    days: set[int] = set()
    clocks: list[time] = []
    for slot in value[:50] if isinstance(value, list) else []:
        if not isinstance(slot, Mapping) or slot.get("passengerPickupDay") not in WEEKDAYS:
            continue
        days.add(WEEKDAYS.index(slot["passengerPickupDay"]))
        try:
            clocks.append(time.fromisoformat(str(slot.get("passengerPickupTimeOfDay"))).replace(tzinfo=None))
        except ValueError:
            continue
    return tuple(sorted(days)), min(clocks, default=None)


def _cents(value: Any) -> int | None:
    if not isinstance(value, Mapping):
        return None
    if value.get("type") == "FREE":
        return 0
    amount = value.get("amount")
    if value.get("type") != "PAYING" or value.get("currency", "EUR") != "EUR":
        return None
    number = _number(amount)
    return None if number is None or number < 0 else round(number * 100)


def _text(value: Any) -> str:
    shown = "".join(letter for letter in value if letter.isprintable()) if isinstance(value, str) else ""
    return " ".join(shown.split())[:NAME_LENGTH]


def _address(value: Any) -> str:
    """Return an address that a page may link to: https, with a host and no password."""
    if not isinstance(value, str) or len(value) > URL_LENGTH or not value.isascii() or not value.isprintable():
        return ""
    try:
        parts = urlsplit(value)
        usable = parts.scheme == "https" and bool(parts.hostname) and "@" not in parts.netloc
    except ValueError:
        return ""
    return value if usable else ""
