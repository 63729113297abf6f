"""The dossier and its papers in one file: numbered, indexed, in the bank's order, nothing hidden along."""

from __future__ import annotations

import io
from typing import Any

import pytest
from flask import Flask
from pypdf import PdfReader

from mobility.core.db import db
from mobility.documents import services as documents
from mobility.documents import storage
from mobility.documents.models import Document
from mobility.microcredit.dossiers import services
from mobility.microcredit.dossiers.errors import StepNotReady
from mobility.microcredit.dossiers.models import MicrocreditPaper
from mobility.microcredit.paperwork import joining
from mobility.microcredit.rules.states import Action
from tests.factories.dossiers import NOW, TODAY, a_dossier, rendered, transmission
from tests.factories.pathway import a_person
from tests.factories.scans import pdf_of, pdf_with_nir, photo, scripted_pdf
from tests.integration.microcredit.test_papers import a_partner
from tests.integration.microcredit.test_sending import accept, send

ACTS: dict[str, Any] = {"actor_id": None, "now": NOW}


@pytest.fixture
def dossier_id(app: Flask) -> int:
    return a_dossier(a_person(), bank_id=a_partner())


def bring(dossier_id: int, code: str, data: bytes) -> int:
    prepared = documents.prepare_bytes(data, "piece", paper=True)
    return services.bring_paper(dossier_id=dossier_id, code=code, dated_on=TODAY, prepared=prepared, **ACTS)


def waive(dossier_id: int, code: str) -> None:
    services.bring_paper(dossier_id=dossier_id, code=code, dated_on=None, prepared=None, waived=True, **ACTS)


def read(dossier_id: int) -> PdfReader:
    return PdfReader(io.BytesIO(rendered(dossier_id)))


def document_of(paper_id: int) -> Document:
    return db.session.get_one(Document, db.session.get_one(MicrocreditPaper, paper_id).document_id)


def test_every_piece_stands_behind_the_dossier_with_its_number_bookmark_and_page(dossier_id: int) -> None:
    send(dossier_id, data=photo())
    send(dossier_id, data=pdf_of("Paie de juin", "Paie de juillet"))
    accept(dossier_id)
    waive(dossier_id, "debt_papers")
    bring(dossier_id, "quote", scripted_pdf())
    made = read(dossier_id)
    marks = {one.title: made.get_destination_page_number(one) for one in _flat(made.outline)}
    slips, quote = marks["Pièce 1 – 3 fiches de paie"], marks["Pièce 2 – Devis"]
    assert quote == slips + 3
    assert len(made.pages) == quote + 1
    assert "(1 sur 3)" in made.pages[slips].extract_text()
    assert "Paie de juin" in made.pages[slips + 1].extract_text()
    assert "Paie de juillet" in made.pages[slips + 2].extract_text()
    index = " ".join(page.extract_text() for page in made.pages[:slips])
    assert f"1 3 fiches de paie 23 novembre 2026 {slips + 1} 2 Devis 23 novembre 2026 {quote + 1}" in " ".join(
        index.split()
    )
    assert "Ne concernent pas la personne : Papiers de surendettement" in " ".join(index.split())
    assert b"SECRET" not in rendered(dossier_id)


def _flat(outline: Any) -> list[Any]:
    return [leaf for one in outline for leaf in (_flat(one) if isinstance(one, list) else [one])]


def test_a_dossier_without_papers_has_no_index(dossier_id: int) -> None:
    made = read(dossier_id)
    assert "Les pièces" not in " ".join(page.extract_text() for page in made.pages)


def test_what_the_bank_gets_holds_the_pieces(dossier_id: int) -> None:
    for code in ("payslips", "debt_papers", "quote"):
        bring(dossier_id, code, pdf_of(f"Piece {code}"))
    services.move(dossier_id=dossier_id, action=Action.COMPLETE, **ACTS)
    sent = transmission(services.transmit(dossier_id=dossier_id, version=None, **ACTS))
    kept = storage.read(db.session.get_one(Document, sent.document_id).storage_key)
    assert all(f"Piece {code}" in _text(kept) for code in ("payslips", "debt_papers", "quote"))


def _text(data: bytes) -> str:
    return " ".join(page.extract_text() for page in PdfReader(io.BytesIO(data)).pages)


def test_a_file_that_does_not_open_is_named(dossier_id: int) -> None:
    row = document_of(bring(dossier_id, "quote", pdf_of("x")))
    storage.path_of(row.storage_key).write_bytes(b"%PDF-1.7 %%EOF")
    with pytest.raises(StepNotReady, match="« Devis » ne s’ouvre pas"):
        rendered(dossier_id)


def test_nothing_leaves_while_a_number_shows(dossier_id: int) -> None:
    bring(dossier_id, "payslips", pdf_with_nir())
    with pytest.raises(StepNotReady, match="Cachez d’abord"):
        rendered(dossier_id)


def test_papers_that_are_too_heavy_together_are_refused(dossier_id: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(joining, "MOST_BYTES", 100)
    bring(dossier_id, "quote", pdf_of("x"))
    with pytest.raises(StepNotReady, match="trop lourds"):
        rendered(dossier_id)
