"""Passengers of ours and users of another service want the last seat of a car at once: one of them all has it."""

from __future__ import annotations

import threading
from collections import Counter
from datetime import time, timedelta
from functools import partial
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from mobility.carpool.kinds import MatchState, Timing
from mobility.carpool.models import CarpoolBooking, CarpoolRide, CarpoolTrip
from mobility.carpool.rules.bookings import BookingStatus
from mobility.carpool.services.agreeing import accept
from mobility.carpool.standard.bookings import answer
from mobility.carpool.states import Side
from mobility.core import clock
from mobility.core.db import db, end_read
from mobility.core.errors import RuleViolation
from mobility.pathway.patterns import to_json
from mobility.pathway.roster import Dates, Hours
from mobility.pathway.rules import Direction
from tests.factories.carpool import a_colleague, a_match, a_request, an_offer
from tests.factories.desks import make_desk
from tests.factories.interop import a_booking, an_operator

EACH = 6


def _run(app: Flask, rounds: int) -> None:
    now, day = clock.now(), clock.today() + timedelta(days=3)
    pattern = to_json(Dates({day: (Hours(time(9), time(17)),)}))
    once: dict[str, Any] = {
        "timing": Timing.ONCE, "pattern": pattern, "starts_on": day, "ends_on": day, "back": False,
    }  # fmt: skip
    desk, operator = make_desk("Denain"), an_operator()
    for number in range(rounds):
        driver = a_colleague(desk, name=f"Conductrice {number}")
        offer = an_offer(driver, seats=1, **once)
        waiting = {"state": MatchState.DRIVER_AGREED, "driver_agreed_at": now, "proposed_at": now, "back": False}
        matches = [a_match(offer, a_request(a_colleague(desk), **once), **waiting).id for _ in range(EACH)]
        place = {"offer_id": offer.id, "shift_on": day, "direction": Direction.THERE}
        booked = [a_booking(operator, driver, pickup_at=now + timedelta(days=3), **place).id for _ in range(EACH)]
        end_read()
        barrier, answers = threading.Barrier(2 * EACH), Counter[str]()

        def take(act: Any, barrier: Any = barrier, to: Any = answers) -> None:
            with app.app_context():
                barrier.wait()
                try:
                    act()
                except RuleViolation:
                    to["refused"] += 1
                else:
                    to["taken"] += 1

        acts = [
            *(partial(accept, match_id=one, side=Side.PASSENGER, actor_id=None, now=now) for one in matches),
            *(partial(answer, booking_id=one, accepts=True, actor_id=None, now=now) for one in booked),
        ]
        threads = [threading.Thread(target=take, args=(act,)) for act in acts]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert answers == {"taken": 1, "refused": 2 * EACH - 1}, (number, answers)
        rides = select(func.count()).select_from(CarpoolRide).join(CarpoolTrip).where(CarpoolTrip.offer_id == offer.id)
        outside = select(func.count()).where(
            CarpoolBooking.offer_id == offer.id, CarpoolBooking.status == BookingStatus.CONFIRMED
        )
        assert (db.session.scalar(rides) or 0) + (db.session.scalar(outside) or 0) == 1
        end_read()


def test_the_last_seat_is_given_once_to_ours_or_to_another_services(app: Flask) -> None:
    _run(app, 2)


@pytest.mark.soak
def test_the_last_seat_is_given_once_to_ours_or_to_another_services_50_times(app: Flask) -> None:
    _run(app, 50)
