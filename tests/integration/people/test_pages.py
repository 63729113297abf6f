"""Every page of people renders, acts, and keeps what was typed when it refuses."""

from __future__ import annotations

import io
import json
import re
import zipfile
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from mobility.accounts.models import AuditEntry
from mobility.accounts.policy import Role
from mobility.core import clock
from mobility.core.db import db, load
from mobility.notifications.kinds import Channel, Holder
from mobility.notifications.models import ContactPoint
from mobility.people import services
from mobility.people.cards import read_code
from mobility.people.kinds import (
    ConsentKind,
    ConsentManner,
    NoteKind,
    RepresentativeKind,
    RequestChannel,
    RightsKind,
    RightsState,
)
from mobility.people.models import ContactNote, Person, PersonLicence, RightsRequest
from mobility.people.services import retention
from tests.factories.accounts import make_user, signed_in
from tests.factories.desks import make_desk
from tests.factories.people import add_contact, add_licence, make_adviser, make_person

NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)
NIR = "2 95 10 99 126 111 93"
SPELLINGS = (NIR, "295109912611193", "2951099126111", "2.95.10.99.126.111.93", "n°295 10 99 126 111")
LONG = "x" * 10_000
RTL = "مرحبا 🚗 \u202eabc"


@pytest.fixture
def house(app: Flask) -> SimpleNamespace:
    desk = make_desk(name="Denain")
    adviser, manager = make_adviser(desk, name="Alice Conseil"), make_adviser(desk, name="Mona Chef", role=Role.MANAGER)
    person = make_person("Amel", "Benali", desk=desk, phone="+33639981234", email="amel@exemple.fr", city="Denain")
    return SimpleNamespace(
        desk=desk,
        adviser=adviser,
        manager=manager,
        person=person,
        client=signed_in(app, adviser),
        chief=signed_in(app, manager),
    )


def identity(**values: str) -> dict[str, str]:
    return {
        "last_name": "Martin",
        "first_name": "Jeanne",
        "born_on": "1991-02-03",
        "situation": "job_seeker",
        "language": "fr",
        "reading_ease": "easy",
        "legal_protection": "none",
        **values,
    }


def text_of(response: Any) -> str:
    return re.sub(r"\s+", " ", response.get_data(as_text=True))


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
    assert house.client.post(f"{base}/{point.id}", data=changed).status_code == 303
    assert "Sa sœur Nora" in text_of(house.client.get(f"/personnes/{house.person.id}/fiche"))
    assert house.client.post(f"{base}/{point.id}/retirer").status_code == 303
    db.session.expire_all()
    assert load(ContactPoint, point.id).archived_at is not None
    assert house.client.post(f"{base}/{point.id}", data=changed).status_code == 404


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


def test_a_call_is_noted_attached_and_called_back(house: Any) -> None:
    assert house.client.get("/appels/noter").status_code == 200
    assert house.client.post("/appels/noter", data={"kind": "call", "desk_id": house.desk.id}).status_code == 422
    noted = house.client.post(
        "/appels/noter",
        data={
            "kind": "call",
            "desk_id": house.desk.id,
            "caller_name": "Amel",
            "caller_phone": "06 39 98 12 34",
            "text": "Demande la voiture",
            "callback_user_id": house.adviser.id,
        },
    )
    assert noted.status_code == 303
    note = db.session.scalars(select(ContactNote)).one()
    assert note.callback_due_on == clock.today()
    assert "Demande la voiture" in text_of(house.client.get("/appels"))
    assert "Demande la voiture" not in text_of(house.chief.get("/appels"))
    assert "Demande la voiture" in text_of(house.chief.get("/appels?voir=tous"))
    suggested = text_of(house.client.get(noted.location))
    assert "Rattacher à Amel Benali" in suggested
    attach = house.client.post(f"/appels/{note.id}/rattacher", data={"person_id": house.person.id})
    assert attach.status_code == 303
    assert house.client.get(f"/appels/{note.id}/transmettre").status_code == 200
    moved = {"callback_user_id": house.manager.id, "callback_due_on": "2026-12-01"}
    assert house.client.post(f"/appels/{note.id}/transmettre", data=moved).status_code == 303
    assert house.chief.get(f"/appels/{note.id}/rappeler").status_code == 200
    assert house.chief.post(f"/appels/{note.id}/rappeler", data={"outcome": "C’est réglé"}).status_code == 303
    assert "C’est réglé" in text_of(house.client.get(f"/personnes/{house.person.id}/fiche"))
    assert house.chief.post(f"/appels/{note.id}/rappeler", data={}).status_code == 422
    assert "Demande la voiture" in text_of(house.client.get("/appels?voir=notes"))


