"""The file that ``mobility carpool match`` reads: offers and requests as JSON. No database.

Numbers are read as they are written (a decimal fraction stays one), so that « 4.35 minutes » are 261 seconds and not
260. Nothing is guessed: whatever cannot be meant is refused by the item's place, its id and the field.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, NoReturn, TypeVar

from mobility.carpool.errors import BadMatchFile
from mobility.core import jsonfile
from mobility.core.jsonfile import shown

Id = str | int
MAX_MINUTES = 527_040  # a leap year
MAX_SEATS = 1000
YEARS = range(1970, 2200)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Offer:
    """A driver's journey. Points are (longitude, latitude)."""

    id: Id
    origin: tuple[float, float]
    destination: tuple[float, float]
    depart_at: datetime
    max_detour_seconds: int
    seats: int

    @property
    def depart_us(self) -> int:
        """The departure in microseconds since the epoch."""
        return microseconds(self.depart_at)


@dataclass(frozen=True, slots=True)
class Request:
    """A rider's journey. Points are (longitude, latitude)."""

    id: Id
    origin: tuple[float, float]
    destination: tuple[float, float]
    arrive_by: datetime
    flex_us: int
    seats: int

    @property
    def arrive_by_us(self) -> int:
        """The latest arrival in microseconds since the epoch."""
        return microseconds(self.arrive_by)


@dataclass(frozen=True, slots=True)
class MatchFile:
    """What a file holds, in its order."""

    offers: list[Offer]
    requests: list[Request]


def microseconds(instant: datetime) -> int:
    """Return the microseconds since the epoch, exactly."""
    return (instant - _EPOCH) // timedelta(microseconds=1)


def name_of(kind: str, index: int, identity: Id) -> str:
    """Return « offers[3] (id "o4") »: how messages call an item; whatever the id holds is shown harmless."""
    return f"{kind}[{index}] (id {shown(identity)})"


def parse(data: bytes) -> MatchFile:
    """Read a file. Raises BadMatchFile."""
    try:
        whole = jsonfile.read(data, what="a file of offers and requests")
    except jsonfile.NotJson as error:
        raise BadMatchFile(str(error)) from None
    if not isinstance(whole, dict):
        raise BadMatchFile('expected an object {"offers": […], "requests": […]}, not ' + shown(whole))
    return MatchFile(_items(whole, "offers", _offer), _items(whole, "requests", _request))


class _Item:
    """One item of the file while it is read: knows its name, and refuses by field."""

    def __init__(self, kind: str, index: int, data: Any) -> None:
        self._name = f"{kind}[{index}]"
        if not isinstance(data, dict):
            raise BadMatchFile(f"{self._name}: expected an object, not {shown(data)}")
        self._data: dict[str, Any] = data
        self.id = self._identity()
        self._name = name_of(kind, index, self.id)

    def refuse(self, field: str, expected: str) -> NoReturn:
        """Raise the error for a field."""
        raise BadMatchFile(f"{self._name}: {field}: expected {expected}, not {shown(self._data[field])}")

    def _get(self, field: str) -> Any:
        if field not in self._data:
            raise BadMatchFile(f"{self._name}: {field} is missing")
        return self._data[field]

    def _identity(self) -> Id:
        value = self._get("id")
        if isinstance(value, bool) or not isinstance(value, str | int) or value == "":
            self.refuse("id", "a text or a whole number")
        return value

    def _number(self, field: str, expected: str, least: int, most: int) -> int | Decimal:
        value = self._get(field)
        if isinstance(value, bool) or not isinstance(value, int | Decimal) or not least <= value <= most:
            self.refuse(field, expected)
        return value

    def point(self, field: str) -> tuple[float, float]:
        """Return (longitude, latitude)."""
        value = self._get(field)
        expected = "[longitude, latitude] in degrees, -180 to 180 and -90 to 90"
        if not isinstance(value, list) or len(value) != 2:
            self.refuse(field, expected)
        for number, limit in zip(value, (180, 90), strict=True):
            if isinstance(number, bool) or not isinstance(number, int | Decimal) or not -limit <= number <= limit:
                self.refuse(field, expected)
        return float(value[0]), float(value[1])

    def instant(self, field: str) -> datetime:
        """Return an instant with its offset from UTC."""
        value = self._get(field)
        expected = "an ISO 8601 time with its offset, as 2026-11-24T05:00:00+01:00"
        if not isinstance(value, str):
            self.refuse(field, expected)
        try:
            instant = datetime.fromisoformat(value)
        except ValueError:
            self.refuse(field, expected)
        if instant.utcoffset() is None:
            self.refuse(field, expected + " (this one has no offset)")
        if instant.year not in YEARS:
            self.refuse(field, f"a year from {YEARS.start} to {YEARS.stop - 1}")
        return instant

    def minutes(self, field: str, units: int) -> int:
        """Return a number of minutes as whole units (so many a minute), cut off."""
        return int(self._number(field, f"a number of minutes from 0 to {MAX_MINUTES}", 0, MAX_MINUTES) * units)

    def seats(self, least: int) -> int:
        """Return the number of seats."""
        expected = f"a whole number from {least} to {MAX_SEATS}"
        value = self._number("seats", expected, least, MAX_SEATS)
        if value != int(value):
            self.refuse("seats", expected)
        return int(value)


def _items(whole: dict[str, Any], kind: str, read: Callable[[_Item], T]) -> list[T]:
    if kind not in whole:
        raise BadMatchFile(f"{kind} is missing")
    if not isinstance(whole[kind], list):
        raise BadMatchFile(f"{kind}: expected a list, not {shown(whole[kind])}")
    seen: dict[Id, int] = {}
    found = []
    for index, data in enumerate(whole[kind]):
        item = _Item(kind, index, data)
        if item.id in seen:
            raise BadMatchFile(f"{kind}[{index}]: the id {shown(item.id)} is that of {kind}[{seen[item.id]}] already")
        seen[item.id] = index
        found.append(read(item))
    return found


def _offer(item: _Item) -> Offer:
    return Offer(
        id=item.id,
        origin=item.point("from"),
        destination=item.point("to"),
        depart_at=item.instant("depart_at"),
        max_detour_seconds=item.minutes("max_detour_minutes", 60),
        # A car may be full: that is a fact, and it matches nobody.
        seats=item.seats(least=0),
    )


def _request(item: _Item) -> Request:
    return Request(
        id=item.id,
        origin=item.point("from"),
        destination=item.point("to"),
        arrive_by=item.instant("arrive_by"),
        flex_us=item.minutes("flex_minutes", 60_000_000),
        seats=item.seats(least=1),
    )
