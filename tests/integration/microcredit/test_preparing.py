"""The dossier's one file: asked for by the desk, made by the job, read by the pages; whole or not at all."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from mobility.accounts.policy import Role
from mobility.core import clock, jobs, pdf
from mobility.core.db import db, transaction
from mobility.core.errors import ForbiddenTransition, StaleVersion
from mobility.documents import services as documents
from mobility.documents import storage
from mobility.documents.models import Document
from mobility.microcredit.dossiers import lifecycle, paper, queries, services
from mobility.microcredit.dossiers.errors import StepNotReady
from mobility.microcredit.dossiers.models import MicrocreditTransmission
from mobility.microcredit.paperwork import joining
from mobility.microcredit.paperwork.models import JoinedFile
from mobility.microcredit.paperwork.queries import joined_file
from mobility.microcredit.paperwork.services import ask_file, ask_sending, call_off, join_due, preparing
from mobility.microcredit.rules.joining import MOST_TRIES, JoinState
from mobility.microcredit.rules.states import Action, State
from mobility.people.models import Person
from tests.factories.accounts import make_user, signed_in
from tests.factories.dossiers import NOW, a_dossier, transmission
from tests.factories.pathway import a_person
from tests.factories.scans import pdf_of
from tests.integration.microcredit.test_papers import a_partner, bring

ACTS: dict[str, Any] = {"actor_id": None, "now": NOW}
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def _today(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "source", lambda: NOW)


@pytest.fixture
def dossier_id(app: Flask) -> int:
    """A complete dossier with its papers."""
    dossier_id = a_dossier(a_person(), bank_id=a_partner())
    for code in ("payslips", "debt_papers", "quote"):
        prepared = documents.prepare_bytes(pdf_of(f"Piece {code}"), "piece", paper=True)
        services.bring_paper(dossier_id=dossier_id, code=code, dated_on=NOW.date(), prepared=prepared, **ACTS)
    services.move(dossier_id=dossier_id, action=Action.COMPLETE, **ACTS)
    return dossier_id


def kept(dossier_id: int) -> JoinedFile:
    db.session.expire_all()
    found = joined_file(dossier_id)
    assert found is not None
    return found


def send(dossier_id: int, version: int | None = None) -> None:
    ask_sending(dossier_id=dossier_id, version=version, **ACTS)


def sent_ids() -> list[int]:
    return list(db.session.scalars(select(MicrocreditTransmission.id)))


def state(dossier_id: int) -> State:
    db.session.expire_all()
    return queries.get_dossier(dossier_id).state


def test_the_request_only_asks_and_the_job_sends(dossier_id: int) -> None:
    send(dossier_id, queries.get_dossier(dossier_id).version)
    send(dossier_id)
    assert (state(dossier_id), sent_ids(), kept(dossier_id).state) == (State.COMPLETE, [], JoinState.WAITING)
    assert join_due(now=NOW) == {"done": 1, "failed": 0, "deleted": 0}
    assert (state(dossier_id), joined_file(dossier_id)) == (State.TRANSMITTED, None)
    (sent_id,) = sent_ids()
    row = db.session.get_one(Document, transmission(sent_id).document_id)
    assert storage.read(row.storage_key).startswith(b"%PDF")
    assert row.sha256 == transmission(sent_id).sha256
    assert join_due(now=NOW) == {"done": 0, "failed": 0, "deleted": 0}
    assert list(storage.workshop().iterdir()) == []


def test_what_cannot_leave_is_said_at_once(app: Flask, dossier_id: int) -> None:
    with pytest.raises(StaleVersion):
        send(dossier_id, 1)
    other = a_dossier(a_person(), bank_id=a_partner(committee=True))
    with pytest.raises(ForbiddenTransition):
        send(other)
    for code in ("payslips", "debt_papers", "quote"):
        bring(other, code)
    services.move(dossier_id=other, action=Action.COMPLETE, **ACTS)
    with pytest.raises(StepNotReady, match="commission"):
        send(other)
    assert joined_file(other) is None


def test_a_dossier_that_changed_meanwhile_does_not_leave(dossier_id: int) -> None:
    send(dossier_id)
    services.move(dossier_id=dossier_id, action=Action.REOPEN, **ACTS)
    services.move(dossier_id=dossier_id, action=Action.COMPLETE, **ACTS)
    assert join_due(now=NOW)["failed"] == 1
    row = kept(dossier_id)
    assert (row.state, row.why, sent_ids()) == (JoinState.FAILED, preparing.CHANGED, [])
    send(dossier_id)
    assert join_due(now=NOW)["done"] == 1
    assert state(dossier_id) is State.TRANSMITTED


def test_a_sending_can_be_called_off_while_it_waits(dossier_id: int) -> None:
    send(dossier_id)
    assert call_off(dossier_id=dossier_id, now=NOW)
    assert not call_off(dossier_id=dossier_id, now=NOW)
    assert join_due(now=NOW)["done"] == 0
    assert sent_ids() == []


def test_a_file_that_does_not_open_stops_it_with_its_name(dossier_id: int) -> None:
    for row in db.session.scalars(select(Document).where(Document.kind == "paper_quote")):
        storage.path_of(row.storage_key).write_bytes(b"%PDF-1.7 %%EOF")
    send(dossier_id)
    assert join_due(now=NOW)["failed"] == 1
    assert "« Devis » ne s’ouvre pas" in kept(dossier_id).why


def test_what_breaks_is_tried_again_and_given_up_in_the_end(dossier_id: int, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_args: object, **_values: object) -> None:
        raise OSError("No space left on device")

    send(dossier_id)
    with monkeypatch.context() as patch:
        patch.setattr(pdf, "render_apart", full)
        assert join_due(now=NOW)["failed"] == 1
        assert join_due(now=NOW)["failed"] == 0, "not before its pause is over"
        at = NOW
        for _ in range(1, MOST_TRIES):
            assert kept(dossier_id).state is JoinState.WAITING
            at = kept(dossier_id).next_at
            assert join_due(now=at)["failed"] == 1
    row = kept(dossier_id)
    assert (row.state, row.why, row.tries) == (JoinState.FAILED, preparing.BROKEN, MOST_TRIES)
    assert (sent_ids(), list(storage.workshop().iterdir())) == ([], [])
    send(dossier_id)
    assert join_due(now=at)["done"] == 1


def test_a_process_without_memory_fails_alone(dossier_id: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf, "LIMITS", (60_000_000, 60))
    with pytest.raises(pdf.PaperNotMade), paper.made(dossier_id, now=NOW):
        pass
    assert list(storage.workshop().iterdir()) == []


def test_a_file_to_look_at_is_made_once_and_taken_away_the_next_day(app: Flask, dossier_id: int) -> None:
    person = db.session.get_one(Person, queries.get_dossier(dossier_id).person_id)
    staff = signed_in(app, make_user(role=Role.ADVISER, desk_id=person.desk_id))
    page = f"/micro-credits/{dossier_id}"
    assert staff.get(f"{page}/dossier.pdf").status_code == 303
    assert staff.post(f"{page}/fichier", data={"act": "?"}).status_code == 400
    assert staff.post(f"{page}/fichier", data={"act": "make"}).status_code == 303
    waits = staff.get(f"{page}/preparation")
    assert "Fichier en préparation" in waits.text
    assert "HX-Refresh" not in waits.headers
    assert jobs.run("microcredit_join").counts["done"] == 1
    assert staff.get(f"{page}/preparation").headers["HX-Refresh"] == "true"
    assert "Télécharger le PDF" in staff.get(page).text
    answer = staff.get(f"{page}/dossier.pdf")
    assert answer.data.startswith(b"%PDF")
    assert answer.headers["Cache-Control"] == "no-store"
    document_id = kept(dossier_id).document_id or 0
    assert join_due(now=NOW + 2 * DAY)["deleted"] == 1
    assert joined_file(dossier_id) is None
    assert db.session.get_one(Document, document_id).erased_at is not None


def test_a_new_file_takes_the_place_of_the_one_before(dossier_id: int) -> None:
    ask_file(dossier_id=dossier_id, **ACTS)
    join_due(now=NOW)
    first = kept(dossier_id).document_id or 0
    ask_file(dossier_id=dossier_id, **ACTS)
    assert kept(dossier_id).state is JoinState.WAITING
    assert db.session.get_one(Document, first).erased_at is not None
    send(dossier_id)
    ask_file(dossier_id=dossier_id, **ACTS)
    assert kept(dossier_id).sends, "a file to look at does not stop a sending"
    assert call_off(dossier_id=dossier_id, now=NOW)


def test_an_erased_person_leaves_no_file(dossier_id: int) -> None:
    ask_file(dossier_id=dossier_id, **ACTS)
    join_due(now=NOW)
    document_id = kept(dossier_id).document_id or 0
    lifecycle.erase(person_id=queries.get_dossier(dossier_id).person_id, now=NOW)
    assert joined_file(dossier_id) is None
    assert db.session.get_one(Document, document_id).erased_at is not None


def test_a_joined_file_may_be_larger_than_an_upload(
    app: Flask, dossier_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(documents, "limit_mb", lambda: 0)
    send(dossier_id)
    assert join_due(now=NOW)["done"] == 1
    assert joining.MOST_BYTES > 100_000_000


@pytest.mark.parametrize(
    ("values", "constraint"),
    [
        ({"state": JoinState.READY, "ended_at": NOW}, "ready_with_file"),
        ({"state": JoinState.FAILED, "ended_at": NOW}, "failed_with_reason"),
        ({"why": "Non"}, "failed_with_reason"),
        ({"ended_at": NOW}, "ended_with_date"),
        ({"sends": True}, "sent_as_it_was"),
        ({"tries": -1}, "tries_positive"),
    ],
)
def test_the_database_refuses_files_that_mean_nothing(dossier_id: int, values: dict[str, Any], constraint: str) -> None:
    facts = {"dossier_id": dossier_id, "sends": False, "asked_at": NOW, "next_at": NOW, **values}
    with pytest.raises(IntegrityError, match=constraint), transaction() as session:
        session.add(JoinedFile(**facts))
        session.flush()


def test_the_database_refuses_a_sent_file_that_stays(dossier_id: int) -> None:
    ask_file(dossier_id=dossier_id, **ACTS)
    join_due(now=NOW)
    with pytest.raises(IntegrityError, match="sent_leaves_no_row"), transaction() as session:
        row = session.get_one(JoinedFile, kept(dossier_id).id)
        row.sends, row.version = True, 1
        session.flush()


def test_a_dossier_has_one_file(dossier_id: int) -> None:
    ask_file(dossier_id=dossier_id, **ACTS)
    with pytest.raises(IntegrityError), transaction() as session:
        session.add(JoinedFile(dossier_id=dossier_id, sends=False, asked_at=NOW, next_at=NOW))
        session.flush()
    assert db.session.scalar(select(func.count()).select_from(JoinedFile)) == 1
