"""Six months after the exit: one message, one reminder, one answer by one button; else the adviser calls."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from mobility.accounts.models import User
from mobility.accounts.policy import Role
from mobility.core.clock import at_paris
from mobility.core.db import db, transaction
from mobility.journal.models import JournalEntry
from mobility.notifications.models import OutboxMessage
from mobility.participation import services
from mobility.participation.errors import LaterAnswered, LaterTooEarly
from mobility.participation.jobs import ask
from mobility.participation.models import Departure
from mobility.participation.rules.exits import Later
from mobility.people.models import Person
from tests.factories.accounts import make_user, signed_in
from tests.factories.desks import make_desk
from tests.factories.participation import NOW, a_departure
from tests.factories.people import make_person
from tests.integration.loans.pages import ok

pytestmark = pytest.mark.usefixtures("at_now")
LEFT = date(2026, 5, 20)  # the question is due on 20 November, four days before NOW
DAY = timedelta(days=1)


@pytest.fixture
def scene(app: Flask) -> tuple[User, Person, Departure]:
    desk = make_desk("Denain")
    adviser = make_user(Role.ADVISER, desk_id=desk.id, name="Claire Dupont")
    person = make_person("Amel", "Benali", desk=desk, referent_user_id=adviser.id, email="amel@example.org")
    return adviser, person, a_departure(person.id, left_on=LEFT)


def messages() -> list[OutboxMessage]:
    db.session.expire_all()
    return list(db.session.scalars(select(OutboxMessage).order_by(OutboxMessage.id)))


def the_link() -> str:
    return "/" + str(messages()[-1].params["link"]).split("/", 3)[3]


def row() -> Departure:
    db.session.expire_all()
    return db.session.scalars(select(Departure)).one()


def test_the_person_answers_by_one_button_without_signing_in(app: Flask, scene: Any, client: Any) -> None:
    assert ask(NOW) == {"asked": 1, "reminded": 0, "left": 0}
    assert ask(NOW) == {"asked": 0, "reminded": 0, "left": 0}, "once"
    page = ok(client.get(the_link()))
    for words in ("Je travaille", "Je suis en formation", "Je cherche un emploi", "Autre", "Je ne veux pas répondre"):
        assert words in page
    assert "Amel" not in page, "whoever shares the phone learns no name"
    assert "Benali" not in page
    assert row().later is None, "a link that is opened answers nothing"
    assert "Votre réponse est notée" in ok(client.post(the_link(), data={"answer": "training"}))
    assert (row().later, row().later_by_id) == (Later.TRAINING, None)
    assert "Votre réponse est notée" in ok(client.post(the_link(), data={"answer": "work"}))
    assert row().later is Later.TRAINING, "the first answer stands"
    assert ask(NOW + 30 * DAY)["reminded"] == 0
    kinds = list(db.session.scalars(select(JournalEntry.kind).order_by(JournalEntry.id)))
    assert kinds == ["departure.asked", "departure.later_training"]


@pytest.mark.parametrize("data", [{}, {"answer": "holidays"}, {"answer": ""}])
def test_something_else_than_a_button_answers_nothing(
    app: Flask, scene: Any, client: Any, data: dict[str, str]
) -> None:
    ask(NOW)
    answer = client.post(the_link(), data=data)
    assert answer.status_code == 422
    assert "Choisissez une réponse" in answer.get_data(as_text=True)
    assert row().later is None


def test_a_link_that_was_altered_or_is_over_shows_no_question(app: Flask, scene: Any, client: Any, at_now: Any) -> None:
    ask(NOW)
    link = the_link()
    assert "Que faites-vous" not in client.get(f"{link}x").get_data(as_text=True)
    at_now.move_to(NOW + 40 * DAY, tick=False)
    assert "Que faites-vous" not in client.get(link).get_data(as_text=True)


def test_nobody_is_asked_before_their_time_nor_long_after(app: Flask, scene: Any) -> None:
    early = at_paris(date(2026, 11, 19), NOW.time())
    assert ask(early)["asked"] == 0
    assert ask(NOW + 60 * DAY)["asked"] == 0


def test_whoever_came_back_is_not_asked(app: Flask, scene: Any, client: Any) -> None:
    adviser, _person, departure = scene
    ask(NOW)
    link = the_link()
    services.come_back(departure_id=departure.id, returned_on=LEFT + DAY, actor_id=adviser.id, now=NOW)
    assert "Rien à faire ici" in ok(client.get(link))
    assert "Rien à faire ici" in ok(client.post(link, data={"answer": "work"}))
    assert row().later is None


def test_without_an_answer_one_reminder_then_the_adviser_is_told_to_call(app: Flask, scene: Any, at_now: Any) -> None:
    adviser, _person, departure = scene
    ask(NOW)
    at_now.move_to(NOW + 7 * DAY, tick=False)
    assert ask(NOW + 7 * DAY) == {"asked": 0, "reminded": 1, "left": 0}
    assert len(messages()) == 2
    assert "Demander ce que la personne est devenue" not in ok(signed_in(app, adviser).get("/a-faire"))
    at_now.move_to(NOW + 14 * DAY, tick=False)
    client = signed_in(app, adviser)
    assert ask(NOW + 14 * DAY) == {"asked": 0, "reminded": 0, "left": 0}
    assert "Demander ce que la personne est devenue : Amel Benali" in ok(client.get("/a-faire"))
    ok(client.get(f"/sorties/{departure.id}/six-mois"))
    assert client.post(f"/sorties/{departure.id}/six-mois", data={}).status_code == 422
    assert client.post(f"/sorties/{departure.id}/six-mois", data={"answer": "seeking"}).status_code == 303
    assert (row().later, row().later_by_id) == (Later.SEEKING, adviser.id)
    assert "Demander ce que la personne est devenue" not in ok(client.get("/a-faire"))
    assert "Cherche un emploi (le 08/12/2026)" in ok(client.get(f"/personnes/{row().person_id}/entree-sortie"))
    assert client.get(f"/sorties/{departure.id}/six-mois").status_code == 303


def test_whoever_no_message_reaches_is_called_at_once(app: Flask) -> None:
    desk = make_desk("Denain")
    adviser = make_user(Role.ADVISER, desk_id=desk.id)
    person = make_person("Amel", "Benali", desk=desk)
    a_departure(person.id, left_on=LEFT)
    assert ask(NOW)["asked"] == 0
    assert "Demander ce que la personne est devenue : Amel Benali" in ok(signed_in(app, adviser).get("/a-faire"))


def test_an_archived_file_is_left_alone(app: Flask, scene: Any, client: Any) -> None:
    _adviser, person, _departure = scene
    ask(NOW)
    link = the_link()
    with transaction() as session:
        session.get_one(Person, person.id).restricted_at = NOW
    assert ask(NOW + 7 * DAY) == {"asked": 0, "reminded": 0, "left": 0}
    assert "Que faites-vous" not in client.get(link).get_data(as_text=True)


def test_an_answer_is_refused_twice_and_too_early(app: Flask, scene: Any) -> None:
    adviser, _person, departure = scene
    with pytest.raises(LaterTooEarly):
        services.answer(departure_id=departure.id, later=Later.WORK, actor_id=None, now=NOW - 10 * DAY)
    services.answer(departure_id=departure.id, later=Later.WORK, actor_id=adviser.id, now=NOW)
    with pytest.raises(LaterAnswered):
        services.answer(departure_id=departure.id, later=Later.OTHER, actor_id=None, now=NOW)
