"""One direction of a match, as the search writes it and as trips read it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mobility.carpool.rules.ways import Stop, way_of
from mobility.pathway.rules import Direction

FIVE = datetime(2026, 11, 24, 4, tzinfo=UTC)
LEG: dict[str, Any] = {
    "pickup": {"label": "Mairie", "near": "de la mairie de Raismes", "latitude": 50.39, "longitude": 3.485, "walk_seconds": 120},
    "dropoff": {"label": "Usine"},
    "pickup_minutes": -48, "dropoff_minutes": -20, "depart_minutes": -60, "arrive_minutes": -15,
    "metres": 9000, "trip_metres": 12000, "detour_seconds": 360, "ride_seconds": 1680,
}  # fmt: skip


def test_a_way_says_where_when_and_how_far() -> None:
    way = way_of({"there": LEG}, Direction.THERE)
    assert way is not None
    assert way.pickup == Stop("Mairie", 50.39, 3.485, "de la mairie de Raismes", 120)
    assert way.dropoff == Stop("Usine")
    assert way.times(FIVE) == (FIVE - timedelta(minutes=48), FIVE - timedelta(minutes=20))
    assert way.drive(FIVE) == (FIVE - timedelta(minutes=60), FIVE - timedelta(minutes=15))
    assert (way.metres, way.trip_metres, way.detour_seconds) == (9000, 12000, 360)


def test_a_way_that_a_match_does_not_have_is_none() -> None:
    assert way_of({"there": LEG}, Direction.BACK) is None


@pytest.mark.parametrize(("direction", "minutes"), [(Direction.THERE, (-38, -10)), (Direction.BACK, (10, 38))])
def test_without_minutes_one_is_there_a_little_before_and_off_a_little_after(
    direction: Direction, minutes: tuple[int, int]
) -> None:
    way = way_of({direction.value: {"ride_seconds": 1680}}, direction)
    assert way is not None
    assert way.times(FIVE) == tuple(FIVE + timedelta(minutes=one) for one in minutes)
    assert (way.pickup, way.metres) == (Stop(), 0)


@given(
    pickup=st.integers(-300, 300), dropoff=st.integers(-300, 300), depart=st.integers(-300, 300),
    arrive=st.integers(-300, 300), metres=st.integers(0, 200_000), trip=st.integers(0, 200_000),
    direction=st.sampled_from(Direction),
)  # fmt: skip
def test_whatever_is_written_time_goes_forward_and_the_drive_holds_the_ride(
    pickup: int, dropoff: int, depart: int, arrive: int, metres: int, trip: int, direction: Direction
) -> None:
    leg = {
        "pickup_minutes": pickup, "dropoff_minutes": dropoff, "depart_minutes": depart, "arrive_minutes": arrive,
        "metres": metres, "trip_metres": trip,
    }  # fmt: skip
    way = way_of({direction.value: leg}, direction)
    assert way is not None
    (gets_in, gets_out), (leaves, arrives) = way.times(FIVE), way.drive(FIVE)
    assert leaves <= gets_in < gets_out <= arrives
    assert way.trip_metres >= way.metres


@pytest.mark.parametrize(
    ("leg", "direction", "edge"),
    [
        (LEG, Direction.THERE, -15 * 60),
        (LEG, Direction.BACK, -60 * 60),
        ({**LEG, "edge_seconds": -907}, Direction.THERE, -907),
        ({}, Direction.THERE, -10 * 60),
        ({}, Direction.BACK, 10 * 60),
    ],
)
def test_a_way_holds_on_the_days_whose_window_has_its_moment(
    leg: dict[str, Any], direction: Direction, edge: int
) -> None:
    way = way_of({direction.value: leg}, direction)
    assert way is not None
    assert way.holds((edge, edge))
    assert way.holds((edge - 60, edge + 60))
    assert not way.holds((edge + 1, edge + 60))
    assert not way.holds((edge - 60, edge - 1))
