"""The database itself refuses to rewrite a version of a plan: whatever the program, what was signed stays."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError

from mobility.core.db import db, transaction
from mobility.pathway import ddl
from mobility.pathway.models import PlanVersion
from mobility.pathway.plan import lifecycle as plan_lifecycle
from mobility.pathway.plan.rules.terms import Party, VersionState
from tests.factories.pathway import NOW
from tests.integration.pathway.planning_scene import PlanScene, a_plan

INK = "[[10,10,100,150,200,20,300,180]]"


def tried(statement: str) -> None:
    with transaction() as session:
        session.execute(text(f"UPDATE plan_version SET {statement}"))


def a_version(*parties: Party) -> tuple[PlanScene, int]:
    scene = a_plan()
    scene.step()
    version_id = scene.lay()
    for party in parties:
        scene.sign(version_id, party, ink=INK)
    return scene, version_id


@pytest.mark.parametrize(
    "statement",
    [
        "content = '{}'",
        """content = '{"person": "Autre"}'""",
        "sha256 = 'x'",
        "number = number + 1",
        "created_at = '2020-01-01'",
        "created_by_id = NULL",
        "person_signed_at = NULL, person_manner = NULL",
        "person_signed_at = '2020-01-01'",
        "person_manner = 'link'",
        "person_name = 'Autre'",
        "person_ink = ''",
        # An erasure that leaves words, or takes a date with it, is none.
        "erased_at = '2026-12-01'",
        "erased_at = '2026-12-01', content = '{}', person_name = '', adviser_name = '', adviser_ink = ''",
        "erased_at = '2026-12-01', content = '{}', person_name = '', person_ink = '', person_manner = 'link'",
        "erased_at = '2026-12-01', content = '{}', person_name = '', person_ink = '', sha256 = 'x'",
    ],
)
def test_a_version_that_one_side_has_signed_refuses_it(app: Flask, statement: str) -> None:
    _scene, version_id = a_version(Party.PERSON)
    with pytest.raises(DatabaseError, match=ddl.FROZEN):
        tried(statement)
    version = db.session.get_one(PlanVersion, version_id)
    assert (version.person_name, version.person_ink, version.erased_at) == ("Nadia Benali", INK, None)


@pytest.mark.parametrize(
    "statement",
    [
        "adviser_name = 'Autre'",
        "adviser_signed_at = '2020-01-01'",
        "adviser_id = NULL, adviser_signed_at = NULL, state = 'waiting', document_id = NULL",
        "document_id = NULL, state = 'withdrawn'",
        "state = 'withdrawn'",
    ],
)
def test_a_version_that_both_have_signed_refuses_it(app: Flask, statement: str) -> None:
    a_version(Party.PERSON, Party.ADVISER)
    with pytest.raises(DatabaseError, match=ddl.FROZEN):
        tried(statement)


def test_a_version_is_never_deleted(app: Flask) -> None:
    a_version()
    with pytest.raises(DatabaseError, match=ddl.FROZEN), transaction() as session:
        session.execute(text("DELETE FROM plan_version"))


def test_what_was_taken_back_does_not_come_back(app: Flask) -> None:
    a_version()
    tried("state = 'withdrawn'")
    with pytest.raises(DatabaseError, match=ddl.FROZEN):
        tried("state = 'waiting'")


def test_the_guards_may_be_created_again(app: Flask) -> None:
    a_version()
    with transaction() as session:
        ddl.GUARDS.drop(session.connection())
        ddl.GUARDS.create(session.connection())
    with pytest.raises(DatabaseError, match=ddl.FROZEN):
        tried("number = 9")


@pytest.mark.parametrize("parties", [(), (Party.PERSON,), (Party.PERSON, Party.ADVISER)])
def test_an_erasure_is_let_through_once_and_leaves_the_dates(app: Flask, parties: tuple[Party, ...]) -> None:
    scene, version_id = a_version(*parties)
    plan_lifecycle.erase(person_id=scene.person_id, now=NOW)
    db.session.expire_all()
    version = db.session.get_one(PlanVersion, version_id)
    assert (version.content, version.person_name, version.person_ink, version.adviser_name) == ({}, "", "", "")
    assert (version.person_signed_at is not None) == (Party.PERSON in parties)
    assert (version.state is VersionState.SIGNED) == (len(parties) == 2)
    assert (len(version.sha256), version.erased_at) == (64, NOW)
    with pytest.raises(DatabaseError, match=ddl.FROZEN):
        tried("person_name = 'Nadia'" if parties else "erased_at = NULL")
