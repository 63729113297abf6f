"""A driver cancels at 21 h for 4 h 12 next morning: within a minute each passenger has the news and a fallback.

Seen where it arrives: on a mail server and an SMS provider of the test's own.
"""

from __future__ import annotations

import re
from datetime import time, timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient

from mobility.carpool import links
from mobility.core import jobs
from mobility.core.clock import at_paris
from mobility.notifications import inbound
from mobility.notifications.kinds import Channel
from tests.factories.carpool import a_colleague, an_offer
from tests.factories.notifications import make_point
from tests.integration.carpool.test_cancelling import first_ride, told
from tests.integration.carpool.worlds import MONDAY, World, a_world
from tests.support.sms import SmsServer
from tests.support.smtp import SmtpServer

AT_NINE = at_paris(MONDAY - timedelta(days=1), time(21))


def _plain(text: str) -> str:
    return " ".join(text.replace("\u00a0", " ").replace("\u202f", " ").split())


def _deliver() -> None:
    """The worker's next turn: it comes every few seconds."""
    result = jobs.run("deliver")
    assert result.ok, result.error


def _world() -> World:
    """Sophie takes Nadia (by SMS) and Awa (by e-mail); Karim makes the way too, and was never proposed to them."""
    world = a_world()
    world.agree()
    member, _request, match = world.another(first_name="Awa")
    make_point(recipient_id=member.recipient_id, channel=Channel.EMAIL, value="awa@exemple.fr")
    world.agree(match)
    an_offer(a_colleague(world.desk, name="Karim Haddad", is_woman=False))
    return world


def test_within_a_minute_each_passenger_has_the_news_and_a_fallback(
    client: FlaskClient, smtp: SmtpServer, sms: SmsServer
) -> None:
    with time_machine.travel(AT_NINE - timedelta(hours=2), tick=True) as clock:
        world = _world()
        clock.move_to(AT_NINE - timedelta(minutes=5))
        _deliver()
        sms.sent.clear()
        smtp.messages.clear()
        clock.move_to(AT_NINE)
        ride = first_ride(world)
        token = links.make(world.driver, now=AT_NINE)
        assert client.post(f"/c/{token}/trajets/{ride.id}/annuler").status_code == 303
        clock.move_to(AT_NINE + timedelta(seconds=50))
        _deliver()
        [text] = [job for job in sms.sent if job["receivers"] == ["+33622222222"]]
        said = _plain(text["message"])
        assert "4 h 12" in said
        assert "Un conducteur peut vous emmener, passe vers 4 h 45" in said
        [mail] = [one for one in smtp.messages if "awa@exemple.fr" in str(one["To"])]
        body = mail.get_body(preferencelist=("plain",))
        assert body is not None
        written = _plain(body.get_content())
        assert "La personne qui vous emmène ne peut pas venir." in written
        assert "Un conducteur peut vous emmener, passe vers 4 h 45" in written
        # The link of the SMS leads to what can be done, without signing in.
        short = re.search(r"https?://\S+/l/\w+", text["message"])
        assert short is not None
        path = short[0].split("/l/", 1)[1]
        page = _plain(client.get(f"/l/{path}", follow_redirects=True).get_data(as_text=True))
        assert "Ce trajet est annulé" in page
        assert "Un conducteur peut vous emmener, passe vers 4 h 45" in page
        assert "Karim" not in page + said + written


@pytest.mark.parametrize("word", ["ANNULER", "annuler !", "Annulé", "annule"])
def test_the_word_annuler_by_sms_calls_the_next_day_off(app: Flask, word: str) -> None:
    with time_machine.travel(AT_NINE, tick=False):
        world = a_world()
        world.agree()
        inbound.receive_reply(provider="ovh", provider_ref="1", from_value="+33611111111", body=word, now=AT_NINE)
        assert len(told(world.passenger.recipient_id)) == 2


@pytest.mark.parametrize("word", ["Faut-il annuler ?", "oui", "Je n’annule pas"])
def test_other_words_are_left_to_the_adviser(app: Flask, word: str) -> None:
    with time_machine.travel(AT_NINE, tick=False):
        world = a_world()
        world.agree()
        inbound.receive_reply(provider="ovh", provider_ref="1", from_value="+33611111111", body=word, now=AT_NINE)
        assert told(world.passenger.recipient_id) == []


def test_a_phone_that_two_travellers_share_calls_nothing_off(app: Flask) -> None:
    with time_machine.travel(AT_NINE, tick=False):
        world = a_world()
        world.agree()
        member, _request, match = world.another(first_name="Awa")
        make_point(recipient_id=member.recipient_id, channel=Channel.SMS, value="+33622222222")
        world.agree(match)
        facts: dict[str, Any] = {"provider": "ovh", "from_value": "+33622222222", "now": AT_NINE}
        inbound.receive_reply(provider_ref="1", body="ANNULER", **facts)
        assert told(world.driver.recipient_id) == []
