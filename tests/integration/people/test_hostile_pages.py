"""Hostile texts never break a page, and nobody who is signed out sees one."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient

LONG = "x" * 10_000
RTL = "مرحبا 🚗 \u202eabc"
HOSTILE = [LONG, RTL, "\x00\x01", "=HYPERLINK(1)", "<script>alert(1)</script>", "%(x)s %s {{ 7*7 }}", "🚗" * 300]


@pytest.mark.parametrize(
    "path",
    [
        "/personnes/nouvelle",
        "/personnes/doublons",
        "/personnes/{id}/identite",
        "/personnes/{id}/adresse",
        "/personnes/{id}/suivi",
        "/personnes/{id}/contacts/ajouter",
        "/personnes/{id}/preferences",
        "/personnes/{id}/code-personnel",
        "/personnes/{id}/carte",
        "/personnes/{id}/permis/ajouter",
        "/personnes/{id}/accords",
        "/personnes/{id}/representants/ajouter",
        "/personnes/{id}/protection",
        "/personnes/{id}/droits",
        "/personnes/{id}/noter",
        "/appels/noter",
    ],
)
def test_hostile_texts_never_break_a_page(house: Any, path: str) -> None:
    names = [
        "last_name",
        "first_name",
        "birth_name",
        "born_on",
        "status",
        "france_travail_id",
        "neph",
        "language",
        "reading_ease",
        "legal_protection",
        "desk_id",
        "phone",
        "email",
        "street",
        "commune",
        "postcode",
        "address_note",
        "channel",
        "value",
        "holder",
        "holder_name",
        "safe_from",
        "safe_until",
        "second_secret",
        "category",
        "number",
        "issued_on",
        "codes",
        "country",
        "kind",
        "manner",
        "organisation_name",
        "valid_from_on",
        "user_ids",
        "reason",
        "received_on",
        "wish",
        "text",
        "caller_name",
        "caller_phone",
        "callback_user_id",
        "callback_due_on",
        "preferred_channel",
        "referent_user_id",
        "version",
        "once",
        "not_a_duplicate",
    ]
    for value in HOSTILE:
        answer = house.client.post(path.format(id=house.person.id), data=dict.fromkeys(names, value))
        assert answer.status_code in {200, 303, 422}
        assert "<script>alert" not in answer.get_data(as_text=True)


@pytest.mark.parametrize("value", HOSTILE)
def test_hostile_searches_find_nobody(house: Any, value: str) -> None:
    for path, name in (
        ("/personnes", "q"),
        (f"/personnes/{house.person.id}/reunir", "q"),
        ("/personnes/nouvelle", "nom"),
    ):
        answer = house.client.get(path, query_string={name: value})
        assert answer.status_code == 200
        assert "<script>alert" not in answer.get_data(as_text=True)


def test_signed_out_nobody_sees_anything(client: FlaskClient, house: Any) -> None:
    for path in (
        "/personnes",
        f"/personnes/{house.person.id}/fiche",
        "/appels",
        "/droits",
        "/conservation",
        "/mon-espace/moi",
    ):
        assert client.get(path).status_code == 303
