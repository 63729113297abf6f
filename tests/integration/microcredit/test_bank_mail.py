"""The bank's side of a dossier: the e-mail, the receipt, the reminder, the views, the papers that it wants again."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from mobility.accounts.models import AuditEntry
from mobility.core import clock
from mobility.core.db import db
from mobility.microcredit.dossiers import queries, services
from mobility.microcredit.dossiers.errors import DossierInvalid
from mobility.microcredit.dossiers.services.bank import Answer
from mobility.microcredit.rules.completeness import Holding
from mobility.microcredit.rules.states import Action, State
from mobility.notifications.models import OutboxMessage
from tests.factories.dossiers import NOW, a_bank, a_dossier, sent, transmission
from tests.factories.pathway import a_person
from tests.integration.microcredit.test_dossier_pages import adviser_of
from tests.integration.microcredit.test_papers import a_partner, bring, states

ACTS: dict[str, Any] = {"actor_id": None, "now": NOW}
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def _today(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "source", lambda: NOW)


def mails() -> list[tuple[str, dict[str, Any]]]:
    return [(row.template, row.params) for row in db.session.scalars(select(OutboxMessage).order_by(OutboxMessage.id))]


def path_of(sent_id: int) -> str:
    return "/banque/dossier/" + services.link_of(transmission(sent_id)).rpartition("/")[2]


def test_the_bank_is_written_to_and_the_mail_names_nobody(app: Flask) -> None:
    sent_id = sent(a_dossier(a_person(last_name="Benali")))
    ((template, params),) = mails()
    assert template == "credit_to_bank"
    assert params["link"] == services.link_of(transmission(sent_id))
    assert "Benali" not in str(params)


@pytest.mark.parametrize("email", ["", "not an address"])
def test_a_bank_without_a_mailbox_gets_its_link_by_hand(app: Flask, email: str) -> None:
    sent_id = sent(a_dossier(a_person(), bank_id=a_bank(email=email).id))
    assert mails() == []
    assert transmission(sent_id).recipient_id is None
    assert services.remind_banks(now=NOW + 9 * DAY) == {"reminded": 0}


def test_a_bank_that_says_nothing_is_reminded_once(app: Flask) -> None:
    sent_id = sent(a_dossier(a_person()))
    assert services.remind_banks(now=NOW + 3 * DAY) == {"reminded": 0}
    assert services.remind_banks(now=NOW + 4 * DAY) == {"reminded": 1}
    assert services.remind_banks(now=NOW + 5 * DAY) == {"reminded": 0}
    assert [template for template, _params in mails()] == ["credit_to_bank", "credit_bank_reminder"]
    assert transmission(sent_id).reminded_at == NOW + 4 * DAY


def test_a_receipt_ends_reminders_and_the_first_name_stands(app: Flask) -> None:
    dossier_id = a_dossier(a_person())
    sent_id = sent(dossier_id)
    with pytest.raises(DossierInvalid):
        services.acknowledge(transmission_id=sent_id, name=" ", now=NOW)
    services.acknowledge(transmission_id=sent_id, name="Mme Lenoir", now=NOW)
    services.acknowledge(transmission_id=sent_id, name="M. Petit", now=NOW + DAY)
    assert transmission(sent_id).acknowledged_by == "Mme Lenoir"
    assert services.remind_banks(now=NOW + 9 * DAY) == {"reminded": 0}


def test_the_bank_says_that_it_has_the_dossier_and_every_view_is_logged(app: Flask) -> None:
    dossier_id = a_dossier(a_person())
    url, bank = path_of(sent(dossier_id)), app.test_client()
    assert "J’ai bien reçu ce dossier" in bank.get(url).get_data(as_text=True)
    assert bank.get(f"{url}/dossier.pdf").status_code == 200
    assert bank.post(url, data={"act": "receipt", "receiver": ""}).status_code == 422
    said = bank.post(url, data={"act": "receipt", "receiver": "Mme Lenoir"})
    assert "Reçu par Mme Lenoir" in said.get_data(as_text=True)
    assert 'value="Mme Lenoir"' in said.get_data(as_text=True), "who received it need not write their name again"
    assert queries.get_dossier(dossier_id).state is State.TRANSMITTED, "a receipt decides nothing"
    views = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "microcredit.bank_view")).all()
    assert len(views) == 2
    staff = adviser_of(app, queries.get_dossier(dossier_id).person_id)
    page = staff.get(f"/micro-credits/{dossier_id}").get_data(as_text=True)
    assert "reçu par Mme Lenoir" in page
    assert "Lien ouvert pour la dernière fois" in page


def test_the_adviser_calls_a_bank_that_says_nothing(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    dossier_id = a_dossier(a_person())
    sent(dossier_id)
    staff = adviser_of(app, queries.get_dossier(dossier_id).person_id)
    assert "Appeler la banque" not in staff.get("/a-faire").get_data(as_text=True)
    monkeypatch.setattr(clock, "source", lambda: NOW + timedelta(hours=4 * 24))
    staff = adviser_of(app, queries.get_dossier(dossier_id).person_id)
    assert "Appeler la banque" in staff.get("/a-faire").get_data(as_text=True)


def test_what_the_bank_wants_again_counts_as_missing_for_this_dossier_alone(app: Flask) -> None:
    person_id = a_person()
    dossier_id, other = a_dossier(person_id, bank_id=a_partner()), a_dossier(person_id, bank_id=a_partner())
    for code in ("payslips", "debt_papers", "quote"):
        bring(dossier_id, code)
    sent_id = sent(dossier_id)
    url, bank = path_of(sent_id), app.test_client()
    asked = {"action": "ask_more", "reason": "La fiche d’octobre manque.", "name": "Mme Lenoir", "codes": ["payslips"]}
    assert "Réponse enregistrée" in bank.post(url, data=asked).get_data(as_text=True)
    assert states(dossier_id)["payslips"] is Holding.MISSING
    assert states(dossier_id)["quote"] is Holding.THERE
    assert states(other)["payslips"] is Holding.THERE
    bring(dossier_id, "payslips", now=NOW + DAY)
    assert states(dossier_id)["payslips"] is Holding.THERE
    again = services.transmit(dossier_id=dossier_id, version=None, actor_id=None, now=NOW + DAY)
    assert again != sent_id


def test_papers_of_no_list_are_not_asked_again(app: Flask) -> None:
    dossier_id = a_dossier(a_person())
    said = Answer(Action.ASK_MORE, "Le RIB.", "Mme Lenoir", ("rib", "?"))
    services.answer(transmission_id=sent(dossier_id), said=said, now=NOW)
    assert queries.get_dossier(dossier_id).state is State.MORE_INFORMATION


def test_a_bank_that_took_longer_than_its_link_gets_it_back(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    dossier_id = a_dossier(a_person())
    sent_id = sent(dossier_id)
    services.acknowledge(transmission_id=sent_id, name="Mme Lenoir", now=NOW)
    old, later = path_of(sent_id), transmission(sent_id).expires_at + DAY
    monkeypatch.setattr(clock, "source", lambda: later)
    bank, staff = app.test_client(), adviser_of(app, queries.get_dossier(dossier_id).person_id)
    assert bank.get(old).status_code == 409
    assert "Appeler la banque et renouveler son lien" in staff.get("/a-faire").text
    assert "elle ne peut pas répondre" in staff.get(f"/micro-credits/{dossier_id}").text
    assert staff.post(f"/micro-credits/{dossier_id}/lien").status_code == 303
    assert [template for template, _params in mails()] == ["credit_to_bank", "credit_to_bank"]
    assert "Appeler la banque" not in staff.get("/a-faire").text
    assert bank.get(old).status_code == 409
    assert bank.get(path_of(sent_id)).status_code == 200
    services.answer(transmission_id=sent_id, said=Answer(Action.GRANT, name="Mme Lenoir"), now=later)
    late = staff.post(f"/micro-credits/{dossier_id}/lien", follow_redirects=True)
    assert "n’attend plus" in late.text
