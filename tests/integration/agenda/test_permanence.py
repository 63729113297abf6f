"""A part-time desk in a town hall: an adviser who is there every other week, and how to find the room."""

from __future__ import annotations

from datetime import date, time, timedelta

import pytest
from flask import Flask

from mobility.accounts.models import UserGrant
from mobility.accounts.policy import Role
from mobility.agenda import queries
from mobility.core.clock import day_of
from mobility.core.db import transaction
from mobility.desks.rules import DeskKind
from tests.factories.accounts import make_user, signed_in
from tests.factories.agenda import NOW, a_person_at, a_type, an_opening, make_agenda
from tests.factories.desks import make_desk
from tests.integration.loans.pages import ok

pytestmark = pytest.mark.usefixtures("at_now")
NOTE = "En mairie, salle des mariages : sonnez à l’accueil."


def test_hours_are_offered_where_and_when_the_permanence_is_held(app: Flask) -> None:
    scene = make_agenda()
    hall = make_desk(
        "Permanence d’Escaudain", insee_code="59205", kind=DeskKind.PART_TIME, days=[1],
        ranges=[(time(9), time(12))], place_note=NOTE,
    )  # fmt: skip
    with transaction() as session:
        session.add(UserGrant(user_id=scene.adviser.id, role=Role.ADVISER, desk_id=hall.id))
    a_type(label="Suivi en mairie", desk_id=hall.id, by_person=True)
    an_opening(scene.adviser, hall, weekdays=[1], every_weeks=2, starts_on=date(2026, 12, 1))
    person = a_person_at(hall, scene.adviser)
    meeting = next(one for one in queries.list_types() if one.label == "Suivi en mairie")
    slots = queries.offered_slots(meeting, [hall.id], from_at=NOW, until_at=NOW + timedelta(days=40))
    days = sorted({day_of(slot.starts_at) for slot in slots})
    assert days == [date(2026, 12, 1), date(2026, 12, 15), date(2026, 12, 29)]

    client = signed_in(app, make_user(person_id=person.id, recipient_id=person.recipient_id))
    page = ok(client.get(f"/mon-espace/rendez-vous/nouveau/{meeting.id}"))
    assert "mardi 1er décembre" in page
    assert "mardi 8 décembre" not in page
    visit_id = scene.book(
        person_id=person.id, type_id=meeting.id, desk_id=hall.id, starts_at=slots[0].starts_at, now=NOW
    )
    page = ok(client.get(f"/mon-espace/rendez-vous/{visit_id}"))
    assert "Permanence d’Escaudain" in page
    assert NOTE in page
