"""Who reads and erases the papers of a loan: not the desk's other trades, not a bank that has nothing to do with it."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from io import BytesIO
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from mobility.accounts.policy import Role
from mobility.core import clock
from mobility.core.db import db
from mobility.documents.models import Document
from mobility.documents.queries import find_document
from mobility.funding.models import ProjectQuote
from mobility.microcredit.dossiers import queries, services
from mobility.microcredit.dossiers.errors import AlreadyAnswered
from mobility.microcredit.dossiers.services import Request
from mobility.microcredit.rules.states import Action
from mobility.people.models import Person
from mobility.people.services.erasure import restrict_person
from tests.factories.accounts import make_user, signed_in
from tests.factories.dossiers import NOW, a_bank, a_dossier, a_project, answered, sent, transmission
from tests.factories.pathway import a_person
from tests.factories.scans import locked_pdf, pdf_with_nir, photo, scripted_pdf
from tests.integration.microcredit.test_bank_mail import path_of
from tests.integration.microcredit.test_dossier_pages import adviser_of
from tests.integration.microcredit.test_papers import a_partner, bring
from tests.integration.microcredit.test_phone_pages import link_of

ACTS: dict[str, Any] = {"actor_id": None, "now": NOW}


@pytest.fixture(autouse=True)
def _today(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "source", lambda: NOW)


@pytest.fixture
def person_id(app: Flask) -> int:
    return a_person(last_name="Benali")


def test_who_lends_vehicles_reads_no_paper_of_a_file(app: Flask, person_id: int) -> None:
    dossier_id = a_dossier(person_id, bank_id=a_partner())
    paper_id = bring(dossier_id, "payslips")
    for code in ("debt_papers", "quote"):
        bring(dossier_id, code)
    kept = db.session.scalars(select(Document.id)).all()
    assert paper_id
    fleet = signed_in(app, make_user(Role.FLEET_OFFICER, desk_id=db.session.get_one(Person, person_id).desk_id))
    assert kept
    assert {fleet.get(f"/documents/{number}").status_code for number in kept} == {404}
    assert {fleet.post(f"/documents/{number}/effacer").status_code for number in kept} == {403}
    assert {adviser_of(app, person_id).get(f"/documents/{number}").status_code for number in kept} == {200}


def test_what_a_bank_was_sent_is_erased_by_nobodys_hand(app: Flask, person_id: int) -> None:
    document_id = transmission(sent(a_dossier(person_id))).document_id
    own = signed_in(app, make_user(Role.BENEFICIARY, person_id=person_id))
    assert own.get(f"/documents/{document_id}").status_code == 200
    assert own.post(f"/documents/{document_id}/effacer").status_code == 403
    assert adviser_of(app, person_id).post(f"/documents/{document_id}/effacer").status_code == 404
    assert find_document(document_id) is not None


def test_a_bank_reads_by_its_link_what_is_its_matter_and_nothing_after(app: Flask, person_id: int) -> None:
    dossier_id = a_dossier(person_id)
    first = sent(dossier_id)
    url, bank = path_of(first), app.test_client()
    answered(first, Action.REFUSE, "Pas assez d’ancienneté")
    page = bank.get(url)
    assert page.status_code == 200
    assert "Pas assez d’ancienneté" in page.text, "its own answer"
    assert "Benali" not in page.text
    assert bank.get(f"{url}/dossier.pdf").status_code == 409
    services.move(dossier_id=dossier_id, action=Action.REWORK, **ACTS)
    other = Request(250_000, 24, rate=Decimal(5), bank_id=a_bank("Banque des Saules").id, opinion="CDI")
    services.change_request(dossier_id=dossier_id, request=other, version=None, **ACTS)
    second = sent(dossier_id)
    page = bank.get(url)
    assert "24 mois" not in page.text, "what is asked of another bank"
    assert "Benali" not in page.text
    assert app.test_client().get(f"{path_of(second)}/dossier.pdf").status_code == 200


def test_a_dossier_that_is_withdrawn_closes_the_banks_link(app: Flask, person_id: int) -> None:
    dossier_id = a_dossier(person_id)
    first = sent(dossier_id)
    url, bank = path_of(first), app.test_client()
    assert "Benali" in bank.get(url).text
    services.move(dossier_id=dossier_id, action=Action.WITHDRAW, reason="La voiture est vendue.", **ACTS)
    page = bank.get(url)
    assert "Rien à faire ici" in page.text
    assert "Benali" not in page.text
    assert bank.get(f"{url}/dossier.pdf").status_code == 409
    late = bank.post(url, data={"act": "receipt", "receiver": "Mme Lenoir"})
    assert (late.status_code, "n’attend plus" in late.text) == (422, True)
    with pytest.raises(AlreadyAnswered):
        services.acknowledge(transmission_id=first, name="Mme Lenoir", now=NOW)
    assert transmission(first).acknowledged_by is None or not transmission(first).acknowledged_by
    assert queries.get_dossier(dossier_id).version


@pytest.mark.parametrize(
    ("data", "status", "found"),
    [(scripted_pdf(), 303, False), (locked_pdf(), 422, None), (pdf_with_nir(), 303, True), (photo(), 303, False)],
    ids=["script", "locked", "number", "photo"],
)
def test_a_quote_is_cleaned_as_every_paper_that_a_bank_is_sent(
    app: Flask, person_id: int, data: bytes, status: int, found: bool | None
) -> None:
    typed = {"act": "quote", "seller": "Garage Martin", "quote_cents": "3000", "dated_on": "2026-11-20"}
    file = (BytesIO(data), "devis.pdf")
    answer = adviser_of(app, person_id).post(f"/projets/{a_project(person_id)}", data={**typed, "file": file})
    assert answer.status_code == status
    quote = db.session.scalars(select(ProjectQuote)).first()
    assert (quote is None) == (found is None)
    if quote is not None:
        assert db.session.get_one(Document, quote.document_id).nir_found is found


def test_an_archived_file_closes_the_links_of_the_bank_and_of_the_person(app: Flask, person_id: int) -> None:
    dossier_id = a_dossier(person_id, bank_id=a_partner())
    phone = link_of(dossier_id)
    for code in ("payslips", "debt_papers", "quote"):
        bring(dossier_id, code)
    first = sent(dossier_id)
    url, anybody = path_of(first), app.test_client()
    assert (anybody.get(url).status_code, anybody.get(phone).status_code) == (200, 200)
    restrict_person(person_id=person_id, actor_id=None, now=NOW)
    for address in (url, f"{url}/dossier.pdf", phone):
        page = anybody.get(address)
        assert (page.status_code, "Benali" in page.text) == (409, False)
    assert anybody.post(url, data={"action": "grant", "name": "Mme Lenoir"}).status_code == 409
    assert services.remind_banks(now=NOW + timedelta(days=9)) == {"reminded": 0}
