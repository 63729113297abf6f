"""Addresses that are saved are placed on the map: of people and of objectives, and never those of protected files."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from mobility.core.db import db, in_transaction, load, transaction
from mobility.geo import communes
from mobility.geo.distance import Position
from mobility.geo.geocoding import (
    CommuneGeocoder,
    Place,
    Precision,
    approximate_words,
    find_place,
    is_better,
    position_columns,
)
from mobility.pathway.models import Objective
from mobility.people.models import Person
from tests.factories.accounts import signed_in
from tests.factories.desks import make_desk
from tests.factories.people import make_adviser, make_person
from tests.integration.pathway.pages import objective_data
from tests.integration.people.pages import identity, text_of, version_in

HERE = Position(50.3321, 3.3911)
ADDRESS = {"street": "12 rue de Villars", "commune": "Denain"}


class Outside:
    """A geocoder that stands for one outside the house: it knows every street, and keeps what it was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str]] = []
        self.down = False

    def locate(self, street: str, *, insee_code: str) -> Place | None:
        assert not in_transaction()
        assert not db.session.in_transaction()  # no connection is held while the answer is waited for
        self.asked.append((street, insee_code))
        if self.down:
            return CommuneGeocoder().locate(street, insee_code=insee_code)
        return Place(HERE, Precision.HOUSE, insee_code)


@pytest.fixture
def outside(app: Flask) -> Iterator[Outside]:
    before = app.extensions["mobility.geocoder"]
    app.extensions["mobility.geocoder"] = found = Outside()
    yield found
    app.extensions["mobility.geocoder"] = before


@pytest.fixture
def house(app: Flask, outside: Outside) -> SimpleNamespace:
    desk = make_desk(name="Denain")
    adviser = make_adviser(desk)
    return SimpleNamespace(desk=desk, adviser=adviser, client=signed_in(app, adviser))


def placed(row: Any) -> tuple[Any, ...]:
    db.session.expire_all()
    fresh = load(type(row), row.id)
    return (fresh.latitude, fresh.longitude, fresh.position_precision)


def edit(house: SimpleNamespace, person: Person, **values: str) -> Any:
    url = f"/personnes/{person.id}/adresse"
    version = version_in(house.client.get(url))
    return house.client.post(url, data={**ADDRESS, "version": version, **values})


def test_the_address_of_a_new_file_is_placed_at_the_house(house: Any, outside: Outside) -> None:
    data = identity(desk_id=str(house.desk.id), **ADDRESS)
    assert house.client.post("/personnes/nouvelle", data=data).status_code == 303
    person = db.session.scalars(select(Person).where(Person.last_name == "Martin")).one()
    assert placed(person) == (*HERE, Precision.HOUSE)
    assert outside.asked == [("12 rue de Villars", "59172")]
    assert "à peu près" not in text_of(house.client.get(f"/personnes/{person.id}/fiche"))


def test_an_edited_address_is_placed_and_one_that_is_refused_is_not_asked_about(house: Any, outside: Outside) -> None:
    person = make_person(desk=house.desk)
    assert edit(house, person, commune="Nullepart").status_code == 422
    assert outside.asked == []
    assert edit(house, person).status_code == 303
    assert placed(person) == (*HERE, Precision.HOUSE)


def test_without_an_answer_the_page_says_that_the_position_is_approximate(house: Any, outside: Outside) -> None:
    outside.down = True
    person = make_person(desk=house.desk)
    assert edit(house, person).status_code == 303
    assert placed(person) == (*communes.get("59172").position, Precision.COMMUNE)
    for path in ("fiche", "adresse", ""):
        page = text_of(house.client.get(f"/personnes/{person.id}/{path}".rstrip("/")))
        assert "osition connue à peu près : le centre de la commune" in page
    outside.down = False
    assert edit(house, person).status_code == 303
    assert placed(person) == (*HERE, Precision.HOUSE)


