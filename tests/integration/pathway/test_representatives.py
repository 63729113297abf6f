"""A plan signed by whoever represents the person: in their stead, or beside them; on screen, by a link, on paper."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from io import BytesIO
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from pypdf import PdfReader
from sqlalchemy import select, text
from sqlalchemy.exc import DatabaseError, IntegrityError

from mobility.core.clock import day_of
from mobility.core.db import db, load, transaction
from mobility.documents import storage
from mobility.documents.models import Document
from mobility.notifications.models import ContactPoint, OutboxMessage
from mobility.pathway import ddl
from mobility.pathway.errors import PlanUnchanged, RepresentativeUnknown, RepresentativeUnreached, SignersChanged
from mobility.pathway.models import PlanVersion
from mobility.pathway.plan import lifecycle as plan_lifecycle
from mobility.pathway.plan import queries as plan_queries
from mobility.pathway.plan.rules.terms import Manner, Party, PlanState, VersionState
from mobility.pathway.services import signing
from mobility.people import services as people
from mobility.people.errors import RepresentativeMissing
from mobility.people.kinds import LegalProtection, RepresentativeKind
from mobility.people.models import Person, Representative
from mobility.people.rules import SignsWith
from tests.factories.pathway import NOW
from tests.integration.pathway.pages import text as text_of_page
from tests.integration.pathway.planning_scene import PlanScene, a_plan

pytestmark = pytest.mark.usefixtures("frozen")
TODAY = day_of(NOW)


def protected(person_id: int, protection: LegalProtection) -> None:
    with transaction():
        load(Person, person_id).legal_protection = protection


def aged(person_id: int, years: int) -> None:
    with transaction():
        load(Person, person_id).born_on = date(TODAY.year - years, 1, 1)


def a_representative(person_id: int, kind: RepresentativeKind, **values: Any) -> int:
    facts: dict[str, Any] = {
        "first_name": "Jeanne", "last_name": "Moreau", "email": "jeanne@exemple.fr", "valid_from_on": date(2025, 1, 1),
    }  # fmt: skip
    signatory = people.Signatory(kind=kind, **{**facts, **values})
    return people.add_representative(person_id=person_id, signatory=signatory, actor_id=None, now=NOW)


def a_represented(protection: LegalProtection, kind: RepresentativeKind) -> tuple[PlanScene, int]:
    scene = a_plan()
    scene.step()
    aged(scene.person_id, 40)
    protected(scene.person_id, protection)
    return scene, a_representative(scene.person_id, kind)


def version_of(version_id: int) -> PlanVersion:
    db.session.expire_all()
    return plan_queries.get_version(version_id)


def read(version: PlanVersion) -> str:
    document = db.session.get_one(Document, version.document_id)
    return "\n".join(page.extract_text() for page in PdfReader(BytesIO(storage.read(document.storage_key))).pages)


def represent(scene: PlanScene, version_id: int, representative_id: int | None, **values: Any) -> VersionState:
    return scene.sign(
        version_id, Party.REPRESENTATIVE, name="Jeanne Moreau", representative_id=representative_id, **values
    )


def test_a_minor_without_a_parent_in_the_file_has_nothing_to_sign(app: Flask) -> None:
    scene = a_plan()
    scene.step()
    aged(scene.person_id, 17)
    with pytest.raises(RepresentativeMissing):
        scene.lay()
    a_representative(scene.person_id, RepresentativeKind.CURATOR)
    with pytest.raises(RepresentativeMissing):
        scene.lay()


def test_a_parent_signs_for_a_minor_and_the_paper_says_so(app: Flask) -> None:
    scene = a_plan()
    scene.step()
    aged(scene.person_id, 17)
    parent_id = a_representative(scene.person_id, RepresentativeKind.PARENT)
    version_id = scene.lay()
    assert version_of(version_id).content["representatives"] == [
        {"name": "Jeanne Moreau", "quality": "Parent (autorité parentale)"}
    ]
    assert represent(scene, version_id, parent_id) is VersionState.WAITING
    assert scene.sign(version_id, Party.ADVISER, name="Camille Durand") is VersionState.SIGNED
    version = version_of(version_id)
    assert (version.person_signed_at, scene.plan.state) == (None, PlanState.AGREED)
    assert version.representative_quality == "Parent (autorité parentale)"
    said = read(version)
    assert "Représentée par" in said
    assert "Au nom de la personne" in said
    assert "Jeanne Moreau" in said
    assert "si elle le souhaite" not in said


def test_a_minor_may_sign_beside_their_parent(app: Flask) -> None:
    scene, guardian_id = a_represented(LegalProtection.GUARDIANSHIP, RepresentativeKind.GUARDIAN)
    version_id = scene.lay()
    assert scene.sign(version_id) is VersionState.WAITING
    assert represent(scene, version_id, guardian_id) is VersionState.WAITING
    assert scene.sign(version_id, Party.ADVISER, name="Camille Durand") is VersionState.SIGNED
    said = read(version_of(version_id))
    assert "Nadia Benali" in said
    assert "La personne, si elle le souhaite" in said


@pytest.mark.parametrize("last", list(Party))
def test_under_curatelle_three_sign_in_any_order(app: Flask, last: Party) -> None:
    scene, curator_id = a_represented(LegalProtection.CURATORSHIP, RepresentativeKind.CURATOR)
    version_id = scene.lay()
    for party in (*(one for one in Party if one is not last), last):
        state = scene.sign(version_id, party, name="Jeanne Moreau", representative_id=curator_id)
        assert (state is VersionState.SIGNED) == (party is last)
    said = read(version_of(version_id))
    assert "Avec la personne" in said
    assert "Curateur ou curatrice" in said


def test_nobody_signs_for_somebody_who_signs_alone(app: Flask) -> None:
    scene = a_plan()
    scene.step()
    representative_id = a_representative(scene.person_id, RepresentativeKind.GUARDIAN)
    version_id = scene.lay()
    with pytest.raises(SignersChanged):
        represent(scene, version_id, representative_id)


def test_who_is_not_named_or_whose_mandate_has_ended_does_not_sign(app: Flask) -> None:
    scene, guardian_id = a_represented(LegalProtection.GUARDIANSHIP, RepresentativeKind.GUARDIAN)
    version_id = scene.lay()
    other = a_representative(a_plan().person_id, RepresentativeKind.GUARDIAN)
    for unknown in (None, other, 10**6):
        with pytest.raises(RepresentativeUnknown):
            represent(scene, version_id, unknown)
    people.end_representative(
        person_id=scene.person_id, representative_id=guardian_id, on=TODAY - timedelta(days=1), actor_id=None, now=NOW
    )
    with pytest.raises(RepresentativeUnknown):
        represent(scene, version_id, guardian_id)


def test_a_measure_that_ends_meanwhile_asks_for_a_new_version(app: Flask) -> None:
    scene, guardian_id = a_represented(LegalProtection.GUARDIANSHIP, RepresentativeKind.GUARDIAN)
    first = scene.lay()
    protected(scene.person_id, LegalProtection.NONE)
    for party in Party:
        with pytest.raises(SignersChanged):
            scene.sign(first, party, representative_id=guardian_id)
    second = scene.lay()
    assert second != first
    assert version_of(second).signs_with is SignsWith.ALONE


def test_another_guardian_is_no_new_promise(app: Flask) -> None:
    scene, guardian_id = a_represented(LegalProtection.GUARDIANSHIP, RepresentativeKind.GUARDIAN)
    version_id = scene.lay()
    represent(scene, version_id, guardian_id)
    scene.sign(version_id, Party.ADVISER, name="Camille Durand")
    a_representative(scene.person_id, RepresentativeKind.INSTITUTION, organisation_name="UDAF")
    with pytest.raises(PlanUnchanged):
        scene.lay()


def test_the_representative_signs_by_their_own_link(app: Flask, client: FlaskClient) -> None:
    scene, guardian_id = a_represented(LegalProtection.GUARDIANSHIP, RepresentativeKind.GUARDIAN)
    version_id = scene.lay()
    assert signing.send_to_sign(version_id=version_id, representative_id=guardian_id, actor_id=None, now=NOW)
    assert not signing.send_to_sign(version_id=version_id, representative_id=guardian_id, actor_id=None, now=NOW)
    message = db.session.scalars(select(OutboxMessage).where(OutboxMessage.template == "plan_to_sign_for")).one()
    assert message.recipient_id != load(Person, scene.person_id).recipient_id
    path = "/signer/" + str(message.params["link"]).rsplit("/signer/", 1)[1]
    page = text_of_page(client.get(path))
    assert "Vous signez pour" in page
    assert "Tuteur ou tutrice" in page
    assert "Signé à la main" not in page
    assert client.get(f"{path}/plan.pdf").mimetype == "application/pdf"
    # What the form does not offer is not taken from it.
    typed = {"name": "Jeanne Moreau", "agreed": "y", "on_paper": "y", "representative_id": "1"}
    assert "Merci, c’est signé" in text_of_page(client.post(path, data=typed))
    version = version_of(version_id)
    assert (version.representative_id, version.representative_manner) == (guardian_id, Manner.LINK)
    assert version.person_signed_at is None


def test_a_link_opens_nothing_once_the_mandate_is_over(app: Flask, client: FlaskClient) -> None:
    scene, guardian_id = a_represented(LegalProtection.GUARDIANSHIP, RepresentativeKind.GUARDIAN)
    signing.send_to_sign(version_id=scene.lay(), representative_id=guardian_id, actor_id=None, now=NOW)
    message = db.session.scalars(select(OutboxMessage).where(OutboxMessage.template == "plan_to_sign_for")).one()
    path = "/signer/" + str(message.params["link"]).rsplit("/signer/", 1)[1]
    yesterday = TODAY - timedelta(days=1)
    people.end_representative(
        person_id=scene.person_id, representative_id=guardian_id, on=yesterday, actor_id=None, now=NOW
    )
    for address in (path, f"{path}/plan.pdf"):
        assert "Demander le relevé de points" not in text_of_page(client.get(address))
        assert client.get(address).mimetype == "text/html"


def test_a_representative_without_phone_or_mailbox_is_not_written_to(app: Flask) -> None:
    scene, guardian_id = a_represented(LegalProtection.GUARDIANSHIP, RepresentativeKind.GUARDIAN)
    version_id = scene.lay()
    row = load(Representative, guardian_id)

    def reached_by(**values: Any) -> None:
        people.edit_representative(
            person_id=scene.person_id,
            representative_id=guardian_id,
            signatory=people.Signatory(
                kind=RepresentativeKind.GUARDIAN, last_name="Moreau", valid_from_on=date(2025, 1, 1), **values
            ),
            version=row.version,
            actor_id=None,
            now=NOW,
        )

    reached_by(phone="0327000000")
    with pytest.raises(RepresentativeUnreached):
        signing.send_to_sign(version_id=version_id, representative_id=guardian_id, actor_id=None, now=NOW)
    reached_by(phone="0612345678", email="un@exemple.fr")
    signing.send_to_sign(version_id=version_id, representative_id=guardian_id, actor_id=None, now=NOW)
    reached_by(email="deux@exemple.fr")
    later = NOW + timedelta(hours=2)
    signing.send_to_sign(version_id=version_id, representative_id=guardian_id, actor_id=None, now=later)
    points = db.session.scalars(
        select(ContactPoint.value).where(
            ContactPoint.recipient_id == row.recipient_id, ContactPoint.archived_at.is_(None)
        )
    ).all()
    assert points == ["deux@exemple.fr"]


def test_at_the_desk_on_screen_or_on_paper(staff: FlaskClient, person: Person) -> None:
    from mobility.pathway.plan.rules.terms import Doer, StepKind
    from mobility.pathway.services import plan_steps, plans

    aged(person.id, 16)
    plan_id = plans.open_plan(person_id=person.id, actor_id=None, now=NOW)
    plan_steps.add_step(
        plan_id=plan_id, kind=StepKind.TASK, title="Appeler la CAF", doer=Doer.PERSON, actor_id=None, now=NOW
    )
    refused = staff.post(f"/plans/{plan_id}/a-signer", follow_redirects=True)
    assert "a besoin d’un représentant" in text_of_page(refused)
    mother = a_representative(person.id, RepresentativeKind.PARENT)
    a_representative(person.id, RepresentativeKind.PARENT, first_name="Paul", email=None)
    answer = staff.post(f"/plans/{plan_id}/a-signer")
    page = text_of_page(staff.get(answer.location))
    assert "Au nom de la personne : pas encore signé" in page
    assert "Envoyer le lien à Jeanne Moreau" in page
    url = f"{answer.location}/signer/representative"
    assert "Paul Moreau (Parent (autorité parentale))" in text_of_page(staff.get(url))
    unnamed = staff.post(url, data={"name": "Jeanne Moreau", "agreed": "y"})
    assert (unnamed.status_code, "Choisissez qui signe" in text_of_page(unnamed)) == (422, True)
    typed = {"name": "Jeanne Moreau", "agreed": "y", "representative_id": str(mother), "on_paper": "y", "ink": "x"}
    assert staff.post(url, data=typed).status_code == 303
    version = db.session.scalars(select(PlanVersion)).one()
    assert (version.representative_manner, version.representative_ink) == (Manner.PAPER, "")
    page = text_of_page(staff.get(answer.location))
    assert "Jeanne Moreau (Parent (autorité parentale)), sur papier" in page
    assert "Il n’y a rien à signer ici" in text_of_page(staff.get(url))
    url = f"{answer.location}/envoyer-au-representant"
    sent = staff.post(url, data={"representative_id": str(mother)}, follow_redirects=True)
    assert "Cette signature est déjà faite" in text_of_page(sent)
    others = a_representative(a_plan().person_id, RepresentativeKind.PARENT)
    for strange in ("", "x", "²", "9" * 30, str(others), "999999"):
        assert staff.post(url, data={"representative_id": strange}).status_code == 404


@pytest.mark.parametrize(
    "change",
    [
        "representative_name = 'Autre'",
        "representative_quality = 'Curateur'",
        """representative_signed_at = NULL, representative_manner = NULL, representative_id = NULL,
        representative_quality = ''""",
        "signs_with = 'alone'",
    ],
)
def test_the_database_refuses_to_rewrite_a_representative(app: Flask, change: str) -> None:
    scene, guardian_id = a_represented(LegalProtection.GUARDIANSHIP, RepresentativeKind.GUARDIAN)
    represent(scene, scene.lay(), guardian_id)
    with pytest.raises(DatabaseError, match=ddl.FROZEN), transaction() as session:
        session.execute(text(f"UPDATE plan_version SET {change}"))


@pytest.mark.parametrize(
    "change",
    [
        "representative_signed_at = '2026-11-22'",
        "representative_quality = 'Tuteur'",
        """representative_signed_at = '2026-11-22', representative_manner = 'desk', representative_id = 1,
        representative_quality = 'Tuteur'""",
    ],
)
def test_the_database_refuses_half_a_representative_and_one_of_nobody(app: Flask, change: str) -> None:
    scene = a_plan()
    scene.step()
    scene.lay()
    with pytest.raises(IntegrityError), transaction() as session:
        session.execute(text(f"UPDATE plan_version SET {change}"))


def test_an_erasure_takes_the_representative_too(app: Flask) -> None:
    scene, guardian_id = a_represented(LegalProtection.GUARDIANSHIP, RepresentativeKind.GUARDIAN)
    version_id = scene.lay()
    signing.send_to_sign(version_id=version_id, representative_id=guardian_id, actor_id=None, now=NOW)
    represent(scene, version_id, guardian_id)
    (export,) = (one for one in plan_lifecycle.export(person_id=scene.person_id) if one.title == "Versions des plans")
    assert export.rows[0]["represented"] == "Tuteur ou tutrice"
    assert "Jeanne" not in str(export.rows)
    people.erase_person(person_id=scene.person_id, actor_id=None, now=NOW + timedelta(days=4000))
    version = version_of(version_id)
    assert (version.content, version.representative_name) == ({}, "")
    assert "jeanne@exemple.fr" not in db.session.scalars(select(ContactPoint.value)).all()


def test_a_signature_given_between_the_paper_and_its_keeping_is_on_it(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The person signs beside their guardian while the last paper is being made: it is made once more."""
    scene, guardian_id = a_represented(LegalProtection.GUARDIANSHIP, RepresentativeKind.GUARDIAN)
    version_id = scene.lay()
    represent(scene, version_id, guardian_id)
    render, meanwhile = signing.plan_paper.render, [lambda: scene.sign(version_id)]

    def slow(*args: Any, **values: Any) -> bytes:
        if meanwhile:
            meanwhile.pop()()
        return render(*args, **values)

    monkeypatch.setattr(signing.plan_paper, "render", slow)
    assert scene.sign(version_id, Party.ADVISER, name="Camille Durand") is VersionState.SIGNED
    assert "Nadia Benali" in read(version_of(version_id))


def test_who_signs_is_asked_on_the_day_of_the_signature(app: Flask) -> None:
    """Who turns eighteen meanwhile signs in their own name: the version of the minor is no longer to sign."""
    scene = a_plan()
    scene.step()
    with transaction():
        load(Person, scene.person_id).born_on = date(TODAY.year - 18, TODAY.month, TODAY.day) + timedelta(days=5)
    parent_id = a_representative(scene.person_id, RepresentativeKind.PARENT)
    version_id = scene.lay()
    grown: datetime = NOW + timedelta(days=6)
    mark = signing.Mark(Party.REPRESENTATIVE, Manner.DESK, "Jeanne Moreau", "", True, parent_id)
    with pytest.raises(SignersChanged):
        signing.sign(version_id=version_id, mark=mark, actor_id=None, now=grown)