@pytest.mark.parametrize("chosen", ["", "abc", "0", "-4", "99999999999999999999"])
def test_a_note_goes_only_into_a_file_that_one_may_open(house: Any, chosen: str) -> None:
    note_id = services.note_contact(
        desk_id=house.desk.id, kind=NoteKind.CALL, actor_id=house.adviser.id, now=NOW, caller_name="Zoé"
    )
    assert house.client.post(f"/appels/{note_id}/rattacher", data={"person_id": chosen}).status_code == 404
    far = make_person()
    assert house.client.post(f"/appels/{note_id}/rattacher", data={"person_id": far.id}).status_code == 404


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


def test_rights_requests_are_noted_extended_and_answered(house: Any) -> None:
    url = f"/personnes/{house.person.id}/droits"
    assert house.client.get(url).status_code == 200
    data = {"kind": "access", "channel": "letter", "received_on": "2026-11-02", "wish": "Tout"}
    assert house.client.post(url, data=data).status_code == 303
    assert house.client.post(url, data=data).status_code == 422
    request = db.session.scalars(select(RightsRequest)).one()
    assert request.due_on == date(2026, 12, 2)
    assert house.client.get("/droits").status_code == 403
    assert "Amel Benali" in text_of(house.chief.get("/droits"))
    answer = f"/droits/{request.id}"
    assert house.chief.get(answer).status_code == 200
    assert house.chief.get(f"{answer}/prolonger").status_code == 200
    assert house.chief.post(f"{answer}/prolonger", data={}).status_code == 422
    assert house.chief.post(f"{answer}/prolonger", data={"reason": "Archives papier"}).status_code == 303
    db.session.expire_all()
    assert load(RightsRequest, request.id).due_on == date(2027, 2, 2)
    assert house.chief.post(answer, data={"decision": "refuse"}).status_code == 422
    assert house.chief.post(answer, data={"decision": "fulfil", "answer": "Remise en main propre"}).status_code == 303
    assert house.chief.get(answer).status_code == 200


def archive_of(response: Any) -> tuple[str, dict[str, Any]]:
    assert response.status_code == 200
    assert response.mimetype == "application/zip"
    with zipfile.ZipFile(io.BytesIO(response.get_data())) as archive:
        return archive.read("mes-donnees.html").decode(), json.loads(archive.read("mes-donnees.json"))


def test_the_copy_holds_what_we_know_and_masks_others(house: Any) -> None:
    add_contact(house.person, Channel.SMS, "+33639984444", holder=Holder.RELATIVE, holder_name="Nora Dupuis")
    add_licence(house.person, checked_by=house.adviser)
    services.give_consent(
        person_id=house.person.id, kind=ConsentKind.PHOTO, manner=ConsentManner.SPOKEN, actor_id=None, now=NOW
    )
    services.add_representative(
        person_id=house.person.id,
        kind=RepresentativeKind.CURATOR,
        last_name="Tuteurin",
        valid_from_on=date(2026, 1, 1),
        phone="0639985555",
        actor_id=None,
        now=NOW,
    )
    services.note_contact(
        desk_id=house.desk.id,
        kind=NoteKind.CALL,
        person_id=house.person.id,
        caller_name="Gaston Voisin",
        text="Cherche une <b>voiture</b>",
        actor_id=house.adviser.id,
        now=NOW,
    )
    page, body = archive_of(house.chief.post(f"/personnes/{house.person.id}/copie"))
    whole = json.dumps(body, ensure_ascii=False)
    for present in ("Benali", "amel@exemple.fr", "+33639981234", "150659200123", "Garder une photo", "G. V.", "N. D."):
        assert present in page
        assert present in whole
    for masked in ("+33639984444", "Nora Dupuis", "Tuteurin", "+33639985555", "Gaston", "Alice Conseil", "Mona Chef"):
        assert masked not in page
        assert masked not in whole
    assert "&lt;b&gt;" in page
    assert "person.exported" in set(db.session.scalars(select(AuditEntry.action)))
    assert house.client.post(f"/personnes/{house.person.id}/copie").status_code == 403


