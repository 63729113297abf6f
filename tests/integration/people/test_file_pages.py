"""The pages of a file: opening it, editing by two at once, protecting, merging, archiving."""

from __future__ import annotations

import re
from typing import Any

import pytest
from sqlalchemy import select

from mobility.accounts.models import AuditEntry
from mobility.core.db import db, load
from mobility.notifications.kinds import Channel
from mobility.people import services
from mobility.people.kinds import NoteKind
from mobility.people.models import Person
from tests.factories.people import add_contact, add_licence, make_person
from tests.integration.people.pages import NOW, identity, text_of

NIR = "2 95 10 99 126 111 93"
SPELLINGS = (NIR, "295109912611193", "2951099126111", "2.95.10.99.126.111.93", "n°295 10 99 126 111")


def test_a_file_is_opened_from_the_form(house: Any) -> None:
    assert house.client.get("/personnes/nouvelle").status_code == 200
    answer = house.client.post(
        "/personnes/nouvelle",
        data=identity(desk_id=str(house.desk.id), phone="06 39 98 55 66", commune="Denain", street="3 rue Verte"),
    )
    assert answer.status_code == 303
    person = db.session.scalars(select(Person).where(Person.last_name == "Martin")).one()
    assert answer.location.endswith(f"/personnes/{person.id}/fiche")
    assert (person.insee_code, person.referent_user_id) == ("59172", house.adviser.id)
    page = text_of(house.client.get(answer.location))
    assert "06 39 98 55 66" in page
    assert "3 rue Verte, 59220 Denain" in page


def test_a_duplicate_is_shown_on_submit_and_a_tick_lets_it_through(house: Any) -> None:
    data = identity(last_name="BEN ALI", first_name="Amel", born_on="1990-05-17", desk_id=str(house.desk.id))
    refused = house.client.post("/personnes/nouvelle", data=data)
    assert refused.status_code == 422
    page = text_of(refused)
    assert f"/personnes/{house.person.id}/fiche" in page
    assert "même date de naissance" in page
    assert 'value="BEN ALI"' in page
    accepted = house.client.post("/personnes/nouvelle", data={**data, "not_a_duplicate": "y"})
    assert accepted.status_code == 303


def test_duplicates_appear_while_typing(house: Any) -> None:
    part = house.client.post(
        "/personnes/doublons", data={"last_name": "Benalli", "first_name": "Amelle", "born_on": "1990-05-17"}
    )
    assert part.status_code == 200
    assert "Amel Benali" in text_of(part)
    assert "<html" not in text_of(part)
    by_phone = house.client.post("/personnes/doublons", data={"phone": "06.39.98.12.34", "first_name": "Amel"})
    assert "même téléphone" in text_of(by_phone)
    assert text_of(house.client.post("/personnes/doublons", data={"last_name": "Zz"})).strip() == ""


@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("/personnes/{id}/identite", "first_name"),
        ("/personnes/{id}/identite", "birth_name"),
        ("/personnes/{id}/identite", "france_travail_id"),
        ("/personnes/{id}/adresse", "address_note"),
        ("/personnes/{id}/contacts/ajouter", "holder_name"),
        ("/personnes/{id}/code-personnel", "second_secret"),
        ("/personnes/{id}/permis/ajouter", "number"),
        ("/personnes/{id}/representants/ajouter", "organisation_name"),
        ("/personnes/{id}/noter", "text"),
        ("/personnes/{id}/protection", "reason"),
        ("/personnes/{id}/droits", "wish"),
        ("/appels/noter", "caller_name"),
        ("/personnes/nouvelle", "street"),
    ],
)
def test_a_nir_is_refused_beside_its_field(house: Any, path: str, field: str) -> None:
    for spelling in SPELLINGS:
        data = {**identity(), "desk_id": str(house.desk.id), "version": str(house.person.version), field: spelling}
        answer = house.client.post(path.format(id=house.person.id), data=data)
        assert answer.status_code == 422
        page = answer.get_data(as_text=True)
        assert f'id="{field}-error"' in page
        assert "numéro de sécurité sociale. Retirez-le" in page


def test_two_edits_at_once_are_shown_side_by_side(house: Any) -> None:
    url = f"/personnes/{house.person.id}/identite"
    version = str(house.person.version)
    first = house.chief.post(url, data=identity(last_name="Benali", first_name="Amélie", version=version))
    assert first.status_code == 303
    second = house.client.post(url, data=identity(last_name="Benali", first_name="Amal", version=version))
    assert second.status_code == 422
    page = text_of(second)
    assert "Votre version" in page
    assert "<td>Amal</td><td>Amélie</td>" in page
    assert 'value="Amal"' in page
    again = re.search(r'name="version"[^>]*value="(\d+)"', page)
    assert again is not None
    third = house.client.post(url, data=identity(last_name="Benali", first_name="Amal", version=again[1]))
    assert third.status_code == 303
    db.session.expire_all()
    assert load(Person, house.person.id).first_name == "Amal"


