"""What the database itself refuses of budgets and dossiers."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError, IntegrityError

from mobility.core.db import transaction
from mobility.microcredit.dossiers import queries
from mobility.microcredit.dossiers.models import (
    Budget,
    BudgetItem,
    MicrocreditDossier,
    MicrocreditInstalment,
    MicrocreditLog,
    MicrocreditPayment,
    MicrocreditTransmission,
)
from mobility.microcredit.rules.budget import ItemKind
from mobility.microcredit.rules.states import Action, Party, State
from tests.factories.dossiers import NOW, TODAY, a_dossier, answered, sent
from tests.factories.pathway import a_person


@pytest.fixture
def dossier_id(app: Flask) -> int:
    return a_dossier(a_person())


def refuses(constraint: str, *rows: Any) -> None:
    with pytest.raises(IntegrityError, match=constraint), transaction() as session:
        session.add_all(rows)
        session.flush()


@pytest.mark.parametrize(
    ("values", "constraint"),
    [
        ({"amount_cents": 0}, "amount_positive"),
        ({"months": 0}, "months_plausible"),
        ({"state": State.REFUSED, "motive": "other"}, "reason_given"),
        ({"state": State.WITHDRAWN}, "reason_given"),
        ({"state": State.MORE_INFORMATION}, "reason_given"),
        ({"state": State.GRANTED}, "granted_with_date"),
        ({"state": State.OFFER_SIGNED, "granted_on": TODAY}, "signed_with_date"),
        ({"state": State.DISBURSED, "granted_on": TODAY, "signed_on": TODAY}, "disbursed_with_date"),
        (
            {"state": State.DISBURSED, "granted_on": TODAY, "signed_on": TODAY, "disbursed_on": date(2026, 12, 9)},
            "disbursed_with_date",
        ),
        ({"granted_on": TODAY, "signed_on": TODAY - timedelta(days=1)}, "signed_after_granted"),
        ({"granted_on": TODAY, "signed_on": TODAY, "disbursed_on": TODAY}, "disbursed_after_signed"),
    ],
)
def test_a_dossier_has_what_its_state_needs(dossier_id: int, values: dict[str, Any], constraint: str) -> None:
    with pytest.raises(IntegrityError, match=constraint), transaction() as session:
        row = session.get_one(MicrocreditDossier, dossier_id)
        for name, value in values.items():
            setattr(row, name, value)
        session.flush()


@pytest.mark.parametrize(
    ("values", "constraint"),
    [
        ({"others": 21}, "household_plausible"),
        ({"children": -1}, "household_plausible"),
        ({"days_a_week": 8}, "week_has_seven_days"),
        ({"commute_tenths": -1}, "kilometres_positive"),
        ({"insurance_cents": -1}, "insurance_positive"),
    ],
)
def test_a_budget_is_plausible(app: Flask, values: dict[str, Any], constraint: str) -> None:
    refuses(constraint, Budget(person_id=a_person(), taken_on=TODAY, updated_at=NOW, **values))


def test_a_line_of_a_budget_has_an_amount(dossier_id: int) -> None:
    budget_id = queries.get_dossier(dossier_id).budget_id
    refuses("amount_positive", BudgetItem(budget_id=budget_id, kind=ItemKind.WAGE, amount_cents=0))


def a_log(dossier_id: int, **values: Any) -> MicrocreditLog:
    facts: dict[str, Any] = {
        "action": Action.REFUSE, "to_state": State.REFUSED, "party": Party.BANK, "at": NOW, "motive": "budget",
        **values,
    }  # fmt: skip
    return MicrocreditLog(dossier_id=dossier_id, **facts)


def test_a_transmission_has_one_answer(dossier_id: int) -> None:
    transmission_id = sent(dossier_id)
    answered(transmission_id)
    # SQLite names a unique index by its column, PostgreSQL by its name.
    refuses("answer|transmission_id", a_log(dossier_id, transmission_id=transmission_id))


@pytest.mark.parametrize(
    ("action", "state", "motive"),
    [(Action.REFUSE, State.REFUSED, ""), (Action.GRANT, State.GRANTED, "budget")],
)
def test_a_refusal_has_a_motive_and_nothing_else_does(
    dossier_id: int, action: Action, state: State, motive: str
) -> None:
    log = a_log(dossier_id, transmission_id=sent(dossier_id), action=action, to_state=state, motive=motive)
    refuses("refused_with_motive", log)


@pytest.mark.parametrize("motive", ["", "other"])
def test_a_refused_dossier_keeps_its_motive(dossier_id: int, motive: str) -> None:
    answered(sent(dossier_id), Action.REFUSE, "Trop juste")
    with pytest.raises(DatabaseError, match=r"refused_with_motive|microcredit_rewritten"), transaction() as session:
        session.execute(text("UPDATE microcredit_dossier SET motive = ''"))
    with pytest.raises(DatabaseError, match=r"refused_with_motive|microcredit_rewritten"), transaction() as session:
        session.execute(text("UPDATE microcredit_log SET motive = :motive WHERE motive <> ''"), {"motive": motive})


@pytest.mark.parametrize("party", [Party.BANK, Party.ADVISER])
def test_a_bank_answers_what_was_sent_and_nobody_else_does(dossier_id: int, party: Party) -> None:
    transmission_id = sent(dossier_id)
    wrong = None if party is Party.BANK else transmission_id
    refuses("bank_answers_a_transmission", a_log(dossier_id, party=party, transmission_id=wrong))


BROKEN: dict[str, Callable[[int], Any]] = {
    "amount_positive": lambda number: MicrocreditInstalment(
        dossier_id=number, number=1, due_on=TODAY, amount_cents=0
    ),
    "microcredit_payment_amount_positive": lambda number: MicrocreditPayment(
        dossier_id=number, paid_on=TODAY, amount_cents=0, reference="x", noted_at=NOW
    ),
}  # fmt: skip


@pytest.mark.parametrize("constraint", BROKEN)
def test_instalments_and_payments_have_amounts(dossier_id: int, constraint: str) -> None:
    refuses(constraint, BROKEN[constraint](dossier_id))


def test_the_same_instalment_and_the_same_payment_are_there_once(dossier_id: int) -> None:
    dues = [MicrocreditInstalment(dossier_id=dossier_id, number=1, due_on=TODAY, amount_cents=1) for _twice in range(2)]
    refuses("microcredit_instalment", *dues)
    paid: dict[str, Any] = {"paid_on": TODAY, "amount_cents": 1, "reference": "x", "noted_at": NOW}
    refuses("microcredit_payment", *[MicrocreditPayment(dossier_id=dossier_id, **paid) for _twice in range(2)])


@pytest.mark.parametrize(
    ("values", "constraint"),
    [({"sha256": "x"}, "sha256_length"), ({"expires_at": NOW}, "expires_later"), ({"number": 1}, "transmission")],
)
def test_a_transmission_is_whole(dossier_id: int, values: dict[str, Any], constraint: str) -> None:
    first = queries.find_transmission(sent(dossier_id))
    assert first is not None
    facts: dict[str, Any] = {
        "number": 2, "bank_id": first.bank_id, "document_id": first.document_id, "sha256": "0" * 64,
        "sent_at": NOW, "expires_at": NOW + timedelta(days=1), **values,
    }  # fmt: skip
    refuses(constraint, MicrocreditTransmission(dossier_id=dossier_id, **facts))
