"""The staff's first page, and what low rooms tell high ones."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from mobility.accounts.policy import Role
from mobility.core import clock
from mobility.core.db import transaction
from mobility.demo.load import load
from mobility.journal.models import JournalEntry
from mobility.notifications import hooks
from mobility.notifications.kinds import Channel, InboundKind, MessageClass, MessageState
from mobility.people.models import ContactNote, Person
from tests.factories.accounts import make_user, signed_in
from tests.factories.fleet import a_desk
from tests.factories.pathway import a_person, a_roster, an_objective


def test_a_reply_by_sms_reaches_the_journal_and_the_advisers_list(app: Flask, session: Session) -> None:
    desk_id = a_desk("Denain")
    adviser = make_user(Role.ADVISER, desk_id=desk_id)
    person_id = a_person(desk_id=desk_id, referent_user_id=adviser.id)
    recipient_id = session.get_one(Person, person_id).recipient_id
    now = clock.now()
    with transaction():
        hooks.tell_reply(hooks.Reply(1, InboundKind.REPLY, (recipient_id,), None, None, "Je suis en retard", now))
    assert (
        session.scalars(select(JournalEntry).where(JournalEntry.person_id == person_id)).one().kind == "message.replied"
    )
    note = session.scalars(select(ContactNote)).one()
    assert (note.callback_user_id, note.text, note.called_back_at) == (adviser.id, "Je suis en retard", None)
    page = signed_in(app, adviser).get("/accueil").text
    assert "Rappeler" in page
    assert session.get_one(Person, person_id).last_name in page


def test_what_reached_nobody_is_in_the_journal_but_not_codes(app: Flask, session: Session) -> None:
    person_id = a_person()
    recipient_id = session.get_one(Person, person_id).recipient_id
    now = clock.now()

    def undelivered(message_class: MessageClass) -> hooks.Undelivered:
        return hooks.Undelivered(1, recipient_id, person_id, message_class, "x", MessageState.FAILED, "", now)

    with transaction():
        hooks.tell_undelivered(undelivered(MessageClass.SECURITY))
        hooks.tell_undelivered(undelivered(MessageClass.URGENT))
        hooks.tell_bounced(hooks.Bounced(1, recipient_id, Channel.SMS, now))
    kinds = session.scalars(select(JournalEntry.kind).order_by(JournalEntry.id)).all()
    assert kinds == ["message.undelivered", "message.bounced"]


def test_the_first_page_names_who_has_no_way_to_work(app: Flask) -> None:
    desk_id = a_desk("Denain")
    adviser, other = make_user(Role.ADVISER, desk_id=desk_id), make_user(Role.ADVISER, desk_id=desk_id)
    person_id = a_person(desk_id=desk_id, referent_user_id=adviser.id, last_name="Sanssolution")
    today = clock.today()
    objective_id = an_objective(person_id, starts_on=today - timedelta(days=2), ends_on=today + timedelta(days=60))
    a_roster(objective_id)
    assert "Sanssolution" in signed_in(app, adviser).get("/accueil").text
    assert "Sanssolution" not in signed_in(app, other).get("/accueil").text


def test_the_first_page_makes_as_many_queries_for_many_people_as_for_few(app: Flask, count_queries: Any) -> None:
    load(now=clock.now(), people_count=3, past_days=6)
    from mobility.accounts.services.passwords import find_by_email

    adviser = find_by_email("marion.delattre@demo.example")
    assert adviser is not None
    desk_id = adviser.grants[0].desk_id
    client = signed_in(app, adviser)
    client.get("/accueil")
    with count_queries() as few:
        assert client.get("/accueil").status_code == 200
    for _ in range(6):
        a_roster(an_objective(a_person(desk_id=desk_id, referent_user_id=adviser.id)))
    with count_queries() as many:
        client.get("/accueil")
    assert many.total == few.total
