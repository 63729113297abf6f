"""An exit: noted, proven later, taken back; merged, exported, erased."""

from __future__ import annotations

from datetime import date, timedelta
from io import BytesIO
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from mobility.accounts.models import AuditEntry, User
from mobility.accounts.policy import Role
from mobility.caseload import services as caseload
from mobility.core.db import db
from mobility.documents.models import Document
from mobility.journal.models import JournalEntry
from mobility.participation import lifecycle, services
from mobility.participation.errors import AlreadyLeft, NotLeft
from mobility.participation.models import Departure
from mobility.participation.rules.exits import Outcome, Proof
from mobility.people import services as people
from mobility.people.kinds import Phase
from mobility.people.models import Person
from tests.factories.accounts import make_user, signed_in
from tests.factories.desks import make_desk
from tests.factories.documents import PDF
from tests.factories.participation import NOW, a_departure
from tests.factories.people import make_person
from tests.integration.loans.pages import HOSTILE, ok

pytestmark = pytest.mark.usefixtures("at_now")
LEFT = date(2026, 11, 20)


@pytest.fixture
def scene(app: Flask) -> tuple[User, Person]:
    desk = make_desk("Denain")
    adviser = make_user(Role.ADVISER, desk_id=desk.id, name="Claire Dupont")
    return adviser, make_person(desk=desk, referent_user_id=adviser.id)


def only() -> Departure:
    db.session.expire_all()
    return db.session.scalars(select(Departure)).one()


def leave(person: Person, adviser: User, **values: Any) -> int:
    wanted: dict[str, Any] = {"left_on": LEFT, "outcome": Outcome.WORK, "actor_id": adviser.id, "now": NOW}
    return services.leave(person_id=person.id, **{**wanted, **values})


def test_an_exit_is_noted_from_the_persons_page_and_proven_later(app: Flask, scene: tuple[User, Person]) -> None:
    adviser, person = scene
    client = signed_in(app, adviser)
    page = ok(client.get(f"/personnes/{person.id}"))
    assert "Accompagnement en cours" in page
    assert f"/personnes/{person.id}/entree-sortie" in page
    assert "Noter la sortie" in ok(client.get(f"/personnes/{person.id}/entree-sortie"))
    ok(client.get(f"/personnes/{person.id}/sortie"))
    answer = client.post(f"/personnes/{person.id}/sortie", data={"left_on": "2026-11-20", "outcome": "work"})
    assert answer.status_code == 303
    row = only()
    page = ok(client.get(answer.location))
    assert "À justifier avant le 18/12/2026" in page
    assert "Sortie le 20/11/2026" in ok(client.get(f"/personnes/{person.id}"))
    answer = client.post(
        f"/sorties/{row.id}",
        data={
            "left_on": "2026-11-20", "outcome": "work", "proof": "contract", "version": row.version,
            "paper": (BytesIO(PDF), "contrat.pdf"),
        },
        content_type="multipart/form-data",
    )  # fmt: skip
    assert answer.status_code == 303
    row = only()
    assert (row.proof, row.proven_at) == (Proof.CONTRACT, NOW)
    document = db.session.scalars(select(Document)).one()
    assert (row.document_id, document.person_id) == (document.id, person.id)
    page = ok(client.get(answer.location))
    assert "À justifier" not in page
    assert f"/documents/{document.id}" in page
    assert client.get(f"/documents/{document.id}").status_code == 200
    of_exit = select(JournalEntry.kind).where(JournalEntry.subject_kind == "departure").order_by(JournalEntry.id)
    kinds = list(db.session.scalars(of_exit))
    assert kinds == ["departure.left_work", "departure.proven"]
    acts = set(db.session.scalars(select(AuditEntry.action).where(AuditEntry.subject_kind == "departure")))
    assert acts == {"departure.left", "departure.proven"}


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        ({"left_on": "2026-11-25", "outcome": "work"}, "Choisissez une date entre l’ouverture de la fiche"),
        ({"left_on": "2025-12-31", "outcome": "work"}, "Choisissez une date entre l’ouverture de la fiche"),
        ({"left_on": "hier", "outcome": "work"}, "Cette date n’existe pas"),
        ({"left_on": "2026-11-20"}, "Choisissez une réponse"),
        ({"left_on": "2026-11-20", "outcome": "holidays"}, "Choisissez une réponse dans la liste"),
        ({"left_on": "2026-11-20", "outcome": "work", "note": "2 95 10 99 126 111 93"}, "numéro de sécurité sociale"),
        ({"left_on": "2026-11-20", "outcome": "work", "note": HOSTILE, "proof": "x"}, "Choisissez une réponse"),
    ],
)
def test_bad_input_gets_a_sentence_and_keeps_what_was_typed(
    app: Flask, scene: tuple[User, Person], data: dict[str, str], sentence: str
) -> None:
    adviser, person = scene
    answer = signed_in(app, adviser).post(f"/personnes/{person.id}/sortie", data={"note": "un mot", **data})
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert sentence in page
    assert "un mot" in page or "note" in data
    assert HOSTILE not in page
    assert db.session.scalar(select(Departure.id)) is None


