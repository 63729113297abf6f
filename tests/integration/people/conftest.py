"""A desk with its adviser, its manager and a file."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from flask import Flask

from mobility.accounts.policy import Role
from tests.factories.accounts import signed_in
from tests.factories.desks import make_desk
from tests.factories.people import make_adviser, make_person


@pytest.fixture
def house(app: Flask) -> SimpleNamespace:
    desk = make_desk(name="Denain")
    adviser, manager = make_adviser(desk, name="Alice Conseil"), make_adviser(desk, name="Mona Chef", role=Role.MANAGER)
    person = make_person("Amel", "Benali", desk=desk, phone="+33639981234", email="amel@exemple.fr", city="Denain")
    return SimpleNamespace(
        desk=desk,
        adviser=adviser,
        manager=manager,
        person=person,
        client=signed_in(app, adviser),
        chief=signed_in(app, manager),
    )
