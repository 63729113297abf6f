"""What a journey must be, before anything is kept of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from mobility.carpool.errors import JourneyInvalid
from mobility.carpool.kinds import Side, Timing
from mobility.carpool.rules.journeys import FURTHEST, End, JourneyFacts, check
from mobility.carpool.rules.standard import journey_id, read_journey_id
from mobility.carpool.states import Side as Seat
from mobility.pathway.rules import Direction

TODAY = date(2026, 11, 22)
DAY = timedelta(days=1)
RAISMES = End(label="Raismes", insee_code="59491", latitude=50.39, longitude=3.485)
ONNAING = End(label="Onnaing", insee_code="59447", latitude=50.385, longitude=3.6)
FACTS = JourneyFacts(
    origin=RAISMES, destination=ONNAING, timing=Timing.PATTERN, pattern={"kind": "weekly"}, starts_on=TODAY
)


@pytest.mark.parametrize("side", [Side.OFFER, Side.REQUEST])
def test_an_ordinary_journey_is_fine(side: Side) -> None:
    for facts in (FACTS, replace(FACTS, ends_on=TODAY + 30 * DAY)):
        check(facts, side, is_woman=None, smokes=False, today=TODAY)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"there": False, "back": False}, "ways"),
        ({"destination": RAISMES}, "destination"),
        ({"starts_on": TODAY + FURTHEST + DAY}, "starts_on"),
        ({"starts_on": TODAY - FURTHEST - DAY}, "starts_on"),
        ({"ends_on": TODAY - DAY}, "ends_on"),
        ({"starts_on": TODAY - 3 * DAY, "ends_on": TODAY - DAY}, "ends_on"),
        ({"ends_on": TODAY + FURTHEST + DAY}, "ends_on"),
        ({"seats": 0}, "seats"),
        ({"seats": 1, "child_seats": 2}, "child_seats"),
        ({"late_minutes": 1000}, "late_minutes"),
        ({"timing": Timing.ROSTER}, "timing"),
        ({"objective_id": 1}, "timing"),
        ({"women_only": True}, "women_only"),
        ({"max_detour_minutes": -1}, "max_detour_minutes"),
    ],
)
def test_what_goes_nowhere_or_never_is_refused_on_its_field(changes: dict[str, Any], field: str) -> None:
    with pytest.raises(JourneyInvalid) as refused:
        check(replace(FACTS, **changes), Side.OFFER, is_woman=False, smokes=False, today=TODAY)
    assert refused.value.field == field


def test_who_smokes_in_the_car_does_not_promise_otherwise() -> None:
    with pytest.raises(JourneyInvalid):
        check(FACTS, Side.OFFER, is_woman=None, smokes=True, today=TODAY)
    check(replace(FACTS, women_only=True), Side.REQUEST, is_woman=True, smokes=True, today=TODAY)


def test_the_id_of_a_journey_is_read_as_it_was_written() -> None:
    written = journey_id("m", Seat.DRIVER, 7, TODAY, Direction.THERE)
    read = read_journey_id(written)
    assert read is not None
    assert (read.member, read.side, read.id, read.shift_on, read.direction) == (
        "m",
        Seat.DRIVER,
        7,
        TODAY,
        Direction.THERE,
    )
    assert read_journey_id(written.replace(".7.", ".07.")) is None
