"""Papers asked by phone: the link, the pages, what the adviser says of them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from mobility.core import clock
from mobility.core.db import db, transaction
from mobility.documents import services as documents
from mobility.documents import storage
from mobility.documents.models import Document
from mobility.microcredit.dossiers import lifecycle, queries, services
from mobility.microcredit.dossiers.errors import PaperInvalid, ReasonMissing, StepNotReady
from mobility.microcredit.dossiers.models import MicrocreditPaper
from mobility.microcredit.paperwork import queries as papers
from mobility.microcredit.paperwork import services as paperwork
from mobility.microcredit.paperwork.models import PaperRequest, SentPage
from mobility.microcredit.paperwork.services import sending
from mobility.microcredit.rules.cards import CardState, PageState
from mobility.microcredit.rules.completeness import Holding
from mobility.microcredit.rules.states import Action
from mobility.notifications.models import OutboxMessage
from tests.factories.dossiers import NOW, TODAY, a_dossier
from tests.factories.pathway import a_person
from tests.factories.scans import pdf_of, pdf_with_nir, photo
from tests.integration.microcredit.test_papers import a_partner, bring, states

ACTS: dict[str, Any] = {"actor_id": None, "now": NOW}


@pytest.fixture(autouse=True)
def _today(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "source", lambda: NOW)


@pytest.fixture
def dossier_id(app: Flask) -> int:
    return a_dossier(a_person(), bank_id=a_partner())


def send(dossier_id: int, code: str = "payslips", data: bytes | None = None) -> int:
    prepared = documents.prepare_bytes(data or photo(), "Yasmine Benali.jpg", paper=True)
    try:
        return paperwork.send_page(dossier_id=dossier_id, code=code, prepared=prepared, now=NOW)
    finally:
        if not prepared.taken:
            documents.discard(prepared)


def cards(dossier_id: int) -> dict[str, CardState]:
    db.session.expire_all()
    return {card.code: card.state for card in papers.cards_of(queries.get_dossier(dossier_id), on=TODAY)}


def messages(template: str) -> list[OutboxMessage]:
    query = select(OutboxMessage).where(OutboxMessage.template == template)
    return list(db.session.scalars(query.order_by(OutboxMessage.id)))


def accept(dossier_id: int, code: str = "payslips", **values: Any) -> int:
    facts: dict[str, Any] = {"dated_on": TODAY, "checked": True, **values}
    return paperwork.accept(dossier_id=dossier_id, code=code, **facts, **ACTS)


def test_pages_come_one_by_one_and_become_a_paper_that_the_next_bank_finds(dossier_id: int) -> None:
    paperwork.ask_papers(dossier_id=dossier_id, codes=["payslips", "quote"], **ACTS)
    (told,) = messages("credit_papers")
    assert told.params["papers"] == ["3 fiches de paie", "Devis"]
    send(dossier_id)
    send(dossier_id, data=pdf_of("Fiche de paie de juin"))
    assert cards(dossier_id)["payslips"] is CardState.SENT
    assert states(dossier_id)["payslips"] is Holding.MISSING, "what nobody has looked at does not count"
    accept(dossier_id)
    assert cards(dossier_id)["payslips"] is CardState.DONE
    assert states(dossier_id)["payslips"] is Holding.THERE
    (pages,) = papers.further_pages(queries.get_dossier(dossier_id).person_id).values()
    assert len(pages) == 2
    other = a_dossier(queries.get_dossier(dossier_id).person_id, bank_id=a_partner())
    assert states(other)["payslips"] is Holding.THERE


def test_the_same_page_twice_is_one_and_names_of_files_are_not_kept(dossier_id: int) -> None:
    assert send(dossier_id) == send(dossier_id)
    row = db.session.scalars(select(Document).where(Document.kind == "paper_payslips")).one()
    assert row.filename == "paper_payslips.jpg"


def test_a_refused_page_is_erased_and_the_person_told_why(dossier_id: int) -> None:
    paperwork.ask_papers(dossier_id=dossier_id, codes=["payslips"], **ACTS)
    page_id = send(dossier_id)
    document = db.session.get_one(Document, db.session.get_one(SentPage, page_id).document_id)
    key = document.storage_key
    with pytest.raises(ReasonMissing):
        paperwork.refuse(dossier_id=dossier_id, code="payslips", reason=" ", **ACTS)
    paperwork.refuse(dossier_id=dossier_id, code="payslips", reason="La photo est floue.", **ACTS)
    assert not storage.exists(key)
    assert cards(dossier_id)["payslips"] is CardState.REFUSED
    (told,) = messages("credit_paper_refused")
    assert (told.params["reason"], told.params["paper"]) == ("La photo est floue.", "3 fiches de paie")
    send(dossier_id, data=photo((500, 700)))
    assert cards(dossier_id)["payslips"] is CardState.SENT
    with pytest.raises(PaperInvalid, match="déjà été regardées"):
        paperwork.refuse(dossier_id=dossier_id, code="quote", reason="Non", **ACTS)


def test_a_refusal_brings_a_link_that_answers_even_if_the_old_one_is_over(dossier_id: int) -> None:
    first = paperwork.ask_papers(dossier_id=dossier_id, codes=["quote"], **ACTS)
    send(dossier_id)
    paperwork.refuse(dossier_id=dossier_id, code="payslips", reason="Floue", **ACTS)
    living = papers.living_request(dossier_id)
    assert living is not None
    assert living.id != first
    assert set(living.codes) == {"payslips", "quote"}
    assert paperwork.link_of(living) == messages("credit_paper_refused")[0].params["link"]


def test_a_number_is_hidden_before_a_paper_is_taken(dossier_id: int) -> None:
    send(dossier_id, data=pdf_with_nir())
    with pytest.raises(PaperInvalid, match="cachez-le d’abord"):
        accept(dossier_id)


def test_a_dossier_leaves_only_once_the_number_is_hidden(dossier_id: int) -> None:
    for code in ("debt_papers", "quote"):
        bring(dossier_id, code)
    prepared = documents.prepare_bytes(pdf_with_nir(), "paie.pdf", paper=True)
    services.bring_paper(dossier_id=dossier_id, code="payslips", dated_on=TODAY, prepared=prepared, **ACTS)
    with pytest.raises(StepNotReady, match="Cachez d’abord le numéro de sécurité sociale : 3 fiches de paie"):
        services.move(dossier_id=dossier_id, action=Action.COMPLETE, **ACTS)


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"checked": False}, "checked"),
        ({"dated_on": None}, "dated_on"),
        ({"dated_on": TODAY + timedelta(1)}, "dated_on"),
    ],
)
def test_a_paper_is_taken_with_its_date_and_after_a_look(dossier_id: int, values: dict[str, Any], field: str) -> None:
    send(dossier_id)
    with pytest.raises(PaperInvalid) as caught:
        accept(dossier_id, **values)
    assert caught.value.field == field


def test_a_new_link_ends_the_one_before_and_a_link_can_be_taken_back(dossier_id: int) -> None:
    first = paperwork.ask_papers(dossier_id=dossier_id, codes=["payslips"], **ACTS)
    second = paperwork.ask_papers(dossier_id=dossier_id, codes=["payslips", "quote"], **ACTS)
    assert db.session.get_one(PaperRequest, first).revoked_at == NOW
    assert len(messages("credit_papers")) == 2
    paperwork.revoke(dossier_id=dossier_id, **ACTS)
    assert db.session.get_one(PaperRequest, second).revoked_at == NOW
    paperwork.revoke(dossier_id=dossier_id, **ACTS)
    assert papers.living_request(dossier_id) is None


@pytest.mark.parametrize("codes", [[], ["registration"], ["payslips", "?"]])
def test_only_papers_of_the_list_are_asked_for(dossier_id: int, codes: list[str]) -> None:
    with pytest.raises(PaperInvalid):
        paperwork.ask_papers(dossier_id=dossier_id, codes=codes, **ACTS)


def test_the_last_page_is_taken_back(dossier_id: int) -> None:
    send(dossier_id)
    kept = db.session.scalar(select(func.count()).select_from(SentPage))
    send(dossier_id, data=photo((500, 700)))
    assert paperwork.take_back(dossier_id=dossier_id, code="payslips", now=NOW)
    assert db.session.scalar(select(func.count()).select_from(SentPage)) == kept
    assert paperwork.take_back(dossier_id=dossier_id, code="payslips", now=NOW)
    assert not paperwork.take_back(dossier_id=dossier_id, code="payslips", now=NOW)
    assert cards(dossier_id)["payslips"] is CardState.TO_SEND


def test_nothing_comes_to_a_dossier_that_is_over_or_of_a_paper_that_is_not_asked(dossier_id: int) -> None:
    with pytest.raises(PaperInvalid, match="demandé"):
        send(dossier_id, "registration")
    with pytest.raises(PaperInvalid, match="photo"):
        paperwork.send_page(dossier_id=dossier_id, code="payslips", prepared=None, now=NOW)
    send(dossier_id)
    services.move(dossier_id=dossier_id, action=Action.WITHDRAW, reason="Non", **ACTS)
    for act in (
        lambda: send(dossier_id),
        lambda: accept(dossier_id),
        lambda: paperwork.ask_papers(dossier_id=dossier_id, codes=["payslips"], **ACTS),
    ):
        with pytest.raises(PaperInvalid, match="terminé"):
            act()


def test_a_flood_of_pages_ends(dossier_id: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sending, "MOST_PAGES", 1)
    send(dossier_id)
    with pytest.raises(PaperInvalid, match="beaucoup de pages"):
        send(dossier_id, data=photo((500, 700)))


def test_pages_follow_the_person_and_go_with_them(dossier_id: int) -> None:
    person_id, kept = queries.get_dossier(dossier_id).person_id, a_person()
    paperwork.ask_papers(dossier_id=dossier_id, codes=["payslips"], **ACTS)
    send(dossier_id)
    accept(dossier_id)
    lifecycle.merge(kept_id=kept, merged_id=person_id, now=NOW)
    assert list(papers.further_pages(kept))
    lifecycle.erase(person_id=kept, now=NOW)
    for table in (SentPage, PaperRequest):
        assert db.session.scalar(select(func.count()).select_from(table)) == 0


@pytest.mark.parametrize(
    ("values", "constraint"),
    [
        ({"code": ""}, "code_given"),
        ({"state": PageState.REFUSED, "decided_at": NOW}, "refused_with_reason"),
        ({"state": PageState.REFUSED, "reason": "x"}, "decided_with_date"),
        ({"state": PageState.ACCEPTED, "decided_at": NOW}, "accepted_into_a_paper"),
    ],
)
def test_the_database_refuses_pages_that_mean_nothing(dossier_id: int, values: dict[str, Any], constraint: str) -> None:
    row = db.session.get_one(SentPage, send(dossier_id))
    facts = {"dossier_id": dossier_id, "person_id": row.person_id, "document_id": row.document_id, "code": "rib"}
    with pytest.raises(IntegrityError, match=constraint), transaction() as session:
        session.add(SentPage(sent_at=NOW, **{**facts, **values}))
        session.flush()


def test_the_database_keeps_one_living_request_with_an_end(dossier_id: int) -> None:
    paperwork.ask_papers(dossier_id=dossier_id, codes=["payslips"], **ACTS)
    for facts in ({"expires_at": NOW + timedelta(1)}, {"expires_at": NOW, "revoked_at": NOW}):
        with pytest.raises(IntegrityError), transaction() as session:
            session.add(PaperRequest(dossier_id=dossier_id, codes=[], made_at=NOW, **facts))
            session.flush()


def test_a_file_that_serves_as_a_paper_stays_when_its_double_is_taken_back_or_refused(
    app: Flask, dossier_id: int
) -> None:
    def paper() -> Document:
        db.session.expire_all()
        kept = db.session.scalars(select(MicrocreditPaper)).one()
        return db.session.get_one(Document, kept.document_id)

    send(dossier_id)
    paperwork.accept(dossier_id=dossier_id, code="payslips", dated_on=TODAY, checked=True, **ACTS)
    other = a_dossier(queries.get_dossier(dossier_id).person_id, bank_id=queries.get_dossier(dossier_id).bank_id)
    send(other)
    assert paperwork.take_back(dossier_id=other, code="payslips", now=NOW)
    assert paper().erased_at is None
    send(other)
    paperwork.refuse(dossier_id=other, code="payslips", reason="Floue", **ACTS)
    assert paper().erased_at is None
    assert storage.exists(paper().storage_key)
