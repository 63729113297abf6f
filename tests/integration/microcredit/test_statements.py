"""A bank's file: shown first, noted once, hostile cells harmless."""

from __future__ import annotations

import io
import re
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from openpyxl import Workbook
from sqlalchemy import func, select

from mobility.accounts.policy import Role
from mobility.core import clock
from mobility.core.db import db
from mobility.microcredit.dossiers import queries, services
from mobility.microcredit.dossiers.models import MicrocreditPayment
from mobility.microcredit.followup.models import CreditStatement, StatementState
from mobility.microcredit.followup.services import statements
from mobility.microcredit.rules.arrears import Line
from mobility.microcredit.rules.statement import reference_of
from mobility.microcredit.rules.states import State
from mobility.people.models import Person
from tests.factories.accords import a_plan, agreed, arrears
from tests.factories.accounts import make_user, signed_in
from tests.factories.desks import make_desk
from tests.factories.dossiers import NOW, a_dossier, disbursed
from tests.factories.pathway import a_person

LATER = NOW + timedelta(days=80)
URL = "/micro-credits/releves"


@pytest.fixture(autouse=True)
def _today(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "source", lambda: LATER)


@pytest.fixture
def person_id(app: Flask) -> int:
    return a_person(last_name="Benali")


@pytest.fixture
def dossier_id(person_id: int) -> int:
    made = a_dossier(person_id)
    disbursed(made)
    return made


@pytest.fixture
def staff(app: Flask, person_id: int) -> FlaskClient:
    desk_id = db.session.get_one(Person, person_id).desk_id
    return signed_in(app, make_user(role=Role.ADVISER, desk_id=desk_id))


def count() -> int:
    db.session.expire_all()
    return db.session.scalar(select(func.count()).select_from(MicrocreditPayment)) or 0


def read(staff: FlaskClient, data: bytes, name: str = "releve.csv") -> tuple[str, str]:
    """Bring a file; return the preview's address and its text."""
    answer = staff.post(URL, data={"file": (io.BytesIO(data), name)}, content_type="multipart/form-data")
    assert answer.status_code == 303, answer.text
    address = str(answer.headers["Location"])
    return address, staff.get(address).text


def ticked(page: str) -> list[str]:
    return re.findall(r'name="lines" value="(\d+)"[^>]* checked', page)


def csv(*lines: str, numbered: bool = False) -> bytes:
    return "\n".join(["Référence;Date;Montant" + (";Opération" if numbered else ""), *lines]).encode()


def test_a_file_is_shown_and_notes_nothing_until_it_is_confirmed(staff: FlaskClient, dossier_id: int) -> None:
    ours = reference_of(dossier_id)
    data = csv(f"{ours};05/01/2027;88,57", f"{ours};03/02/2027;50,00", "INCONNU;05/01/2027;88,57", f"{ours};demain;x")
    address, page = read(staff, data)
    assert count() == 0
    for words in ("Mensualité attendue", "Autre somme", "Référence inconnue", "À corriger", "Benali"):
        assert words in page
    assert ticked(page) == ["2"]
    answer = staff.post(address, data={"act": "confirm", "lines": ["2", "3"]})
    assert answer.status_code == 303
    assert count() == 2
    assert queries.get_dossier(dossier_id).state is State.INCIDENT
    # The same file again: everything is known, nothing can be ticked, nothing is added.
    again, page = read(staff, data)
    assert "déjà importé ce fichier" in page
    assert page.count("Déjà noté") == 2
    assert 'name="lines"' not in page
    assert staff.post(again, data={"act": "confirm", "lines": ["2"]}).status_code == 422
    assert count() == 2


def test_a_workbook_is_read_like_a_csv(staff: FlaskClient, dossier_id: int) -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["Prêt", "Date de paiement", "Montant payé", "Opération"])
    sheet.append([reference_of(dossier_id), LATER.date(), 88.57, "A-1"])
    sheet.append([reference_of(dossier_id), LATER.date(), 88.57, "A-2"])
    target = io.BytesIO()
    book.save(target)
    address, page = read(staff, target.getvalue(), "releve.xlsx")
    assert ticked(page) == ["2", "3"]
    assert staff.post(address, data={"act": "confirm", "lines": ["2", "3"]}).status_code == 303
    assert count() == 2


def test_a_line_of_a_plan_of_arrears_is_the_sum_that_is_expected(staff: FlaskClient, dossier_id: int) -> None:
    services.watch_due(now=LATER)
    late = arrears(dossier_id, now=LATER).cents
    lines = [Line(LATER.date(), 5_000), Line(LATER.date() + timedelta(days=60), late - 5_000)]
    agreed(a_plan(dossier_id, now=LATER, lines=lines), now=LATER)
    _address, page = read(staff, csv(f"{reference_of(dossier_id)};{LATER:%d/%m/%Y};50,00"))
    assert "Mensualité attendue" in page
    assert ticked(page) == ["2"]


def test_the_banks_own_number_finds_the_loan(staff: FlaskClient, dossier_id: int) -> None:
    queries.get_dossier(dossier_id).contract_number = "PRT 44-59"
    db.session.commit()
    _address, page = read(staff, csv("prt4459;05/01/2027;88,57"))
    assert "Mensualité attendue" in page


