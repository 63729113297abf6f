"""Beneficiaries sign in by a code, a link or a card; no answer tells who is known."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from mobility.accounts.errors import CodeRefused
from mobility.accounts.models import SignInCode, User
from mobility.accounts.services import codes
from mobility.core import clock
from mobility.core.db import end_read
from mobility.notifications.kinds import Channel, Holder
from mobility.notifications.models import ContactPoint, OutboxMessage
from mobility.people.directory import PeopleDirectory
from mobility.people.models import Person
from mobility.people.services import contacts
from tests.factories.pathway import a_person

PHONE = "+33639981234"
SECRET = "coquelicot 59"


@pytest.fixture
def person_id(app: Flask, session: Session) -> int:
    app.extensions.setdefault("mobility.accounts.directory", PeopleDirectory())
    return a_person(first_name="Nadia", last_name="Lefèvre", born_on=date(1994, 3, 2))


def _phone(person_id: int, session: Session, holder: Holder = Holder.SELF) -> None:
    shared = holder is not Holder.SELF
    contacts.add_contact(
        person_id=person_id,
        channel=Channel.SMS,
        value=PHONE,
        holder=holder,
        holder_name="Voisine" if shared else "",
        actor_id=None,
        now=clock.now(),
        second_secret=SECRET if shared else None,
    )
    end_read()


def _message(session: Session) -> OutboxMessage:
    end_read()
    return session.scalars(select(OutboxMessage).order_by(OutboxMessage.id.desc())).first()


def test_a_code_by_sms_opens_the_space(client: FlaskClient, person_id: int, session: Session) -> None:
    _phone(person_id, session)
    answer = client.post("/connexion", data={"contact": "06 39 98 12 34"})
    assert answer.headers["Location"] == "/connexion/code"
    code = _message(session).params["code"]
    assert client.post("/connexion/code", data={"code": "000 000"}).status_code == 422
    answer = client.post("/connexion/code", data={"code": code})
    assert answer.status_code == 303, answer.text
    user = session.scalars(select(User).where(User.person_id == person_id)).one()
    assert user.display_name == "Nadia Lefèvre"
    assert client.get("/compte").status_code == 200
    end_read()
    assert session.scalars(select(ContactPoint).where(ContactPoint.value == PHONE)).one().verified_at is not None


def test_a_code_serves_once(client: FlaskClient, person_id: int, session: Session) -> None:
    _phone(person_id, session)
    client.post("/connexion", data={"contact": PHONE})
    code = _message(session).params["code"]
    other = client.application.test_client()
    with client.session_transaction() as mine, other.session_transaction() as theirs:
        theirs["code_id"] = mine["code_id"]
    assert client.post("/connexion/code", data={"code": code}).status_code == 303
    assert other.post("/connexion/code", data={"code": code}).status_code == 422


def test_the_link_shows_a_button_and_acts_on_the_button_only(
    client: FlaskClient, person_id: int, session: Session
) -> None:
    _phone(person_id, session)
    client.post("/connexion", data={"contact": PHONE})
    link = _message(session).params["link"]
    path = link[link.index("/connexion/lien/") :]
    reader = client.application.test_client()
    for _ in range(3):
        assert reader.get(path).status_code == 200
    end_read()
    assert session.scalars(select(SignInCode)).one().used_at is None
    assert reader.post(path).status_code == 303
    assert reader.get("/compte").status_code == 200
    assert client.application.test_client().post(path).status_code == 422


@pytest.mark.parametrize("contact", ["06 39 98 99 99", "personne@inconnue.example"])
def test_an_unknown_contact_gets_the_same_page_and_no_message(
    client: FlaskClient, person_id: int, session: Session, contact: str
) -> None:
    assert client.post("/connexion", data={"contact": contact}).headers["Location"] == "/connexion/code"
    assert _message(session) is None
    assert client.post("/connexion/code", data={"code": "123456"}).status_code == 422


@pytest.mark.parametrize(
    "contact",
    ["", "bonjour", "a@b", "@", "0" * 10_000, "x" * 10_000 + "@y.fr", "1 85 12 59 123 456 78", "\u202e@\U0001f697.fr"],
)
def test_what_is_no_contact_gets_a_sentence(client: FlaskClient, person_id: int, contact: str) -> None:
    assert client.post("/connexion", data={"contact": contact}).status_code == 422


def test_five_wrong_codes_spend_the_right_one(client: FlaskClient, person_id: int, session: Session) -> None:
    _phone(person_id, session)
    client.post("/connexion", data={"contact": PHONE})
    code = _message(session).params["code"]
    for _ in range(5):
        client.post("/connexion/code", data={"code": "999999" if code.replace(" ", "") != "999999" else "111111"})
    assert client.post("/connexion/code", data={"code": code}).status_code == 422


def test_an_old_code_is_refused(app: Flask, person_id: int, session: Session) -> None:
    _phone(person_id, session)
    now = clock.now()
    sent = codes.send_code(channel=Channel.SMS, value=PHONE, address="a", now=now)
    code = _message(session).params["code"]
    with pytest.raises(CodeRefused):
        codes.sign_in_by_code(
            public_id=sent.public_id, code=code, secret=None, address="a", now=now + timedelta(minutes=16)
        )


def test_codes_are_not_sent_without_end(client: FlaskClient, person_id: int, session: Session) -> None:
    _phone(person_id, session)
    for _ in range(4):
        assert client.post("/connexion", data={"contact": PHONE}).status_code == 303
    answer = client.post("/connexion", data={"contact": PHONE})
    assert answer.status_code == 422
    assert "Attendez" in answer.text


def test_a_shared_phone_asks_for_the_persons_own_secret(client: FlaskClient, person_id: int, session: Session) -> None:
    _phone(person_id, session, Holder.SHARED)
    client.post("/connexion", data={"contact": PHONE})
    code = _message(session).params["code"]
    asked = client.post("/connexion/code", data={"code": code})
    assert asked.status_code == 422
    assert "plusieurs personnes" in asked.text
    assert client.post("/connexion/code", data={"code": code, "secret": "pivoine 12"}).status_code == 422
    assert client.post("/connexion/code", data={"code": code, "secret": "Coquelicot 59"}).status_code == 303


def test_two_people_with_one_phone_are_told_apart_by_their_secret(
    client: FlaskClient, person_id: int, session: Session
) -> None:
    other_id = a_person(first_name="Sofiane", last_name="Caron", born_on=date(1990, 1, 1))
    _phone(person_id, session, Holder.SHARED)
    contacts.add_contact(
        person_id=other_id,
        channel=Channel.SMS,
        value=PHONE,
        holder=Holder.SHARED,
        holder_name="Famille",
        actor_id=None,
        now=clock.now(),
        second_secret="tournesol 62",
    )
    end_read()
    client.post("/connexion", data={"contact": PHONE})
    code = _message(session).params["code"]
    assert client.post("/connexion/code", data={"code": code, "secret": "tournesol 62"}).status_code == 303
    assert session.scalars(select(User).where(User.person_id == other_id)).one()
    assert session.scalars(select(User).where(User.person_id == person_id)).first() is None


def test_a_paper_card_opens_the_space_with_the_secret_only(client: FlaskClient, person_id: int) -> None:
    card = contacts.make_card(person_id=person_id, actor_id=None, now=clock.now(), second_secret=SECRET)
    end_read()
    shown = f"{card[:4]}-{card[4:8]}-{card[8:]}".lower()
    assert client.post("/connexion/carte", data={"card": shown, "secret": "pivoine 12"}).status_code == 422
    assert client.post("/connexion/carte", data={"card": "XXXX-YYYY-ZZZZ", "secret": SECRET}).status_code == 422
    assert client.post("/connexion/carte", data={"card": shown, "secret": SECRET}).status_code == 303


def test_a_lost_card_is_throttled(client: FlaskClient, person_id: int) -> None:
    card = contacts.make_card(person_id=person_id, actor_id=None, now=clock.now(), second_secret=SECRET)
    end_read()
    for _ in range(6):
        client.post("/connexion/carte", data={"card": card, "secret": "pivoine 12"})
    answer = client.post("/connexion/carte", data={"card": card, "secret": SECRET})
    assert answer.status_code == 422
    assert "Attendez" in answer.text


def test_an_erased_file_signs_nobody_in(app: Flask, person_id: int, session: Session) -> None:
    _phone(person_id, session)
    point = session.scalars(select(ContactPoint).where(ContactPoint.value == PHONE)).one()
    directory = PeopleDirectory()
    assert [c.person_id for c in directory.by_contact_points([point.id])] == [person_id]
    from mobility.core.db import transaction

    other_id = a_person(first_name="Autre", last_name="Fiche", born_on=date(1990, 1, 1))
    with transaction() as writing:
        row = writing.get(Person, person_id)
        row.merged_into_id, row.merged_at = other_id, clock.now()
    assert directory.by_contact_points([point.id]) == []
