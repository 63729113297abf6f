"""Papers brought once: a photo or a PDF in a person's file, which loans then count on."""

from __future__ import annotations

import io

import pytest
from flask import Flask
from PIL import Image
from sqlalchemy import select
from sqlalchemy.orm import Session

from mobility.accounts.policy import Role
from mobility.documents.models import Document
from tests.factories.accounts import make_user, signed_in
from tests.factories.fleet import a_desk
from tests.factories.pathway import a_person


def _photo() -> io.BytesIO:
    file = io.BytesIO()
    Image.new("RGB", (40, 30), "white").save(file, "JPEG")
    file.seek(0)
    return file


def _data(**changed: object) -> dict[str, object]:
    return {"kind": "identity", "file": (_photo(), "carte.jpg"), "valid_until_on": "2031-05-01", **changed}


def test_a_paper_is_kept_and_listed(app: Flask, session: Session) -> None:
    desk_id = a_desk("Denain")
    person_id = a_person(desk_id=desk_id)
    client = signed_in(app, make_user(Role.ADVISER, desk_id=desk_id))
    url = f"/personnes/{person_id}/pieces"
    assert "Aucun document" in client.get(url).text
    assert client.post(url, data=_data()).status_code == 303
    row = session.scalars(select(Document)).one()
    assert (row.person_id, row.owner_kind, row.owner_id, row.kind) == (person_id, "person", person_id, "identity")
    page = client.get(url).text
    assert "pièce d’identité" in page
    assert "01/05/2031" in page
    assert client.get(f"/documents/{row.id}").status_code == 200
    stranger = signed_in(app, make_user(Role.ADVISER, desk_id=a_desk("Caudry")))
    assert stranger.get(url).status_code == 404
    assert stranger.post(url, data=_data()).status_code == 404
    assert stranger.get(f"/documents/{row.id}").status_code == 404


@pytest.mark.parametrize(
    "changed",
    [
        {"file": (io.BytesIO(b"<svg onload=alert(1)>"), "carte.jpg")},
        {"file": (io.BytesIO(b""), "carte.jpg")},
        {"file": ""},
        {"kind": "nir"},
        {"kind": ""},
        {"valid_until_on": "31/02/2031"},
    ],
)
def test_what_is_no_paper_is_refused_beside_its_field(app: Flask, session: Session, changed: dict[str, object]) -> None:
    desk_id = a_desk("Denain")
    person_id = a_person(desk_id=desk_id)
    client = signed_in(app, make_user(Role.ADVISER, desk_id=desk_id))
    answer = client.post(f"/personnes/{person_id}/pieces", data=_data(**changed))
    assert answer.status_code == 422
    assert session.scalars(select(Document)).all() == []
