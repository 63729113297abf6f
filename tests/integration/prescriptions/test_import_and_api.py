"""A file of prescriptions, and a prescriber's software."""

from __future__ import annotations

import io
import re
from datetime import date
from itertools import count as count_from
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from mobility.accounts.services.tokens import create_token
from mobility.organisations.services import set_archived
from mobility.prescriptions import jobs, services
from mobility.prescriptions.kinds import DeadlineKind, ImportState, Need, Source
from mobility.prescriptions.models import Prescription, PrescriptionImport
from mobility.prescriptions.rules.states import State
from mobility.prescriptions.services.routing import desks_around
from tests.factories.accounts import signed_in
from tests.factories.people import make_person
from tests.factories.prescriptions import DAY, NOW, House, bring_to, origin_of, typed

_numbers = count_from(1)
HEAD = "Nom;Prénom;Date de naissance;Commune;Téléphone;Accord;Besoins;Précisions"
GOOD = [
    "Lefèvre;Nadia;02/03/1994;Denain;06 39 98 00 01;oui;permis;Usine",
    "Wattiez;Paul;1/2/1980;59172;06 39 98 00 02;OUI;;",
    "Lefevre;Nadia;02/03/1994;Denain;06 39 98 00 03;x;;",
]
BAD = [
    "Dupont;Ines;31/02/1990;Denain;06 39 98 00 04;oui;;",
    "Dupont;Lea;01/02/1990;Nulle-Part;06 39 98 00 05;oui;;",
    "Dupont;Zoe;01/02/1990;Denain;06 39 98 00 06;non;;",
    "Dupont;Ana;01/02/1990;Denain;;oui;;",
    "Dupont;Eva;01/02/1990;Denain;06 39 98 00 07;oui;;2 94 03 59 172 001 50",
    "=CMD();Eve;01/02/1990;Denain;06 39 98 00 08;oui;;",
    "Dupont;Mia;01/02/1990;Lille;06 39 98 00 09;oui;;",
]


def upload(app: Flask, house: House, lines: list[str], *, once: str = "u", name: str = "orientations.csv") -> Any:
    return signed_in(app, house.adviser).post(
        "/bannette/import",
        data={
            "organisation_id": house.organisation.id,
            "once": once,
            "file": (io.BytesIO("\n".join([HEAD, *lines]).encode()), name),
        },
        content_type="multipart/form-data",
    )


def count(session: Session) -> int:
    session.expire_all()
    return session.scalar(select(func.count()).select_from(Prescription)) or 0


def text_of(response: Any) -> str:
    return re.sub(r"\s+", " ", response.get_data(as_text=True))


def test_a_file_is_shown_line_by_line_and_nothing_is_made_before_the_yes(
    app: Flask, house: House, session: Session
) -> None:
    make_person("Paul", "Wattiez", desk=house.desk, born_on=date(1980, 2, 1))
    client = signed_in(app, house.adviser)
    shown = upload(app, house, GOOD + BAD)
    assert shown.status_code == 303
    page = text_of(client.get(shown.location))
    for words in (
        "Fiche qui ressemble", "Paul Wattiez", "Comme la ligne 2", "Écrivez la date de naissance ainsi",
        "Cette commune n’est pas connue", "Écrivez « oui »", "sans cela, nous ne pouvons pas la joindre",
        "contenait un numéro de sécurité sociale", "contient une formule", "Commune sans antenne", "Ira à l’antenne la plus proche",
    ):  # fmt: skip
        assert words in page, words
    # Ticked by itself: only the line with which nothing is the matter.
    assert re.findall(r'value="(\d+)" id="ligne-\d+" checked', page) == ["2"]
    assert "29403" not in str(session.scalars(select(PrescriptionImport.rows)).one())
    assert count(session) == 0
    refused = client.post(shown.location, data={"lines": ["5"], "act": "confirm", "once": "1"})
    assert refused.status_code == 422, "a line with an error cannot be ticked"
    assert client.post(shown.location, data={"act": "confirm", "once": "2"}).status_code == 422
    assert count(session) == 0
    done = client.post(shown.location, data={"lines": ["2", "3"], "act": "confirm", "once": "3"})
    assert done.status_code == 303
    rows = session.scalars(select(Prescription).order_by(Prescription.id)).all()
    assert [(row.last_name, row.source, row.desk_id) for row in rows] == [
        ("Lefèvre", Source.IMPORT, house.desk.id), ("Wattiez", Source.IMPORT, house.desk.id),
    ]  # fmt: skip
    kept = session.scalars(select(PrescriptionImport)).one()
    assert (kept.state, kept.rows, kept.made) == (ImportState.DONE, None, 2)
    again = client.post(shown.location, data={"lines": ["2"], "act": "confirm", "once": "4"})
    assert "2 orientations ont été importées" in text_of(again)
    assert count(session) == 2


