"""Browsers on the pages of the pathway: the staff's and the person's own, at a fixed time, with one aid."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient

from mobility.accounts.models import User
from mobility.accounts.policy import Role
from mobility.pathway import aid
from mobility.people.models import Person
from tests.factories.accounts import make_user, signed_in
from tests.factories.desks import make_desk
from tests.factories.pathway import NOW
from tests.factories.people import make_person


class TestAid:
    """An aid for the tests: what it is asked, it answers."""

    __test__ = False
    kind = "test_aid"
    label = "Véhicule d’essai"
    icon = "car-front"

    def assess(self, *, person_id: int, objective_id: int | None, period: aid.Period, now: datetime) -> aid.Offer:
        reason = aid.Reason("Le permis n’est pas vérifié.", "Montrez-le à l’antenne.", "licence")
        return aid.Offer(self.kind, self.label, (reason,), 2, 1500, {1: 4500})

    def open(self, *, step_id: int, actor_id: int | None, now: datetime) -> int:
        return step_id

    def url(self, ref: int) -> str:
        return f"/essais/{ref}"

    def fallback(self, *, objective_id: int, legs: Sequence[Any], now: datetime) -> Sequence[aid.Offer]:
        return ()

    def actions(self, *, person_id: int, actor: Any) -> Sequence[aid.Action]:
        return [aid.Action("Réserver un véhicule", "/essais/nouveau", "car-front", primary=True)]

    def alerts(self, *, person_id: int, now: datetime, for_person: bool) -> Sequence[aid.Alert]:
        text = "Votre droit finit vendredi" if for_person else "Le droit finit vendredi"
        return [aid.Alert(text, url="/essais/droit", action="Voir le droit")]


@pytest.fixture
def frozen(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The pages are read at NOW, and the only aid is that of the tests."""
    monkeypatch.setattr(aid, "_AIDS", {})
    aid.register(TestAid())
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
def manager(app: Flask, desk_id: int) -> FlaskClient:
    return signed_in(app, make_user(Role.MANAGER, desk_id=desk_id))


@pytest.fixture
def person(desk_id: int) -> Person:
    return make_person("Nadia", "Leroy", desk_id=desk_id)


@pytest.fixture
def own(app: Flask, person: Person) -> FlaskClient:
    return signed_in(app, make_user(person_id=person.id, recipient_id=person.recipient_id))
