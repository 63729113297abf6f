"""The plan signed by both: frozen, kept with its digest, changed only by a new version."""

from __future__ import annotations

import hashlib
from io import BytesIO

import pytest
from flask import Flask
from pypdf import PdfReader
from sqlalchemy import select

from mobility.core.db import db, transaction
from mobility.core.errors import RuleViolation
from mobility.documents import storage
from mobility.documents.models import Document
from mobility.notifications.models import OutboxMessage
from mobility.pathway import lifecycle
from mobility.pathway.errors import (
    AlreadySigned,
    InkInvalid,
    NameMissing,
    NotAgreed,
    PlanEmpty,
    PlanUnchanged,
    VersionOver,
)
from mobility.pathway.models import PlanVersion
from mobility.pathway.plan import lifecycle as plan_lifecycle
from mobility.pathway.plan import queries as plan_queries
from mobility.pathway.plan import view as plan_view
from mobility.pathway.plan.rules.content import digest
from mobility.pathway.plan.rules.terms import Manner, Party, PlanAction, PlanState, VersionState
from mobility.pathway.rules import StepState
from mobility.pathway.services import plan_steps, plans, signing
from tests.factories.pathway import NOW
from tests.integration.pathway.planning_scene import a_plan

INK = "[[10,10,100,150,200,20,300,180]]"


def version_of(version_id: int) -> PlanVersion:
    db.session.expire_all()
    return plan_queries.get_version(version_id)


def kept_paper(version: PlanVersion) -> bytes:
    document = db.session.get_one(Document, version.document_id)
    data = storage.read(document.storage_key)
    assert hashlib.sha256(data).hexdigest() == document.sha256
    return data


def text_of(paper: bytes) -> str:
    return "\n".join(page.extract_text() for page in PdfReader(BytesIO(paper)).pages)


def test_one_signature_waits_for_the_other(app: Flask) -> None:
    scene = a_plan()
    scene.step()
    version_id = scene.lay()
    assert scene.sign(version_id, ink=INK) is VersionState.WAITING
    version = version_of(version_id)
    assert (version.person_name, version.person_manner, version.person_ink) == ("Nadia Benali", Manner.DESK, INK)
    assert (version.document_id, scene.plan.state) == (None, PlanState.DRAFT)


@pytest.mark.parametrize("first", [Party.PERSON, Party.ADVISER])
def test_the_second_signature_makes_the_paper_and_agrees_the_plan(app: Flask, first: Party) -> None:
    scene = a_plan()
    step_id = scene.step(note="Sur le site, avec <FranceConnect> *#$*")
    version_id = scene.lay()
    scene.sign(version_id, first, ink=INK)
    second = Party.ADVISER if first is Party.PERSON else Party.PERSON
    assert scene.sign(version_id, second, name="Camille Durand") is VersionState.SIGNED
    version = version_of(version_id)
    assert (scene.plan.state, scene.plan.agreed_at) == (PlanState.AGREED, NOW)
    assert scene.of(step_id).state is StepState.AGREED
    said = text_of(kept_paper(version))
    assert "Plan d’action mobilité" in said
    assert "Demander le relevé de points" in said
    assert "<FranceConnect> *#$*" in said
    assert "Nadia Benali" in said
    assert "Camille Durand" in said
    assert "contrat d’engagement" not in said.lower()
    assert version.sha256[:16] in said
    templates = set(db.session.scalars(select(OutboxMessage.template)))
    assert "plan_signed" in templates


def test_what_was_signed_does_not_change_with_the_plan(app: Flask) -> None:
    scene = a_plan()
    scene.step()
    version_id = scene.sign_both()
    before, paper = dict(version_of(version_id).content), kept_paper(version_of(version_id))
    scene.step("Appeler le CCAS")
    second = scene.lay()
    assert version_of(version_id).content == before
    assert digest(before) == version_of(version_id).sha256
    assert kept_paper(version_of(version_id)) == paper
    versions = plan_queries.list_versions(scene.plan_id)
    assert [row.number for row in versions] == [2, 1]
    assert plan_queries.changes_of(version_of(second), versions) == ["Nouvelle étape : Appeler le CCAS"]


def test_nothing_is_laid_twice(app: Flask) -> None:
    scene = a_plan()
    with pytest.raises(PlanEmpty):
        scene.lay()
    step_id = scene.step()
    version_id = scene.lay()
    assert scene.lay() == version_id
    scene.sign(version_id)
    scene.sign(version_id, Party.ADVISER)
    with pytest.raises(PlanUnchanged):
        scene.lay()
    assert scene.of(step_id).state is StepState.AGREED