def test_whoever_is_sent_already_is_named_line_by_line(app: Flask, house: House, session: Session) -> None:
    mine = bring_to(house, State.ASSIGNED)
    services.send(
        intake=typed(first_name="Paul", last_name="Wattiez", born_on=date(1980, 2, 1)),
        origin=origin_of(house), desk_id=house.other.id, now=NOW,
    )  # fmt: skip
    ended = bring_to(house, State.REFUSED, first_name="Eva", last_name="Dupont", born_on=date(1990, 2, 1))
    lines = [*GOOD[:2], "Dupont;Eva;01/02/1990;Denain;06 39 98 00 07;oui;;"]
    page = text_of(signed_in(app, house.adviser).get(upload(app, house, lines).location))
    assert f'href="/bannette/{mine}"' in page
    assert "reçue le 24/11/2026 à l’antenne Denain" in page
    assert "reçue le 24/11/2026 à l’antenne Caudry" in page, "of another desk's the desk alone"
    assert f'href="/bannette/{ended}"' not in page, "what has ended stands in nobody's way"
    assert re.findall(r'value="(\d+)" id="ligne-\d+" checked', page) == ["4"]


def test_a_file_that_has_the_same_phone_is_named(app: Flask, house: House) -> None:
    make_person("Nadia", "Lefevre-Dubois", desk=house.desk, born_on=date(1994, 3, 2), phone="+33639980001")
    page = text_of(signed_in(app, house.adviser).get(upload(app, house, GOOD[:1]).location))
    assert "Lefevre-Dubois" in page
    assert "téléphone" in page.split("Lefevre-Dubois")[1][:200]


def test_every_column_lands_and_no_word_is_lost(app: Flask, house: House, session: Session) -> None:
    client = signed_in(app, house.adviser)
    head = (
        "Nom;Prénom;Date de naissance;Commune;Téléphone;Accord;Besoins;Langue;Messages discrets;Retour au prescripteur;"
        "Date importante;Ce qui commence;Ce qui lui a été dit;Fonction"
    )
    good = "Karimi;Samira;02/03/1994;Denain;0639980001;oui;permis, tapis volant;arabe;oui;oui;07/12/2026;formation;Un rendez-vous.;Conseillère"
    bad = "Dupont;Ana;01/02/1990;Denain;0639980004;oui;;klingon;peut-être;;;voyage;;"
    answer = client.post(
        "/bannette/import",
        data={
            "organisation_id": house.organisation.id, "once": "c",
            "file": (io.BytesIO(f"{head}\n{good}\n{bad}".encode()), "o.csv"),
        },
        content_type="multipart/form-data",
    )  # fmt: skip
    page = text_of(client.get(answer.location))
    for words in (
        "« tapis volant » est gardé",
        "Cette langue n’est pas dans la liste",
        "Écrivez « oui » ou « non »",
        "Écrivez : emploi",
    ):
        assert words in page, words
    assert client.post(answer.location, data={"lines": ["2"], "act": "confirm", "once": "d"}).status_code == 303
    row = session.scalars(select(Prescription)).one()
    assert (row.language, row.discreet, row.shares_back, row.deadline_kind, row.said, row.referent_role) == (
        "ar", True, True, DeadlineKind.TRAINING, "Un rendez-vous.", "Conseillère",
    )  # fmt: skip
    assert row.needs == [Need.LICENCE.value]
    assert "tapis volant" in row.need_text


def test_a_file_that_is_dropped_or_forgotten_leaves_nothing(app: Flask, house: House, session: Session) -> None:
    client = signed_in(app, house.adviser)
    dropped = upload(app, house, GOOD, once="a").location
    assert client.post(dropped, data={"act": "drop", "once": "d"}).status_code == 303
    upload(app, house, GOOD, once="b")
    assert jobs.tidy(NOW + DAY)["imports"] == 0
    assert jobs.tidy(NOW + 3 * DAY)["imports"] == 1
    session.expire_all()
    assert session.scalars(select(PrescriptionImport.rows)).all() == [None, None]
    assert count(session) == 0


def test_a_file_is_seen_by_whoever_brought_it_alone(app: Flask, house: House) -> None:
    location = upload(app, house, GOOD).location
    assert signed_in(app, house.manager).get(location).status_code == 404


def test_all_or_none_are_made_when_the_world_has_changed(app: Flask, house: House, session: Session) -> None:
    location = upload(app, house, GOOD[:2]).location
    set_archived(organisation_id=house.organisation.id, archived=True, actor_id=None, now=NOW)
    answer = signed_in(app, house.adviser).post(location, data={"lines": ["2", "3"], "act": "confirm", "once": "z"})
    assert answer.status_code == 422
    assert "Ligne 2" in text_of(answer)
    assert count(session) == 0


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04rubbish", b"\x00\x01", b"Nom;Prenom\nA;B"])
def test_what_is_no_table_is_refused_beside_its_field(app: Flask, house: House, content: bytes) -> None:
    answer = signed_in(app, house.adviser).post(
        "/bannette/import",
        data={"organisation_id": house.organisation.id, "once": "x", "file": (io.BytesIO(content), "f.xlsx")},
        content_type="multipart/form-data",
    )
    assert answer.status_code == 422


