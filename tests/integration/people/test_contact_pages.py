"""The pages of the ways to reach somebody: phones and mailboxes, wishes, secret and card."""

from __future__ import annotations

import re
from datetime import time
from typing import Any

import pytest
from sqlalchemy import select

from mobility.core.db import db, load
from mobility.notifications import services as notifications
from mobility.notifications.models import ContactPoint
from mobility.people.cards import read_code
from mobility.people.models import Person
from tests.integration.people.pages import NOW, text_of, version_in


def test_contacts_are_added_used_and_retired(house: Any) -> None:
    base = f"/personnes/{house.person.id}/contacts"
    assert house.client.get(f"{base}/ajouter").status_code == 200
    shared = {"channel": "sms", "value": "06 39 98 77 88", "holder": "shared", "neutral": "y"}
    refused = house.client.post(f"{base}/ajouter", data=shared)
    assert refused.status_code == 422
    assert 'id="second_secret-error"' in refused.get_data(as_text=True)
    accepted = house.client.post(f"{base}/ajouter", data={**shared, "second_secret": "tournesol 7"})
    assert accepted.status_code == 303
    point = db.session.scalars(select(ContactPoint).where(ContactPoint.value == "+33639987788")).one()
    page = text_of(house.client.get(f"/personnes/{house.person.id}/fiche"))
    assert "Partagé" in page
    assert "Messages neutres" in page
    changed = {"holder": "relative", "holder_name": "Sa sœur Nora", "safe_from": "18:00", "safe_until": "20:00"}
    assert house.client.get(f"{base}/{point.id}").status_code == 200
    assert house.client.post(f"{base}/{point.id}", data={**changed, "version": "1"}).status_code == 303
    assert "Sa sœur Nora" in text_of(house.client.get(f"/personnes/{house.person.id}/fiche"))
    assert house.client.post(f"{base}/{point.id}/retirer").status_code == 303
    db.session.expire_all()
    assert load(ContactPoint, point.id).archived_at is not None
    assert house.client.post(f"{base}/{point.id}", data=changed).status_code == 404


def test_two_edits_of_a_contact_at_once_are_shown_side_by_side(house: Any) -> None:
    point = db.session.scalars(select(ContactPoint).where(ContactPoint.value == "+33639981234")).one()
    url = f"/personnes/{house.person.id}/contacts/{point.id}"
    version = version_in(house.client.get(url))
    mother = {"holder": "relative", "holder_name": "Sa mère", "neutral": "y", "version": version}
    assert house.chief.post(url, data=mother).status_code == 303
    brother = {"holder": "relative", "holder_name": "Son frère", "safe_from": "18:00", "safe_until": "20:00"}
    second = house.client.post(url, data={**brother, "version": version})
    assert second.status_code == 422
    page = text_of(second)
    assert "<td>Son frère</td><td>Sa mère</td>" in page
    assert '<th scope="row">Messages neutres</th><td>non</td><td>oui</td>' in page
    assert "<td>18 h</td><td>(vide)</td>" in page.replace("\u00a0", " ").replace("\u202f", " ")
    assert "À qui est-ce" not in page.split("</table>")[0].split("<tbody>")[1]
    assert 'value="Son frère"' in page
    db.session.expire_all()
    assert load(ContactPoint, point.id).holder_name == "Sa mère"
    assert house.client.post(url, data={**brother, "version": version_in(second)}).status_code == 303
    db.session.expire_all()
    kept = load(ContactPoint, point.id)
    assert (kept.holder_name, kept.neutral, kept.safe_from) == ("Son frère", False, time(18))


def test_what_happens_by_itself_refuses_no_edit_of_a_contact(house: Any) -> None:
    point = db.session.scalars(select(ContactPoint).where(ContactPoint.value == "+33639981234")).one()
    url = f"/personnes/{house.person.id}/contacts/{point.id}"
    version = version_in(house.client.get(url))
    notifications.opt_out(contact_point_id=point.id, now=NOW)
    assert house.client.post(url, data={"holder": "self", "neutral": "y", "version": version}).status_code == 303


@pytest.mark.parametrize("version", ["", "abc", "0", "99999999999999999999", "²"])
def test_an_unreadable_version_of_a_contact_is_a_stale_one(house: Any, version: str) -> None:
    point = db.session.scalars(select(ContactPoint).where(ContactPoint.value == "+33639981234")).one()
    url = f"/personnes/{house.person.id}/contacts/{point.id}"
    assert house.client.post(url, data={"holder": "self", "version": version}).status_code == 422


def test_wishes_and_the_second_secret_are_kept(house: Any) -> None:
    base = f"/personnes/{house.person.id}"
    assert house.client.get(f"{base}/preferences").status_code == 200
    assert house.client.post(f"{base}/preferences", data={"preferred_channel": "sms"}).status_code == 303
    assert house.client.get(f"{base}/code-personnel").status_code == 200
    assert house.client.post(f"{base}/code-personnel", data={"second_secret": "Benali"}).status_code == 422
    assert house.client.post(f"{base}/code-personnel", data={"second_secret": "tournesol"}).status_code == 303
    assert house.client.post(f"{base}/code-personnel/oublier").status_code == 303
    db.session.expire_all()
    assert load(Person, house.person.id).second_secret_hash is None


def test_a_card_shows_its_code_once(house: Any) -> None:
    url = f"/personnes/{house.person.id}/carte"
    assert house.client.get(url).status_code == 200
    assert house.client.post(url, data={}).status_code == 422
    data = {"second_secret": "tournesol", "once": "card-key"}
    made = house.client.post(url, data=data)
    assert made.status_code == 200
    assert made.headers["Cache-Control"] == "no-store"
    code = re.search(r"[2-9A-Z]{4}-[2-9A-Z]{4}-[2-9A-Z]{4}", made.get_data(as_text=True))
    assert code is not None
    assert read_code(code[0]) is not None
    again = house.client.post(url, data=data)
    assert again.status_code == 303
    found = house.client.get("/personnes", query_string={"q": code[0].lower()})
    assert "Amel Benali" in text_of(found)
    assert house.client.post(f"{url}/annuler").status_code == 303
    assert "Amel Benali" not in text_of(house.client.get("/personnes", query_string={"q": code[0]}))