def test_an_address_that_did_not_move_keeps_its_place_while_nobody_answers(house: Any, outside: Outside) -> None:
    person = make_person(desk=house.desk)
    edit(house, person)
    outside.down = True
    assert edit(house, person, address_note="Porte bleue").status_code == 303
    assert placed(person) == (*HERE, Precision.HOUSE)
    assert edit(house, person, street="14 rue de Villars").status_code == 303
    assert placed(person)[2] is Precision.COMMUNE


def test_an_address_without_street_or_without_commune_is_not_asked_about(house: Any, outside: Outside) -> None:
    person = make_person(desk=house.desk)
    assert edit(house, person, street="").status_code == 303
    assert placed(person)[2] is Precision.COMMUNE
    assert edit(house, person, commune="").status_code == 303
    assert placed(person) == (None, None, None)
    assert outside.asked == []


def test_the_address_of_a_protected_file_never_leaves_the_house(house: Any, outside: Outside) -> None:
    person = make_person(desk=house.desk, protected_for=[house.adviser])
    assert edit(house, person).status_code == 303
    assert placed(person) == (*communes.get("59172").position, Precision.COMMUNE)
    page = house.client.post(f"/personnes/{person.id}/objectifs/nouveau", data=objective_data())
    assert page.status_code == 303
    objective = db.session.scalars(select(Objective)).one()
    assert placed(objective)[2] is Precision.COMMUNE
    typed = objective_data(street="2 rue du Parc", version=str(objective.version))
    assert house.client.post(f"/objectifs/{objective.id}/modifier", data=typed).status_code == 303
    assert load(Objective, objective.id).street == "2 rue du Parc"
    assert outside.asked == []


def test_an_objective_is_placed_where_it_is(house: Any, outside: Outside) -> None:
    person = make_person(desk=house.desk)
    url = f"/personnes/{person.id}/objectifs/nouveau"
    assert house.client.post(url, data=objective_data(title="x" * 1_000)).status_code == 422
    assert outside.asked == []
    assert house.client.post(url, data=objective_data()).status_code == 303
    objective = db.session.scalars(select(Objective)).one()
    assert outside.asked == [("1 rue du Parc", "59447")]
    assert placed(objective) == (*HERE, Precision.HOUSE)
    outside.down = True
    edit_url = f"/objectifs/{objective.id}/modifier"
    typed = objective_data(title="Autre", version=str(load(Objective, objective.id).version))
    assert house.client.post(edit_url, data=typed).status_code == 303
    assert placed(objective) == (*HERE, Precision.HOUSE)
    moved = objective_data(street="9 rue Haute", version=str(load(Objective, objective.id).version))
    assert house.client.post(edit_url, data=moved).status_code == 303
    assert placed(objective) == (*communes.get("59447").position, Precision.COMMUNE)
    page = text_of(house.client.get(f"/personnes/{person.id}"))
    assert "9 rue Haute, 59264 Onnaing (position connue à peu près : le centre de la commune)" in page


def test_the_geocoder_is_never_asked_inside_a_transaction(app: Flask, outside: Outside) -> None:
    with transaction(), pytest.raises(RuntimeError):
        find_place("12 rue de Villars", insee_code="59172")
    assert outside.asked == []


def test_a_place_of_another_commune_counts_for_nothing(app: Flask) -> None:
    elsewhere = Place(HERE, Precision.HOUSE, "59606")
    assert position_columns(elsewhere, insee_code="59172")["position_precision"] is Precision.COMMUNE
    assert set(position_columns(elsewhere, insee_code=None).values()) == {None}
    assert set(position_columns(None, insee_code="00000").values()) == {None}


@pytest.mark.parametrize("known", [None, *Precision])
@pytest.mark.parametrize("found", [None, *Precision])
def test_only_the_address_itself_is_better_than_a_guess(known: Precision | None, found: Precision | None) -> None:
    exact = {Precision.HOUSE, Precision.STREET}
    # A point is shown by somebody who knows better than any search.
    assert is_better(known, found) == (known in exact and found not in {*exact, Precision.POINT})
    assert bool(approximate_words(found)) == (found is not None and found not in exact)
