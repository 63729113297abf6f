"""The « standard covoiturage » as a server: what it gives, to whom, and what it never tells."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask

from mobility.carpool.kinds import JourneyState, MemberState, RideState, Timing
from mobility.carpool.models import CarpoolException, CarpoolMember, CarpoolOffer, CarpoolRide
from mobility.carpool.standard.server import PREFIX
from mobility.core.clock import at_paris
from mobility.core.db import transaction
from mobility.desks.models import Desk
from mobility.pathway.patterns import to_json
from mobility.pathway.roster import Dates
from mobility.pathway.rules import Direction
from tests.factories.accounts import make_user
from tests.factories.carpool import a_day, a_match, a_request, an_offer
from tests.factories.desks import make_desk
from tests.factories.interop import KEY, OURS, a_sharing_colleague, a_sharing_person, an_operator
from tests.factories.pathway import OFFICE, a_roster, an_objective

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
TUESDAY = date(2026, 11, 24)
# They are there at 5 h: 8.2 km as the crow flies, a good 14 minutes by the estimate, to five minutes.
LEAVES = at_paris(TUESDAY, time(4, 45))
WANTED = {
    "departureLat": 50.391, "departureLng": 3.486, "arrivalLat": 50.384, "arrivalLng": 3.601,
    "departureDate": int(LEAVES.timestamp()),
}  # fmt: skip


@pytest.fixture(autouse=True)
def _sunday() -> Any:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def desk(app: Flask) -> Desk:
    an_operator()
    return make_desk("Denain")


def ask(app: Flask, path: str = "/driver_journeys", key: str | None = KEY, **query: Any) -> Any:
    wanted = {name: value for name, value in {**WANTED, **query}.items() if value is not None}
    return app.test_client().get(f"{PREFIX}{path}", query_string=wanted, headers={"X-API-Key": key} if key else {})


def offer(desk: Desk, **values: Any) -> CarpoolOffer:
    return an_offer(a_sharing_colleague(desk), **{"shared": True, **values})


def test_a_shared_journey_is_found_with_what_the_standard_asks_for(app: Flask, desk: Desk) -> None:
    member = a_sharing_colleague(desk)
    an_offer(member, shared=True, price_per_km_cents=10)
    answer = ask(app)
    assert answer.status_code == 200
    (found,) = answer.json
    assert found["operator"] == OURS
    assert found["driver"] == {
        "id": member.public_id,
        "operator": OURS,
        "alias": f"Membre {member.public_id[:4].upper()}",
    }
    assert found["passengerPickupDate"] == found["driverDepartureDate"] == WANTED["departureDate"]
    assert found["availableSeats"] == 3
    assert found["type"] == "PLANNED"
    assert found["price"] == {"type": "PAYING", "amount": round(found["distance"] / 100) / 100, "currency": "EUR"}


def test_nobody_and_no_door_is_named(app: Flask, desk: Desk) -> None:
    member = a_sharing_person(desk, first_name="Nadia", last_name="Lefèvre")
    an_offer(member, shared=True, origin_latitude=50.39123, origin_longitude=3.48567)
    answer = ask(app)
    (found,) = answer.json
    assert (found["passengerPickupLat"], found["passengerPickupLng"]) == (50.39, 3.49)
    text = answer.get_data(as_text=True)
    for told in ("Nadia", "Lefèvre", "Raismes", "50.3912", "3.4856", "Sophie"):
        assert told not in text


def test_a_smaller_and_smaller_circle_finds_the_grid_and_not_the_door(app: Flask, desk: Desk) -> None:
    offer(desk, origin_latitude=50.3949, origin_longitude=3.4851)
    at_the_door = {"departureLat": 50.3949, "departureLng": 3.4851}
    assert ask(app, **at_the_door, departureRadius=0.05).json == []
    assert len(ask(app, departureLat=50.39, departureLng=3.49, departureRadius=0.05).json) == 1


@pytest.mark.parametrize(
    "query",
    [
        {"departureLat": 50.42},
        {"arrivalLng": 3.7},
        {"departureDate": WANTED["departureDate"] + 901},
        {"departureDate": WANTED["departureDate"] - 901},
        {"timeDelta": 60, "departureDate": WANTED["departureDate"] + 61},
        {"departureRadius": 0.01},
        {"count": 0},
        {"departureDate": WANTED["departureDate"] + 4 * 86400},
    ],
)
def test_what_lies_outside_is_not_given(app: Flask, desk: Desk, query: dict[str, Any]) -> None:
    offer(desk)
    assert ask(app, **query).json == []


def test_margins_and_radius_include_their_edges_and_grow(app: Flask, desk: Desk) -> None:
    offer(desk)
    for query in (
        {"departureDate": WANTED["departureDate"] + 900},
        {"departureDate": WANTED["departureDate"] + 3000, "timeDelta": 3000},
        {"departureLat": 50.42, "departureRadius": 5},
    ):
        assert len(ask(app, **query).json) == 1


def test_the_nearest_come_first_and_count_cuts_the_list(app: Flask, desk: Desk) -> None:
    far = offer(desk, origin_latitude=50.401)
    near = offer(desk)
    found = [one["id"].split(".")[2] for one in ask(app, departureRadius=5).json]
    assert found == [str(near.id), str(far.id)]
    assert [one["id"].split(".")[2] for one in ask(app, departureRadius=5, count=1).json] == [str(near.id)]


@pytest.mark.parametrize(
    ("member", "journey"),
    [
        ({"shared_at": None}, {}),
        ({}, {"shared": False}),
        ({"state": MemberState.PAUSED}, {}),
        ({}, {"state": JourneyState.PAUSED}),
        ({}, {"women_only": True}),
        ({}, {"there": False}),
    ],
)
def test_what_is_not_shared_is_not_given(app: Flask, desk: Desk, member: Any, journey: Any) -> None:
    an_offer(a_sharing_colleague(desk, **member), **{"shared": True, **journey})
    assert ask(app).json == []


def test_a_person_is_shown_only_while_they_agree_and_never_with_a_protected_file(app: Flask, desk: Desk) -> None:
    an_offer(a_sharing_person(desk, agrees=False), shared=True)
    an_offer(a_sharing_person(desk, protected_for=[make_user("adviser", desk_id=desk.id)]), shared=True)
    an_offer(a_sharing_person(desk, archived=True), shared=True)
    assert ask(app).json == []
    an_offer(a_sharing_person(desk), shared=True)
    assert len(ask(app).json) == 1


def test_a_day_taken_out_is_not_given(app: Flask, desk: Desk) -> None:
    row = offer(desk)
    with transaction() as session:
        session.add(CarpoolException(offer_id=row.id, day_on=TUESDAY, direction=Direction.THERE, at=NOW))
    assert ask(app).json == []
    assert len(ask(app, departureDate=WANTED["departureDate"] + 86400).json) == 1


def test_a_roster_says_the_days(app: Flask, desk: Desk) -> None:
    member = a_sharing_person(desk)
    objective_id = an_objective(member.person_id, starts_on=date(2026, 11, 23))
    a_roster(objective_id, OFFICE)
    an_offer(member, shared=True, timing=Timing.ROSTER, objective_id=objective_id, pattern={})
    assert len(ask(app).json) == 1


def test_seats_that_are_taken_are_not_offered(app: Flask, desk: Desk) -> None:
    row = offer(desk, seats=2)
    request = a_request(a_sharing_colleague(desk), shared=True)
    day = a_day(row, shift_on=TUESDAY, seats=2)
    match = a_match(row, request)
    assert ask(app).json[0]["availableSeats"] == 2
    with transaction() as session:
        ride = CarpoolRide(
            trip_id=day.id, match_id=match.id, shift_on=TUESDAY, direction=day.direction, pickup_at=NOW,
            dropoff_at=NOW + timedelta(minutes=9), state=RideState.PLANNED,
        )  # fmt: skip
        session.add(ride)
    assert ask(app).json[0]["availableSeats"] == 1
    assert ask(app, "/passenger_journeys").json == [], "who has a seat asks for none"


def test_the_way_back_is_a_journey_of_its_own(app: Flask, desk: Desk) -> None:
    offer(desk)
    turned = {
        "departureLat": WANTED["arrivalLat"], "departureLng": WANTED["arrivalLng"],
        "arrivalLat": WANTED["departureLat"], "arrivalLng": WANTED["departureLng"],
        "departureDate": int(at_paris(TUESDAY, time(13)).timestamp()),
    }  # fmt: skip
    (found,) = ask(app, **turned).json
    assert found["id"].endswith(".20261124.back")


def test_passengers_are_found_too(app: Flask, desk: Desk) -> None:
    a_request(a_sharing_person(desk), shared=True, seats=2)
    (found,) = ask(app, "/passenger_journeys").json
    assert found["requestedSeats"] == 2
    assert found["driverDepartureDate"] == WANTED["departureDate"]
    assert ask(app).json == []


def test_journeys_that_come_again_are_given_by_day_and_hour(app: Flask, desk: Desk) -> None:
    offer(desk)
    offer(
        desk, timing=Timing.ONCE, starts_on=TUESDAY, ends_on=TUESDAY, pattern=to_json(Dates({TUESDAY: OFFICE.days[0]}))
    )
    trips = {"departureDate": None, "departureTimeOfDay": "04:50:00"}
    (found,) = ask(app, "/driver_regular_trips", **trips).json
    assert [one["passengerPickupDay"] for one in found["schedules"]] == ["MON", "TUE", "WED", "THU", "FRI"]
    assert {one["passengerPickupTimeOfDay"] for one in found["schedules"]} == {"04:45:00"}
    assert len(found["schedules"][0]["journeySchedules"]) == 8
    (some,) = ask(app, "/driver_regular_trips", **trips, departureWeekdays="TUE,SAT").json
    assert [one["passengerPickupDay"] for one in some["schedules"]] == ["TUE"]
    (week,) = ask(
        app, "/driver_regular_trips", **trips, minDepartureDate=WANTED["departureDate"], maxDepartureDate=WANTED["departureDate"] + 86400
    ).json  # fmt: skip
    assert [len(one["journeySchedules"]) for one in week["schedules"]] == [1, 1]
    assert ask(app, "/driver_regular_trips", **{**trips, "departureTimeOfDay": "06:00:00"}).json == []
    assert ask(app, "/passenger_regular_trips", **trips).json == []


@pytest.mark.parametrize(
    ("query", "named"),
    [
        ({"departureLat": None}, "departureLat"),
        ({"departureLat": "north"}, "departureLat"),
        ({"departureLat": "nan"}, "departureLat"),
        ({"arrivalLng": 181}, "arrivalLng"),
        ({"departureDate": "2026-11-24"}, "departureDate"),
        ({"departureDate": 10**14}, "departureDate"),
        ({"timeDelta": -1}, "timeDelta"),
        ({"count": "1.5"}, "count"),
        ({"departureRadius": [1, 2]}, "departureRadius"),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_name(app: Flask, desk: Desk, query: Any, named: str) -> None:
    answer = ask(app, **query)
    assert answer.status_code == 400
    assert answer.json["error"].startswith(f"{named}: ")


@pytest.mark.parametrize(
    ("query", "named"),
    [
        ({"departureTimeOfDay": "7h30"}, "departureTimeOfDay"),
        ({"departureTimeOfDay": "24:00:00"}, "departureTimeOfDay"),
        ({"departureTimeOfDay": "07:30:00", "departureWeekdays": "LUN"}, "departureWeekdays"),
    ],
)
def test_times_and_days_are_as_the_standard_writes_them(app: Flask, desk: Desk, query: Any, named: str) -> None:
    answer = ask(app, "/driver_regular_trips", departureDate=None, **query)
    assert answer.status_code == 400
    assert answer.json["error"].startswith(f"{named}: ")


@pytest.mark.parametrize("key", [None, "", "short", "another-key-of-nobody-0123456789", "é" * 40])
def test_nobody_asks_without_a_key(app: Flask, desk: Desk, key: str | None) -> None:
    answer = ask(app, key=None if key is None else key.encode().decode("latin-1"))
    assert answer.status_code == 401
    assert answer.get_data() == b""


def test_a_service_that_is_shut_out_asks_no_more(app: Flask) -> None:
    an_operator(disabled_at=NOW)
    assert ask(app).status_code == 401


def test_the_state_of_the_service_is_open_to_all(app: Flask) -> None:
    assert app.test_client().get(f"{PREFIX}/status").status_code == 200


def test_the_number_of_questions_to_the_database_does_not_grow(app: Flask, desk: Desk, count_queries: Any) -> None:
    def some(number: int) -> None:
        for _ in range(number):
            member: CarpoolMember = a_sharing_person(desk)
            objective_id = an_objective(member.person_id, starts_on=date(2026, 11, 23))
            a_roster(objective_id, OFFICE)
            an_offer(member, shared=True, timing=Timing.ROSTER, objective_id=objective_id, pattern={})

    some(2)
    with count_queries() as few:
        assert len(ask(app).json) == 2
    some(6)
    with count_queries() as many:
        assert len(ask(app).json) == 8
    assert many.total == few.total
