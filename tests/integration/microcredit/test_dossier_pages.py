"""The pages: the desk from the budget to the follow-up, the bank's link, the person's own page."""

from __future__ import annotations

import re
from io import BytesIO
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from mobility.accounts.policy import Role
from mobility.core import clock, jobs
from mobility.core.db import db
from mobility.funding.services import Quote, add_quote
from mobility.microcredit.dossiers import queries, services
from mobility.microcredit.rules.states import Action, State
from mobility.people.models import Person
from tests.factories.accounts import make_user, signed_in
from tests.factories.documents import PDF
from tests.factories.dossiers import NOW, a_bank, a_budget, a_dossier, a_project, disbursed, sent, transmission
from tests.factories.pathway import a_person


@pytest.fixture(autouse=True)
def _today(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "source", lambda: NOW)


@pytest.fixture
def person_id(app: Flask) -> int:
    return a_person(last_name="Benali")


@pytest.fixture
def staff(app: Flask, person_id: int) -> FlaskClient:
    return adviser_of(app, person_id)


def adviser_of(app: Flask, person_id: int) -> FlaskClient:
    """Sign in somebody of the person's desk, at the hour that it is."""
    desk_id = db.session.get_one(Person, person_id).desk_id
    return signed_in(app, make_user(role=Role.ADVISER, desk_id=desk_id))


