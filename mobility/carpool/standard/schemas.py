# ruff: noqa: N815 - the names are the standard's own
"""What other services may send: queries and bodies of the « standard covoiturage », read strictly."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from datetime import UTC, datetime, time
from typing import Any
from uuid import UUID

from marshmallow import EXCLUDE, Schema, ValidationError, fields, validate, validates_schema

from mobility.carpool.rules.bookings import BookingStatus
from mobility.carpool.rules.standard import WEEKDAYS
from mobility.core.errors import MobilityError
from mobility.core.web.api import Text, storable

FIRST, LAST = int(datetime(2000, 1, 1, tzinfo=UTC).timestamp()), int(datetime(2100, 1, 1, tzinfo=UTC).timestamp())
_CLOCK = re.compile(r"([01]\d|2[0-3]):([0-5]\d):([0-5]\d|60)(\.\d{1,9})?", re.ASCII)
_WHOLE = re.compile(r"-?\d{1,15}", re.ASCII)


class BadQuestion(MobilityError):
    """What was sent cannot be read; the message says what, in English."""


class Number(fields.Field[float]):
    """A JSON number between two bounds: no text, no truth value."""

    def __init__(self, low: float, high: float, **options: Any) -> None:
        super().__init__(**options)
        self._low, self._high = low, high

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise ValidationError("Not a number.")
        if not math.isfinite(value) or not self._low <= value <= self._high:
            raise ValidationError(f"Expected a number between {self._low:g} and {self._high:g}.")
        return value


class QueryNumber(fields.Float):
    """A number of the query string between two bounds."""

    def __init__(self, low: float, high: float, **options: Any) -> None:
        super().__init__(validate=validate.Range(min=low, max=high), **options)


class QueryWhole(fields.Field[int]):
    """A whole number of the query string between two bounds."""

    def __init__(self, low: int, high: int, **options: Any) -> None:
        super().__init__(validate=validate.Range(min=low, max=high), **options)

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> int:
        if not _WHOLE.fullmatch(str(value)):
            raise ValidationError("Not a whole number.")
        return int(value)


class Clock(fields.Field[time]):
    """An RFC 3339 partial-time; a leap second is the second before."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> time:
        found = _CLOCK.fullmatch(str(value))
        if found is None:
            raise ValidationError("Expected a time of day as 07:30:00.")
        return time(int(found[1]), int(found[2]), min(59, int(found[3])))


class Weekdays(fields.Field[frozenset[int]]):
    """Days as MON,TUE; their numbers, Monday 0."""

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> frozenset[int]:
        names = str(value).split(",")
        if not set(names) <= set(WEEKDAYS):
            raise ValidationError(f"Expected some of {','.join(WEEKDAYS)}.")
        return frozenset(WEEKDAYS.index(name) for name in names)


class _Reading(Schema):
    class Meta:
        unknown = EXCLUDE


class AreaQuery(_Reading):
    """Where a search looks."""

    departureLat = QueryNumber(-90, 90, required=True)
    departureLng = QueryNumber(-180, 180, required=True)
    arrivalLat = QueryNumber(-90, 90, required=True)
    arrivalLng = QueryNumber(-180, 180, required=True)
    timeDelta = QueryWhole(0, 86_400, load_default=900)
    departureRadius = QueryNumber(0, 50, load_default=1.0)
    arrivalRadius = QueryNumber(0, 50, load_default=1.0)
    count = QueryWhole(0, 1_000_000, load_default=None)


class JourneyQuery(AreaQuery):
    """Journeys around an instant."""

    departureDate = QueryWhole(FIRST, LAST, required=True)


class TripQuery(AreaQuery):
    """Journeys that come again, around a time of day."""

    departureTimeOfDay = Clock(required=True)
    departureWeekdays = Weekdays(load_default=frozenset(range(7)))
    minDepartureDate = QueryWhole(FIRST, LAST, load_default=None)
    maxDepartureDate = QueryWhole(FIRST, LAST, load_default=None)


class UserBody(_Reading):
    """Somebody, by the service that knows them."""

    id = Text(limit=255, shortest=1, required=True)
    operator = Text(limit=253, shortest=1, required=True)
    alias = Text(limit=120, required=True)
    firstName = Text(limit=120)
    lastName = Text(limit=120)
    grade = fields.Integer(strict=True, validate=validate.Range(min=1, max=5))
    picture = Text(limit=500)
    gender = fields.String(validate=validate.OneOf(["F", "M", "O"]))
    verifiedIdentity = fields.Boolean(truthy={True}, falsy={False})


