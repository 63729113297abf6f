"""The pages of licences, consents and representatives."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

import pytest
from sqlalchemy import select

from mobility.accounts.models import AuditEntry
from mobility.core.db import db, load
from mobility.core.errors import NotFound
from mobility.people.kinds import RepresentativeKind
from mobility.people.models import PersonLicence, Representative
from mobility.people.services import Signatory, add_representative, edit_representative
from tests.factories.people import make_person
from tests.integration.people.pages import NOW, text_of, version_in


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
    read = version_in(house.client.get(mandate[0]))
    assert house.client.post(mandate[0], data={"on": "2026-02-01", "version": read}).status_code == 303
    late = house.client.post(mandate[0], data={"on": "2026-03-01", "version": read})
    assert late.status_code == 422
    assert "<td>01/03/2026</td><td>01/02/2026</td>" in text_of(late)
    ended = house.client.post(mandate[0], data={"on": "2026-02-01", "version": version_in(late)})
    assert ended.status_code == 422
    assert "Votre version" not in text_of(ended)


def test_two_edits_of_a_representative_at_once_are_shown_side_by_side(house: Any) -> None:
    signatory = Signatory(
        kind=RepresentativeKind.GUARDIAN, last_name="Lenoir", phone="0639984321", valid_from_on=date(2026, 1, 1)
    )
    mandate = add_representative(person_id=house.person.id, signatory=signatory, actor_id=None, now=NOW)
    url = f"/personnes/{house.person.id}/representants/{mandate}"
    shown = house.client.get(url)
    assert 'value="06\u00a039\u00a098\u00a043\u00a021"' in shown.get_data(as_text=True)
    read = version_in(shown)
    typed = {"kind": "guardian", "last_name": "Lenoir", "phone": "06 39 98 43 21", "valid_from_on": "2026-01-01"}
    first = house.chief.post(url, data={**typed, "phone": "06 39 98 11 22", "version": read})
    assert first.status_code == 303
    second = house.client.post(url, data={**typed, "email": "lenoir@exemple.fr", "version": read})
    assert second.status_code == 422
    page = text_of(second)
    assert "<td>06 39 98 43 21</td><td>06 39 98 11 22</td>" in page
    assert "<td>lenoir@exemple.fr</td><td>(vide)</td>" in page
    assert page.count("</th><td>") == 2
    same_number = {**typed, "phone": "+33 6 39 98 11 22", "email": "lenoir@exemple.fr", "version": read}
    assert text_of(house.client.post(url, data=same_number)).count("</th><td>") == 1
    third = house.client.post(url, data={**typed, "email": "lenoir@exemple.fr", "version": version_in(second)})
    assert third.status_code == 303
    db.session.expire_all()
    kept = load(Representative, mandate)
    assert (kept.phone, kept.email) == ("+33639984321", "lenoir@exemple.fr")
    entries = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "person.representative_changed"))
    assert {entry.actor_user_id for entry in entries} == {house.adviser.id, house.manager.id}


def test_the_representative_of_somebody_else_is_not_found(house: Any) -> None:
    signatory = Signatory(kind=RepresentativeKind.PARENT, last_name="Lenoir", valid_from_on=date(2026, 1, 1))
    mandate = add_representative(person_id=make_person(desk=house.desk).id, signatory=signatory, actor_id=None, now=NOW)
    assert house.client.get(f"/personnes/{house.person.id}/representants/{mandate}").status_code == 404
    with pytest.raises(NotFound):
        edit_representative(
            person_id=house.person.id,
            representative_id=mandate,
            signatory=signatory,
            version=None,
            actor_id=None,
            now=NOW,
        )