def test_the_desk_takes_a_dossier_to_the_bank_and_through_its_repayment(
    staff: FlaskClient, person_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    opening = f"/personnes/{person_id}/micro-credit"
    assert "Pas encore de projet" in staff.get(opening).text
    project_id, bank_id = a_project(person_id), a_bank().id
    a_budget(person_id)
    asked = {"project_id": project_id, "bank_id": bank_id, "amount_cents": "3000", "months": "36", "rate": "4"}
    assert "3\u202f000,00" in staff.get(opening).text
    wrong = staff.post(opening, data={**asked, "rate": "cher", "months": "90"})
    assert (wrong.status_code, "cher" in wrong.text) == (422, True)
    made = staff.post(opening, data={**asked, "opinion": ""})
    page = made.location
    dossier_id = int(page.rpartition("/")[2])

    def press(act: str, **values: Any) -> int:
        row = queries.get_dossier(dossier_id)
        version = row.version
        return staff.post(page, data={"act": act, "version": version, **values}).status_code

    assert press("step", step="complete") == 422
    assert press("request", **{**asked, "opinion": "CDI à Onnaing"}) == 303
    assert press("step", step="complete") == 303
    assert press("step", step="transmit") == 303
    assert "Envoi en préparation" in staff.get(page).text
    assert jobs.run("microcredit_join").counts["done"] == 1
    shown = staff.get(page).text
    link = re.search(r'href="http://mobilite\.test(/banque/dossier/[^"]+)"', shown)
    assert link
    answer = staff.application.test_client()
    assert answer.get(link[1]).status_code == 200
    assert answer.get(link[1] + "/dossier.pdf").data.startswith(b"%PDF")
    assert answer.post(link[1], data={"action": "refuse", "name": "Mme Lenoir"}).status_code == 422
    wrong = {"action": "refuse", "name": "Mme Lenoir", "reason": "Trop juste", "motive": "no_such"}
    for motive in ("", "no_such"):
        unlisted = answer.post(link[1], data={**wrong, "motive": motive})
        assert (unlisted.status_code, "Trop juste" in unlisted.text) == (422, True)
    assert queries.get_dossier(dossier_id).state is State.TRANSMITTED
    granted = answer.post(link[1], data={"action": "grant", "name": "Mme Lenoir", "conditions": "Assurance"})
    assert "Réponse enregistrée" in granted.text
    twice = answer.post(link[1], data={"action": "refuse", "name": "M. Petit", "reason": "Non", "motive": "other"})
    assert (twice.status_code, "déjà reçu une réponse" in twice.text) == (422, True)
    assert queries.get_dossier(dossier_id).state is State.GRANTED
    assert press("sign", on="2026-11-23", file=(BytesIO(b"hello"), "offre.pdf")) == 422
    assert press("sign", on="2026-11-23", file=(BytesIO(PDF), "offre.pdf")) == 303
    proof = re.search(r'href="([^"]+)"[^>]*>L’offre signée', staff.get(page).text)
    assert proof
    assert staff.get(proof[1]).status_code == 200
    add_quote(project_id=project_id, quote=Quote("Garage Martin", 300_000, NOW.date()), actor_id=None, now=NOW)
    assert re.search(r'value="Garage Martin"', staff.get(page).text)
    assert press("disburse", on="2026-11-23", paid_to="Garage") == 422
    monkeypatch.setattr(clock, "source", lambda: NOW.replace(day=30, month=12))
    staff = adviser_of(staff.application, person_id)
    assert press("disburse", on="2026-12-01", paid_to="Garage", file=(BytesIO(PDF), "facture.pdf")) == 303
    assert "La preuve du paiement" in staff.get(page).text
    assert press("pay", paid_on="2026-12-30", paid_cents="88,57") == 303
    assert "En retard" not in staff.get(page).text
    assert "Mme Lenoir" in staff.get(page).text
    assert "Benali" in staff.get("/micro-credits").text
    for broken in ({"act": "?"}, {"act": "step", "step": "grant"}, {"act": "step", "step": "?"}):
        assert staff.post(page, data=broken).status_code == 400
    assert staff.post(page + "/fichier", data={"act": "make"}).status_code == 303
    assert jobs.run("microcredit_join").ok
    assert staff.get(page + "/dossier.pdf").data.startswith(b"%PDF")


def test_a_link_that_was_altered_or_is_too_old_says_so(
    app: Flask, person_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    link = services.link_of(transmission(sent(a_dossier(person_id)))).removeprefix("http://mobilite.test")
    visitor = app.test_client()
    assert visitor.get(link + "x").status_code in {404, 409, 410}
    monkeypatch.setattr(clock, "source", lambda: NOW.replace(month=12, day=31))
    assert visitor.get(link).status_code in {404, 409, 410}


def test_a_dossier_that_was_taken_back_waits_for_nobody(app: Flask, person_id: int) -> None:
    dossier_id = a_dossier(person_id)
    link = services.link_of(transmission(sent(dossier_id))).removeprefix("http://mobilite.test")
    services.move(dossier_id=dossier_id, action=Action.WITHDRAW, reason="Autre solution", actor_id=None, now=NOW)
    assert "n’attend plus de réponse" in app.test_client().get(link).text


def test_a_letter_of_withdrawal_is_noted_with_its_day(
    app: Flask, person_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    dossier_id = a_dossier(person_id)
    disbursed(dossier_id)
    monkeypatch.setattr(clock, "source", lambda: NOW.replace(month=12, day=10))
    staff, page = adviser_of(app, person_id), f"/micro-credits/{dossier_id}"
    shown = staff.get(page).text
    assert "Renonciation envoyée le" in shown
    assert "La personne peut renoncer jusqu’au" in shown
    assert "Pourquoi ?</label>" in shown  # asked for: nothing calls it optional
    asked = {"act": "step", "step": "withdraw", "version": queries.get_dossier(dossier_id).version, "reason": "Non"}
    late = staff.post(page, data=asked)
    assert (late.status_code, "délai de rétractation est passé" in late.text) == (422, True)
    assert staff.post(page, data={**asked, "said_on": "2026-12-07"}).status_code == 303
    assert "Le 7 décembre : Non" in staff.get(page).text


def test_the_person_reads_where_their_loan_stands(app: Flask, person_id: int) -> None:
    own = signed_in(app, make_user(role=Role.BENEFICIARY, person_id=person_id))
    assert "Aucun micro-crédit" in own.get("/mon-espace/micro-credit").text
    disbursed(a_dossier(person_id))
    page = own.get("/mon-espace/micro-credit").text
    for words in ("La banque a payé le vendeur", "Prochaine mensualité", "doit être remboursé"):
        assert words in page, words
