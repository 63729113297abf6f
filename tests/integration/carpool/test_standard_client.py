"""Other services are asked for journeys and told of answers, over real HTTP; none of them is trusted with anything."""

from __future__ import annotations

import time as clock_time
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import time_machine
from flask import Flask

from mobility.carpool.kinds import Timing
from mobility.carpool.models import CarpoolBooking, CarpoolOperator, CarpoolRequest
from mobility.carpool.rules.bookings import BookingStatus
from mobility.carpool.standard import bookings, calling, outward
from mobility.carpool.standard.server import PREFIX
from mobility.core.clock import at_paris
from mobility.core.crypto import encrypt
from mobility.core.db import load
from mobility.desks.models import Desk
from mobility.geo.errors import EngineDown
from mobility.geo.travel.transport import Deadline
from mobility.pathway.patterns import to_json
from mobility.pathway.roster import Dates
from mobility.pathway.rules import Direction
from tests.factories.accounts import make_user, signed_in
from tests.factories.carpool import a_request, an_offer
from tests.factories.desks import make_desk
from tests.factories.interop import KEY, a_booking, a_sharing_colleague, a_sharing_person, an_operator
from tests.factories.pathway import OFFICE
from tests.support.live import LiveServer
from tests.support.ports import free_port
from tests.support.standin import StandIn, saying

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
TUESDAY = date(2026, 11, 24)
OUTGOING = "the-key-that-blue-gave-us-0123456789"
JOURNEY = {
    "id": "j1", "operator": "blue.example", "driver": {"id": "d1", "operator": "blue.example", "alias": "Léa"},
    "passengerPickupLat": 50.39, "passengerPickupLng": 3.49, "passengerDropLat": 50.39, "passengerDropLng": 3.6,
    "passengerPickupDate": int(at_paris(TUESDAY, time(4, 40)).timestamp()), "type": "PLANNED", "duration": 900,
    "webUrl": "https://blue.example/j1", "availableSeats": 2, "price": {"type": "PAYING", "amount": 1.5, "currency": "EUR"},
}  # fmt: skip


@pytest.fixture(autouse=True)
def _sunday(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setitem(app.config, "CARPOOL_PRIVATE_SERVICES", True)
    calling._breakers.clear()
    with time_machine.travel(NOW):
        yield


@pytest.fixture
def standin() -> Iterator[StandIn]:
    server = StandIn(saying([JOURNEY]))
    yield server
    server.stop()


@pytest.fixture
def desk(app: Flask) -> Desk:
    return make_desk("Denain")


def asked(url: str, **values: Any) -> CarpoolOperator:
    return an_operator(**{"base_url": url, "key_encrypted": encrypt(OUTGOING), "asked": True, **values})


def request_once(desk: Desk) -> CarpoolRequest:
    pattern = to_json(Dates({TUESDAY: OFFICE.days[0]}))
    return a_request(
        a_sharing_person(desk), shared=True, timing=Timing.ONCE, starts_on=TUESDAY, ends_on=TUESDAY, pattern=pattern
    )


def search(row: CarpoolRequest) -> outward.Search:
    return outward.search(request_id=row.id, now=NOW)


def test_a_service_is_asked_with_its_key_and_told_neither_name_nor_door(desk: Desk, standin: StandIn) -> None:
    asked(standin.url + "/api")
    found = search(request_once(desk)).found
    (one,) = found[Direction.THERE]
    assert (one.service, one.alias, one.seats, one.cents, one.web_url) == (
        "Blue Carpool", "Léa", 2, 150, "https://blue.example/j1",
    )  # fmt: skip
    first = standin.requests[0].decode()
    assert f"X-API-Key: {OUTGOING}" in first
    address = urlsplit(first.split(" ")[1])
    assert address.path == "/api/driver_journeys"
    query = {name: values[0] for name, values in parse_qs(address.query).items()}
    assert (query["departureLat"], query["departureLng"], query["count"]) == ("50.39", "3.48", "20")
    assert abs(int(query["departureDate"]) - at_paris(TUESDAY, time(4, 45)).timestamp()) <= 600


def test_a_journey_that_comes_again_is_asked_for_by_hour_and_days(desk: Desk, standin: StandIn) -> None:
    asked(standin.url)
    search(a_request(a_sharing_person(desk), shared=True))
    there, back = (parse_qs(urlsplit(one.decode().split(" ")[1]).query) for one in standin.requests)
    assert there["departureWeekdays"] == ["MON,TUE,WED,THU,FRI"]
    assert there["departureTimeOfDay"] == ["04:45:00"]
    assert back["departureTimeOfDay"] == ["13:00:00"]


def test_one_platform_asks_another_end_to_end(app: Flask, desk: Desk) -> None:
    an_offer(a_sharing_colleague(desk), shared=True, price_per_km_cents=10)
    live = LiveServer(app)
    try:
        asked(f"{live.url}{PREFIX}", key_encrypted=encrypt(KEY))
        result = search(a_request(a_sharing_person(desk), shared=True))
    finally:
        live.stop()
        app.config["PUBLIC_URL"] = "http://mobilite.test"
    assert result.silent == []
    assert [one.weekdays for one in result.found[Direction.THERE]] == [(0, 1, 2, 3, 4)]
    assert [one.clock for one in result.found[Direction.BACK]] == [time(13)]


def test_nobody_is_asked_for_whoever_shares_nothing(desk: Desk, standin: StandIn) -> None:
    asked(standin.url)
    assert search(a_request(a_sharing_person(desk), shared=False)).shared is False
    hidden = a_sharing_person(desk, protected_for=[make_user("adviser", desk_id=desk.id)])
    assert search(a_request(hidden, shared=True)).shared is False
    assert standin.requests == []


def test_what_a_service_makes_up_is_left_out(desk: Desk, standin: StandIn) -> None:
    wrong: list[Any] = [
        None, 7, [], {}, {**JOURNEY, "driver": None}, {**JOURNEY, "passengerPickupLat": "50.39"},
        {**JOURNEY, "passengerPickupLat": 48.8}, {**JOURNEY, "passengerPickupDate": 10**20},
        {**JOURNEY, "passengerDropLng": True},
    ]  # fmt: skip
    bold = {**JOURNEY, "webUrl": "javascript:alert(1)", "price": {"type": "PAYING", "amount": -5}, "availableSeats": 99}
    standin.reply = saying([*wrong, {**bold, "driver": {"alias": "x" * 500}}])
    asked(standin.url)
    (one,) = search(request_once(desk)).found[Direction.THERE]
    assert (one.web_url, one.cents, one.seats, len(one.alias)) == ("", None, None, 60)
    for nonsense in ({}, b"", b"<html>", b"[" * 100_000, {"error": "no"}):
        standin.reply = saying(nonsense)
        calling._breakers.clear()
        assert search(request_once(desk)).found[Direction.THERE] == []


def test_who_is_silent_is_named_and_waited_for_a_few_seconds_in_all(
    desk: Desk, standin: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(calling, "SECONDS", 0.5)
    standin.reply = lambda _connection, _request: standin.wait(5)
    asked(standin.url)
    asked(f"http://127.0.0.1:{free_port()}", name="Gone", domain="gone.example", inbound_hash=None)
    began = clock_time.perf_counter()
    result = search(request_once(desk))
    assert clock_time.perf_counter() - began < 4
    assert (result.silent, result.asked) == (["Blue Carpool", "Gone"], 2)


def test_who_keeps_failing_is_not_asked_for_a_while(desk: Desk, standin: StandIn) -> None:
    standin.reply = saying({}, 503)
    asked(standin.url)
    row = request_once(desk)
    for _ in range(6):
        assert search(row).silent == ["Blue Carpool"]
    assert len(standin.requests) == 3


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("127.0.0.1", False), ("10.0.0.1", False), ("169.254.169.254", False), ("192.168.1.1", False), ("::1", False),
        ("fe80::1%eth0", False), ("fc00::1", False), ("::ffff:127.0.0.1", False), ("2002:7f00:1::", False),
        ("0.0.0.0", False), ("224.0.0.1", False), ("100.64.0.1", False), ("nonsense", False), ("1.1.1.1", True),
        ("2606:4700:4700::1111", True),
    ],
)  # fmt: skip
def test_only_the_open_internet_is_called(address: str, public: bool) -> None:
    assert calling.is_public(address) is public


