"""64 people at once choose the last hour, each by the link of an invitation, on a server of 4 processes: one wins."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import time, timedelta
from functools import partial
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from mobility.accounts.policy import Role
from mobility.agenda.models import Appointment, Attendance
from mobility.agenda.rules import MeetingKind
from mobility.agenda.services.messages import INVITATION_PURPOSE
from mobility.core import clock, links
from mobility.core.db import db, end_read
from tests.factories.accounts import make_user
from tests.factories.agenda import a_person_at, a_type, an_opening
from tests.factories.desks import make_desk
from tests.support.racing import CLIENTS, PROCESSES, at_once, open_all, send
from tests.support.serving import serving


@dataclass
class Race:
    """A server with hours to come, and the links of those who want them."""

    port: int
    links: list[str]


@pytest.fixture
def race(app: Flask, settings: dict[str, Any]) -> Iterator[Race]:
    """An adviser with hours every day, 64 people who are invited, and a server."""
    now = clock.now()
    desk = make_desk("Denain", days=range(7), ranges=[(time(0, 1), time(23, 59))])
    adviser = make_user(Role.ADVISER, desk_id=desk.id)
    meeting = a_type(MeetingKind.FIRST)
    an_opening(adviser, desk, weekdays=range(7), opens=time(8), closes=time(20))
    paths = []
    for _ in range(CLIENTS):
        person = a_person_at(desk, adviser)
        payload = {"p": person.id, "t": meeting.id, "d": desk.id}
        paths.append(f"/rdv/choisir/{links.sign(INVITATION_PURPOSE, payload, now=now, lifetime=timedelta(days=9))}")
    end_read()
    with serving(settings, processes=PROCESSES, RATELIMIT_ENABLED="no") as port:
        yield Race(port, paths)


def _run(race: Race, rounds: int) -> None:
    waiting = open_all(race.port, race.links)
    for number in range(rounds):
        # The latest of the hours offered: the soonest may pass its notice between the page and the click.
        wanted = waiting[0].slots[-1]
        answers = at_once([partial(send, race.port, page, slot=wanted) for page in waiting])
        told = Counter(answer.status for answer in answers)
        assert told == {200: 1, 422: len(waiting) - 1}, (number, told)
        end_read()
        starts_at = [row.starts_at for row in db.session.scalars(select(Appointment)).all()]
        assert len(starts_at) == len(set(starts_at)) == number + 1
        assert len(set(db.session.scalars(select(Attendance.person_id)).all())) == number + 1
        # Whoever was too late chooses again, among the hours of the very page that said so.
        waiting = [answer for answer in answers if answer.status == 422]
        assert all(answer.slots and wanted not in answer.slots for answer in waiting)


def test_one_of_64_gets_the_last_hour(race: Race) -> None:
    _run(race, 2)


@pytest.mark.soak
def test_one_of_64_gets_the_last_hour_40_times(race: Race) -> None:
    _run(race, 40)
