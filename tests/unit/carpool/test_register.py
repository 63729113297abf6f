"""What the national register is sent, to the letter, and what it would refuse is not sent."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mobility.carpool.rules.register import (
    LEAST_BETWEEN,
    MOST_A_DAY,
    Identity,
    Journey,
    ProofClass,
    Refusal,
    last_name_of,
    payload,
    proof_class,
    refusals,
)

NOW = datetime(2026, 11, 24, 18, tzinfo=UTC)
DRIVER = Identity("driver-1", "+33639980001", "Lefèvre")
RIDER = Identity("rider-1", "+33639980002", "d’Ornano")
START = datetime(2026, 11, 24, 3, 45, tzinfo=UTC)


def a_journey(number: int = 1, **values: Any) -> Journey:
    known: dict[str, Any] = {
        "journey_id": f"ride-{number}", "trip_id": f"trip-{number}", "driver": DRIVER, "passenger": RIDER,
        "started_at": START, "ended_at": START + timedelta(minutes=20), "start": (50.391234567, 3.4856),
        "end": (50.385, 3.6), "metres": 12_000, "contribution_cents": 96, "seats": 1, "proof": ProofClass.C,
    }  # fmt: skip
    return Journey(**{**known, **values})


def test_a_journey_is_sent_as_the_register_reads_it() -> None:
    assert payload(a_journey()) == {
        "operator_journey_id": "ride-1", "operator_trip_id": "trip-1", "operator_class": "C", "incentives": [],
        "start": {"datetime": "2026-11-24T03:45:00Z", "lat": 50.39123, "lon": 3.4856},
        "end": {"datetime": "2026-11-24T04:05:00Z", "lat": 50.385, "lon": 3.6}, "distance": 12_000,
        "driver": {
            "identity": {
                "operator_user_id": "driver-1", "phone_trunc": "+336399800",
                "identity_key": hashlib.sha256(b"+33639980001-LEFEVRE").hexdigest(),
            },
            "revenue": 96,
        },
        "passenger": {
            "identity": {
                "operator_user_id": "rider-1", "phone_trunc": "+336399800",
                "identity_key": hashlib.sha256(b"+33639980002-DORNANO").hexdigest(),
            },
            "contribution": 96, "seats": 1,
        },
    }  # fmt: skip


@pytest.mark.parametrize(
    ("values", "why"),
    [
        ({"metres": 1999}, Refusal.TOO_SHORT),
        ({"started_at": NOW - timedelta(hours=24, seconds=1)}, Refusal.TOO_LATE),
        ({"ended_at": NOW + timedelta(seconds=1)}, Refusal.NOT_OVER),
        ({"seats": 0}, Refusal.SEATS),
        ({"seats": 9}, Refusal.SEATS),
        ({"driver": replace(DRIVER, phone="0639980001")}, Refusal.NO_PHONE),
        ({"passenger": replace(RIDER, phone="")}, Refusal.NO_PHONE),
    ],
)
def test_what_the_register_refuses_is_named(values: dict[str, Any], why: Refusal) -> None:
    assert refusals([a_journey(**values)], now=NOW) == {"ride-1": (why,)}


def test_what_it_takes_has_no_reason() -> None:
    edge = a_journey(metres=2000, started_at=NOW - timedelta(hours=24), ended_at=NOW, seats=8)
    assert refusals([edge], now=NOW) == {}


def test_half_an_hour_lies_between_two_trips() -> None:
    first, second = a_journey(1), a_journey(2, started_at=START + timedelta(minutes=29))
    assert refusals([second, first], now=NOW) == {"ride-2": (Refusal.TOO_CLOSE,)}
    assert refusals([second], sent=[first], now=NOW) == {"ride-2": (Refusal.TOO_CLOSE,)}
    assert refusals([first, replace(second, started_at=START + LEAST_BETWEEN)], now=NOW) == {}


def test_two_passengers_of_one_trip_are_one_trip_of_its_driver() -> None:
    first = a_journey(1)
    second = a_journey(2, trip_id="trip-1", passenger=replace(RIDER, user_id="rider-2"))
    assert refusals([first, second], now=NOW) == {}


def test_the_fifth_trip_of_a_day_is_refused() -> None:
    some = [
        a_journey(number, started_at=START + number * timedelta(minutes=40), ended_at=START + timedelta(hours=5))
        for number in range(MOST_A_DAY + 1)
    ]
    assert refusals(some, now=NOW) == {f"ride-{MOST_A_DAY}": (Refusal.TOO_MANY,)}


@given(st.lists(st.integers(0, 600), max_size=12))
def test_what_is_sent_never_breaks_the_registers_rules(minutes: list[int]) -> None:
    some = [
        a_journey(number, started_at=START + timedelta(minutes=at), ended_at=START + timedelta(minutes=at + 10))
        for number, at in enumerate(minutes)
    ]
    refused = refusals(some, now=NOW)
    sent = sorted(one.started_at for one in some if one.journey_id not in refused)
    assert len(sent) <= MOST_A_DAY
    assert all(later - earlier >= LEAST_BETWEEN for earlier, later in pairwise(sent))


@pytest.mark.parametrize(
    ("driver", "passenger", "proof"),
    [
        (True, True, ProofClass.C), (True, None, ProofClass.B), (None, True, ProofClass.B), (False, True, ProofClass.B),
        (None, None, ProofClass.A), (False, False, ProofClass.A),
    ],
)  # fmt: skip
def test_what_both_said_proves_a_ride(driver: bool | None, passenger: bool | None, proof: ProofClass) -> None:
    assert proof_class(driver, passenger) is proof


@given(st.text())
def test_a_last_name_is_capitals_alone(name: str) -> None:
    assert all("A" <= letter <= "Z" for letter in last_name_of(name))
