"""A point shown on the map: kept as « à peu près », judged by commune and road, and gone with the address it was of."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from mobility.accounts.models import AuditEntry
from mobility.accounts.policy import Role
from mobility.core.db import db, load, transaction
from mobility.desks.models import Desk
from mobility.geo import communes, engines
from mobility.geo.geocoding import Place, Precision, is_better
from mobility.people.models import Person
from tests.factories.accounts import make_user, signed_in
from tests.factories.desks import make_desk
from tests.factories.people import make_adviser, make_person
from tests.integration.people.pages import text_of, version_in

DENAIN, PIN = "59172", "50.33010, 3.39200"
NOWHERE = "50.18000, 3.70000"
ADDRESS = {"street": "12 rue de Villars", "commune": "Denain"}


@pytest.fixture
def house(app: Flask) -> SimpleNamespace:
    desk = make_desk(name="Denain")
    adviser = make_adviser(desk)
    return SimpleNamespace(desk=desk, adviser=adviser, client=signed_in(app, adviser))


def edit(house: SimpleNamespace, person: Person, **typed: str) -> Any:
    """Send the address form as it was opened, with these answers."""
    url = f"/personnes/{person.id}/adresse"
    page = house.client.get(url)
    return house.client.post(url, data={"version": version_in(page), **ADDRESS, **typed})


def placed(row: Any) -> tuple[Any, ...]:
    db.session.expire_all()
    fresh = load(type(row), row.id)
    return (fresh.latitude, fresh.longitude, fresh.position_precision)


CENTER = communes.get(DENAIN).position


@pytest.mark.parametrize(
    "typed", [PIN, "50,33010 ; 3,39200", "50,3301;3,392", "50.3301,3.392", "  50.33010   3.39200 ", "50.330100004, 3.392"]
)  # fmt: skip
def test_a_point_is_kept_as_it_was_shown_and_said_to_be_approximate(house: Any, typed: str) -> None:
    person = make_person(desk=house.desk)
    assert edit(house, person, pin=typed).status_code == 303
    assert placed(person) == (50.3301, 3.392, Precision.POINT)
    page = house.client.get(f"/personnes/{person.id}/adresse").text
    assert f'value="{PIN}"' in page
    shown = text_of(house.client.get(f"/personnes/{person.id}/fiche"))
    assert "position connue à peu près : un point choisi sur la carte" in shown


def test_a_point_stays_with_its_address_and_goes_with_it(house: Any) -> None:
    person = make_person(desk=house.desk)
    edit(house, person, pin=PIN)
    assert edit(house, person, pin=PIN, address_note="Porte bleue").status_code == 303
    assert placed(person)[2] is Precision.POINT
    # The browser sends the old point with the new street: it was another house's.
    assert edit(house, person, pin=PIN, street="3 rue Haute").status_code == 303
    assert placed(person) == (*CENTER, Precision.COMMUNE)
    assert edit(house, person, street="3 rue Haute", pin=PIN).status_code == 303
    assert placed(person)[2] is Precision.POINT
    assert edit(house, person, street="3 rue Haute", pin="").status_code == 303
    assert placed(person) == (*CENTER, Precision.COMMUNE)


def test_a_point_counts_more_than_what_was_found_and_less_than_a_house() -> None:
    assert not is_better(Precision.HOUSE, Precision.POINT)
    assert not is_better(Precision.POINT, Precision.HOUSE)
    assert is_better(Precision.HOUSE, Precision.COMMUNE)


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("là-bas", "Écrivez une latitude puis une longitude"),
        ("95.0, 3.4", "Écrivez une latitude puis une longitude"),
        ("50.3", "Écrivez une latitude puis une longitude"),
        ("nan, nan", "Écrivez une latitude puis une longitude"),
        ("1e1, 3", "Écrivez une latitude puis une longitude"),
        ("48.8566, 2.3522", "km de Denain. Déplacez le repère, ou corrigez la commune."),
        (NOWHERE, "trop loin d’une route"),
    ],
)
def test_a_point_that_cannot_be_is_refused_beside_its_field_with_all_that_was_typed(
    house: Any, typed: str, said: str
) -> None:
    person = make_person(desk=house.desk)
    answer = edit(house, person, pin=typed, address_note="Porte bleue")
    assert answer.status_code == 422
    assert said in text_of(answer)
    assert 'href="#pin"' in answer.text
    assert 'id="pin-error"' in answer.text
    assert f'value="{typed}"' in answer.text
    assert "Porte bleue" in answer.text
    assert placed(person) == (None, None, None)


def test_a_network_that_does_not_reach_the_commune_judges_no_point_of_it(house: Any) -> None:
    person = make_person(desk=house.desk)
    assert edit(house, person, commune="75056", pin="48.8566, 2.3522").status_code == 303
    assert placed(person) == (48.8566, 2.3522, Precision.POINT)


def test_the_map_is_offered_where_the_address_could_not_be_placed_alone(app: Flask, house: Any) -> None:
    person = make_person(desk=house.desk)
    url = f"/personnes/{person.id}/adresse"
    assert "data-map" not in house.client.get(url).text, "no commune yet"
    edit(house, person)
    assert f'data-ground="/carte/{DENAIN}/4.json"' in house.client.get(url).text
    assert "Réseau de démonstration" in house.client.get(url).text
    assert "Placer sur la carte" in house.client.get(f"/personnes/{person.id}/fiche").text
    before = app.extensions["mobility.geocoder"]
    app.extensions["mobility.geocoder"] = SimpleNamespace(
        locate=lambda street, *, insee_code: Place(CENTER, Precision.HOUSE, insee_code)
    )
    try:
        edit(house, person)
    finally:
        app.extensions["mobility.geocoder"] = before
    assert placed(person)[2] is Precision.HOUSE
    assert "data-map" not in house.client.get(url).text


def test_the_point_of_a_protected_home_asks_nothing_of_anybody(app: Flask, house: Any, monkeypatch: Any) -> None:
    monkeypatch.setitem(app.config, "MAP_TILES", "https://tiles.example.org/{z}/{x}/{y}.png")
    monkeypatch.setattr(engines, "in_use", lambda: pytest.fail("a server may stand outside the house"))
    person = make_person(desk=house.desk, protected_for=[house.adviser])
    edit(house, person)
    assert edit(house, person, pin=PIN).status_code == 303
    assert placed(person)[2] is Precision.POINT
    page = house.client.get(f"/personnes/{person.id}/adresse")
    assert "data-map-ground" in page.text
    assert "data-ground=" not in page.text
    assert "tiles.example.org" not in page.text + page.headers["Content-Security-Policy"]
    for path in ("fiche", ""):
        shown = house.client.get(f"/personnes/{person.id}/{path}".rstrip("/")).text
        assert "50.33010" not in shown
        assert "50.3301" not in shown
    other = signed_in(app, make_adviser(house.desk))
    assert other.get(f"/personnes/{person.id}/adresse").status_code == 404
    seen = db.session.scalars(select(AuditEntry.action).where(AuditEntry.person_id == person.id)).all()
    assert seen.count("person.address_seen") >= 3


def test_a_desk_is_shown_on_the_map_too(app: Flask) -> None:
    desk = make_desk("Denain")
    manager = signed_in(app, make_user(Role.MANAGER, desk_id=desk.id))
    url = f"/administration/antennes/{desk.id}/modifier"
    page = manager.get(url)
    assert f'data-ground="/carte/{DENAIN}/4.json"' in page.text
    typed = {"version": version_in(page), "name": "Denain", "kind": "main", "street": desk.street, "commune": "Denain"}
    refused = manager.post(url, data={**typed, "pin": NOWHERE})
    assert refused.status_code == 422
    assert "trop loin d’une route" in text_of(refused)
    assert manager.post(url, data={**typed, "pin": PIN}).status_code == 303
    assert placed(desk) == (50.3301, 3.392, Precision.POINT)
    assert "un point choisi sur la carte" in text_of(manager.get(f"/administration/antennes/{desk.id}"))
    typed["version"] = version_in(manager.get(url))
    assert manager.post(url, data={**typed, "pin": PIN, "street": "3 rue Haute"}).status_code == 303
    assert placed(desk) == (*CENTER, Precision.COMMUNE)


def test_a_position_without_its_precision_is_refused_by_the_database(app: Flask) -> None:
    desk = make_desk()
    with pytest.raises(IntegrityError, match="position_whole"), transaction() as session:
        session.get_one(Desk, desk.id).position_precision = None
