"""64 people at once choose the last hour, each by the link of an invitation, on a server of 4 processes: one wins."""

from __future__ import annotations

import http.client
import re
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import time, timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from flask import Flask
from sqlalchemy import select

from mobility.accounts.policy import Role
from mobility.agenda import services
from mobility.agenda.models import Appointment, Attendance
from mobility.agenda.rules import MeetingKind
from mobility.agenda.services.messages import INVITATION_PURPOSE
from mobility.core import clock, links
from mobility.core.db import db, end_read
from tests.factories.accounts import make_user
from tests.factories.agenda import a_person_at, a_type
from tests.factories.desks import make_desk
from tests.support.serving import serving

CLIENTS = 64
PROCESSES = 4


@dataclass
class Race:
    """A server with hours to come, and the links of those who want them."""

    port: int
    links: list[str]

    def open(self, path: str) -> tuple[str, dict[str, str], list[str]]:
        """Open the page of an invitation; return its cookie, its hidden fields and the hours that it offers."""
        with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)) as connection:
            connection.request("GET", path)
            answer = connection.getresponse()
            page = answer.read().decode()
            assert answer.status == 200, page
            cookie = (answer.getheader("Set-Cookie") or "").split(";")[0]
        hidden = dict(re.findall(r'type="hidden" name="(csrf_token|once)" value="([^"]+)"', page))
        return cookie, hidden, re.findall(r'name="slot" value="([\d.]+)"', page)

    def choose(self, path: str, cookie: str, sent: dict[str, str]) -> int:
        """Choose an hour; return the status."""
        headers = {"Cookie": cookie, "Content-Type": "application/x-www-form-urlencoded"}
        with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)) as connection:
            connection.request("POST", path, urlencode(sent), headers)
            answer = connection.getresponse()
            answer.read()
            return answer.status


@pytest.fixture
def race(app: Flask, settings: dict[str, Any]) -> Iterator[Race]:
    """An adviser with hours every day, 64 people who are invited, and a server."""
    now = clock.now()
    desk = make_desk("Denain", days=range(7), ranges=[(time(0, 1), time(23, 59))])
    adviser = make_user(Role.ADVISER, desk_id=desk.id)
    meeting = a_type(MeetingKind.FIRST)
    for weekday in range(7):
        services.add_opening(
            adviser_id=adviser.id, desk_id=desk.id, weekday=weekday, opens=time(8), closes=time(20),
            starts_on=clock.today(), ends_on=None, every_weeks=1, type_ids=(), actor_id=None, now=now,
        )  # fmt: skip
    paths = []
    for _ in range(CLIENTS):
        person = a_person_at(desk)
        payload = {"p": person.id, "t": meeting.id, "d": desk.id}
        paths.append(f"/rdv/choisir/{links.sign(INVITATION_PURPOSE, payload, now=now, lifetime=timedelta(days=9))}")
    end_read()
    with serving(settings, processes=PROCESSES, RATELIMIT_ENABLED="no") as port:
        yield Race(port, paths)


def _run(race: Race, rounds: int) -> None:
    waiting = list(race.links)
    for number in range(rounds):
        pages = {path: race.open(path) for path in waiting}
        # The latest of the hours offered: the soonest may pass its notice between the page and the click.
        wanted = pages[waiting[0]][2][-1]
        barrier, answers = threading.Barrier(len(waiting)), Counter[int]()

        def choose(
            path: str, pages: Any = pages, wanted: str = wanted, barrier: Any = barrier, to: Any = answers
        ) -> None:
            cookie, hidden, _offered = pages[path]
            barrier.wait()
            to[race.choose(path, cookie, {**hidden, "slot": wanted})] += 1

        threads = [threading.Thread(target=choose, args=(path,)) for path in waiting]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert answers == {200: 1, 422: len(waiting) - 1}, (number, answers)
        end_read()
        starts_at = [row.starts_at for row in db.session.scalars(select(Appointment)).all()]
        assert len(starts_at) == len(set(starts_at)) == number + 1
        served = {row.person_id for row in db.session.scalars(select(Attendance)).all()}
        waiting = [path for path in waiting if _person(path) not in served]


def _person(path: str) -> int:
    return int(links.read(INVITATION_PURPOSE, path.rsplit("/", 1)[1], now=clock.now())["p"])


def test_one_of_64_gets_the_last_hour(race: Race) -> None:
    _run(race, 2)


@pytest.mark.soak
def test_one_of_64_gets_the_last_hour_40_times(race: Race) -> None:
    _run(race, 40)
