"""A paper that shows a social security number: a task at once, masked in time or erased; typed numbers are refused."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask

from mobility.accounts.policy import Role
from mobility.core import clock, jobs
from mobility.core.db import db
from mobility.core.privacy import NirRefused
from mobility.documents import masking, unmasked
from mobility.documents import services as documents
from mobility.documents.models import Document
from mobility.documents.rules import mask_of
from mobility.funding.services import Quote, add_quote
from mobility.microcredit.dossiers import queries, services
from mobility.microcredit.dossiers.models import MicrocreditPaper
from mobility.microcredit.dossiers.services import Request
from mobility.microcredit.paperwork import services as paperwork
from mobility.microcredit.paperwork.models import SentPage
from mobility.microcredit.paperwork.tasks import to_mask
from mobility.microcredit.rules.completeness import Holding
from mobility.microcredit.rules.states import Action
from mobility.people.models import Person
from mobility.todo.rules import Task
from mobility.todo.sources import Whose
from tests.factories.accounts import make_actor
from tests.factories.dossiers import NOW, TODAY, a_dossier, sent, transmission
from tests.factories.parameters import make_value
from tests.factories.pathway import a_person
from tests.factories.scans import NIR, pdf_with_nir, photo
from tests.integration.microcredit.test_papers import a_partner, states

ACTS: dict[str, Any] = {"actor_id": None, "now": NOW}
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def _today(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "source", lambda: NOW)


@pytest.fixture
def dossier_id(app: Flask) -> int:
    return a_dossier(a_person(), bank_id=a_partner())


def bring(dossier_id: int, data: bytes) -> Document:
    prepared = documents.prepare_bytes(data, "piece", paper=True)
    paper_id = services.bring_paper(dossier_id=dossier_id, code="payslips", dated_on=TODAY, prepared=prepared, **ACTS)
    return db.session.get_one(Document, db.session.get_one(MicrocreditPaper, paper_id).document_id)


def tasks(app: Flask, dossier_id: int, whose: Whose = Whose.MINE) -> list[Task]:
    person = db.session.get_one(Person, queries.get_dossier(dossier_id).person_id)
    with app.test_request_context():
        return list(to_mask(make_actor(Role.ADVISER, desk_id=person.desk_id), whose, NOW))


def test_a_number_that_shows_is_a_task_until_it_is_masked(app: Flask, dossier_id: int) -> None:
    row = bring(dossier_id, pdf_with_nir())
    (task,) = tasks(app, dossier_id)
    assert task.due_on == TODAY + 29 * DAY
    masking.mask(
        document_id=row.id, masks=[mask_of(page=1, left=0, top=0, width=1000, height=1000)], sha256=row.sha256, **ACTS
    )
    assert tasks(app, dossier_id) == []


def test_a_page_that_waits_and_a_quote_count_too_once_a_dossier(app: Flask, dossier_id: int) -> None:
    prepared = documents.prepare_bytes(pdf_with_nir(), "x.pdf", paper=True)
    paperwork.send_page(dossier_id=dossier_id, code="payslips", prepared=prepared, now=NOW)
    assert len(tasks(app, dossier_id)) == 1
    prepared = documents.prepare_bytes(pdf_with_nir(before=1), "devis.pdf", paper=True)
    project_id = queries.get_dossier(dossier_id).project_id
    add_quote(project_id=project_id, quote=Quote("Garage", 300_000, TODAY), prepared=prepared, **ACTS)
    assert len(tasks(app, dossier_id, Whose.TEAM)) == 1


def test_what_nobody_masks_in_time_is_erased_and_missing_again(app: Flask, dossier_id: int) -> None:
    shows, plain = bring(dossier_id, pdf_with_nir()).id, bring(dossier_id, photo()).id
    assert unmasked.erase_unmasked(now=NOW + 29 * DAY) == {"deleted": 0}
    assert unmasked.erase_unmasked(now=NOW + 30 * DAY) == {"deleted": 1}
    assert unmasked.erase_unmasked(now=NOW + 30 * DAY) == {"deleted": 0}
    db.session.expire_all()
    assert db.session.get_one(Document, shows).erased_at is not None
    assert db.session.get_one(Document, plain).erased_at is None
    documents.erase(document_id=plain, **ACTS)
    assert states(dossier_id)["payslips"] is Holding.MISSING


def test_the_time_is_a_dated_setting(app: Flask, dossier_id: int) -> None:
    make_value(unmasked.KEPT_DAYS, 5)
    bring(dossier_id, pdf_with_nir())
    assert jobs.run("documents_unmasked", now=NOW + 4 * DAY).counts == {"deleted": 0}
    assert jobs.run("documents_unmasked", now=NOW + 5 * DAY).counts == {"deleted": 1}


def test_pages_whose_file_is_gone_or_whose_dossier_is_over_wait_no_more(app: Flask, dossier_id: int) -> None:
    ids = []
    for data in (pdf_with_nir(), photo()):
        prepared = documents.prepare_bytes(data, "x", paper=True)
        ids.append(paperwork.send_page(dossier_id=dossier_id, code="payslips", prepared=prepared, now=NOW))
    kept = db.session.get_one(SentPage, ids[1]).document_id
    unmasked.erase_unmasked(now=NOW + 30 * DAY)
    assert jobs.run("microcredit_forget_pages").counts == {"deleted": 1}
    db.session.expire_all()
    assert db.session.get(SentPage, ids[0]) is None
    services.move(dossier_id=dossier_id, action=Action.WITHDRAW, reason="Autre solution", **ACTS)
    assert paperwork.forget_pages(now=NOW) == {"deleted": 1}
    db.session.expire_all()
    assert db.session.get(SentPage, ids[1]) is None
    assert db.session.get_one(Document, kept).erased_at is not None


def test_no_number_is_typed_into_what_a_bank_reads_or_writes(app: Flask) -> None:
    dossier_id = a_dossier(a_person())
    row = queries.get_dossier(dossier_id)
    asked = Request(300_000, 36, Decimal(4), row.bank_id, f"Son numéro : {NIR}")
    with pytest.raises(NirRefused):
        services.change_request(dossier_id=dossier_id, request=asked, version=None, **ACTS)
    sent_id = sent(dossier_id)
    path = "/banque/dossier/" + services.link_of(transmission(sent_id)).rpartition("/")[2]
    said = {"action": "ask_more", "reason": f"Il manque {NIR}", "name": "Mme Lenoir"}
    answer = app.test_client().post(path, data=said)
    assert answer.status_code == 422
    assert "sécurité sociale" in answer.text
