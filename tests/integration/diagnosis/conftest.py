"""A desk, its adviser and somebody to make a diagnosis with, on a Tuesday at ten."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from flask import Flask

from mobility.accounts.models import User
from mobility.accounts.policy import Role
from mobility.core import clock
from mobility.desks.models import Desk
from mobility.diagnosis import services
from mobility.diagnosis.rules import Author, Moment
from mobility.people.models import Person
from tests.factories.accounts import make_user
from tests.factories.desks import make_desk
from tests.factories.diagnosis import NOW
from tests.factories.people import make_person


@dataclass(frozen=True)
class Room:
    """Those who fill in a diagnosis."""

    desk: Desk
    adviser: User
    person: Person
    own: User

    def start(self, **values: Any) -> int:
        """Open a diagnosis by the adviser."""
        return services.start(
            **{"person_id": self.person.id, "moment": Moment.START, "actor_id": self.adviser.id, "now": NOW, **values}
        )

    def answer(self, diagnosis_id: int, **values: Any) -> services.Saved:
        """Answer as the adviser."""
        return services.save(
            diagnosis_id=diagnosis_id, values=values, author=Author.ADVISER, user_id=self.adviser.id, now=clock.now()
        )

    def tell(self, diagnosis_id: int, **values: Any) -> services.Saved:
        """Answer as the person, by a link."""
        return services.save(
            diagnosis_id=diagnosis_id, values=values, author=Author.PERSON, user_id=None, now=clock.now()
        )


@pytest.fixture
def tuesday() -> Iterator[None]:
    before, clock.source = clock.source, lambda: NOW
    yield
    clock.source = before


@pytest.fixture
def room(app: Flask, tuesday: None) -> Room:
    desk = make_desk("Denain")
    adviser = make_user(Role.ADVISER, desk_id=desk.id, name="Claire Dupont")
    person = make_person(desk=desk, first_name="Nadia", last_name="Benali", email="nadia@example.org")
    own = make_user(person_id=person.id, recipient_id=person.recipient_id, name="Nadia")
    return Room(desk, adviser, person, own)
