"""The « standard covoiturage » as a server: what other services may ask of us, each with its key.

Errors are as the standard has them: ``{"error": …}``, 401 without a body, 404 and 409 with their codes.
"""

from __future__ import annotations

import functools
from collections import defaultdict
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from flask import Blueprint, Response, current_app, g, jsonify, request
from flask.typing import ResponseReturnValue
from marshmallow import ValidationError
from werkzeug.exceptions import BadRequest

from mobility.carpool.models import CarpoolOperator
from mobility.carpool.rules import standard as told
from mobility.carpool.standard import bookings, queries
from mobility.carpool.standard.operators import find_by_key, own_domain
from mobility.carpool.standard.schemas import (
    BadQuestion,
    BookingBody,
    EventBody,
    JourneyQuery,
    MessageBody,
    StatusQuery,
    TripQuery,
    booking_id,
    read,
)
from mobility.carpool.states import Side
from mobility.core.clock import now
from mobility.core.errors import RuleViolation
from mobility.core.web.access import public, signed_link
from mobility.pathway.rules import Direction

PREFIX = "/api/standard-covoiturage/v1"
bp = Blueprint("carpool_standard", __name__, url_prefix=PREFIX)
View = TypeVar("View", bound=Callable[..., Any])


def answered(content: Any, status: int = 200) -> Response:
    """Return an answer that nobody keeps."""
    response = jsonify(content)
    response.status_code = status
    response.headers["Cache-Control"] = "no-store"
    return response


def refused(status: int, error: str) -> Response:
    """Return a refusal as the standard has it."""
    return answered({"error": error}, status)


def with_key(view: View) -> View:
    """Let a service in by its ``X-API-Key``, and say what it sent that cannot be read."""

    @signed_link
    @functools.wraps(view)
    def checked(*arguments: Any, **values: Any) -> ResponseReturnValue:
        operator = find_by_key(request.headers.get("X-API-Key", ""))
        if operator is None:
            return Response(status=401, headers={"WWW-Authenticate": 'ApiKey realm="X-API-Key"'})
        g.carpool_operator = operator
        try:
            answer: ResponseReturnValue = view(*arguments, **values)
        except BadQuestion as error:
            return refused(400, str(error))
        except RuleViolation as error:  # a social security number in a text, for one
            return refused(400, error.error_code)
        except bookings.Missing as error:
            return refused(404, str(error))
        except bookings.AlreadySet as error:
            return refused(409, str(error))
        return answer

    return checked  # type: ignore[return-value]


def asker() -> CarpoolOperator:
    """Return the service that asks."""
    found: CarpoolOperator = g.carpool_operator
    return found


def _arguments() -> dict[str, str]:
    """Return the query string. Raises BadQuestion where a name comes twice (which one would be meant?)."""
    twice = sorted(name for name, values in request.args.lists() if len(values) > 1)
    if twice:
        raise BadQuestion(f"{twice[0]}: given more than once.")
    return request.args.to_dict()


def _journeys(side: Side) -> Response:
    query = read(JourneyQuery, _arguments())
    area, margin = queries.area_of(query), timedelta(seconds=query["timeDelta"])
    wanted = datetime.fromtimestamp(query["departureDate"], UTC)
    known = queries.shared_near(side, area)
    coming = queries.passages(known, earliest=wanted - margin, latest=wanted + margin, now=now())
    found = told.nearest(coming, area, wanted=wanted, margin=margin)[: _most(query)]
    domain, web_url = own_domain(), str(current_app.config["PUBLIC_URL"])
    return answered([told.journey(one, operator=domain, web_url=web_url) for one in found])


def _most(query: dict[str, Any]) -> int:
    return told.MOST if query["count"] is None else min(told.MOST, query["count"])


def _regular(side: Side) -> Response:
    query = read(TripQuery, _arguments())
    area, margin = queries.area_of(query), timedelta(seconds=query["timeDelta"])
    at = now()
    earliest, latest = (query[name] for name in ("minDepartureDate", "maxDepartureDate"))
    known = [one for one in queries.shared_near(side, area) if one.returns]
    coming = queries.passages(
        known,
        earliest=at if earliest is None else datetime.fromtimestamp(earliest, UTC),
        latest=at + queries.AHEAD if latest is None else datetime.fromtimestamp(latest, UTC),
        now=at,
    )
    groups: dict[tuple[int, Direction], list[told.Passage]] = defaultdict(list)
    for one in told.regular(
        coming, area, at=query["departureTimeOfDay"], margin=margin, weekdays=query["departureWeekdays"]
    ):
        groups[one.shared.id, one.direction].append(one)
    domain, web_url = own_domain(), str(current_app.config["PUBLIC_URL"])
    ranked = sorted(
        groups.values(), key=lambda some: (area.gap(*some[0].shared.ends(some[0].direction)) or 0, some[0].id)
    )
    return answered(
        [
            told.regular_trip(some[0].shared, some[0].direction, some, operator=domain, web_url=web_url)
            for some in ranked[: _most(query)]
        ]
    )


@bp.get("/status")
@public
def status() -> ResponseReturnValue:
    """Say that we are there."""
    return answered({"status": "ok"})


@bp.get("/driver_journeys")
@with_key
def driver_journeys() -> ResponseReturnValue:
    """Give the drivers' journeys around a time."""
    return _journeys(Side.DRIVER)


@bp.get("/passenger_journeys")
@with_key
def passenger_journeys() -> ResponseReturnValue:
    """Give the passengers' journeys around a time."""
    return _journeys(Side.PASSENGER)


@bp.get("/driver_regular_trips")
@with_key
def driver_regular_trips() -> ResponseReturnValue:
    """Give the drivers' journeys that come again."""
    return _regular(Side.DRIVER)


@bp.get("/passenger_regular_trips")
@with_key
def passenger_regular_trips() -> ResponseReturnValue:
    """Give the passengers' journeys that come again."""
    return _regular(Side.PASSENGER)


def _body() -> Any:
    """Return the JSON that was sent. Raises BadQuestion."""
    try:
        return request.get_json(force=True)
    except (BadRequest, RecursionError):
        raise BadQuestion("The body is not JSON.") from None


def _uuid(text: str) -> str:
    try:
        return booking_id(text)
    except ValidationError:
        raise BadQuestion("bookingId: Not a UUID.") from None


@bp.post("/bookings")
@with_key
def post_booking() -> ResponseReturnValue:
    """Begin a booking."""
    body = read(BookingBody, _body())
    return answered(bookings.post_booking(operator=asker(), body=body, domain=own_domain(), now=now()), 201)


@bp.get("/bookings/<uuid>")
@with_key
def get_booking(uuid: str) -> ResponseReturnValue:
    """Give a booking to the service that began it."""
    return answered(bookings.get_booking(operator_id=asker().id, uuid=_uuid(uuid)))


@bp.patch("/bookings/<uuid>")
@with_key
def patch_booking(uuid: str) -> ResponseReturnValue:
    """Take a new status."""
    number, query = _uuid(uuid), read(StatusQuery, _arguments())
    bookings.set_status(operator=asker(), uuid=number, status=query["status"], message=query["message"], now=now())
    return answered({})


@bp.post("/booking_events")
@with_key
def post_event() -> ResponseReturnValue:
    """Take what happened to a booking."""
    bookings.post_event(operator=asker(), body=read(EventBody, _body()), now=now())
    return answered({})


@bp.post("/messages")
@with_key
def post_message() -> ResponseReturnValue:
    """Take a message to one of our members."""
    bookings.post_message(operator=asker(), body=read(MessageBody, _body()), domain=own_domain(), now=now())
    return answered({}, 201)
