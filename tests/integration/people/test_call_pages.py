"""The pages of calls: noted, attached to a file, passed on, called back."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from mobility.core import clock
from mobility.core.db import db
from mobility.people import services
from mobility.people.kinds import NoteKind
from mobility.people.models import ContactNote
from tests.factories.people import make_person
from tests.integration.people.pages import NOW, text_of


def test_a_call_is_noted_attached_and_called_back(house: Any) -> None:
    assert house.client.get("/appels/noter").status_code == 200
    assert house.client.post("/appels/noter", data={"kind": "call", "desk_id": house.desk.id}).status_code == 422
    noted = house.client.post(
        "/appels/noter",
        data={
            "kind": "call",
            "desk_id": house.desk.id,
            "caller_name": "Amel",
            "caller_phone": "06 39 98 12 34",
            "text": "Demande la voiture",
            "callback_user_id": house.adviser.id,
        },
    )
    assert noted.status_code == 303
    note = db.session.scalars(select(ContactNote)).one()
    assert note.callback_due_on == clock.today()
    assert "Demande la voiture" in text_of(house.client.get("/appels"))
    assert "Demande la voiture" not in text_of(house.chief.get("/appels"))
    assert "Demande la voiture" in text_of(house.chief.get("/appels?voir=tous"))
    suggested = text_of(house.client.get(noted.location))
    assert "Rattacher à Amel Benali" in suggested
    assert 'value="06 39 98 12 34"' in suggested
    assert "+336" not in suggested
    attach = house.client.post(f"/appels/{note.id}/rattacher", data={"person_id": house.person.id})
    assert attach.status_code == 303
    assert house.client.get(f"/appels/{note.id}/transmettre").status_code == 200
    moved = {"callback_user_id": house.manager.id, "callback_due_on": "2026-12-01"}
    assert house.client.post(f"/appels/{note.id}/transmettre", data=moved).status_code == 303
    assert house.chief.get(f"/appels/{note.id}/rappeler").status_code == 200
    assert house.chief.post(f"/appels/{note.id}/rappeler", data={"outcome": "C’est réglé"}).status_code == 303
    assert "C’est réglé" in text_of(house.client.get(f"/personnes/{house.person.id}/fiche"))
    assert house.chief.post(f"/appels/{note.id}/rappeler", data={}).status_code == 422
    assert "Demande la voiture" in text_of(house.client.get("/appels?voir=notes"))


@pytest.mark.parametrize("chosen", ["", "abc", "0", "-4", "99999999999999999999"])
def test_a_note_goes_only_into_a_file_that_one_may_open(house: Any, chosen: str) -> None:
    note_id = services.note_contact(
        desk_id=house.desk.id, kind=NoteKind.CALL, actor_id=house.adviser.id, now=NOW, caller_name="Zoé"
    )
    assert house.client.post(f"/appels/{note_id}/rattacher", data={"person_id": chosen}).status_code == 404
    far = make_person()
    assert house.client.post(f"/appels/{note_id}/rattacher", data={"person_id": far.id}).status_code == 404
