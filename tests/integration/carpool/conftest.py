"""Browsers on the pages of carpooling: the staff's and the person's own, at a fixed time."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient

from mobility.accounts.models import User
from mobility.accounts.policy import Role
from mobility.people.models import Person
from tests.factories.accounts import make_user, signed_in
from tests.factories.carpool import NOW
from tests.factories.desks import make_desk
from tests.factories.people import make_person


@pytest.fixture
def frozen(app: Flask) -> Iterator[None]:
    """The pages are read at NOW."""
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def desk_id(app: Flask) -> int:
    return make_desk().id


@pytest.fixture
def adviser(app: Flask, desk_id: int) -> User:
    return make_user(Role.ADVISER, desk_id=desk_id)


@pytest.fixture
def staff(app: Flask, adviser: User) -> FlaskClient:
    return signed_in(app, adviser)


@pytest.fixture
def person(desk_id: int) -> Person:
    return make_person(
        "Nadia", "Leroy", desk_id=desk_id, phone="+33639980101", street="4 rue des Lilas", city="Raismes",
        postcode="59590", insee_code="59491", latitude=50.39, longitude=3.485, position_precision="street",
    )  # fmt: skip


@pytest.fixture
def own(app: Flask, person: Person) -> FlaskClient:
    return signed_in(app, make_user(person_id=person.id, recipient_id=person.recipient_id))
