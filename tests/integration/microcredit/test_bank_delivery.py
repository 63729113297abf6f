"""What really leaves: the bank's e-mail through a mail server, the person's message through an SMS provider."""

from __future__ import annotations

import re
from datetime import timedelta
from email.message import EmailMessage
from typing import Any

import pytest
from flask import Flask

from mobility.core import clock
from mobility.core.db import db
from mobility.microcredit.dossiers import queries, services
from mobility.microcredit.paperwork import services as paperwork
from mobility.microcredit.rules.states import Action
from mobility.notifications.delivery import deliver_due
from mobility.notifications.kinds import Channel
from mobility.people.models import Person
from tests.conftest import plain_spaces
from tests.factories.dossiers import NOW, a_bank, a_dossier, transmission
from tests.factories.notifications import make_point
from tests.factories.pathway import a_person
from tests.integration.microcredit.test_papers import a_partner, bring
from tests.support.sms import SmsServer
from tests.support.smtp import SmtpServer

ACTS: dict[str, Any] = {"actor_id": None, "now": NOW}
DAY = timedelta(days=1)
ADDRESS = re.compile(r"http://mobilite\.test(/[^\s\"<]+)")


@pytest.fixture(autouse=True)
def _today(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "source", lambda: NOW)


def texts(mail: EmailMessage) -> list[str]:
    """The plain and the HTML part of a mail."""
    return [plain_spaces(part.get_content()) for part in mail.iter_parts()]


def path_in(text: str) -> str:
    """The address under which the bank reads."""
    return next(found for found in ADDRESS.findall(text) if "/banque/" in found)


def send(dossier_id: int) -> int:
    services.move(dossier_id=dossier_id, action=Action.COMPLETE, **ACTS)
    return services.transmit(dossier_id=dossier_id, version=None, **ACTS)


def test_the_banks_mail_arrives_names_nobody_and_its_link_takes_the_receipt(app: Flask, smtp: SmtpServer) -> None:
    bank = a_bank(email="credit@banque.example")
    dossier_id = a_dossier(a_person(first_name="Nadia", last_name="Benali"), bank_id=bank.id)
    sent_id = send(dossier_id)
    assert deliver_due(now=NOW)["sent"] == 1
    (mail,) = smtp.messages
    assert mail["To"] == "credit@banque.example"
    assert plain_spaces(mail["Subject"]) == f"Dossier de micro-crédit n° {dossier_id}"
    plain, html = texts(mail)
    assert "Votre établissement décide seul." in plain
    for said in (mail["Subject"], plain, html):
        assert "Benali" not in said
        assert "Nadia" not in said
    path = path_in(plain)
    assert path_in(html) == path
    visitor = app.test_client()
    page = visitor.get(path)
    assert page.status_code == 200
    assert "Benali" in page.text
    assert visitor.get(f"{path}/dossier.pdf").data.startswith(b"%PDF")
    received = visitor.post(path, data={"act": "receipt", "receiver": "Mme Lenoir"})
    assert "Reçu par Mme Lenoir" in received.text
    db.session.expire_all()
    assert transmission(sent_id).acknowledged_by == "Mme Lenoir"
    assert services.remind_banks(now=NOW + 5 * DAY) == {"reminded": 0}
    assert deliver_due(now=NOW + 5 * DAY).get("sent", 0) == 0
    assert len(smtp.messages) == 1


def test_a_bank_that_says_nothing_gets_one_more_mail_with_the_same_link(app: Flask, smtp: SmtpServer) -> None:
    send(a_dossier(a_person(), bank_id=a_bank().id))
    deliver_due(now=NOW)
    services.remind_banks(now=NOW + 4 * DAY)
    assert deliver_due(now=NOW + 4 * DAY)["sent"] == 1
    first, second = smtp.messages
    assert first["Subject"] != second["Subject"]
    assert path_in(texts(first)[0]) == path_in(texts(second)[0])


def test_the_persons_sms_arrives_and_its_link_opens_their_papers(app: Flask, sms: SmsServer) -> None:
    person_id = a_person()
    dossier_id = a_dossier(person_id, bank_id=a_partner())
    make_point(db.session.get_one(Person, person_id).recipient_id, Channel.SMS, value="+33639981234")
    bring(dossier_id, "quote")
    paperwork.ask_papers(dossier_id=dossier_id, codes=["payslips"], **ACTS)
    assert deliver_due(now=NOW)["sent"] == 1
    (text,) = sms.provider.sent
    said = plain_spaces(text["message"])
    assert "il manque des papiers pour votre dossier" in said
    found = ADDRESS.search(said)
    assert found
    page = app.test_client().get(found[1], follow_redirects=True)
    assert page.status_code == 200
    assert "3 fiches de paie" in page.text
    assert queries.get_dossier(dossier_id).person_id == person_id
