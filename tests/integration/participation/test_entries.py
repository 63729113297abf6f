"""Entering an operation: once, on one page, nothing asked twice, sensitive answers that vanish."""

from __future__ import annotations

from datetime import date, timedelta
from io import BytesIO
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from mobility.accounts.models import AuditEntry, AuditValue, User
from mobility.accounts.policy import Role
from mobility.core.db import db, transaction
from mobility.documents.models import Document
from mobility.organisations.models import Agreement
from mobility.organisations.rules import OrganisationKind
from mobility.participation import lifecycle, services
from mobility.participation.errors import AlreadyEntered
from mobility.participation.models import EligibilityEvidence, Participation, ParticipationAnswer
from mobility.participation.rules.exits import Outcome
from mobility.participation.rules.items import AgeBand, Standing
from mobility.people import services as people
from mobility.people.kinds import PersonStatus
from mobility.people.models import Person
from tests.factories.accounts import make_user, signed_in
from tests.factories.desks import make_desk
from tests.factories.documents import PDF
from tests.factories.organisations import make_agreement, make_organisation
from tests.factories.participation import NOW
from tests.factories.people import make_person
from tests.integration.loans.pages import ok

pytestmark = pytest.mark.usefixtures("at_now")
TODAY = date(2026, 11, 24)
ALL = {
    "sex": "female", "employment": "long_term", "education": "isced_0_2", "disability": "refused",
    "third_country": "no", "foreign_origin": "refused", "minority": "no", "housing": "yes", "rural": "no",
    "priority_district": "yes",
}  # fmt: skip


@pytest.fixture
def scene(app: Flask) -> tuple[User, Person, Agreement]:
    desk = make_desk("Denain")
    adviser = make_user(Role.ADVISER, desk_id=desk.id, name="Claire Dupont")
    funder = make_organisation(OrganisationKind.FUNDER)
    operation = make_agreement(funder.id, desk_ids=[desk.id], name="Mobilité FSE+", fse_plus=True)
    make_agreement(funder.id, name="Convention ordinaire")
    return adviser, make_person(desk=desk, referent_user_id=adviser.id), operation


def enter(scene: Any, **values: Any) -> int:
    adviser, person, operation = scene
    wanted: dict[str, Any] = {
        "person_id": person.id, "agreement_id": operation.id, "entered_on": TODAY, "answers": {},
        "actor_id": adviser.id, "now": NOW,
    }  # fmt: skip
    return services.enter(**{**wanted, **values})


def answers() -> dict[str, str]:
    db.session.expire_all()
    return {row.item: row.value for row in db.session.scalars(select(ParticipationAnswer))}


def test_an_entry_is_taken_on_one_page_and_completed_later(app: Flask, scene: Any) -> None:
    adviser, person, operation = scene
    client = signed_in(app, adviser)
    page = ok(client.get(f"/personnes/{person.id}/entree"))
    assert "Mobilité FSE+" in page
    assert "Convention ordinaire" not in page
    assert "vous pouvez refuser de répondre à chaque question" in page
    assert page.count("Question sensible.") == 5
    assert page.count("Ne souhaite pas répondre") == 10
    data = {"agreement_id": operation.id, "entered_on": "2026-11-24", "sex": "female", "minority": "refused"}
    answer = client.post(f"/personnes/{person.id}/entree", data=data)
    assert answer.status_code == 303
    row = db.session.scalars(select(Participation)).one()
    assert (row.age_band, row.entered_by_id) == (AgeBand.FROM_30_TO_54, adviser.id)
    page = ok(client.get(answer.location))
    assert "8 questions à poser" in page
    assert "Justificatif à voir" in page
    page = ok(client.get(f"/participations/{row.id}"))
    assert page.count("checked") == 2
    client.post(f"/participations/{row.id}", data={**ALL, "version": row.version})
    assert answers() == ALL
    assert "Toutes les réponses sont notées" in ok(client.get(f"/personnes/{person.id}/entree-sortie"))
    changed = dict(
        db.session.execute(
            select(AuditValue.field, AuditValue.before)
            .join(AuditEntry, AuditEntry.id == AuditValue.entry_id)
            .where(AuditEntry.action == "participation.answers")
        ).all()
    )
    assert changed["minority"] == "refused", "a correction says what stood before"
    assert changed["rural"] is None
    assert "sex" not in changed


def test_two_who_answer_at_once_do_not_overwrite_each_other(app: Flask, scene: Any) -> None:
    adviser, _person, _operation = scene
    number = enter(scene)
    client = signed_in(app, adviser)
    assert client.post(f"/participations/{number}", data={"sex": "female", "version": 1}).status_code == 303
    refused = client.post(f"/participations/{number}", data={"sex": "male", "version": 1})
    assert refused.status_code in {409, 422}
    assert answers() == {"sex": "female"}