def test_hostile_cells_are_text_or_refused(staff: FlaskClient, dossier_id: int) -> None:
    ours = reference_of(dossier_id)
    data = csv(
        f"{ours};05/01/2027;=1+1",
        "<script>alert(1)</script>;05/01/2027;88,57",
        "2 84 05 88 157 157 28;05/01/2027;88,57",
        f"{ours};05/01/2027;99999999999999999999",
        f"{ours};05/01/2027;-88,57",
    )
    _address, page = read(staff, data)
    assert "formule" in page
    assert "<script>alert(1)" not in page
    assert "sécurité sociale" in page
    assert "84 05 88" not in page
    assert 'name="lines"' not in page


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04", b"\x00\x01", b"a;b\n1;2"])
def test_what_is_no_file_of_payments_is_refused_in_words(staff: FlaskClient, data: bytes) -> None:
    answer = staff.post(URL, data={"file": (io.BytesIO(data), "x.csv")}, content_type="multipart/form-data")
    assert answer.status_code == 422
    assert count() == 0


def test_the_loans_of_another_desk_are_unknown_references(app: Flask, dossier_id: int) -> None:
    other = signed_in(app, make_user(role=Role.ADVISER, desk_id=make_desk("Lens").id))
    _address, page = read(other, csv(f"{reference_of(dossier_id)};05/01/2027;88,57"))
    assert "Référence inconnue" in page
    assert "Benali" not in page


def test_a_file_is_left_alone_or_emptied_after_two_days(staff: FlaskClient, dossier_id: int) -> None:
    line = f"{reference_of(dossier_id)};05/01/2027;88,57"
    address, _page = read(staff, csv(line))
    assert staff.post(address, data={"act": "drop"}).status_code == 303
    read(staff, csv(line, ""))
    assert statements.drop_old(now=LATER + timedelta(days=1)) == 0
    assert statements.drop_old(now=LATER + timedelta(days=3)) == 1
    db.session.expire_all()
    rows = db.session.scalars(select(CreditStatement)).all()
    assert {(row.state, row.rows) for row in rows} == {(StatementState.DROPPED, None)}
    assert "Ce fichier est traité" in staff.get(address).text
    assert count() == 0


def test_a_payment_noted_by_hand_is_asked_about(staff: FlaskClient, dossier_id: int) -> None:
    paid: dict[str, Any] = {"amount_cents": 8_857, "actor_id": None, "now": LATER}
    services.note_payment(dossier_id=dossier_id, on=(LATER - timedelta(days=4)).date(), **paid)
    _address, page = read(staff, csv(f"{reference_of(dossier_id)};{LATER.date().isoformat()};88,57"))
    assert "Peut-être déjà noté" in page
    assert ticked(page) == []


def test_an_equal_sum_by_hand_on_the_very_day_is_asked_about_too(staff: FlaskClient, dossier_id: int) -> None:
    paid: dict[str, Any] = {"amount_cents": 8_857, "actor_id": None, "now": LATER}
    services.note_payment(dossier_id=dossier_id, on=LATER.date(), **paid)
    address, page = read(staff, csv(f"{reference_of(dossier_id)};{LATER.date().isoformat()};88,57"))
    assert ticked(page) == []
    # It was another one after all: ticked by hand it counts.
    assert staff.post(address, data={"act": "confirm", "lines": ["2"]}).status_code == 303
    assert count() == 2


@pytest.mark.parametrize("first_numbered", [False, True])
def test_the_same_payment_with_and_without_its_number_is_asked_about(
    staff: FlaskClient, dossier_id: int, first_numbered: bool
) -> None:
    line = f"{reference_of(dossier_id)};05/01/2027;88,57"
    plain, numbered = csv(line), csv(f"{line};A-1", numbered=True)
    address, page = read(staff, numbered if first_numbered else plain)
    assert ticked(page) == ["2"]
    staff.post(address, data={"act": "confirm", "lines": ["2"]})
    address, page = read(staff, plain if first_numbered else numbered)
    assert "Peut-être déjà noté" in page
    assert 'name="lines"' in page
    assert ticked(page) == []
    assert staff.post(address, data={"act": "drop"}).status_code == 303
    assert count() == 1


def test_two_files_shown_at_once_do_not_note_one_payment_twice(staff: FlaskClient, dossier_id: int) -> None:
    line = f"{reference_of(dossier_id)};05/01/2027;88,57"
    one, _page = read(staff, csv(line))
    other, page = read(staff, csv(f"{line};A-1", numbered=True))
    assert ticked(page) == ["2"]
    assert staff.post(one, data={"act": "confirm", "lines": ["2"]}).status_code == 303
    refused = staff.post(other, data={"act": "confirm", "lines": ["2"]})
    assert refused.status_code == 422
    assert "notée entre-temps" in refused.text
    assert count() == 1


@pytest.mark.parametrize("nothing", ["-", "—", "...", "°", "/"])
def test_a_reference_of_signs_alone_finds_no_loan(staff: FlaskClient, dossier_id: int, nothing: str) -> None:
    _address, page = read(staff, csv(f"{nothing};10/12/2026;88,57"))
    assert "Écrivez la référence du prêt" in page
    assert ticked(page) == []
