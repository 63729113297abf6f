"""Pages and e-mails as they leave, before the tests' browser gives them ordinary spaces again."""

from __future__ import annotations

import json
import re

from flask import Flask
from flask.testing import FlaskClient

from mobility.core import clock
from mobility.notifications.kinds import MessageClass
from mobility.notifications.render import Part, Reader, render_email, render_sms
from mobility.notifications.templates import all_templates

LOOSE = re.compile(r"\S [:;?!»]|« ")
PROSE = re.compile(r"<(script|style|textarea|pre|code|kbd)\b.*?</\1>|<[^>]*>", re.DOTALL)


def words_of(html: str) -> str:
    """Return the prose of a page, a line per element."""
    return PROSE.sub("\n", html)


def test_a_page_leaves_with_the_spaces_of_french(app: Flask) -> None:
    outside = FlaskClient(app, app.response_class)
    for address in ("/connexion", "/accessibilite", "/donnees-personnelles", "/mentions-legales", "/nulle-part"):
        page = outside.get(address).get_data(as_text=True)
        assert LOOSE.findall(words_of(page)) == [], address
        assert "\u00a0:" in page, address


def test_what_was_typed_comes_back_as_it_was(app: Flask) -> None:
    outside = FlaskClient(app, app.response_class)
    page = outside.post("/connexion/pro", data={"email": "« moi » : ici !", "password": "x"}).get_data(as_text=True)
    assert 'value="« moi » : ici !"' in page


def test_json_is_not_typeset(app: Flask) -> None:
    answer = FlaskClient(app, app.response_class).get("/healthz")
    assert json.loads(answer.get_data()) is not None
    assert "\u00a0" not in answer.get_data(as_text=True)


def test_emails_are_typeset_and_sms_are_not(app: Flask) -> None:
    reader = Reader(recipient_id=1, point_id=1, neutral=False)
    for template in all_templates():
        parts = [Part(template.name, template.sample)]
        email = render_email(parts, reader, message_class=MessageClass.NORMAL, now=clock.now())
        for text in (email.subject, email.text, words_of(email.html)):
            assert LOOSE.findall(text) == [], template.name
        assert not {"\u00a0", "\u202f"} & set(render_sms(parts, reader)), template.name
