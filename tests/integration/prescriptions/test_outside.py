"""Somebody from a commune that no desk serves is no dead end; a draft is found again by e-mail."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from mobility.accounts.policy import Role
from mobility.notifications.models import ContactPoint, OutboxMessage
from mobility.prescriptions import errors, services, tokens
from mobility.prescriptions.kinds import Source
from mobility.prescriptions.models import Prescription, PrescriptionLink
from mobility.prescriptions.rules.states import State
from mobility.prescriptions.services.routing import NEAREST, desks_around
from tests.factories.accounts import make_user, signed_in
from tests.factories.prescriptions import DAY, NOW, House, receive
from tests.integration.prescriptions.test_pages import FORM

LILLE = "59350"


def text_of(answer: Any) -> str:
    return re.sub(r"\s+", " ", answer.get_data(as_text=True))


@pytest.fixture
def form_url(house: House, session: Session) -> str:
    link = services.make_link(organisation_id=house.organisation.id, label="Accueil", actor_id=None, now=NOW)
    return urlsplit(tokens.form_url(session.get_one(PrescriptionLink, link))).path


def test_the_nearest_desk_is_named_and_may_be_chosen(
    house: House, client: FlaskClient, session: Session, form_url: str
) -> None:
    typed = {**FORM, "commune": "Lille (59000)", "once": "1"}
    refused = client.post(form_url, data=typed)
    page = text_of(refused)
    assert refused.status_code == 422
    assert "Aucune de nos antennes n’intervient à Lille. La plus proche : " in page
    assert "Envoyer quand même à" in page
    assert "Je ne sais pas : choisissez pour moi" in page
    assert 'value="Nadia"' in page, "what was typed is kept"
    assert session.scalars(select(Prescription)).all() == []
    sent = client.post(form_url, data={**typed, "desk_id": house.other.id, "once": "2"})
    assert sent.status_code == 303
    row = session.scalars(select(Prescription)).one()
    assert (row.desk_id, row.outside, row.city, row.state) == (house.other.id, True, "Lille", State.RECEIVED)


def test_whoever_does_not_know_leaves_the_choice(
    house: House, client: FlaskClient, session: Session, form_url: str
) -> None:
    client.post(form_url, data={**FORM, "commune": "Lille (59000)", "desk_id": str(NEAREST), "once": "1"})
    row = session.scalars(select(Prescription)).one()
    assert row.desk_id == desks_around(LILLE)[0][0].id


def test_a_served_commune_asks_no_desk(house: House, client: FlaskClient, session: Session, form_url: str) -> None:
    assert "Envoyer quand même" not in text_of(client.get(form_url))
    assert client.post(form_url, data={**FORM, "once": "1"}).status_code == 303
    assert session.scalars(select(Prescription.outside)).all() == [False]


def test_a_desk_that_is_not_there_is_refused(house: House) -> None:
    for desk_id in (999_999, -1):
        with pytest.raises(errors.DeskNotChosen):
            receive(house, insee_code=LILLE, desk_id=desk_id)


def test_the_administrator_sees_where_people_came_from_and_no_names(app: Flask, house: House) -> None:
    number = receive(house, insee_code=LILLE, desk_id=NEAREST)
    receive(house, first_name="Ines")
    administrator = signed_in(app, make_user(Role.ADMINISTRATOR))
    page = text_of(administrator.get("/bannette/hors-territoire"))
    assert "Lille" in page
    assert f"n° {number}" in page
    assert "Lefèvre" not in page
    assert "Denain" in page
    assert f"/bannette/{number}" in text_of(signed_in(app, house.manager).get("/bannette/hors-territoire"))
    assert signed_in(app, house.adviser).get("/bannette/hors-territoire").status_code == 403
    assert "Hors territoire" in text_of(signed_in(app, house.adviser).get(f"/bannette/{number}"))


def test_the_link_to_a_draft_goes_to_its_author_once(
    house: House, client: FlaskClient, session: Session, form_url: str
) -> None:
    typed = {**FORM, "act": "draft", "commune": ""}
    kept = client.post(form_url, data={**typed, "referent_email": "laur", "once": "1"})
    draft = urlsplit(kept.location).path
    assert session.scalars(select(OutboxMessage)).all() == [], "half an address is no address"
    client.post(draft, data={**typed, "once": "2"})
    client.post(draft, data={**typed, "need_text": "Encore", "once": "3"})
    message = session.scalars(select(OutboxMessage)).one()
    assert message.template == "prescription_draft"
    assert urlsplit(message.params["url"]).path == draft
    assert "Nadia" not in str(message.params)
    assert "Nadia" in text_of(client.get(draft))
    # Sent: the mailbox of the draft is erased, that of the referent is made anew.
    assert client.post(draft, data={**FORM, "once": "4"}).status_code == 303
    row = session.scalars(select(Prescription)).one()
    points = session.scalars(select(ContactPoint.recipient_id).where(ContactPoint.value == FORM["referent_email"]))
    assert set(points) == {row.referent_recipient_id}


def test_a_draft_whose_time_is_over_leaves_no_mailbox(house: House, session: Session) -> None:
    services.save_draft(
        values={"referent_email": "laurent@mission.example"},
        origin=services.Origin(source=Source.ACCOUNT, organisation_id=house.organisation.id),
        now=NOW,
    )
    assert services.forget_drafts(now=NOW + 20 * DAY) == 1
    session.expire_all()
    assert session.scalars(select(ContactPoint).where(ContactPoint.value == "laurent@mission.example")).all() == []


def test_the_choice_of_the_desk_survives_in_a_draft(house: House, client: FlaskClient, form_url: str) -> None:
    typed = {**FORM, "act": "draft", "commune": "Lille (59000)", "desk_id": str(house.other.id), "once": "1"}
    draft = client.post(form_url, data=typed).location
    page = text_of(client.get(draft))
    assert f'value="{house.other.id}" selected' in page or f'selected value="{house.other.id}"' in page
