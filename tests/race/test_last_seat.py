"""64 passengers at once say yes to the last seat of a car, each by their link, on a server of 4 processes: one wins."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, time, timedelta
from functools import partial
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from mobility.carpool import links
from mobility.carpool.kinds import MatchState, RideState, Timing
from mobility.carpool.models import CarpoolMatch, CarpoolMember, CarpoolRequest, CarpoolRide, CarpoolTrip
from mobility.core import clock
from mobility.core.db import db, end_read
from mobility.desks.models import Desk
from mobility.pathway.patterns import to_json
from mobility.pathway.roster import Dates, Hours
from tests.factories.carpool import a_colleague, a_match, a_request, an_offer
from tests.factories.desks import make_desk
from tests.support.racing import CLIENTS, PROCESSES, at_once, open_all, send
from tests.support.serving import serving


@dataclass
class Race:
    """A server, and those who want a seat on one day."""

    port: int
    desk: Desk
    day: date
    passengers: list[tuple[CarpoolMember, CarpoolRequest, str]]


def _once(day: date) -> dict[str, Any]:
    shift = Dates({day: (Hours(time(9), time(17)),)})
    return {"timing": Timing.ONCE, "pattern": to_json(shift), "starts_on": day, "ends_on": day}


@pytest.fixture
def race(app: Flask, settings: dict[str, Any]) -> Iterator[Race]:
    """64 members without account who ask for the same way of one day, and a server."""
    now, day = clock.now(), clock.today() + timedelta(days=3)
    desk = make_desk("Denain")
    passengers = []
    for number in range(CLIENTS):
        member = a_colleague(desk, name=f"Passager {number}")
        passengers.append((member, a_request(member, **_once(day)), links.make(member, now=now)))
    end_read()
    with serving(settings, processes=PROCESSES, RATELIMIT_ENABLED="no") as port:
        yield Race(port, desk, day, passengers)


def _run(race: Race, rounds: int) -> None:
    for number in range(rounds):
        offer = an_offer(a_colleague(race.desk, name=f"Conductrice {number}"), seats=1, **_once(race.day))
        now = clock.now()
        paths = [
            f"/c/{token}/accords/{_waiting(offer, request, now).id}" for _member, request, token in race.passengers
        ]
        end_read()
        pages = open_all(race.port, paths)
        answers = at_once([partial(send, race.port, page, act="passenger_agrees") for page in pages])
        statuses = Counter(answer.status for answer in answers)
        assert statuses == {303: 1, 422: len(paths) - 1}, (number, statuses)
        end_read()
        agreed = select(func.count()).where(CarpoolMatch.offer_id == offer.id, CarpoolMatch.state == MatchState.TRIAL)
        assert db.session.scalar(agreed) == 1
        held = (
            select(CarpoolTrip.id, func.sum(CarpoolRide.seats))
            .join(CarpoolRide, CarpoolRide.trip_id == CarpoolTrip.id)
            .where(CarpoolTrip.offer_id == offer.id, CarpoolRide.state == RideState.PLANNED)
            .group_by(CarpoolTrip.id)
        )
        assert [taken for _trip, taken in db.session.execute(held)] == [1, 1]
        end_read()


def _waiting(offer: Any, request: CarpoolRequest, now: Any) -> CarpoolMatch:
    return a_match(
        offer, request, state=MatchState.DRIVER_AGREED, driver_agreed_at=now, proposed_at=now, starts_on=None
    )


def test_one_of_64_gets_the_last_seat(race: Race) -> None:
    _run(race, 2)


@pytest.mark.soak
def test_one_of_64_gets_the_last_seat_200_times(race: Race) -> None:
    _run(race, 200)
