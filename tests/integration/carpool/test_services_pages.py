"""Administrators say with which services the platform exchanges, and with which keys."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from mobility.carpool.models import CarpoolOperator
from mobility.carpool.standard.operators import find_by_key
from mobility.core.crypto import decrypt
from mobility.core.db import db
from tests.factories.accounts import make_user, signed_in
from tests.factories.desks import make_desk
from tests.factories.interop import KEY, an_operator

LIST = "/administration/covoiturage"
TYPED = {
    "name": "Vert Covoit", "domain": "Vert.Example", "base_url": "https://api.vert.example/v1/", "key": "secret-of-vert",
    "asked": "y",
}  # fmt: skip


@pytest.fixture
def administrator(app: Flask) -> Any:
    return signed_in(app, make_user("administrator"))


def only() -> CarpoolOperator:
    return db.session.scalars(select(CarpoolOperator)).one()


def test_a_service_is_added_and_its_key_is_kept_encrypted(administrator: Any) -> None:
    assert "Aucun service" in administrator.get(LIST).get_data(as_text=True)
    assert administrator.post(f"{LIST}/nouveau", data=TYPED).status_code == 303
    row = only()
    assert (row.domain, row.base_url, row.asked) == ("vert.example", "https://api.vert.example/v1", True)
    assert "secret" not in (row.key_encrypted or "")
    assert decrypt(row.key_encrypted or "") == "secret-of-vert"
    page = administrator.get(f"{LIST}/{row.id}").get_data(as_text=True)
    assert "secret-of-vert" not in page
    changed = administrator.post(f"{LIST}/{row.id}", data={**TYPED, "key": "", "name": "Vert", "version": row.version})
    assert changed.status_code == 303
    db.session.expire_all()
    assert decrypt(only().key_encrypted or "") == "secret-of-vert"


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"base_url": "http://api.vert.example"}, "https://"),
        ({"base_url": "https://127.0.0.1/x?y"}, "https://"),
        ({"base_url": "https://user:word@vert.example"}, "https://"),
        ({"base_url": "https://localhost/"}, "https://"),
        ({"base_url": ""}, "il faut son adresse"),
        ({"domain": "vert"}, "nom de domaine"),
        ({"key": "clé"}, "ni espace ni accent"),
        ({"name": ""}, "Vert.Example"),
    ],
)
def test_what_cannot_be_is_refused_with_everything_typed_kept(
    administrator: Any, typed: dict[str, str], sentence: str
) -> None:
    answer = administrator.post(f"{LIST}/nouveau", data={**TYPED, **typed})
    assert answer.status_code == 422
    assert sentence in answer.get_data(as_text=True)
    assert db.session.scalars(select(CarpoolOperator)).all() == []


def test_two_services_have_two_domains(administrator: Any) -> None:
    an_operator(domain="vert.example")
    answer = administrator.post(f"{LIST}/nouveau", data=TYPED)
    assert answer.status_code == 422
    assert "déjà dans la liste" in answer.get_data(as_text=True)


def test_a_key_is_shown_once_and_ends_the_one_before(administrator: Any) -> None:
    row = an_operator()
    path = f"{LIST}/{row.id}/cle"
    assert "<code>" not in administrator.get(path).get_data(as_text=True)
    page = administrator.post(path, data={"once": "a-click-of-somebody"}).get_data(as_text=True)
    key = page.split("<code>")[1].split("</code>")[0]
    assert find_by_key(KEY) is None
    found = find_by_key(key)
    assert found is not None
    assert found.id == row.id
    again = administrator.post(path, data={"once": "a-click-of-somebody"}).get_data(as_text=True)
    assert "déjà été montrée" in again
    assert find_by_key(key) is not None, "a double click makes no second key"


def test_a_service_is_shut_out_and_let_in_again(administrator: Any) -> None:
    row = an_operator()
    asked = administrator.get(f"{LIST}/{row.id}/fermer").get_data(as_text=True)
    assert f"Fermer {row.name}" in asked
    assert find_by_key(KEY) is not None, "nothing is done before the answer"
    for click in ("first-of-two-clicks", "first-of-two-clicks", "second-of-two-clicks"):
        assert administrator.post(f"{LIST}/{row.id}/fermer", data={"once": click}).status_code == 303
        assert find_by_key(KEY) is None
    assert "Rouvrir" in administrator.get(LIST).get_data(as_text=True)
    for _click in range(2):
        assert administrator.post(f"{LIST}/{row.id}/rouvrir").status_code == 303
        assert find_by_key(KEY) is not None


def test_managers_do_not_see_the_services(app: Flask) -> None:
    assert signed_in(app, make_user("manager", desk_id=make_desk().id)).get(LIST).status_code == 403
