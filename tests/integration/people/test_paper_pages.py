"""The pages of licences, consents and representatives."""

from __future__ import annotations

import re
from typing import Any

from sqlalchemy import select

from mobility.core.db import db, load
from mobility.people.models import PersonLicence
from tests.factories.people import make_person
from tests.integration.people.pages import text_of


def test_licences_are_added_seen_and_removed(house: Any) -> None:
    base = f"/personnes/{house.person.id}/permis"
    assert house.client.get(f"{base}/ajouter").status_code == 200
    data = {"category": "B", "issued_on": "2015-06-01", "codes": "78", "country": "FR", "number": "150659200123"}
    assert house.client.post(f"{base}/ajouter", data=data).status_code == 303
    licence = db.session.scalars(select(PersonLicence)).one()
    page = text_of(house.client.get(f"/personnes/{house.person.id}/fiche"))
    assert "Pas encore vu" in page
    assert "Boîte automatique seulement" in page
    assert house.client.post(f"{base}/{licence.id}/vu").status_code == 303
    assert "Vu par Alice Conseil" in text_of(house.client.get(f"/personnes/{house.person.id}/fiche"))
    assert house.client.post(f"{base}/ajouter", data=data).status_code == 422
    assert house.client.get(f"{base}/{licence.id}").status_code == 200
    changed = {**data, "codes": "", "version": str(load(PersonLicence, licence.id).version)}
    assert house.client.post(f"{base}/{licence.id}", data=changed).status_code == 303
    assert "Pas encore vu" in text_of(house.client.get(f"/personnes/{house.person.id}/fiche"))
    assert house.client.post(f"{base}/{licence.id}/retirer").status_code == 303
    assert db.session.scalars(select(PersonLicence)).all() == []


def test_consents_are_given_and_taken_back(house: Any) -> None:
    base = f"/personnes/{house.person.id}/accords"
    assert house.client.post(base, data={"kind": "photo", "manner": "spoken"}).status_code == 303
    assert house.client.post(base, data={"kind": "photo", "manner": "spoken"}).status_code == 422
    assert "Garder une photo" in text_of(house.client.get(f"/personnes/{house.person.id}/fiche"))
    assert house.client.post(f"{base}/photo/retirer").status_code == 303
    assert house.client.post(f"{base}/nonsense/retirer").status_code == 404
    assert house.client.post(base, data={"kind": "photo", "manner": "written"}).status_code == 303


def test_a_representative_is_added_and_ends(house: Any) -> None:
    minor = make_person("Léo", "Petit", desk=house.desk, minor=True)
    base = f"/personnes/{minor.id}/representants"
    assert "Il manque un représentant" in text_of(house.client.get(f"/personnes/{minor.id}/fiche"))
    assert house.client.get(f"{base}/ajouter").status_code == 200
    assert (
        house.client.post(f"{base}/ajouter", data={"kind": "parent", "valid_from_on": "2026-01-01"}).status_code == 422
    )
    data = {
        "kind": "parent",
        "valid_from_on": "2026-01-01",
        "last_name": "Petit",
        "first_name": "Anne",
        "phone": "0639981111",
    }
    assert house.client.post(f"{base}/ajouter", data=data).status_code == 303
    page = text_of(house.client.get(f"/personnes/{minor.id}/fiche"))
    assert "Anne Petit" in page
    assert "Il manque un représentant" not in page
    mandate = re.search(rf"{base}/(\d+)/fin", page)
    assert mandate is not None
    assert house.client.get(mandate[0]).status_code == 200
    assert house.client.post(mandate[0], data={"on": "2026-02-01"}).status_code == 303
    assert house.client.post(mandate[0], data={"on": "2026-02-01"}).status_code == 422
