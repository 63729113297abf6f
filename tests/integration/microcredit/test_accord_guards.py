"""A loan paid back before its end, and what the database refuses of an agreement on its own."""

from __future__ import annotations

import io
import re
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, text
from sqlalchemy.exc import DatabaseError, IntegrityError

from mobility.accounts.policy import Role
from mobility.core import clock
from mobility.core.db import db, transaction
from mobility.documents.services import prepare_bytes
from mobility.microcredit.accords.models import CreditAccord, CreditAccordLine
from mobility.microcredit.dossiers import queries, services
from mobility.microcredit.dossiers.models import MicrocreditDossier
from mobility.microcredit.followup.errors import PayoffInvalid
from mobility.microcredit.followup.services import payoff
from mobility.microcredit.rules.accords import AccordState
from mobility.microcredit.rules.states import State
from mobility.pathway.plan.rules.terms import Manner
from mobility.people import lifecycle
from mobility.people.models import Person
from tests.factories.accords import a_plan, agreed, bank_agreed, signed
from tests.factories.accounts import make_user, signed_in
from tests.factories.documents import PDF
from tests.factories.dossiers import NOW, TODAY, a_dossier, disbursed
from tests.factories.pathway import a_person

# Two instalments (1 January and 1 February, 88,57 € each) are missed.
LATE = NOW + timedelta(days=78)
CENTS = 2 * 8_857


@pytest.fixture
def person_id(app: Flask) -> int:
    return a_person(last_name="Benali")


@pytest.fixture
def dossier_id(person_id: int) -> int:
    made = a_dossier(person_id)
    disbursed(made)
    services.watch_due(now=LATE)
    return made


@pytest.fixture
def staff(app: Flask, person_id: int, monkeypatch: pytest.MonkeyPatch) -> FlaskClient:
    return at(app, person_id, LATE, monkeypatch)


def at(app: Flask, person_id: int, instant: datetime, monkeypatch: pytest.MonkeyPatch) -> FlaskClient:
    """An adviser of the desk at an instant."""
    monkeypatch.setattr(clock, "source", lambda: instant)
    desk_id = db.session.get_one(Person, person_id).desk_id
    return signed_in(app, make_user(role=Role.ADVISER, desk_id=desk_id))


def state(dossier_id: int) -> State:
    db.session.expire_all()
    return queries.get_dossier(dossier_id).state


def accord(accord_id: int) -> CreditAccord:
    db.session.expire_all()
    return db.session.get_one(CreditAccord, accord_id)


def typed_version(page: str) -> str:
    found = re.search(r'name="version"[^>]*value="(\d+)"', page)
    assert found
    return found[1]


# ---- paid back before the end


