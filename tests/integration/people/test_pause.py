"""An adviser pauses a person's messages until the end of a day."""

from __future__ import annotations

from datetime import timedelta

from flask import Flask
from sqlalchemy.orm import Session

from mobility.accounts.policy import Role
from mobility.core import clock
from mobility.notifications.models import Recipient
from mobility.people.models import Person
from tests.factories.accounts import make_user, signed_in
from tests.factories.fleet import a_desk
from tests.factories.pathway import a_person


def test_a_pause_lasts_until_the_end_of_its_day_and_can_be_taken_back(app: Flask, session: Session) -> None:
    desk_id = a_desk("Denain")
    person_id = a_person(desk_id=desk_id)
    client = signed_in(app, make_user(Role.ADVISER, desk_id=desk_id))
    url = f"/personnes/{person_id}/preferences"
    until = clock.today() + timedelta(days=5)
    data = {"preferred_channel": "", "digest": "y", "paused_until_on": until.isoformat()}
    assert client.post(url, data=data).status_code == 303
    recipient_id = session.get_one(Person, person_id).recipient_id
    assert session.get_one(Recipient, recipient_id).paused_until_at == clock.end_of(until)
    assert until.isoformat() in client.get(url).text
    assert client.post(url, data={**data, "paused_until_on": ""}).status_code == 303
    assert session.get_one(Recipient, recipient_id).paused_until_at is None
