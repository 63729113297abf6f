"""64 clients at once for the last vehicle, over HTTP, against a real server of 4 processes: one wins.

The short form runs in ``make test``, the full one (200 rounds) in ``make soak``; both on SQLite and on
PostgreSQL, whichever ``TEST_DATABASE`` names. All traffic stays on 127.0.0.1, rounds are counted, and the
server that the test started is the only process that it ends.
"""

from __future__ import annotations

import http.client
import json
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import date, timedelta
from datetime import time as wall
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import select

from mobility.accounts.policy import Role
from mobility.accounts.services.tokens import create_token
from mobility.core import clock
from mobility.core.db import db, end_read
from mobility.fleet.kinds import Category
from mobility.fleet.models import VehicleReservation
from mobility.loans.models import Loan
from mobility.loans.rules.policy import Terms
from mobility.loans.rules.states import LoanState
from mobility.loans.services import policies, rights
from tests.factories.accounts import make_user
from tests.factories.fleet import a_desk, a_vehicle
from tests.factories.pathway import a_person, an_objective
from tests.support.serving import serving

CLIENTS = 64
PROCESSES = 4
TIMEOUT_SECONDS = 60


@dataclass
class Race:
    """A server with one vehicle, and the people who want it."""

    port: int
    token: str
    desk_id: int
    people: list[int]

    def call(self, path: str, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        """Post to the API; return the status and the answer."""
        headers = {
            "Authorization": f"Bearer {self.token}",
            "Content-Type": "application/json",
            "Idempotency-Key": uuid4().hex,
        }
        with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=TIMEOUT_SECONDS)) as connection:
            connection.request("POST", f"/api/v1{path}", json.dumps(body), headers)
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read() or b"{}")


@pytest.fixture
def race(app: Flask, settings: dict[str, Any]) -> Iterator[Race]:
    """Build the world, start the server, stop it afterwards."""
    now = clock.now()
    today = clock.today()
    desk_id = a_desk("Denain", key_box=True)
    adviser = make_user(Role.ADVISER, desk_id=desk_id)
    a_vehicle(desk_id, Category.BIKE)
    policies.add_policy(
        desk_id=None,
        category=Category.BIKE,
        status=None,
        valid_from_on=today,
        actor_id=adviser.id,
        now=now,
        terms=Terms(needs_approval=False, needs_objective=False, max_days=10),
    )
    _open_all_day(desk_id)
    people = [a_person(desk_id=desk_id, born_on=date(1990, 1, 1)) for _ in range(CLIENTS)]
    for person_id in people:
        an_objective(person_id)
        rights.open_right(
            person_id=person_id,
            categories=[Category.BIKE],
            starts_on=today,
            ends_on=today + timedelta(days=300),
            days_allowed=300,
            actor_id=adviser.id,
            now=now,
        )
    token = create_token(name="race", scopes=["loans:read", "loans:write"], now=now)
    end_read()
    with serving(settings, processes=PROCESSES) as port:
        yield Race(port, token, desk_id, people)


def _open_all_day(desk_id: int) -> None:
    from mobility.core.db import transaction
    from mobility.desks.models import DeskOpening

    with transaction() as session:
        session.add_all(
            DeskOpening(desk_id=desk_id, weekday=day, opens=wall(0, 1), closes=wall(23, 59)) for day in range(7)
        )


def _run(race: Race, rounds: int) -> Counter[int]:
    """Let everybody ask at the same moment, ``rounds`` times; return how often each status was answered."""
    start_at = clock.at_paris(clock.today() + timedelta(days=9), wall(10))
    body = {
        "desk_id": race.desk_id,
        "category": "bike",
        "start_at": start_at.isoformat(),
        "end_at": (start_at + timedelta(days=2)).isoformat(),
    }
    return _rounds(race, body, rounds)


def _rounds(race: Race, body: dict[str, Any], rounds: int) -> Counter[int]:
    statuses: Counter[int] = Counter()
    for number in range(rounds):
        answers: list[tuple[int, dict[str, Any]]] = []
        barrier = threading.Barrier(len(race.people))

        def ask(person_id: int, answers: list[Any] = answers, barrier: threading.Barrier = barrier) -> None:
            barrier.wait()
            answers.append(race.call("/loans", {**body, "person_id": person_id}))

        threads = [threading.Thread(target=ask, args=(person_id,)) for person_id in race.people]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        won = [answer for status, answer in answers if status == 201]
        assert len(won) == 1, f"round {number}: {Counter(status for status, _ in answers)} {answers[:2]}"
        assert {status for status, _ in answers} == {201, 409}, (
            f"round {number}: {Counter(status for status, _ in answers)}"
        )
        statuses.update(status for status, _ in answers)
        status, answer = race.call(f"/loans/{won[0]['id']}/cancel", {"reason": "next round"})
        assert status == 200, answer
    return statuses


def _check_history(rounds: int) -> None:
    """No two reservations of a vehicle that stand overlap, and each round made exactly one loan."""
    end_read()
    loans = db.session.scalars(select(Loan)).all()
    assert len(loans) == rounds
    assert {loan.state for loan in loans} == {LoanState.CANCELLED}
    assert db.session.scalars(select(VehicleReservation).where(VehicleReservation.released_at.is_(None))).all() == []


def test_one_of_64_wins_the_last_vehicle(race: Race) -> None:
    statuses = _run(race, 3)
    assert statuses == {201: 3, 409: 3 * (CLIENTS - 1)}
    _check_history(3)


@pytest.mark.soak
def test_one_of_64_wins_the_last_vehicle_200_times(race: Race) -> None:
    begun = time.monotonic()
    statuses = _run(race, 200)
    assert statuses == {201: 200, 409: 200 * (CLIENTS - 1)}
    _check_history(200)
    print(f"200 rounds of {CLIENTS} in {time.monotonic() - begun:.0f} s: {dict(statuses)}")