def test_paid_back_in_full_before_the_first_instalment(
    app: Flask, person_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    dossier_id = a_dossier(person_id)
    soon = disbursed(dossier_id) + timedelta(days=5)
    staff = at(app, person_id, soon, monkeypatch)
    url = f"/micro-credits/{dossier_id}/suivi"
    page = staff.get(url).text
    assert "Remboursé en entier, avant la fin" in page
    typed = {
        "act": "payoff",
        "version": typed_version(page),
        "repaid_on": soon.date().isoformat(),
        "repaid_cents": "3000",
    }
    assert staff.post(url, data=typed).status_code == 422
    sent = {**typed, "payoff": (io.BytesIO(PDF), "solde.pdf")}
    assert staff.post(url, data=sent, content_type="multipart/form-data").status_code == 303
    assert state(dossier_id) is State.CLOSED
    assert queries.ledger_of(dossier_id, on=soon.date()).left_cents == 0
    assert "papier de la banque" in staff.get(url).text


def test_a_repayment_in_full_has_its_bounds(dossier_id: int) -> None:
    facts: dict[str, Any] = {"dossier_id": dossier_id, "version": None, "actor_id": None, "now": LATE}
    for on, cents, words in (
        (LATE.date() + timedelta(days=1), 100, "pas encore"),
        (TODAY, 100, "après le versement"),
        (LATE.date(), 9_999_999, "reste à rembourser"),
        (LATE.date(), 0, "reste à rembourser"),
    ):
        with pytest.raises(PayoffInvalid, match=words):
            payoff.repay_early(on=on, amount_cents=cents, prepared=prepare_bytes(PDF, "x.pdf"), **facts)
    accord_id = a_plan(dossier_id, now=LATE)
    agreed(accord_id, now=LATE)
    payoff.repay_early(on=LATE.date(), amount_cents=300_000, prepared=prepare_bytes(PDF, "x.pdf"), **facts)
    assert accord(accord_id).state is AccordState.REPLACED


# ---- what the database refuses on its own


def test_the_database_keeps_a_plan_as_it_was_laid(dossier_id: int) -> None:
    accord_id = a_plan(dossier_id, now=LATE)
    signed(accord_id, now=LATE)
    for statement in (
        "UPDATE credit_accord SET arrears_cents = 1 WHERE id = :id",
        "UPDATE credit_accord SET content = '[]' WHERE id = :id",
        "UPDATE credit_accord SET person_name = 'x' WHERE id = :id",
        "UPDATE credit_accord SET person_signed_at = NULL, person_manner = NULL WHERE id = :id",
        "UPDATE credit_accord SET reason = 'x' WHERE id = :id",
        "UPDATE credit_accord_line SET amount_cents = 1 WHERE accord_id = :id",
        "DELETE FROM credit_accord_line WHERE accord_id = :id",
        "DELETE FROM credit_accord WHERE id = :id",
        "INSERT INTO credit_accord_line (accord_id, due_on, amount_cents) VALUES (:id, '2030-01-01', 5)",
    ):
        with pytest.raises(DatabaseError, match=r"credit_accord_(frozen|sum)"), transaction() as session:
            session.execute(text(statement), {"id": accord_id})
    with pytest.raises(IntegrityError, match="agreed_by_all"), transaction() as session:
        session.execute(text("UPDATE credit_accord SET state = 'in_force' WHERE id = :id"), {"id": accord_id})
    bank_agreed(accord_id, now=LATE)
    for statement in (
        "UPDATE credit_accord SET state = 'waiting' WHERE id = :id",
        "UPDATE credit_accord SET bank_agreed_on = '2026-01-01' WHERE id = :id",
    ):
        with pytest.raises(DatabaseError, match="credit_accord_frozen"), transaction() as session:
            session.execute(text(statement), {"id": accord_id})


def _raw(dossier_id: int, number: int, **values: Any) -> CreditAccord:
    facts: dict[str, Any] = {
        "kind": "amicable", "content": {}, "sha256": "0" * 64, "base_cents": 0, "arrears_cents": 10, "laid_at": LATE,
        "signs_with": "alone", **values,
    }  # fmt: skip
    return CreditAccord(dossier_id=dossier_id, number=number, **facts)


def test_the_database_refuses_two_plans_and_sums_that_are_no_arrears(dossier_id: int) -> None:
    for cents in (0, -1):
        with pytest.raises(IntegrityError, match="amount_positive"), transaction() as session:
            row = _raw(dossier_id, 1)
            session.add(row)
            session.flush()
            session.add(CreditAccordLine(accord_id=row.id, due_on=TODAY, amount_cents=cents))
            session.flush()
    with pytest.raises(DatabaseError, match="credit_accord_sum"), transaction() as session:
        row = _raw(dossier_id, 1)
        session.add(row)
        session.flush()
        session.add(CreditAccordLine(accord_id=row.id, due_on=TODAY, amount_cents=9))
        session.flush()
        row.person_signed_at, row.person_manner = LATE, Manner.LINK
        session.flush()
    agreed(a_plan(dossier_id, now=LATE), now=LATE)
    a_plan(dossier_id, now=LATE)
    with pytest.raises(IntegrityError), transaction() as session:
        session.add(_raw(dossier_id, 8))
        session.flush()
    with pytest.raises(IntegrityError), transaction() as session:
        in_force = session.scalars(select(CreditAccord).where(CreditAccord.state == AccordState.IN_FORCE)).one()
        session.add(
            _raw(
                dossier_id, 9, state="in_force", person_signed_at=LATE, person_manner="link", begun_at=LATE,
                bank_agreed_on=TODAY, bank_document_id=in_force.bank_document_id,
            )
        )  # fmt: skip
        session.flush()


def test_an_erasure_takes_the_words_and_leaves_the_amounts(app: Flask, person_id: int, dossier_id: int) -> None:
    accord_id = a_plan(dossier_id, now=LATE)
    agreed(accord_id, now=LATE)
    for part in lifecycle.parts():
        if part.room == "microcredit":
            part.erase(person_id=person_id, now=LATE)
            part.erase(person_id=person_id, now=LATE)
    row = accord(accord_id)
    assert (row.content, row.person_name, row.reason, row.arrears_cents) == ({}, "", "", CENTS)
    assert row.person_signed_at is not None
    assert db.session.get_one(MicrocreditDossier, dossier_id).state is State.INCIDENT