def test_a_file_without_its_name_is_refused(app: Flask, scene: tuple[User, Person]) -> None:
    adviser, person = scene
    answer = signed_in(app, adviser).post(
        f"/personnes/{person.id}/sortie",
        data={"left_on": "2026-11-20", "outcome": "work", "paper": (BytesIO(PDF), "contrat.pdf")},
        content_type="multipart/form-data",
    )
    assert answer.status_code == 422
    assert "Dites quel justificatif c’est" in answer.get_data(as_text=True)


def test_a_return_closes_the_exit_and_another_may_follow(app: Flask, scene: tuple[User, Person]) -> None:
    adviser, person = scene
    client = signed_in(app, adviser)
    number = leave(person, adviser)
    with pytest.raises(AlreadyLeft):
        leave(person, adviser)
    assert client.get(f"/personnes/{person.id}/sortie").status_code == 303
    ok(client.get(f"/sorties/{number}/retour"))
    refused = client.post(f"/sorties/{number}/retour", data={"returned_on": "2026-11-19"})
    assert refused.status_code == 422
    assert client.post(f"/sorties/{number}/retour", data={"returned_on": "2026-11-22"}).status_code == 303
    assert only().returned_on == date(2026, 11, 22)
    assert "De retour depuis le 22/11/2026" in ok(client.get(f"/personnes/{person.id}/entree-sortie"))
    assert client.get(f"/sorties/{number}").status_code == 303
    with pytest.raises(NotLeft):
        services.come_back(departure_id=number, returned_on=LEFT, actor_id=adviser.id, now=NOW)
    again = leave(person, adviser, left_on=date(2026, 11, 23), outcome=Outcome.MOVED)
    assert again != number


@pytest.mark.parametrize("before", [Phase.COACHING, None])
def test_the_phase_follows_the_exit_and_the_return(
    app: Flask, scene: tuple[User, Person], before: Phase | None
) -> None:
    adviser, person = scene
    if before is not None:
        caseload.set_phase(person_id=person.id, phase=before, since_on=date(2026, 9, 1), actor_id=None, now=NOW)
    number = leave(person, adviser)
    assert db.session.get_one(Person, person.id, populate_existing=True).phase is Phase.LEFT
    services.come_back(departure_id=number, returned_on=date(2026, 11, 22), actor_id=adviser.id, now=NOW)
    row = db.session.get_one(Person, person.id, populate_existing=True)
    assert (row.phase, row.phase_since_on) == (Phase.WELCOME, date(2026, 11, 22))


def test_a_proof_that_was_wrong_can_be_taken_back(app: Flask, scene: tuple[User, Person]) -> None:
    adviser, person = scene
    number = leave(person, adviser, proof=Proof.PAYSLIP, note="note")
    client = signed_in(app, adviser)
    page = ok(client.get(f"/sorties/{number}"))
    assert 'value="payslip" selected' in page or 'selected value="payslip"' in page
    client.post(f"/sorties/{number}", data={"left_on": "2026-11-20", "outcome": "training", "proof": ""})
    row = only()
    assert (row.outcome, row.proof, row.proven_at, row.note) == (Outcome.TRAINING, None, None, "")
    client.post(f"/sorties/{number}", data={"left_on": "2026-11-20", "outcome": "training", "version": 1})
    assert only().version == row.version, "an old version changes nothing"


def test_others_see_nothing_of_it(app: Flask, scene: tuple[User, Person]) -> None:
    adviser, person = scene
    number = leave(person, adviser)
    elsewhere = signed_in(app, make_user(Role.MANAGER, desk_id=make_desk("Caudry").id))
    for path in (f"/sorties/{number}", f"/sorties/{number}/retour", f"/personnes/{person.id}/entree-sortie"):
        assert elsewhere.get(path).status_code == 404, path


def test_two_files_that_become_one_are_counted_once(app: Flask, scene: tuple[User, Person]) -> None:
    adviser, kept = scene
    merged = make_person(desk_id=kept.desk_id)
    a_departure(kept.id, left_on=date(2026, 3, 1))
    a_departure(merged.id, left_on=date(2026, 6, 1), outcome=Outcome.TRAINING)
    a_departure(merged.id, left_on=date(2026, 2, 1), returned_on=date(2026, 2, 9), returned_at=NOW)
    people.merge_persons(kept_id=kept.id, merged_id=merged.id, actor_id=adviser.id, now=NOW)
    db.session.expire_all()
    rows = db.session.scalars(select(Departure).order_by(Departure.left_on)).all()
    assert {row.person_id for row in rows} == {kept.id}
    assert [row.returned_on for row in rows] == [date(2026, 2, 9), date(2026, 6, 1), None]
    assert rows[-1].outcome is Outcome.TRAINING


def test_the_person_gets_a_copy_and_an_erased_file_keeps_no_word(app: Flask, scene: tuple[User, Person]) -> None:
    adviser, person = scene
    leave(person, adviser, proof=Proof.CONTRACT, note="Chez son oncle")
    *_entries, found = lifecycle.export(person_id=person.id)
    assert found.rows[0]["note"] == "Chez son oncle"
    assert set(found.rows[0]) == set(found.columns)
    people.erase_person(person_id=person.id, actor_id=adviser.id, now=NOW + timedelta(days=1))
    assert (only().note, only().outcome) == ("effacé", Outcome.WORK)