def test_an_erasure_request_erases(house: Any) -> None:
    request_id = services.open_request(
        person_id=house.person.id, kind=RightsKind.ERASURE, channel=RequestChannel.DESK, actor_id=None, now=NOW
    )
    assert house.chief.post(f"/droits/{request_id}", data={"decision": "fulfil"}).status_code == 303
    db.session.expire_all()
    assert load(Person, house.person.id).erased_at is not None
    assert load(RightsRequest, request_id).state is RightsState.DONE
    assert house.chief.get(f"/personnes/{house.person.id}/fiche").status_code == 404


def test_retention_is_read_kept_and_confirmed(house: Any) -> None:
    old = [make_person(desk=house.desk, last_contact_at=NOW - timedelta(days=800)) for _ in range(2)]
    retention.plan(now=NOW)
    listing = text_of(house.chief.get("/conservation"))
    run = re.search(r"/conservation/(\d+)", listing)
    assert run is not None
    page = text_of(house.chief.get(run[0]))
    assert old[0].full_name in page
    keep = re.search(r"/conservation/lignes/(\d+)/garder", page)
    assert keep is not None
    assert house.chief.get(keep[0]).status_code == 200
    assert house.chief.post(keep[0], data={}).status_code == 422
    assert house.chief.post(keep[0], data={"reason": "Procès en cours"}).status_code == 303
    assert house.chief.post(f"{run[0]}/confirmer").status_code == 303
    assert "Confirmé" in text_of(house.chief.get(run[0]))
    assert house.chief.post(keep[0], data={"reason": "Trop tard"}).status_code == 422
    assert house.client.get("/conservation").status_code == 403


def test_a_manager_archives_and_opens_again(house: Any) -> None:
    fiche = f"/personnes/{house.person.id}/fiche"
    assert house.chief.post(f"/personnes/{house.person.id}/archiver").status_code == 303
    assert house.client.get(fiche).status_code == 404
    assert "Archivée" in text_of(house.chief.get(fiche))
    assert house.chief.post(f"/personnes/{house.person.id}/rouvrir").status_code == 303
    assert house.client.get(fiche).status_code == 200


def test_the_person_sees_copies_and_asks(app: Flask, house: Any) -> None:
    user = make_user(person_id=house.person.id, recipient_id=house.person.recipient_id)
    own = signed_in(app, user)
    page = text_of(own.get("/mon-espace/moi"))
    assert "Benali" in page
    assert "06 39 98 12 34" in page
    assert "Benali" in archive_of(own.post("/mon-espace/moi/copie"))[0]
    for ask, kind in (("corriger", RightsKind.RECTIFICATION), ("effacer", RightsKind.ERASURE)):
        assert own.get(f"/mon-espace/moi/{ask}").status_code == 200
        assert own.post(f"/mon-espace/moi/{ask}", data={"wish": "Mon nom s’écrit Bénali"}).status_code == 303
        request = db.session.scalars(select(RightsRequest).where(RightsRequest.kind == kind)).one()
        assert (request.channel, request.person_id) == (RequestChannel.PORTAL, house.person.id)
        assert own.post(f"/mon-espace/moi/{ask}", data={}).status_code == 422
    assert own.get("/mon-espace/moi/autre").status_code == 404
    assert "Vos demandes" in text_of(own.get("/mon-espace/moi"))
    for path in (f"/personnes/{house.person.id}/fiche", "/personnes", "/appels", "/droits", "/conservation"):
        assert own.get(path).status_code == 403
    assert house.client.get("/mon-espace/moi").status_code == 403


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