BODY: dict[str, Any] = {
    "first_name": "Nadia",
    "last_name": "Lefèvre",
    "born_on": "1994-03-02",
    "insee_code": "59172",
    "consent": True,
    "needs": ["go_to_work"],
    "phone": "06 39 98 00 01",
    "referent_name": "Laurent Petit",
    "referent_email": "laurent@mission.example",
}


def caller(app: Flask, desk_ids: list[int] | None = None, scopes: list[str] | None = None) -> Any:
    secret = create_token(
        name=f"Logiciel {next(_numbers)}", scopes=scopes or ["prescriptions:write"], desk_ids=desk_ids, now=NOW
    )
    client = app.test_client()

    def ask(method: str, path: str, body: Any = None, key: str = "k1") -> Any:
        headers = {"Authorization": f"Bearer {secret}", "Idempotency-Key": key}
        return client.open(f"/api/v1{path}", method=method, json=body, headers=headers)

    return ask


def test_software_sends_once_and_sees_one_word(app: Flask, house: House, session: Session) -> None:
    ask = caller(app)
    body = {**BODY, "organisation_id": house.organisation.id}
    answer = ask("POST", "/prescriptions", body)
    assert answer.status_code == 201
    assert set(answer.json) == {"id", "state", "received_at", "desk_id", "outside", "target_on"}
    assert ask("POST", "/prescriptions", body).json == answer.json
    assert count(session) == 1
    assert session.scalars(select(Prescription.source)).one() is Source.API
    assert ask("GET", f"/prescriptions/{answer.json['id']}").json["state"] == "received"
    started = bring_to(house, State.STARTED, first_name="Ines")
    assert ask("GET", f"/prescriptions/{started}").json["state"] == "started"


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"consent": False}, 422),
        ({"needs": []}, 422),
        ({"needs": ["moon"]}, 422),
        ({"insee_code": "00000"}, 409),
        ({"insee_code": "59350", "desk_id": 999_999}, 422),
        ({"born_on": "31/02/1990"}, 422),
        ({"organisation_id": 999_999}, 409),
        ({"phone": "12"}, 409),
        ({"phone": "06 39 98 00 01", "need_text": "2 94 03 59 172 001 50"}, 409),
        ({"deadline_on": "2026-12-01"}, 409),
    ],
)
def test_what_cannot_be_taken_is_refused(
    app: Flask, house: House, session: Session, change: dict[str, Any], status: int
) -> None:
    answer = caller(app)("POST", "/prescriptions", {**BODY, "organisation_id": house.organisation.id, **change})
    assert answer.status_code == status
    assert answer.mimetype == "application/problem+json"
    assert count(session) == 0


def test_a_token_reaches_its_desks_and_its_scope_alone(app: Flask, house: House, session: Session) -> None:
    body = {**BODY, "organisation_id": house.organisation.id}
    assert caller(app, desk_ids=[house.other.id])("POST", "/prescriptions", body).status_code == 422
    assert caller(app, scopes=["desks:read"])("POST", "/prescriptions", body).status_code == 403
    number = bring_to(house, State.RECEIVED)
    assert caller(app, desk_ids=[house.other.id])("GET", f"/prescriptions/{number}").status_code == 404
    assert count(session) == 1


def test_somebody_from_a_commune_that_no_desk_serves_is_received_too(
    app: Flask, house: House, session: Session
) -> None:
    """As the form does it: by the desk that was chosen, else by the nearest; the desk then says what it can do."""
    ask, body = caller(app), {**BODY, "organisation_id": house.organisation.id, "insee_code": "59350"}
    nearest = desks_around("59350")[0][0].id
    other = next(desk.id for desk, _km in desks_around("59350") if desk.id != nearest)
    assert ask("POST", "/prescriptions", body).json["desk_id"] == nearest
    chosen = ask("POST", "/prescriptions", {**body, "first_name": "Ines", "desk_id": other}, key="k2").json
    assert (chosen["desk_id"], chosen["outside"], chosen["state"]) == (other, True, "received")
    served = {**BODY, "organisation_id": house.organisation.id, "first_name": "Lea", "desk_id": house.other.id}
    answer = ask("POST", "/prescriptions", served, key="k3").json
    assert (answer["desk_id"], answer["outside"]) == (house.desk.id, False)
    only = caller(app, desk_ids=[other])
    assert only("POST", "/prescriptions", {**body, "first_name": "Zoe"}).status_code == 422


def test_a_line_from_a_commune_that_no_desk_serves_is_imported_once_ticked(
    app: Flask, house: House, session: Session
) -> None:
    client = signed_in(app, house.adviser)
    shown = upload(app, house, ["Dupont;Mia;01/02/1990;Lille;06 39 98 00 09;oui;;"])
    assert re.findall(r'value="(\d+)" id="ligne-\d+" checked', text_of(client.get(shown.location))) == []
    done = client.post(shown.location, data={"lines": ["2"], "act": "confirm", "once": "1"})
    assert done.status_code == 303
    row = session.scalars(select(Prescription)).one()
    assert (row.desk_id, row.outside) == (desks_around("59350")[0][0].id, True)
