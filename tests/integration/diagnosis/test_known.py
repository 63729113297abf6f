"""What the pathway knows is not asked again: where the person goes, from when, about how far, and how."""

from __future__ import annotations

from datetime import date, timedelta

from mobility.core.clock import day_of
from mobility.core.db import db, transaction
from mobility.diagnosis.rules import Author
from mobility.geo.geocoding import Precision
from mobility.pathway.models import Objective
from mobility.pathway.rules import MeansKind
from mobility.pathway.services import means
from mobility.people.models import Person
from tests.factories.diagnosis import NOW
from tests.factories.loans import a_job
from tests.integration.diagnosis.conftest import Room
from tests.integration.diagnosis.test_services import given

TODAY = day_of(NOW)
# Denain and Valenciennes: 10.6 km as the crow flies.
HOME, WORK = (50.3291, 3.3906), (50.3574, 3.5233)


def _place(row: Person | Objective, place: tuple[float, float]) -> None:
    row.latitude, row.longitude = place
    row.position_precision = Precision.COMMUNE


def _job(room: Room, starts_on: date = date(2026, 12, 7)) -> int:
    objective_id = a_job(room.person.id, starts_on=starts_on, ends_on=starts_on + timedelta(days=90))
    with transaction() as session:
        _place(session.get_one(Person, room.person.id), HOME)
        _place(session.get_one(Objective, objective_id), WORK)
    return objective_id


def test_the_objective_answers_where_when_and_about_how_far(room: Room) -> None:
    _job(room)
    known = given(room.start())
    assert known["goal"] == ("job", Author.FILE)
    assert known["goal_on"] == ("2026-12-07", Author.FILE)
    assert known["goal_km"] == (13, Author.FILE)


def test_own_means_answer_how_the_person_goes_today(room: Room) -> None:
    objective_id = _job(room)
    for kind in (MeansKind.BUS, MeansKind.RELATIVE, MeansKind.WALK):
        means.add_own_means(
            objective_id=objective_id, kind=kind, weekdays=[list(MeansKind).index(kind)], there=True, back=True,
            starts_on=TODAY, note="", actor_id=room.adviser.id, now=NOW,
        )  # fmt: skip
    known = given(room.start())
    assert (known["uses"][0], known["lift"][0]) == ("often", "yes")
    assert "vehicle" not in known


def test_the_address_of_a_protected_file_tells_no_distance(room: Room) -> None:
    _job(room)
    with transaction() as session:
        row = session.get_one(Person, room.person.id)
        row.protected, row.protection_reason = True, "Demandé par la personne"
    db.session.expire_all()
    assert "goal_km" not in given(room.start())
