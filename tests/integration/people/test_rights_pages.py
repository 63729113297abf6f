"""The pages of people's rights: requests, copies, erasure, retention, and the person's own."""

from __future__ import annotations

import json
import re
from datetime import date, timedelta
from typing import Any

from flask import Flask
from sqlalchemy import select

from mobility.accounts.models import AuditEntry
from mobility.core.db import db, load
from mobility.notifications.kinds import Channel, Holder
from mobility.people import services
from mobility.people.kinds import (
    ConsentKind,
    ConsentManner,
    NoteKind,
    RepresentativeKind,
    RequestChannel,
    RightsKind,
    RightsState,
)
from mobility.people.models import Person, RightsRequest
from mobility.people.services import retention
from tests.factories.accounts import make_user, signed_in
from tests.factories.people import add_contact, add_licence, make_person
from tests.integration.people.pages import NOW, archive_of, text_of


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


def test_the_copy_holds_what_we_know_and_masks_others(house: Any) -> None:
    add_contact(house.person, Channel.SMS, "+33639984444", holder=Holder.RELATIVE, holder_name="Nora Dupuis")
    add_licence(house.person, checked_by=house.adviser)
    services.give_consent(
        person_id=house.person.id, kind=ConsentKind.PHOTO, manner=ConsentManner.SPOKEN, actor_id=None, now=NOW
    )
    services.add_representative(
        person_id=house.person.id,
        signatory=services.Signatory(
            kind=RepresentativeKind.CURATOR,
            last_name="Tuteurin",
            valid_from_on=date(2026, 1, 1),
            phone="0639985555",
        ),
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


def test_a_complaint_goes_to_the_manager_who_owes_an_answer_that_the_person_reads(app: Flask, house: Any) -> None:
    own = signed_in(app, make_user(person_id=house.person.id, recipient_id=house.person.recipient_id))
    assert "Faire une réclamation" in text_of(own.get("/mon-espace/moi"))
    empty = own.post("/mon-espace/moi/reclamer", data={"wish": " "})
    assert empty.status_code == 422
    assert own.post("/mon-espace/moi/reclamer", data={"wish": "La voiture ne démarrait pas."}).status_code == 303
    request = db.session.scalars(select(RightsRequest)).one()
    assert request.kind is RightsKind.COMPLAINT
    for path in ("/a-faire", "/a-faire/antenne"):
        page = text_of(house.chief.get(path))
        assert "Répondre à une réclamation : " in page
        assert house.person.last_name in page
    assert "réclamation" not in text_of(house.client.get("/a-faire")), "complaints are the manager's"
    answer = f"/droits/{request.id}"
    assert "La voiture ne démarrait pas." in text_of(house.chief.get(answer))
    silent = house.chief.post(answer, data={"decision": "fulfil", "answer": ""})
    assert silent.status_code == 422
    assert "Écrivez votre réponse" in text_of(silent)
    assert house.chief.post(answer, data={"decision": "fulfil", "answer": "Nous l’avons réparée."}).status_code == 303
    assert "Nous l’avons réparée." in text_of(own.get("/mon-espace/moi"))
    assert "Répondre à une réclamation" not in text_of(house.chief.get("/a-faire"))
