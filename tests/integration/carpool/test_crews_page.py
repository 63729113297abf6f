"""A site and everybody who travels there: the page of its crews, with the cars that stay at home."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
import time_machine
from flask import Flask

from mobility.carpool import crews
from mobility.carpool.models import CarpoolBlock, CarpoolHub
from mobility.core.db import transaction
from mobility.desks.models import Desk
from mobility.pathway.patterns import parse_hours, to_json
from mobility.pathway.roster import Weekly
from tests.factories.accounts import make_user, signed_in
from tests.factories.carpool import a_colleague, a_hub, a_member, a_request, an_offer
from tests.factories.desks import make_desk
from tests.factories.people import make_person

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
MONDAY = date(2026, 11, 23)


@pytest.fixture(autouse=True)
def _sunday() -> Any:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def desk(app: Flask) -> Desk:
    return make_desk("Denain")


@pytest.fixture
def hub(desk: Desk) -> CarpoolHub:
    return a_hub(desk.id)


def page(app: Flask, hub: CarpoolHub, desk: Desk, **query: str) -> str:
    client = signed_in(app, make_user("manager", desk_id=desk.id))
    text: str = client.get(f"/covoiturage/lieux/{hub.id}/equipages", query_string=query).get_data(as_text=True)
    return text


def test_neighbours_of_one_shift_share_a_car(app: Flask, desk: Desk, hub: CarpoolHub) -> None:
    an_offer(a_colleague(desk, name="Sophie Lemaire"), hub_id=hub.id)
    an_offer(a_colleague(desk, name="Karim Benali"), hub_id=hub.id)
    a_request(a_member(make_person("Nadia", "Lefèvre", desk=desk)), hub_id=hub.id)
    found = crews.plan_day(hub, MONDAY)
    assert (found.cars_now, found.crews.cars, found.saved, found.crews.exact) == (2, 1, 1, True)
    text = page(app, hub, desk)
    assert "1 voiture reste à la maison" in text
    assert "Nadia" in text
    assert "On ne peut pas faire mieux." in text
    assert "data-map-shapes" in text


def test_other_hours_other_cars_and_a_block_keeps_apart(desk: Desk, hub: CarpoolHub) -> None:
    late = to_json(Weekly((*((parse_hours("13h-21h"),) * 5), (), ())))
    an_offer(a_colleague(desk), hub_id=hub.id)
    an_offer(a_colleague(desk), hub_id=hub.id, pattern=late)
    assert crews.plan_day(hub, MONDAY).crews.cars == 2
    third = a_colleague(desk)
    an_offer(third, hub_id=hub.id)
    assert crews.plan_day(hub, MONDAY).crews.cars == 2
    with transaction() as session:
        for other in (1, 2):
            session.add(CarpoolBlock(by_member_id=third.id, other_member_id=other, at=NOW))
    assert crews.plan_day(hub, MONDAY).crews.cars == 3


def test_protected_files_and_other_sites_are_not_there(app: Flask, desk: Desk, hub: CarpoolHub) -> None:
    hidden = make_person("Secret", desk=desk, protected_for=[make_user("adviser", desk_id=desk.id)])
    a_request(a_member(hidden), hub_id=hub.id)
    a_request(a_member(make_person(desk=desk)))
    assert "Personne ne va à ce lieu" in page(app, hub, desk)
    assert crews.days_of(hub, today=NOW.date()) == {}


def test_somebody_of_another_desk_is_counted_and_not_named(app: Flask, desk: Desk, hub: CarpoolHub) -> None:
    an_offer(a_colleague(desk, name="Sophie Lemaire"), hub_id=hub.id)
    a_request(a_member(make_person("Amadou", desk=make_desk("Douai"))), hub_id=hub.id)
    text = page(app, hub, desk)
    assert "une personne d’une autre antenne" in text
    assert "Amadou" not in text


def test_a_day_is_chosen_and_an_unreadable_one_is_the_next(app: Flask, desk: Desk, hub: CarpoolHub) -> None:
    an_offer(a_colleague(desk), hub_id=hub.id)
    days = crews.days_of(hub, today=NOW.date())
    assert list(days)[:2] == [MONDAY, date(2026, 11, 24)]
    assert 'value="2026-11-25" selected' in page(app, hub, desk, jour="2026-11-25")
    for wrong in ("yesterday", "2026-11-29", "0001-01-01"):
        assert 'value="2026-11-23" selected' in page(app, hub, desk, jour=wrong)


def test_whose_home_no_road_reaches_is_said(app: Flask, desk: Desk, hub: CarpoolHub) -> None:
    an_offer(a_colleague(desk), hub_id=hub.id)
    a_request(a_colleague(desk), hub_id=hub.id, origin_latitude=51.5, origin_longitude=2.0)
    found = crews.plan_day(hub, MONDAY)
    assert (found.lost, len(found.people)) == (1, 1)
    assert "trop loin d’une route" in page(app, hub, desk)