@pytest.mark.parametrize("version", ["", "abc", "0", "99999999999999999999", "-1", "²"])
def test_an_unreadable_version_is_a_stale_one(house: Any, version: str) -> None:
    answer = house.client.post(f"/personnes/{house.person.id}/identite", data=identity(version=version))
    assert answer.status_code == 422


def test_address_and_licence_edits_are_compared_too(house: Any) -> None:
    licence = add_licence(house.person)
    services.edit_address(
        person_id=house.person.id, address=services.Address(street="1 rue Neuve"), version=None, actor_id=None, now=NOW
    )
    answer = house.client.post(
        f"/personnes/{house.person.id}/adresse", data={"street": "2 rue Vieille", "version": "1"}
    )
    assert answer.status_code == 422
    assert "<td>2 rue Vieille</td><td>1 rue Neuve</td>" in text_of(answer)
    answer = house.client.post(
        f"/personnes/{house.person.id}/permis/{licence.id}",
        data={"category": "B", "issued_on": "2016-01-01", "country": "FR", "version": "77"},
    )
    assert answer.status_code == 422
    assert "Votre version" in text_of(answer)
    answer = house.client.post(f"/personnes/{house.person.id}/suivi", data={"desk_id": house.desk.id, "version": "77"})
    assert answer.status_code == 422


def test_a_file_is_protected_and_opened_again(house: Any) -> None:
    url = f"/personnes/{house.person.id}/protection"
    assert house.client.get(url).status_code == 200
    assert house.client.post(url, data={"once": "k"}).status_code == 422
    assert house.client.post(url, data={"user_ids": [house.adviser.id], "reason": "Violences"}).status_code == 303
    fiche = f"/personnes/{house.person.id}/fiche"
    page = text_of(house.client.get(fiche))
    assert "Fiche protégée" in page
    assert "Cachée" in page
    assert house.chief.get(fiche).status_code == 404
    assert "Benali" not in text_of(house.chief.get("/personnes?q=benali"))
    assert "Benali" in text_of(house.client.get("/personnes?q=benali"))
    address = house.client.get(f"/personnes/{house.person.id}/adresse")
    assert address.status_code == 200
    actions = set(db.session.scalars(select(AuditEntry.action).where(AuditEntry.person_id == house.person.id)))
    assert {"view", "person.protected", "person.address_seen"} <= actions
    assert house.client.post(f"{url}/lever").status_code == 303
    assert house.chief.get(fiche).status_code == 200


def test_two_files_become_one_from_the_pages(house: Any) -> None:
    twin = make_person("Amelle", "Ben Ali", desk=house.desk, phone="+33639980099", france_travail_id="1234567A")
    choose = text_of(house.client.get(f"/personnes/{house.person.id}/reunir"))
    assert f"/personnes/{house.person.id}/reunir/{twin.id}" in choose
    assert f"reunir/{twin.id}" in text_of(house.client.get(f"/personnes/{house.person.id}/reunir?q=ben+ali"))
    url = f"/personnes/{house.person.id}/reunir/{twin.id}"
    page = text_of(house.client.get(url))
    assert "Amelle" in page
    versions = {"kept_version": str(house.person.version), "merged_version": str(twin.version)}
    stale = house.client.post(url, data={**versions, "kept_version": "77"})
    assert stale.status_code == 422
    done = house.client.post(url, data={**versions, "take_first_name": "other"})
    assert done.status_code == 303
    page = text_of(house.client.get(done.location))
    assert "Amelle Benali" in page
    assert "1234567A" in page
    assert "06 39 98 00 99" in page
    old = house.client.get(f"/personnes/{twin.id}/fiche")
    assert old.status_code == 301
    assert old.location.endswith(f"/personnes/{house.person.id}/fiche")


def test_a_manager_archives_and_opens_again(house: Any) -> None:
    fiche = f"/personnes/{house.person.id}/fiche"
    assert house.chief.post(f"/personnes/{house.person.id}/archiver").status_code == 303
    assert house.client.get(fiche).status_code == 404
    assert "Archivée" in text_of(house.chief.get(fiche))
    assert house.chief.post(f"/personnes/{house.person.id}/rouvrir").status_code == 303
    assert house.client.get(fiche).status_code == 200


def test_the_file_of_a_person_takes_a_constant_number_of_queries(house: Any, count_queries: Any) -> None:
    seen = []
    for number in range(3):
        add_contact(house.person, Channel.SMS, f"+3363998200{number}")
        services.note_contact(
            desk_id=house.desk.id,
            kind=NoteKind.CALL,
            person_id=house.person.id,
            actor_id=house.adviser.id,
            now=NOW,
            text="x",
        )
        with count_queries() as counted:
            assert house.client.get(f"/personnes/{house.person.id}/fiche").status_code == 200
        seen.append(counted.total)
    assert len(set(seen)) == 1
