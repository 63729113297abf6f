"""The pages of papers: the phone's behind its link, the portal's, the desk's, the tool that hides a passage."""

from __future__ import annotations

import re
from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from mobility.accounts.policy import Role
from mobility.core import clock
from mobility.core.db import db
from mobility.documents import storage
from mobility.documents.models import Document
from mobility.microcredit.dossiers import queries, services
from mobility.microcredit.dossiers.models import MicrocreditPaper
from mobility.microcredit.paperwork import queries as papers
from mobility.microcredit.paperwork import services as paperwork
from mobility.microcredit.paperwork.models import SentPage
from mobility.microcredit.rules.states import Action
from tests.factories.accounts import make_user, signed_in
from tests.factories.documents import bomb
from tests.factories.dossiers import NOW, a_dossier
from tests.factories.pathway import a_person
from tests.factories.scans import locked_pdf, pdf_of, pdf_with_nir, photo
from tests.integration.microcredit.test_dossier_pages import adviser_of
from tests.integration.microcredit.test_papers import a_partner


@pytest.fixture(autouse=True)
def _today(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "source", lambda: NOW)


@pytest.fixture
def dossier_id(app: Flask) -> int:
    return a_dossier(a_person(last_name="Benali"), bank_id=a_partner())


@pytest.fixture
def staff(app: Flask, dossier_id: int) -> FlaskClient:
    return adviser_of(app, queries.get_dossier(dossier_id).person_id)


def link_of(dossier_id: int, *codes: str) -> str:
    paperwork.ask_papers(dossier_id=dossier_id, codes=codes or ["payslips", "quote"], actor_id=None, now=NOW)
    request = papers.living_request(dossier_id)
    assert request is not None
    return "/papiers/" + paperwork.link_of(request).rpartition("/")[2]


def post(client: FlaskClient, url: str, data: bytes | None, name: str = "p.jpg", **values: Any) -> Any:
    file = {} if data is None else {"photo": (BytesIO(data), name)}
    return client.post(url, data={"code": "payslips", "act": "send", **values, **file})


def stored() -> set[str]:
    return {key for key, _written in storage.walk()}


def pages() -> int:
    return db.session.scalar(select(func.count()).select_from(SentPage)) or 0


def test_a_phone_sends_page_after_page_and_looking_changes_nothing(app: Flask, dossier_id: int) -> None:
    url, phone = link_of(dossier_id), app.test_client()
    page = phone.get(url).get_data(as_text=True)
    assert 'capture="environment"' in page
    assert "Papiers de surendettement" not in page, "only what is asked"
    assert (pages(), "Benali" in page) == (0, False)
    assert post(phone, url, photo()).status_code == 303
    assert post(phone, url, None, file=(BytesIO(pdf_of("Paie")), "a.pdf")).status_code == 303
    assert "2 pages envoyées" in phone.get(url).get_data(as_text=True)
    assert phone.post(url, data={"code": "payslips", "act": "back"}).status_code == 303
    assert pages() == 1


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "photo"),
        (b"GIF89a not taken", "n’est pas accepté"),
        (b"%PDF-1.7 cut", "abîmé"),
        (b"\xff\xd8\xff broken", "abîmé"),
        (bomb(), "trop grande"),
        (locked_pdf(), "mot de passe"),
        (b"\xff\xd8\xff" + b"0" * (10 * 1024 * 1024), "trop lourd"),
    ],
    ids=["empty", "type", "cut", "broken", "bomb", "locked", "heavy"],
)
def test_bad_files_are_answered_by_a_sentence(app: Flask, dossier_id: int, data: bytes, said: str) -> None:
    url, phone = link_of(dossier_id), app.test_client()
    before = stored()
    with post(phone, url, data) as answer:
        assert answer.status_code == 422
        assert said in answer.get_data(as_text=True)
        answer.request.environ["wsgi.input"].close()
    assert pages() == 0
    assert stored() == before


def test_nothing_chosen_or_another_paper_is_refused(app: Flask, dossier_id: int) -> None:
    url, phone = link_of(dossier_id, "payslips"), app.test_client()
    assert "Prenez une photo" in post(phone, url, None).get_data(as_text=True)
    assert post(phone, url, photo(), code="quote").status_code == 422, "it was not asked by this link"
    assert post(phone, url, photo(), code="../x").status_code == 422