def test_a_paper_is_worth_what_the_rule_says(app: Flask, scene: Any) -> None:
    adviser, person, _operation = scene
    number = enter(scene)
    client = signed_in(app, adviser)
    ok(client.get(f"/participations/{number}/justificatif"))
    for dated_on, status in (("2026-11-25", 422), ("", 422), ("2026-08-01", 303)):
        sent = client.post(f"/participations/{number}/justificatif", data={"kind": "rsa", "dated_on": dated_on})
        assert sent.status_code == status, dated_on
    path = f"/personnes/{person.id}/entree-sortie"
    assert "trop ancien à l’entrée" in ok(client.get(path))
    assert "Justificatif à voir" in ok(client.get(path))
    client.post(
        f"/participations/{number}/justificatif",
        data={"kind": "france_travail", "dated_on": "2026-11-02", "paper": (BytesIO(PDF), "attestation.pdf")},
        content_type="multipart/form-data",
    )
    page = ok(client.get(path))
    assert "Éligibilité justifiée" in page
    document = db.session.scalars(select(Document)).one()
    assert f"/documents/{document.id}" in page
    assert client.get(f"/documents/{document.id}").status_code == 200


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        ({"entered_on": "2026-11-25"}, "Choisissez une date où la fiche et l’opération étaient ouvertes"),
        ({"entered_on": "2025-12-31"}, "Choisissez une date où la fiche et l’opération étaient ouvertes"),
        ({"agreement_id": "999"}, "Choisissez une réponse dans la liste"),
        ({"sex": "blue"}, "Choisissez une réponse dans la liste"),
    ],
)
def test_bad_input_gets_a_sentence_and_keeps_what_was_ticked(
    app: Flask, scene: Any, data: dict[str, str], sentence: str
) -> None:
    adviser, person, operation = scene
    sent = {"agreement_id": operation.id, "entered_on": "2026-11-24", "rural": "yes", **data}
    answer = signed_in(app, adviser).post(f"/personnes/{person.id}/entree", data=sent)
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert sentence in page
    assert 'name="rural" value="yes" checked' in page
    assert db.session.scalar(select(Participation.id)) is None


def test_nobody_enters_twice_even_after_a_return(app: Flask, scene: Any) -> None:
    adviser, person, operation = scene
    number = enter(scene, answers={"sex": "male"})
    left = services.leave(
        person_id=person.id, left_on=TODAY, outcome=Outcome.WORK, actor_id=adviser.id, now=NOW + timedelta(hours=1)
    )
    client = signed_in(app, adviser)
    sent = client.post(
        f"/personnes/{person.id}/entree", data={"agreement_id": operation.id, "entered_on": "2026-11-24"}
    )
    assert sent.status_code == 422
    services.come_back(departure_id=left, returned_on=TODAY, actor_id=adviser.id, now=NOW + timedelta(hours=2))
    with pytest.raises(AlreadyEntered):
        enter(scene)
    assert "Aucune opération à rejoindre" in ok(client.get(f"/personnes/{person.id}/entree"))
    assert db.session.scalars(select(Participation.id)).one() == number
    with pytest.raises(IntegrityError), transaction() as session:
        session.add(
            Participation(
                person_id=person.id, agreement_id=operation.id, entered_on=TODAY, items="2026", entered_at=NOW
            )
        )


def test_what_the_file_knows_is_proposed(app: Flask, scene: Any) -> None:
    adviser, person, operation = scene
    with transaction() as session:
        session.get_one(Person, person.id).status = PersonStatus.EMPLOYEE
    enter(scene, answers={"sex": "female", "minority": "refused"})
    other = make_agreement(operation.organisation_id, name="Autre opération", fse_plus=True)
    page = ok(signed_in(app, adviser).get(f"/personnes/{person.id}/entree"))
    assert 'name="sex" value="female" checked' in page
    assert 'name="employment" value="employed" checked' in page
    assert 'name="minority" value="refused" checked' not in page
    assert page.count("Proposé d’après la fiche") == 2
    assert other.name in page


def test_two_files_in_one_operation_become_one_entry(app: Flask, scene: Any) -> None:
    adviser, kept, _operation = scene
    merged = make_person(desk_id=kept.desk_id)
    first = enter(scene, answers={"sex": "male", "rural": "no"})
    second = enter(
        scene, person_id=merged.id, entered_on=TODAY - timedelta(days=9), answers={"sex": "female", "housing": "yes"},
        now=NOW + timedelta(hours=1),
    )  # fmt: skip
    with transaction() as session:
        session.add(
            EligibilityEvidence(participation_id=second, kind="rsa", dated_on=TODAY, standing="proves", seen_at=NOW)
        )
    people.merge_persons(kept_id=kept.id, merged_id=merged.id, actor_id=adviser.id, now=NOW)
    db.session.expire_all()
    row = db.session.scalars(select(Participation)).one()
    assert (row.id, row.entered_on) == (first, TODAY - timedelta(days=9))
    assert answers() == {"sex": "female", "rural": "no", "housing": "yes"}
    paper = db.session.scalars(select(EligibilityEvidence)).one()
    assert (paper.participation_id, paper.standing) == (first, Standing.AFTER_ENTRY), "the entry is earlier now"


def test_the_person_gets_every_answer_and_an_erased_file_keeps_no_sensitive_one(app: Flask, scene: Any) -> None:
    adviser, person, _operation = scene
    enter(scene, answers=ALL)
    entries, papers, _exits = lifecycle.export(person_id=person.id)
    assert {row["answer"] for row in entries.rows} >= {"Femme", "Ne souhaite pas répondre"}
    assert papers.rows == []
    people.erase_person(person_id=person.id, actor_id=adviser.id, now=NOW + timedelta(days=1))
    assert set(answers()) == {"sex", "employment", "education", "rural", "priority_district"}
    assert db.session.scalars(select(Participation.age_band)).one() is AgeBand.FROM_30_TO_54
    assert db.session.scalar(select(AuditValue.id).where(AuditValue.after == "refused")) is None


def test_others_see_nothing_of_it(app: Flask, scene: Any) -> None:
    number = enter(scene)
    elsewhere = signed_in(app, make_user(Role.MANAGER, desk_id=make_desk("Caudry").id))
    for path in (f"/participations/{number}", f"/participations/{number}/justificatif"):
        assert elsewhere.get(path).status_code == 404, path