def test_a_new_version_takes_the_place_of_one_that_waits(app: Flask) -> None:
    scene = a_plan()
    scene.step()
    first = scene.lay()
    scene.step("Une autre")
    second = scene.lay()
    assert version_of(first).state is VersionState.WITHDRAWN
    with pytest.raises(VersionOver):
        scene.sign(first)
    assert scene.sign(second) is VersionState.WAITING
    with pytest.raises(AlreadySigned):
        scene.sign(second)


@pytest.mark.parametrize(
    ("values", "refusal"),
    [
        ({"agreed": False}, NotAgreed),
        ({"name": "  "}, NameMissing),
        ({"name": "12345"}, NameMissing),
        ({"ink": "[[1,2,3]]"}, InkInvalid),
        ({"ink": "[[1,2,3,-4]]"}, InkInvalid),
        ({"ink": "<svg onload=alert(1)>"}, InkInvalid),
        ({"ink": "[[1e400,2]]"}, InkInvalid),
        ({"ink": '{"a": 1}'}, InkInvalid),
        ({"ink": "[" * 5000}, InkInvalid),
    ],
)
def test_a_signature_that_is_none_is_refused(
    app: Flask, values: dict[str, object], refusal: type[RuleViolation]
) -> None:
    scene = a_plan()
    scene.step()
    version_id = scene.lay()
    with pytest.raises(refusal):
        scene.sign(version_id, **values)
    assert version_of(version_id).person_signed_at is None


def test_an_ended_plan_is_not_signed_and_what_waited_is_withdrawn(app: Flask) -> None:
    scene = a_plan()
    scene.step()
    version_id = scene.lay()
    plans.move_plan(plan_id=scene.plan_id, action=PlanAction.ABANDON, reason="A déménagé", actor_id=None, now=NOW)
    assert version_of(version_id).state is VersionState.WITHDRAWN
    with pytest.raises(RuleViolation):
        scene.sign(version_id)


def test_the_link_goes_out_once_an_hour(app: Flask) -> None:
    scene = a_plan()
    scene.step()
    version_id = scene.lay()
    assert signing.send_to_sign(version_id=version_id, actor_id=None, now=NOW)
    assert not signing.send_to_sign(version_id=version_id, actor_id=None, now=NOW)
    message = db.session.scalars(select(OutboxMessage).where(OutboxMessage.template == "plan_to_sign")).one()
    assert "/signer/" in message.params["link"]
    scene.sign(version_id)
    with pytest.raises(AlreadySigned):
        signing.send_to_sign(version_id=version_id, actor_id=None, now=NOW)


def test_a_step_that_was_done_since_asks_for_no_new_signature(app: Flask) -> None:
    scene = a_plan()
    step_id = scene.step()
    scene.step("Appeler le CCAS")
    scene.sign_both()
    plan_steps.tick_own(step_id=step_id, now=NOW, actor_id=None)
    assert not plan_view.page_of(scene.plan, adviser_name="", now=NOW).unsigned_changes
    with pytest.raises(PlanUnchanged):
        scene.lay()
    scene.step("Une de plus")
    assert plan_view.page_of(scene.plan, adviser_name="", now=NOW).unsigned_changes


def test_two_files_that_become_one_have_one_living_plan(app: Flask) -> None:
    kept, merged = a_plan(), a_plan()
    step_id = merged.step()
    version_id = merged.lay()
    with transaction():
        lifecycle.merge(kept_id=kept.person_id, merged_id=merged.person_id, now=NOW)
        plan_lifecycle.merge(kept_id=kept.person_id, merged_id=merged.person_id, now=NOW)
    db.session.expire_all()
    assert (scene_step := merged.of(step_id)).plan_id == kept.plan_id
    assert scene_step.person_id == kept.person_id
    assert (merged.plan.state, merged.plan.person_id) == (PlanState.ABANDONED, kept.person_id)
    assert version_of(version_id).state is VersionState.WITHDRAWN


def test_an_erasure_takes_names_words_and_strokes_of_a_plan(app: Flask) -> None:
    scene = a_plan()
    step_id = scene.step(note="Avec ma sœur")
    version_id = scene.lay()
    scene.sign(version_id, ink=INK)
    exports = {export.title: export for export in plan_lifecycle.export(person_id=scene.person_id)}
    assert exports["Étapes des plans"].rows[0]["note"] == "Avec ma sœur"
    assert exports["Versions des plans"].rows[0]["person_name"] == "Nadia Benali"
    plan_lifecycle.erase(person_id=scene.person_id, now=NOW)
    plan_lifecycle.erase(person_id=scene.person_id, now=NOW)
    version = version_of(version_id)
    assert (version.content, version.person_name, version.person_ink) == ({}, "", "")
    assert (scene.of(step_id).note, scene.of(step_id).title) == ("", "Une démarche")
    assert scene.plan.state is PlanState.ABANDONED
