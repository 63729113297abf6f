"""Hours are offered when the person can be there: said by them or their adviser, with the way by road."""

from __future__ import annotations

import re
from datetime import time, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import insert

from mobility.agenda import errors, offers, services
from mobility.agenda.models import AgendaReach
from mobility.agenda.queries import ways
from mobility.agenda.reach import Means, Reach
from mobility.agenda.services.messages import INVITATION_PURPOSE
from mobility.core import links
from mobility.core.clock import in_paris
from mobility.core.db import db, transaction
from mobility.desks.models import Desk
from mobility.people.lifecycle import parts
from mobility.people.models import Person
from tests.factories.agenda import NOW, Agenda, hours_later, make_agenda
from tests.integration.agenda.test_constraints import attempt

pytestmark = pytest.mark.usefixtures("app")


def say(scene: Agenda, **values: Any) -> None:
    services.say_reach(person_id=scene.person.id, said=Reach(**values), actor_id=None, now=NOW)


def offered(scene: Agenda, *, every: bool = False) -> tuple[set[str], str]:
    """Return the hours of the clock that are offered, and the sentence."""
    person = None if every else db.session.get_one(Person, scene.person.id, populate_existing=True)
    found = offers.online(scene.first, desk_id=scene.desk.id, now=NOW, person=person)
    return {f"{in_paris(slot.starts_at):%a %H}" for slot in found.slots}, found.left_out.replace("\u00a0", " ")


def place(scene: Agenda) -> None:
    """Put the person about three kilometres from the desk, on the roads of the demonstration."""
    with transaction() as session:
        desk, person = session.get_one(Desk, scene.desk.id), session.get_one(Person, scene.person.id)
        assert desk.longitude is not None
        assert desk.latitude is not None
        person.longitude, person.latitude = desk.longitude + 0.03, desk.latitude + 0.01
        person.position_precision = desk.position_precision


def test_hours_that_cannot_be_reached_are_left_out_and_said() -> None:
    scene = make_agenda()
    assert offered(scene)[1] == ""
    say(scene, no_days=frozenset({2}), leave_from=time(10))
    hours, why = offered(scene)
    assert "Wed 10" not in hours
    assert "Thu 09" not in hours
    assert "Thu 10" in hours
    assert why == "pas le mercredi ; départ de chez vous à partir de 10 h"
    assert "Thu 09" in offered(scene, every=True)[0]


def test_the_way_by_road_counts_at_the_speed_of_who_comes() -> None:
    scene = make_agenda()
    place(scene)
    person = db.session.get_one(Person, scene.person.id)
    walked, driven = (ways.way_to(person, scene.desk.id, means) for means in (Means.WALK, Means.OWN))
    assert walked is not None
    assert driven is not None
    assert walked > 3 * driven
    assert ways.way_to(person, scene.desk.id, Means.BUS) is None
    say(scene, means=Means.WALK, leave_from=time(9))
    hours, why = offered(scene)
    assert "Thu 09" not in hours
    assert f"environ {int(walked.total_seconds() // 60)} min de trajet à pied" in why
    say(scene, means=Means.WALK, leave_from=time(8))
    assert ("Thu 09" in offered(scene)[0]) is (walked <= timedelta(hours=1))


def test_calls_are_not_sifted() -> None:
    scene = make_agenda()
    say(scene, no_days=frozenset({2}))
    with transaction() as session:
        session.merge(scene.first).place = "phone"
    assert offered(scene)[1] == ""


@pytest.mark.parametrize(
    ("values", "refusal"),
    [
        ({"no_days": frozenset(range(5))}, errors.NoDayLeft),
        ({"leave_from": time(12), "home_by": time(12)}, errors.ReachBackwards),
    ],
)
def test_what_cannot_be_meant(values: dict[str, Any], refusal: type[Exception]) -> None:
    with pytest.raises(refusal):
        say(make_agenda(), **values)
    assert db.session.query(AgendaReach).count() == 0


def test_the_database_knows_the_order_of_a_day() -> None:
    scene = make_agenda()
    row = {"person_id": scene.person.id, "no_days": [], "leave_from": time(12), "home_by": time(9), "said_at": NOW}
    attempt(insert(AgendaReach).values(row), "day_in_order")


def test_saying_nothing_any_more_forgets_it_and_bus_hours_go_with_the_bus() -> None:
    scene = make_agenda()
    say(scene, means=Means.BUS, first_bus=time(9, 20))
    say(scene, means=Means.WALK, first_bus=time(9, 20))
    found = ways.find_reach(scene.person.id)
    assert found is not None
    assert found.first_bus is None
    say(scene)
    assert ways.find_reach(scene.person.id) is None


def test_a_merge_keeps_what_was_said_last_and_erasure_forgets() -> None:
    scene = make_agenda()
    other = scene.another()
    say(scene, no_days=frozenset({1}))
    services.say_reach(person_id=other.id, said=Reach(no_days=frozenset({4})), actor_id=None, now=hours_later(1))
    part = next(one for one in parts() if one.room == "agenda")
    assert part.merge is not None
    assert part.erase is not None
    assert part.export is not None
    part.merge(kept_id=scene.person.id, merged_id=other.id, now=hours_later(2))
    db.session.expire_all()
    found = ways.find_reach(scene.person.id)
    assert found is not None
    assert (found.no_days, ways.find_reach(other.id)) == ([4], None)
    told = next(one for one in part.export(person_id=scene.person.id) if one.title.startswith("Quand"))
    assert [row["days"] for row in told.rows] == ["vendredi"]
    part.erase(person_id=scene.person.id, now=hours_later(3))
    assert ways.find_reach(scene.person.id) is None


def test_said_behind_the_link_of_an_invitation(app: Flask, at_now: Any) -> None:
    scene = make_agenda()
    payload = {"p": scene.person.id, "t": scene.first.id, "d": scene.desk.id}
    link = f"/rdv/choisir/{links.sign(INVITATION_PURPOSE, payload, now=NOW, lifetime=timedelta(days=9))}"
    client = app.test_client()
    assert f"{link}/venir" in client.get(link).text
    wrong = client.post(f"{link}/venir", data={"leave_from": "12:00", "home_by": "9:00"})
    assert wrong.status_code == 422
    assert "12" in wrong.text
    answer = client.post(f"{link}/venir", data={"no_days": ["2"], "means": "bus", "first_bus": "10:15"})
    assert answer.status_code == 303
    page = client.get(link).text.replace("\u00a0", " ")
    assert "Certaines heures ne sont pas affichées : pas le mercredi ; premier bus arrivé à 10 h 15" in page
    assert "jeudi 26 novembre à 11 h" in page
    assert "jeudi 26 novembre à 10 h" not in re.sub(r"10 h 15", "", page)
    assert "jeudi 26 novembre à 10 h" in client.get(f"{link}?toutes=1").text.replace("\u00a0", " ")
