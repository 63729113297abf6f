"""What other rooms read of a diagnosis, and what becomes of it when files merge or vanish."""

from __future__ import annotations

from datetime import timedelta

import pytest

from mobility.core.db import db, transaction
from mobility.diagnosis import lifecycle
from mobility.diagnosis.barriers import Barrier, Limits
from mobility.diagnosis.models import Diagnosis
from mobility.diagnosis.queries import find_findings
from mobility.diagnosis.rules import AbandonReason, State
from tests.factories.desks import make_desk
from tests.factories.diagnosis import NOW, make_diagnosis, make_finished
from tests.factories.people import make_person

pytestmark = pytest.mark.usefixtures("app")
NO_LICENCE = (Barrier.LICENCE, 3, "Vous n’avez pas le permis.")
NO_MONEY = (Barrier.MONEY, 2, "Votre budget est serré.")


def test_without_a_finished_diagnosis_nothing_is_found() -> None:
    person = make_person(desk=make_desk("Denain"))
    make_diagnosis(person)
    assert find_findings(person_id=person.id) is None


def test_the_last_finished_diagnosis_counts() -> None:
    person = make_person(desk=make_desk("Denain"))
    make_finished(person, NO_LICENCE, started_at=NOW - timedelta(days=90), closed_at=NOW - timedelta(days=90))
    last = make_finished(person, NO_MONEY, strengths=("Vous êtes motivé.",), limits=Limits(no_night=True))
    found = find_findings(person_id=person.id)
    assert found is not None
    assert found.diagnosis_id == last.id
    assert [(one.barrier, one.severity, one.because) for one in found.barriers] == [NO_MONEY]
    assert found.strengths == ("Vous êtes motivé.",)
    assert found.limits == Limits(no_night=True)
    assert found.closed_at == NOW


def test_where_both_merged_files_have_an_open_diagnosis_that_of_the_kept_one_goes_on() -> None:
    desk = make_desk("Denain")
    kept, merged = make_person(desk=desk), make_person(desk=desk)
    going, other = make_diagnosis(kept), make_diagnosis(merged)
    finished = make_finished(merged, NO_LICENCE)
    lifecycle.merge(kept_id=kept.id, merged_id=merged.id, now=NOW)
    db.session.expire_all()
    assert {row.person_id for row in db.session.query(Diagnosis)} == {kept.id}
    assert db.session.get_one(Diagnosis, going.id).state is State.OPEN
    stopped = db.session.get_one(Diagnosis, other.id)
    assert (stopped.state, stopped.abandon_reason) == (State.ABANDONED, AbandonReason.MERGED)
    found = find_findings(person_id=kept.id)
    assert found is not None
    assert found.diagnosis_id == finished.id


def test_an_erased_person_leaves_no_sentence_and_the_counts_stay() -> None:
    person = make_person(desk=make_desk("Denain"))
    row = make_finished(person, NO_LICENCE, strengths=("Vous êtes motivé.",), limits=Limits(max_minutes=30))
    with transaction():
        lifecycle.erase(person_id=person.id, now=NOW)
    db.session.expire_all()
    kept = str(db.session.get_one(Diagnosis, row.id).findings)
    assert "licence" in kept
    assert "Vous" not in kept
    assert "30" not in kept
    found = find_findings(person_id=person.id)
    assert found is not None
    assert found.limits == Limits()


def test_the_export_says_what_was_found() -> None:
    person = make_person(desk=make_desk("Denain"))
    make_finished(person, NO_LICENCE)
    make_diagnosis(person)
    sheet = next(iter(lifecycle.export(person_id=person.id)))
    assert [row["state"] for row in sheet.rows] == ["Terminé", "En cours"]
    assert sheet.rows[0]["barriers"] == "Permis (Bloque aujourd’hui) : Vous n’avez pas le permis."
