"""The bank's paper says of the credit what the simulator says of the chosen offer: to the cent, to four decimals."""

from __future__ import annotations

import io
import re
from typing import Any

import pytest
from flask import Flask
from pypdf import PdfReader

from mobility.core import clock
from mobility.core.db import db
from mobility.core.money import format_cents
from mobility.funding.rules import Purpose
from mobility.microcredit import parameters
from mobility.microcredit.dossiers import queries, services
from mobility.microcredit.dossiers.errors import DossierInvalid
from mobility.microcredit.dossiers.services import Disbursement
from mobility.microcredit.dossiers.standing import ask_of, bounds, find_quote
from mobility.microcredit.queries import offers_in_force
from mobility.microcredit.rules.offers import Quote, announced_percent
from mobility.microcredit.rules.simulation import simulate
from mobility.people.models import Person
from tests.factories.dossiers import NOW, TODAY, a_budget, answered, rendered, sent
from tests.factories.pathway import a_person
from tests.integration.microcredit.test_changes_taken import a_request, an_offer, opened

FEES = {"fee_cents": 50_00, "fee_percent": "1.5"}
CASES: dict[str, dict[str, Any]] = {
    "plain": {},
    "fees": FEES,
    "required, of what is owed": {
        **FEES, "insurance_kind": "balance", "insurance_percent": "0.36", "insurance_required": True,
    },
    "required, a sum": {"insurance_kind": "fixed", "insurance_cents": 3_20, "insurance_required": True},
    "free, of the amount": {**FEES, "insurance_kind": "initial", "insurance_percent": "0.5"},
}  # fmt: skip


@pytest.fixture(autouse=True)
def _today(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "source", lambda: NOW)


@pytest.fixture
def person_id(app: Flask) -> int:
    return a_person(last_name="Benali")


def read(dossier_id: int) -> str:
    """Return all that the paper says, with plain spaces."""
    pages = PdfReader(io.BytesIO(rendered(dossier_id))).pages
    return plain(" ".join(page.extract_text() for page in pages))


def plain(words: str) -> str:
    return " ".join(re.sub("[\u00a0\u202f]", " ", words).split())


def euros(cents: int) -> str:
    return plain(format_cents(cents))


def simulated(person_id: int, offer_id: int) -> Quote:
    """Return what the simulator says of an offer."""
    person = db.session.get_one(Person, person_id)
    cards = offers_in_force(desk_id=person.desk_id, on=TODAY)
    ask = ask_of(300_000, 36, purpose=Purpose.PURCHASE, person=person, on=TODAY)
    found = simulate(
        ask, [card.bank for card in cards], budget=None, bounds=bounds(on=TODAY, desk_id=person.desk_id), ceilings=(),
        ceilings_since_on=None,
    )  # fmt: skip
    return next(one.quote for one in found.offered if one.bank.key == offer_id)


@pytest.mark.parametrize("case", CASES)
def test_the_paper_says_what_the_simulator_says(person_id: int, case: str) -> None:
    a_budget(person_id)
    offer_id = an_offer(**CASES[case])
    dossier_id = opened(person_id, a_request(offer_id))
    quote, said = simulated(person_id, offer_id), read(dossier_id)
    assert find_quote(queries.get_dossier(dossier_id), on=TODAY) == quote
    insured = bool(quote.insurance_total_cents)
    assert insured is ("assurance" in case or "insurance_kind" in CASES[case])
    percent = f"{announced_percent(quote).normalize():f} %".replace(".", ",")
    for label, value in (
        ("TAEG", percent),
        ("Mensualité", euros(quote.instalment_cents)),
        ("Dernière mensualité", euros(quote.last_cents)),
        ("Coût des intérêts", euros(quote.interest_cents)),
        ("Coût total du crédit", euros(quote.cost_cents)),
        ("Total remboursé", euros(quote.due_cents)),
        *([("Coût de l’assurance", euros(quote.insurance_total_cents))] if insured else []),
        *([("Frais de dossier", euros(quote.fee_cents))] if quote.fee_cents else []),
        *([("Mensualité avec l’assurance", euros(quote.month_cents))] if quote.required else []),
    ):
        assert f"{label} {value}" in said, label
    assert ("Coût de l’assurance" in said) is insured
    assert ("Frais de dossier" in said) is bool(quote.fee_cents)
    assert ("L’assurance est au choix" in said) is (insured and not quote.required)
    table = said[said.index("L’échéancier demandé") :]
    for row, premium, paid in zip(quote.rows, quote.insurance_cents, quote.payments_cents, strict=True):
        cells = [row.payment_cents, row.capital_cents, row.interest_cents, row.balance_cents]
        cells += ([premium] if insured else []) + ([paid] if quote.required else [])
        assert f"{row.number} {' '.join(map(euros, cells))}" in table, row.number
    assert table.count(plain(parameters.legal_sentence(on=TODAY))) == 1
    # What is paid in all, as the table has it: the rows and the fee.
    assert sum(quote.payments_cents) + quote.fee_cents == quote.due_cents


def test_a_dearer_offer_has_a_dearer_rate(person_id: int) -> None:
    rates = [announced_percent(simulated(person_id, an_offer(**values))) for values in CASES.values()]
    assert rates[0] == min(rates)
    assert rates[2] > rates[1] > rates[0] < rates[3]
    assert rates[4] == rates[1]


def test_once_it_is_paid_the_paper_has_its_own_dates(person_id: int) -> None:
    a_budget(person_id)
    dossier_id = opened(person_id, a_request(an_offer(waiting="with_first")))
    answered(sent(dossier_id))
    acts: dict[str, Any] = {"dossier_id": dossier_id, "version": None, "actor_id": None}
    services.sign(on=TODAY, now=NOW, **acts)
    later = NOW.replace(month=12, day=1)
    first = TODAY.replace(year=2027, month=1, day=15)
    services.disburse(details=Disbursement(later.date(), "Garage", first), now=later, **acts)
    quote = find_quote(queries.get_dossier(dossier_id), on=later.date())
    assert quote is not None
    assert [row.payment_cents for row in quote.rows] == [one.amount_cents for one in queries.dues_of(dossier_id)]
    assert euros(quote.rows[0].payment_cents) in read(dossier_id)


def test_terms_that_give_no_rate_make_no_paper(person_id: int, monkeypatch: pytest.MonkeyPatch) -> None:
    dossier_id = opened(person_id, a_request(an_offer(fee_cents=3_000_00)))
    assert find_quote(queries.get_dossier(dossier_id), on=TODAY) is None
    with pytest.raises(DossierInvalid, match="taux annuel"):
        rendered(dossier_id)
