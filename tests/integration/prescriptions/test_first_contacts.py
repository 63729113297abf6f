"""First contacts in the inbox: whose they are, how late, passed on, ended by what came of them."""

from __future__ import annotations

import re
from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from mobility.accounts.policy import Role
from mobility.people import services as people
from mobility.people.kinds import NoteKind
from mobility.people.models import ContactNote
from mobility.people.queries.duplicates import Scope
from mobility.prescriptions import services
from mobility.prescriptions.models import Prescription
from mobility.prescriptions.rules.states import State
from tests.factories.accounts import make_user, signed_in
from tests.factories.prescriptions import DAY, NOW, House, bring_to
from tests.integration.prescriptions.test_pages import FORM


def text_of(response: Any) -> str:
    return re.sub(r"\s+", " ", response.get_data(as_text=True))


def all_rows(session: Session) -> list[Prescription]:
    session.expire_all()
    return list(session.scalars(select(Prescription).order_by(Prescription.id)))


@pytest.fixture
def pages(app: Flask, house: House) -> SimpleNamespace:
    return SimpleNamespace(house=house, adviser=signed_in(app, house.adviser))


def test_a_first_contact_is_passed_on_and_ends_with_what_came_of_it(pages: SimpleNamespace, session: Session) -> None:
    house = pages.house
    note_id = people.note_contact(
        desk_id=house.desk.id, kind=NoteKind.CALL, caller_name="Mme Wattiez", caller_phone="06 39 98 12 34",
        text="Cherche une voiture.", callback_user_id=house.adviser.id, callback_due_on=NOW.date() - DAY,
        actor_id=house.adviser.id, now=NOW,
    )  # fmt: skip
    page = text_of(pages.adviser.get("/bannette"))
    assert "Attendu le 23/11/2026" in page
    assert house.adviser.display_name in page
    assert f"/appels/{note_id}/transmettre" in page
    empty = pages.adviser.post(f"/appels/{note_id}/rappeler", data={"outcome": " ", "once": "e"})
    assert empty.status_code == 422, "nothing ends without an outcome"
    answer = pages.adviser.post(
        f"/bannette/nouvelle?note={note_id}", data={**FORM, "organisation_id": "", "desk_id": "", "once": "n"}
    )
    assert answer.status_code == 303
    [row] = all_rows(session)
    note = session.get_one(ContactNote, note_id)
    assert (note.outcome, note.called_back_by_id) == (f"Orientation n° {row.id}", house.adviser.id)
    assert "Mme Wattiez" not in text_of(pages.adviser.get("/bannette"))
    # Its words are part of the file once there is one.
    services.accept(
        prescription_id=row.id, actor_id=house.adviser.id, now=NOW, new_file=True,
        scope=Scope(desk_ids=None, user_id=house.adviser.id),
    )  # fmt: skip
    session.expire_all()
    assert session.get_one(ContactNote, note_id).person_id == row.person_id


def test_a_note_of_others_opens_nothing(pages: SimpleNamespace, session: Session) -> None:
    house = pages.house
    note_id = people.note_contact(
        desk_id=house.other.id, kind=NoteKind.CALL, caller_name="M. Ailleurs", actor_id=house.manager.id, now=NOW,
        callback_user_id=make_user(Role.ADVISER, desk_id=house.other.id).id,
    )  # fmt: skip
    data = {**FORM, "organisation_id": "", "desk_id": "", "once": "n"}
    assert "Ailleurs" not in text_of(pages.adviser.get(f"/bannette/nouvelle?note={note_id}"))
    assert pages.adviser.post(f"/bannette/nouvelle?note={note_id}", data=data).status_code == 303
    assert all_rows(session)[0].contact_note_id is None
    assert session.get_one(ContactNote, note_id).called_back_at is None


def test_what_has_begun_stands_below_what_still_waits(pages: SimpleNamespace) -> None:
    bring_to(pages.house, State.STARTED, now=NOW - 20 * DAY, first_name="Commencee")
    bring_to(pages.house, State.RECEIVED, first_name="Attendue")
    page = text_of(pages.adviser.get("/bannette"))
    assert page.index("Attendue") < page.index("Commencee")