class PriceBody(_Reading):
    """What is asked of the passenger."""

    type = fields.String(validate=validate.OneOf(["FREE", "PAYING", "UNKNOWN"]))
    amount = Number(0, 10_000)
    currency = Text(limit=3)


class CarBody(_Reading):
    """The car."""

    model = Text(limit=80)
    brand = Text(limit=80)


class _Uuid(fields.String):
    """A UUID, as text in lower case."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> Any:
        return booking_id(super()._deserialize(value, attr, data, **kwargs))


def booking_id(text: str) -> str:
    """Return the id as it is kept. Raises ValidationError."""
    try:
        found = UUID(text)
    except ValueError:
        raise ValidationError("Not a UUID.") from None
    if len(text) != 36:
        raise ValidationError("Not a UUID.")
    return str(found)


class _RideBody(_Reading):
    passengerPickupDate = Number(FIRST, LAST, required=True)
    passengerPickupLat = Number(-90, 90, required=True)
    passengerPickupLng = Number(-180, 180, required=True)
    passengerDropLat = Number(-90, 90, required=True)
    passengerDropLng = Number(-180, 180, required=True)
    passengerPickupAddress = Text(limit=300)
    passengerDropAddress = Text(limit=300)
    status = fields.Enum(BookingStatus, by_value=True, required=True)
    duration = fields.Integer(strict=True, validate=validate.Range(min=0, max=864_000))
    distance = fields.Integer(strict=True, validate=validate.Range(min=0, max=10_000_000))
    webUrl = Text(limit=500)
    car = fields.Nested(CarBody)


class BookingBody(_RideBody):
    """A booking."""

    id = _Uuid(required=True)
    driver = fields.Nested(UserBody, required=True)
    passenger = fields.Nested(UserBody, required=True)
    price = fields.Nested(PriceBody, required=True)
    driverJourneyId = Text(limit=255, shortest=1)
    passengerJourneyId = Text(limit=255, shortest=1)


class EventData(_RideBody):
    """The booking of an event: with the driver or with the passenger."""

    id = Text(limit=255, shortest=1, required=True)
    webUrl = Text(limit=500, required=True)
    driver = fields.Nested(UserBody)
    passenger = fields.Nested(UserBody)
    price = fields.Nested(PriceBody)

    @validates_schema
    def _one_of(self, data: dict[str, Any], **_kwargs: Any) -> None:
        if ("driver" in data and "price" in data) == ("passenger" in data):
            raise ValidationError("Expected either a driver with a price, or a passenger.")


class EventBody(_Reading):
    """What happened to a booking."""

    id = _Uuid(required=True)
    idToken = Text(limit=8000, shortest=1, required=True)
    data = fields.Nested(EventData, required=True)


class MessageBody(_Reading):
    """A message to somebody."""

    sender = fields.Nested(UserBody, required=True, data_key="from")
    to = fields.Nested(UserBody, required=True)
    message = Text(limit=500, shortest=1, required=True)
    recipientCarpoolerType = fields.String(validate=validate.OneOf(["DRIVER", "PASSENGER"]), required=True)
    driverJourneyId = Text(limit=255, shortest=1)
    passengerJourneyId = Text(limit=255, shortest=1)
    bookingId = _Uuid()


class StatusQuery(_Reading):
    """A new status of a booking."""

    status = fields.Enum(BookingStatus, by_value=True, required=True)
    message = fields.String(validate=[validate.Length(max=500), storable], load_default="")


def read(schema: type[Schema], data: Any) -> dict[str, Any]:
    """Return what was sent, checked. Raises BadQuestion."""
    if not isinstance(data, Mapping):
        raise BadQuestion("Expected a JSON object.")
    try:
        found: dict[str, Any] = schema().load(data)
    except ValidationError as error:
        raise BadQuestion(say(error.messages)) from None
    return found


def say(messages: Any, path: str = "") -> str:
    """Return the reasons in one line: « driver.id: Missing data for required field. »."""
    if isinstance(messages, Mapping):
        return " ".join(say(inner, f"{path}.{name}" if path else str(name)) for name, inner in messages.items())
    return f"{path}: {' '.join(str(one) for one in messages)}"
