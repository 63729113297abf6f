"""Whatever is sent, the standard covoiturage is answered as its specification says: no server error, no other shape."""

from __future__ import annotations

import contextvars
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import schemathesis
import time_machine
from flask import Flask
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from mobility.carpool.models import CarpoolMember
from mobility.carpool.rules.bookings import BookingStatus
from mobility.core.db import end_read
from tests.factories.carpool import a_request, an_offer
from tests.factories.desks import make_desk
from tests.factories.interop import DOMAIN, KEY, OURS, a_booking, a_sharing_colleague, a_sharing_person, an_operator
from tests.support.standard import AtItsRoot, specification

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    response_headers_conformance,
]
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
LEAVES = int(datetime(2026, 11, 24, 3, 45, tzinfo=UTC).timestamp())
HABITS = settings(
    deadline=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
KNOWN_ID = "6e8f4c1e-1f3b-4f0e-9d1c-0a4b7d2c9e55"
CONFIRMED_ID = "0a4b7d2c-1f3b-4f0e-9d1c-6e8f4c1e9e55"


@pytest.fixture
def world(app: Flask) -> Iterator[dict[str, CarpoolMember]]:
    with time_machine.travel(NOW):
        operator = an_operator()
        desk = make_desk("Denain")
        driver, passenger = a_sharing_colleague(desk), a_sharing_person(desk)
        an_offer(driver, shared=True, price_per_km_cents=8)
        a_request(passenger, shared=True)
        a_booking(operator, driver, uuid=CONFIRMED_ID, status=BookingStatus.CONFIRMED)
        yield {"driver": driver, "passenger": passenger}


def _make_meaningful(case: Any, world: dict[str, CarpoolMember], turn: int) -> None:
    """Name places, members and bookings that there are, and leave the rest as it was made."""
    known = {
        "departureLat": 50.39, "departureLng": 3.485, "arrivalLat": 50.385, "arrivalLng": 3.6, "departureDate": LEAVES,
        "departureTimeOfDay": "04:45:00", "bookingId": KNOWN_ID, "timeDelta": 900, "departureRadius": 2.5,
        "arrivalRadius": 2, "minDepartureDate": LEAVES, "maxDepartureDate": LEAVES + 900_000, "count": 5,
        "departureWeekdays": "MON,TUE",
    }  # fmt: skip
    for part in (case.path_parameters, case.query):
        if isinstance(part, dict):
            part.update({name: known[name] for name in part if name in known})
    body = case.body
    if not isinstance(body, dict):
        return
    theirs = {"id": "u1", "operator": DOMAIN, "alias": "Ana"}
    ours = {"id": world["driver"].public_id, "operator": OURS, "alias": "Membre"}
    if "passengerPickupDate" in body:
        body.update(
            id=KNOWN_ID if turn % 4 else body.get("id"), driver=ours, passenger=theirs, status="WAITING_CONFIRMATION",
            passengerPickupDate=LEAVES, passengerPickupLat=50.39, passengerPickupLng=3.49, passengerDropLat=50.38,
            passengerDropLng=3.6, price={"type": "FREE"},
        )  # fmt: skip
        for name in ("driverJourneyId", "passengerJourneyId", "duration", "distance", "car"):
            body.pop(name, None)
    if "recipientCarpoolerType" in body:
        body.update(to=ours, recipientCarpoolerType="DRIVER")
        body["from"] = theirs
        for name in ("driverJourneyId", "passengerJourneyId", "bookingId"):
            body.pop(name, None)
    if "idToken" in body:
        places = {
            "passengerPickupLat": 50.39,
            "passengerPickupLng": 3.49,
            "passengerDropLat": 50.4,
            "passengerDropLng": 3.6,
        }
        data = {
            "id": CONFIRMED_ID, "passengerPickupDate": LEAVES, "status": "CONFIRMED", "webUrl": "https://blue.example/b",
            "passenger": theirs, **places,
        }  # fmt: skip
        body.update(id=KNOWN_ID, idToken="of-somebody", data=data)


def _try(app: Flask, world: dict[str, CarpoolMember], *, examples: int) -> dict[str, Counter[int]]:
    """Try every operation; returns the statuses of the answers that were checked."""
    schema = schemathesis.openapi.from_wsgi("/openapi.json", AtItsRoot(app, specification()))
    operations = [found.ok() for found in schema.get_all_operations()]
    return {f"{one.method.upper()} {one.path}": _try_operation(one, world, examples=examples) for one in operations}


def _try_operation(operation: Any, world: dict[str, CarpoolMember], *, examples: int) -> Counter[int]:
    statuses: Counter[int] = Counter()

    @given(case=operation.as_strategy())
    @settings(HABITS, max_examples=examples)
    def keeps_its_word(case: Any) -> None:
        if (turn := statuses.total()) % 2:
            _make_meaningful(case, world, turn)
        # Each request in a context of its own, as on a server.
        end_read()
        headers = {**(case.headers or {}), "X-API-Key": KEY}
        answer = contextvars.Context().run(case.call_and_validate, headers=headers, checks=CHECKS)
        statuses[answer.status_code] += 1

    keeps_its_word()
    return statuses


def test_the_standard_is_kept(app: Flask, world: dict[str, CarpoolMember]) -> None:
    seen = _try(app, world, examples=30)
    assert len(seen) == 10
    for operation in seen:
        assert 401 not in seen[operation], "an answer to somebody unknown says nothing of the operation"
        assert {200, 201} & set(seen[operation]), f"{operation}: {seen[operation]}"
    assert seen["PATCH /bookings/{bookingId}"][409] or seen["PATCH /bookings/{bookingId}"][200]


@pytest.mark.soak
def test_the_standard_is_kept_at_length(app: Flask, world: dict[str, CarpoolMember]) -> None:
    assert sum(one.total() for one in _try(app, world, examples=500).values()) >= 3000


def test_a_key_that_nobody_has_is_answered_as_the_specification_says(app: Flask, world: Any) -> None:
    schema = schemathesis.openapi.from_wsgi("/openapi.json", AtItsRoot(app, specification()))
    for found in schema.get_all_operations():
        operation = found.ok()
        if operation.path == "/status":
            continue

        @given(case=operation.as_strategy())
        @settings(HABITS, max_examples=2)
        def is_refused(case: Any) -> None:
            end_read()
            answer = contextvars.Context().run(
                case.call_and_validate, headers={**(case.headers or {}), "X-API-Key": "x" * 40}, checks=CHECKS
            )
            assert answer.status_code == 401

        is_refused()
