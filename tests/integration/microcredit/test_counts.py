"""Indicators on the page, frozen, and as files."""

from __future__ import annotations

import csv
import html
import io
import re
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from openpyxl import load_workbook
from sqlalchemy import event, func, select, text
from sqlalchemy.exc import DatabaseError

from mobility.accounts.policy import Role
from mobility.core import clock
from mobility.core.db import db, transaction
from mobility.microcredit.followup.models import CreditCount
from mobility.microcredit.followup.services.counts import sum_of
from mobility.microcredit.rules.states import Action
from tests.factories.accounts import make_user, signed_in
from tests.factories.desks import make_desk
from tests.factories.dossiers import NOW, a_bank, a_dossier, answered, sent
from tests.factories.people import make_person

URL = "/micro-credits/chiffres"


@pytest.fixture(autouse=True)
def _today(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "source", lambda: NOW)


@pytest.fixture
def desk(app: Flask) -> Any:
    return make_desk("Denain")


@pytest.fixture
def manager(app: Flask, desk: Any) -> FlaskClient:
    return signed_in(app, make_user(role=Role.MANAGER, desk_id=desk.id))


def said(manager: FlaskClient) -> str:
    """The page with plain spaces."""
    return " ".join(html.unescape(manager.get(URL).text).split())


def lend(desk: Any, bank_id: int, number: int) -> None:
    for _one in range(number):
        answered(sent(a_dossier(make_person(desk=desk).id, bank_id=bank_id)))


def test_figures_of_the_own_desk_by_bank_small_ones_hidden(manager: FlaskClient, desk: Any) -> None:
    first, second = a_bank("=Crédit;du Hainaut").id, a_bank("Caisse").id
    lend(desk, first, 5)
    lend(make_desk("Lens"), first, 1)
    page = said(manager)
    assert "15 000,00 €" in page
    assert "18 000,00 €" not in page
    assert "100 %" in page
    lend(desk, second, 1)
    page = said(manager)
    # One small line would be the total less the other: both are hidden, and the total stands.
    assert page.count("moins de 5") >= 2
    assert "18 000,00 €" in page


def test_frozen_figures_never_change_and_leave_as_harmless_files(manager: FlaskClient, desk: Any) -> None:
    bank_id = a_bank("=1+1").id
    lend(desk, bank_id, 5)
    answer = manager.post(URL, data={"du": "2026-01-01", "au": "2026-12-31", "par": "bank"})
    assert answer.status_code == 303
    page = manager.get(answer.headers["Location"]).text
    assert "Intact" in page
    lend(desk, bank_id, 1)
    assert manager.get(answer.headers["Location"]).text.count("15") == page.count("15")
    row = db.session.scalars(select(CreditCount)).one()
    assert "'=1+1" in manager.get(f"{URL}/{row.id}/export.csv").data.decode("utf-8-sig")
    sheet = load_workbook(io.BytesIO(manager.get(f"{URL}/{row.id}/export.xlsx").data)).active
    assert sheet is not None
    assert sheet["A2"].data_type == "s"
    with pytest.raises(DatabaseError, match="microcredit_rewritten"), transaction() as session:
        session.execute(text("UPDATE credit_count SET desk_id = NULL"))


def test_a_period_that_is_none_is_refused_in_words(manager: FlaskClient) -> None:
    assert "période" in manager.get(f"{URL}?du=2026-12-31&au=2026-01-01").text
    wrong = {"du": "2026-12-31", "au": "2026-01-01", "par": "x"}
    assert manager.post(URL, data=wrong).status_code == 422
    assert manager.get(f"{URL}?du=x&au=9999-01-01&par=desk").status_code == 200


def test_the_number_of_questions_does_not_grow(manager: FlaskClient, desk: Any) -> None:
    seen: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        seen.append(statement)

    bank_id = a_bank("Crédit").id
    lend(desk, bank_id, 1)
    counts = []
    event.listen(db.engine, "before_cursor_execute", note)
    try:
        for more in (0, 2):
            lend(desk, bank_id, more)
            seen.clear()
            manager.get(URL)
            counts.append(len([one for one in seen if one.startswith("SELECT")]))
    finally:
        event.remove(db.engine, "before_cursor_execute", note)
    assert counts[0] == counts[1]


def test_a_refusal_counts_once_the_bank_says_no(manager: FlaskClient, desk: Any) -> None:
    bank_id = a_bank("Crédit").id
    for _one in range(5):
        answered(sent(a_dossier(make_person(desk=desk).id, bank_id=bank_id)), Action.REFUSE, "Trop juste")
    page = said(manager)
    assert "0 %" in page
    assert "Refus par motif" in page
    assert re.search(r"<strong>Crédit</strong>.*?5", page.split("Refus par motif")[-1], re.DOTALL)
    made = manager.post(URL, data={"du": "2026-01-01", "au": "2026-12-31", "par": "desk"}).headers["Location"]
    assert "Budget trop juste" in manager.get(made).text
    rows = list(csv.reader(manager.get(f"{made}/export.csv").data.decode("utf-8-sig").splitlines(), delimiter=";"))
    head = next(number for number, row in enumerate(rows) if row[:1] == ["Refus par motif"])
    assert "Budget trop juste" in rows[head]
    assert rows[head + 1][1:3] == ["5", "0"]
    assert rows[head + 2][:2] == ["Total", "5"]
    # Figures that were frozen before there were motives are shown as they were.
    kept = db.session.scalars(select(CreditCount)).one()
    old = {name: value for name, value in kept.content.items() if name != "motives"}
    with transaction() as session:
        session.add(
            CreditCount(first_on=kept.first_on, last_on=kept.last_on, content=old, sha256=sum_of(old), taken_at=NOW)
        )
    newest = db.session.scalar(select(func.max(CreditCount.id)))
    assert "Refus par motif" not in manager.get(f"{URL}/{newest}").text
    assert "Refus par motif" not in manager.get(f"{URL}/{newest}/export.csv").data.decode("utf-8-sig")