def test_a_link_that_is_over_taken_back_or_altered_says_so(
    app: Flask, dossier_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    url, phone = link_of(dossier_id), app.test_client()
    assert "n’est pas valable" in phone.get(url[:-3] + "abc").get_data(as_text=True)
    with monkeypatch.context() as later:
        later.setattr(clock, "source", lambda: NOW + timedelta(days=22))
        assert "n’est plus valable" in phone.get(url).get_data(as_text=True)
    paperwork.revoke(dossier_id=dossier_id, actor_id=None, now=NOW)
    assert "n’est plus valable" in post(phone, url, photo()).get_data(as_text=True)
    second = link_of(dossier_id)
    services.move(dossier_id=dossier_id, action=Action.WITHDRAW, reason="Non", actor_id=None, now=NOW)
    assert "n’est plus valable" in phone.get(second).get_data(as_text=True)
    assert pages() == 0


def test_the_portal_takes_papers_too(app: Flask, dossier_id: int) -> None:
    row = queries.get_dossier(dossier_id)
    mine = signed_in(app, make_user(role=Role.BENEFICIARY, person_id=row.person_id))
    url = "/mon-espace/micro-credit/papiers"
    assert url in mine.get("/mon-espace/micro-credit").get_data(as_text=True)
    assert "Papiers de surendettement" in mine.get(url).get_data(as_text=True)
    assert post(mine, url, photo()).status_code == 303
    other = signed_in(app, make_user(role=Role.BENEFICIARY, person_id=a_person()))
    assert other.get(url).location == "/mon-espace/micro-credit", "without a dossier there is nothing to send"


def test_the_desk_asks_looks_takes_and_refuses(staff: FlaskClient, app: Flask, dossier_id: int) -> None:
    url = f"/micro-credits/{dossier_id}/papiers"
    assert staff.post(url, data={"act": "ask", "codes": ["payslips", "quote"]}).status_code == 303
    link = re.search(r"/papiers/[\w.-]+", staff.get(url).get_data(as_text=True))
    assert link
    phone = app.test_client()
    post(phone, link[0], photo())
    post(phone, link[0], photo(), code="quote")
    assert "Regarder les papiers reçus" in staff.get("/a-faire").get_data(as_text=True)
    no_look = staff.post(url, data={"act": "take", "code": "payslips", "dated_on": "20/11/2026"})
    assert no_look.status_code == 422
    assert "puis cochez" in no_look.get_data(as_text=True)
    taken = {"act": "take", "code": "payslips", "dated_on": "20/11/2026", "checked": "y"}
    assert staff.post(url, data=taken).status_code == 303
    assert db.session.scalars(select(MicrocreditPaper)).one().code == "payslips"
    assert staff.post(url, data={"act": "refuse", "code": "quote", "reason": ""}).status_code == 422
    assert staff.post(url, data={"act": "refuse", "code": "quote", "reason": "Il manque le bas."}).status_code == 303
    assert "Il manque le bas." in phone.get(link[0]).get_data(as_text=True)
    assert "C’est bon" in phone.get(link[0]).get_data(as_text=True)
    assert staff.post(url, data={"act": "revoke"}).status_code == 303
    assert staff.post(url, data={"act": "?"}).status_code == 400


def test_a_number_is_refused_in_the_name_of_a_file_and_in_a_reason(staff: FlaskClient, dossier_id: int) -> None:
    url = f"/micro-credits/{dossier_id}/papiers"
    named = {"act": "paper", "code": "payslips", "dated_on": "20/11/2026"}
    before = stored()
    answer = staff.post(url, data={**named, "file": (BytesIO(photo()), "1 85 05 78 006 084 91.jpg")})
    assert answer.status_code == 422
    assert "numéro de sécurité sociale" in answer.get_data(as_text=True)
    assert stored() == before
    answer = staff.post(url, data={**named, "file": (BytesIO(photo()), "paie.jpg")})
    assert answer.status_code == 303


def test_the_number_of_a_pdf_is_pointed_at_and_hidden_by_hand(staff: FlaskClient, dossier_id: int) -> None:
    url = f"/micro-credits/{dossier_id}/papiers"
    file = (BytesIO(pdf_with_nir()), "paie.pdf")
    data = {"act": "paper", "code": "payslips", "dated_on": "20/11/2026", "file": file}
    assert staff.post(url, data=data).status_code == 303
    page = staff.get(url).get_data(as_text=True)
    assert "Un numéro de sécurité sociale est à cacher" in page
    tool = re.search(rf"{url}/\d+/cacher", page)
    assert tool
    shown = staff.get(tool[0]).get_data(as_text=True)
    picture = re.search(rf"{url}/\d+/page/1", shown)
    sha = re.search(r'name="sha256" value="([0-9a-f]{64})"', shown)
    assert picture
    assert sha
    assert staff.get(picture[0]).data.startswith(b"\xff\xd8")
    empty = staff.post(tool[0], data={"page": "1", "sha256": sha[1]})
    assert empty.status_code == 422
    assert "Dessinez au moins un rectangle" in empty.get_data(as_text=True)
    broken = staff.post(tool[0], data={"page": "1", "sha256": sha[1], "left_0": "200"})
    assert broken.status_code == 422
    typed = {"page": "1", "sha256": sha[1], "left_0": "0", "top_0": "0", "width_0": "100", "height_0": "30"}
    assert staff.post(tool[0], data=typed).status_code == 303
    document = db.session.scalars(select(Document).where(Document.kind == "paper_payslips")).one()
    assert not document.nir_found
    assert "est à cacher" not in staff.get(url).get_data(as_text=True)


def test_only_papers_of_the_dossier_are_shown_to_be_masked(staff: FlaskClient, dossier_id: int) -> None:
    sent = post(staff, link_of(dossier_id), photo())
    assert sent.status_code == 303
    scan_id = db.session.scalars(select(SentPage.document_id)).one()
    base = f"/micro-credits/{dossier_id}/papiers"
    assert staff.get(f"{base}/{scan_id}/cacher").status_code == 200
    assert staff.get(f"{base}/{scan_id}/cacher?page=x").status_code == 200
    assert staff.get(f"{base}/{scan_id + 1}/cacher").status_code == 404
    assert staff.get(f"{base}/{scan_id + 1}/page/1").status_code == 404