def test_a_name_that_leads_inside_is_not_followed(standin: StandIn) -> None:
    service = calling.Service(1, "Blue", standin.url, OUTGOING)
    with pytest.raises(EngineDown) as refused:
        calling.call(service, "GET", "/x", Deadline(2))
    assert refused.value.reason == "private_address"
    assert standin.requests == []


def test_a_redirect_is_not_followed(desk: Desk, standin: StandIn) -> None:
    standin.reply = saying([], 302, "Location: http://127.0.0.1/")
    asked(standin.url)
    assert search(request_once(desk)).silent == ["Blue Carpool"]


def test_our_answer_reaches_the_other_service(desk: Desk, standin: StandIn) -> None:
    standin.reply = saying(b"", 200)
    row = a_booking(asked(standin.url), a_sharing_colleague(desk), pickup_at=NOW + timedelta(days=1))
    bookings.answer(booking_id=row.id, accepts=True, actor_id=None, now=NOW)
    assert outward.tell_due(now=NOW) == {"told": 1, "silent": 0}
    assert standin.requests[0].decode().startswith(f"PATCH /bookings/{row.uuid}?status=CONFIRMED ")
    assert outward.tell_due(now=NOW) == {"told": 0, "silent": 0}


def test_who_does_not_hear_is_told_again_later_and_not_for_ever(desk: Desk, standin: StandIn) -> None:
    standin.reply = saying({}, 500)
    row = a_booking(asked(standin.url), a_sharing_colleague(desk), pickup_at=NOW + timedelta(days=9))
    bookings.answer(booking_id=row.id, accepts=False, actor_id=None, now=NOW)
    assert outward.tell_due(now=NOW) == {"told": 0, "silent": 1}
    assert outward.tell_due(now=NOW)["silent"] == 0, "not at once"
    standin.reply = saying({"error": "status_already_set"}, 409)
    assert outward.tell_due(now=NOW + timedelta(minutes=2)) == {"told": 1, "silent": 0}
    kept = load(CarpoolBooking, row.id)
    assert (kept.status, kept.to_tell, kept.tries) == (BookingStatus.CANCELLED, False, 2)


def test_a_service_whose_key_is_lost_is_left_out(desk: Desk, standin: StandIn) -> None:
    asked(standin.url, key_encrypted="of-another-secret-key")
    assert search(request_once(desk)).asked == 0


def test_the_desk_sees_what_others_offer(app: Flask, desk: Desk, standin: StandIn) -> None:
    asked(standin.url)
    row = request_once(desk)
    browser = signed_in(app, make_user("adviser", desk_id=desk.id))
    page = browser.get(f"/covoiturage/demandes/{row.id}/autres-services").get_data(as_text=True)
    assert "Léa" in page
    assert "Rien pour ce trajet." in page, "the same journey is no way back"
    assert 'href="https://blue.example/j1"' in page
