"""64 people at once want what a meeting takes beside an adviser: an hour offered to all of them, a room, a vehicle.

On a server of 4 processes, over HTTP, as people do. As many win as there are rooms or vehicles, the others are told so in
words and get what comes next: the next hour offered, another hour, another vehicle, or none.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, time, timedelta
from functools import partial
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from mobility.accounts.models import User
from mobility.accounts.policy import Role
from mobility.agenda import services
from mobility.agenda.earlier import OfferState, WishEnd
from mobility.agenda.models import Appointment, Attendance, EarlierOffer, EarlierWish, MeetingType
from mobility.agenda.rules import MeetingKind, Origin
from mobility.agenda.services.messages import INVITATION_PURPOSE, OFFER_PURPOSE
from mobility.core import clock, links
from mobility.core.db import db, end_read, transaction
from mobility.desks.models import Desk
from mobility.fleet.models import VehicleReservation
from tests.factories.accounts import make_user, signed_in
from tests.factories.agenda import a_person_at, a_type, an_opening
from tests.factories.desks import make_desk
from tests.factories.fleet import a_vehicle
from tests.support.racing import CLIENTS, PROCESSES, Page, at_once, open_all, send
from tests.support.serving import serving

LIFETIME = timedelta(days=9)


def a_desk_open_all_day() -> Desk:
    return make_desk("Denain", days=range(7), ranges=[(time(0, 1), time(23, 59))])


def an_adviser(desk: Desk) -> User:
    """Somebody who receives for three hours a day: pages that offer more are only longer."""
    adviser = make_user(Role.ADVISER, desk_id=desk.id)
    an_opening(adviser, desk, weekdays=range(7), opens=time(9), closes=time(12))
    return adviser


def at(days: int, hour: int) -> datetime:
    return clock.at_paris(clock.today() + timedelta(days=days), time(hour))


def told(answers: Sequence[Page]) -> Counter[int]:
    return Counter(answer.status for answer in answers)


class Waiting:
    """64 people who wait for an earlier hour: half hold one in some weeks, half have none."""

    def __init__(self) -> None:
        now = clock.now()
        self.desk = a_desk_open_all_day()
        self.adviser, other = an_adviser(self.desk), an_adviser(self.desk)
        self.meeting = a_type(MeetingKind.FIRST)
        self.wishes: list[int] = []
        for number in range(CLIENTS):
            person = a_person_at(self.desk, self.adviser)
            held = None
            if number % 2:
                held = services.book(
                    person_id=person.id, type_id=self.meeting.id, desk_id=self.desk.id, adviser_id=other.id,
                    starts_at=at(20 + number // 3, 9 + number % 3), origin=Origin.STAFF, actor_id=None, now=now,
                )  # fmt: skip
            self.wishes.append(
                services.ask_earlier(
                    person_id=person.id, type_id=self.meeting.id, desk_id=self.desk.id, attendance_id=held,
                    actor_id=None, now=now,
                )
            )  # fmt: skip

    def offer(self, starts_at: datetime) -> list[str]:
        """Offer one hour to all who wait still; return the links. The job offers to fewer at a time (see its tests)."""
        now = clock.now()
        with transaction() as session:
            waiting = session.scalars(select(EarlierWish.id).where(EarlierWish.ended_at.is_(None))).all()
            rows = [
                EarlierOffer(
                    wish_id=wish_id, adviser_id=self.adviser.id, starts_at=starts_at,
                    ends_at=starts_at + timedelta(minutes=60), offered_at=now, expires_at=now + timedelta(hours=3),
                )
                for wish_id in waiting
            ]  # fmt: skip
            session.add_all(rows)
            session.flush()
            offers = [row.id for row in rows]
        end_read()
        return [f"/rdv/plus-tot/{links.sign(OFFER_PURPOSE, {'o': one}, now=now, lifetime=LIFETIME)}" for one in offers]


def race_for_offers(settings: dict[str, Any], rounds: int) -> None:
    scene = Waiting()
    with serving(settings, processes=PROCESSES, RATELIMIT_ENABLED="no") as port:
        for number in range(rounds):
            starts_at = at(2 + number // 3, 9 + number % 3)
            pages = open_all(port, scene.offer(starts_at))
            answers = at_once([partial(send, port, page) for page in pages])
            assert told(answers) == {200: 1, 422: len(pages) - 1}, number
            for answer in answers:
                assert answer.status == 200 or "Cette heure n’est plus" in answer.text, answer.text
            end_read()
            assert len(db.session.scalars(select(Appointment).where(Appointment.starts_at == starts_at)).all()) == 1
            states = Counter(
                db.session.scalars(select(EarlierOffer.state).where(EarlierOffer.starts_at == starts_at)).all()
            )
            assert states == {OfferState.ACCEPTED: 1, OfferState.GONE: len(pages) - 1}
    wishes = Counter(db.session.scalars(select(EarlierWish.end_reason)).all())
    assert wishes == {WishEnd.SERVED: rounds, None: CLIENTS - rounds}, "the others wait for the next hour"
    seen = Counter(db.session.scalars(select(Attendance.person_id)).all())
    assert set(seen.values()) == {1}, "nobody has two hours, and nobody lost the one they had"


@pytest.mark.usefixtures("app")
def test_one_of_64_gets_the_earlier_hour_that_all_are_offered(settings: dict[str, Any]) -> None:
    race_for_offers(settings, 2)


@pytest.mark.soak
@pytest.mark.usefixtures("app")
def test_one_of_64_gets_the_earlier_hour_30_times(settings: dict[str, Any]) -> None:
    race_for_offers(settings, 30)


def race_for_rooms(settings: dict[str, Any], rounds: int) -> None:
    """Two rooms, four advisers: each of 64 chooses the same hour with their own adviser."""
    now = clock.now()
    desk = a_desk_open_all_day()
    team = [an_adviser(desk) for _ in range(4)]
    meeting = a_type(MeetingKind.FIRST, needs_room=True)
    rooms = {services.add_room(desk_id=desk.id, name=name, actor_id=None, now=now) for name in ("Bleue", "Verte")}
    paths = []
    for number in range(CLIENTS):
        payload = {"p": a_person_at(desk, team[number % 4]).id, "t": meeting.id, "d": desk.id}
        paths.append(f"/rdv/choisir/{links.sign(INVITATION_PURPOSE, payload, now=now, lifetime=LIFETIME)}")
    end_read()
    with serving(settings, processes=PROCESSES, RATELIMIT_ENABLED="no") as port:
        waiting = open_all(port, paths)
        for number in range(rounds):
            # The latest hour that every page offers, each with their own adviser.
            hours = [{slot.split(".")[0]: slot for slot in page.slots} for page in waiting]
            wanted = max(set.intersection(*(set(one) for one in hours)))
            answers = at_once(
                [partial(send, port, page, slot=one[wanted]) for page, one in zip(waiting, hours, strict=True)]
            )
            assert told(answers) == {200: 2, 422: len(waiting) - 2}, number
            end_read()
            rows = db.session.execute(select(Appointment.starts_at, Appointment.room_id, Appointment.adviser_id)).all()
            assert len(rows) == 2 * (number + 1)
            assert {row.room_id for row in rows} == rooms
            assert len({(row.starts_at, row.room_id) for row in rows}) == len(rows)
            assert len({(row.starts_at, row.adviser_id) for row in rows}) == len(rows)
            waiting = [answer for answer in answers if answer.status == 422]


@pytest.mark.usefixtures("app")
def test_two_of_64_get_the_last_two_rooms_and_the_others_another_hour(settings: dict[str, Any]) -> None:
    race_for_rooms(settings, 2)


@pytest.mark.soak
@pytest.mark.usefixtures("app")
def test_two_of_64_get_the_last_two_rooms_10_times(settings: dict[str, Any]) -> None:
    race_for_rooms(settings, 10)


def race_for_vehicles(app: Flask, settings: dict[str, Any], hours: int) -> None:
    """64 advisers want the one car for a home visit; the others take the other car, then the bus."""
    desk = a_desk_open_all_day()
    meeting = a_type(MeetingKind.HOME_VISIT, needs_vehicle=True)
    with transaction() as session:
        session.get_one(MeetingType, meeting.id).notice_hours = 0
    cars = [a_vehicle(desk.id), a_vehicle(desk.id)]
    paths, cookies = [], []
    for _ in range(CLIENTS):
        adviser = make_user(Role.ADVISER, desk_id=desk.id)
        person = a_person_at(desk, adviser)
        paths.append(f"/personnes/{person.id}/rendez-vous/nouveau?type={meeting.id}&avec={adviser.id}")
        cookie = signed_in(app, adviser).get_cookie("mobilite")
        assert cookie is not None
        cookies.append(f"mobilite={cookie.value}")
    end_read()
    with serving(settings, processes=PROCESSES, RATELIMIT_ENABLED="no") as port:
        for number in range(hours):
            starts_at = at(3 + number, 10)
            when = {"on": f"{starts_at:%d/%m/%Y}", "at": "10:00"}
            # A page sends its form once: the same key again would be taken for a double click.
            waiting = open_all(port, paths, cookies)
            for car in (*cars, ""):
                answers = at_once(
                    [
                        partial(send, port, page, **when, adviser_id=page.path.rsplit("=", 1)[1], vehicle_id=car)
                        for page in waiting
                    ]
                )
                won = 1 if car else len(waiting)
                assert told(answers) == Counter({303: won, 422: len(waiting) - won}) + Counter(), (number, car)
                waiting = [answer for answer in answers if answer.status == 422]
                assert all("Ce véhicule est déjà pris" in answer.text for answer in waiting)
            end_read()
            booked = db.session.scalars(select(Appointment).where(Appointment.starts_at == starts_at)).all()
            held = {row.reservation_id for row in booked} - {None}
            assert (len(booked), len(held)) == (CLIENTS, 2)
    taken = db.session.scalars(select(VehicleReservation).where(VehicleReservation.released_at.is_(None))).all()
    assert Counter(row.vehicle_id for row in taken) == dict.fromkeys(cars, hours)


def test_one_of_64_gets_the_vehicle_the_next_the_other_one_and_the_rest_go_by_bus(
    app: Flask, settings: dict[str, Any]
) -> None:
    race_for_vehicles(app, settings, 1)


@pytest.mark.soak
def test_one_of_64_gets_the_vehicle_10_times(app: Flask, settings: dict[str, Any]) -> None:
    race_for_vehicles(app, settings, 10)
