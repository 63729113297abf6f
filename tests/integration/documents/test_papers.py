"""Papers that are sent on: made anew, searched for a number, masked in their pixels."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from typing import Any

import pypdfium2
import pytest
from flask import Flask
from PIL import Image
from pypdf import PdfReader, PdfWriter
from sqlalchemy import select

from mobility.accounts.models import AuditEntry
from mobility.core.db import db
from mobility.core.errors import StaleVersion
from mobility.documents import apart, masking, pdfs, services, storage
from mobility.documents.errors import DamagedFile, LockedPdf, MaskInvalid, PdfTooLong
from mobility.documents.queries import get_document
from mobility.documents.rules import MediaType, mask_of
from tests.factories.documents import make_document, picture_with_position
from tests.factories.scans import NIR, form_with_nir, locked_pdf, pdf_of, pdf_with_nir, photo, scripted_pdf, text_of

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
WHOLE = mask_of(page=1, left=0, top=0, width=1000, height=1000)
ACTS: dict[str, Any] = {"actor_id": None, "now": NOW}


def test_only_the_pages_of_a_pdf_are_kept(app: Flask) -> None:
    made = pdfs.make_anew(scripted_pdf())
    assert made.pages == 1
    assert b"SECRET" not in made.data
    reader = PdfReader(io.BytesIO(made.data))
    assert "Bonjour" in text_of(made.data)
    assert not {"/Names", "/OpenAction", "/AA", "/AcroForm"} & set(reader.root_object)
    assert not reader.attachments


@pytest.mark.parametrize(
    ("data", "refusal"),
    [
        (locked_pdf(), LockedPdf),
        (pdf_of(*["x"] * (pdfs.MOST_PAGES + 1)), PdfTooLong),
        (b"%PDF-1.7\nnothing\n%%EOF", DamagedFile),
        (pdf_of("x")[:400], DamagedFile),
    ],
    ids=["locked", "long", "nothing", "cut"],
)
def test_pdfs_that_cannot_be_worked_on_are_refused_with_a_sentence(
    app: Flask, data: bytes, refusal: type[Exception]
) -> None:
    with pytest.raises(refusal) as caught:
        pdfs.make_anew(data)
    assert str(caught.value).endswith(("photo.", "utiles."))


def test_a_file_that_breaks_its_process_is_a_damaged_one(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdfs, "MOST_PAGES", "many")  # the process ends with a fault
    with pytest.raises(DamagedFile):
        pdfs.make_anew(pdf_of("x"))


def test_a_file_that_takes_for_ever_is_a_damaged_one(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apart, "TIMEOUT_SECONDS", 0.01)
    with pytest.raises(DamagedFile):
        pdfs.make_anew(pdf_of("x"))


def test_pages_are_counted_together(app: Flask, tmp_path: Any) -> None:
    paths = [tmp_path / name for name in ("two.pdf", "broken.pdf", "locked.pdf")]
    for path, data in zip(paths, (pdf_of("a", "b"), b"%PDF-1.7 %%EOF", locked_pdf()), strict=True):
        path.write_bytes(data)
    assert pdfs.count_pages(paths) == [2, None, None]
    assert pdfs.count_pages([]) == []


def test_a_number_is_looked_for_on_every_page(app: Flask) -> None:
    assert pdfs.make_anew(pdf_with_nir(before=2)).nir_pages == (3,)
    assert pdfs.make_anew(pdf_of("Tel. 06 12 34 56 78")).nir_pages == ()


def test_a_document_remembers_that_a_number_stands_in_it(app: Flask) -> None:
    prepared = services.prepare_bytes(pdf_with_nir(), "paie.pdf", paper=True)
    number = services.store(prepared=prepared, kind="payslips", owner_kind="person", owner_id=1, **ACTS)
    assert get_document(number).nir_found
    plain = services.prepare_bytes(photo(), "photo.jpg", paper=True)
    assert not plain.nir_found
    services.discard(plain)


def test_a_photographed_sheet_becomes_readable_and_loses_where_it_was_taken(app: Flask) -> None:
    sheet = Image.new("RGB", (400, 400), (120, 120, 120))
    sheet.paste((90, 90, 90), (100, 100, 300, 150))
    kept = io.BytesIO()
    sheet.save(kept, "PNG")
    prepared = services.prepare_bytes(kept.getvalue(), "photo.png", paper=True)
    low, high = Image.open(io.BytesIO(storage.read(prepared.storage_key))).convert("L").getextrema()
    assert high - low > 200
    placed = services.prepare_bytes(picture_with_position(), "photo.jpg", paper=True)
    assert b"SECRET" not in storage.read(placed.storage_key)
    for one in (prepared, placed):
        services.discard(one)


def test_masked_bytes_hold_nothing_of_what_was_beneath(app: Flask) -> None:
    prepared = services.prepare_bytes(pdf_with_nir(before=1), "paie.pdf", paper=True)
    number = services.store(prepared=prepared, kind="payslips", owner_kind="person", owner_id=1, **ACTS)
    before = get_document(number)
    old_key, old_sha = before.storage_key, before.sha256
    assert NIR in text_of(storage.read(old_key))
    mask = mask_of(page=2, left=0, top=0, width=1000, height=300)
    masking.mask(document_id=number, masks=[mask], sha256=old_sha, **ACTS)
    after = get_document(number)
    made = storage.read(after.storage_key)
    assert not storage.exists(old_key), "the original is destroyed"
    assert (after.nir_found, after.media_type) == (False, MediaType.PDF)
    assert after.sha256 != old_sha
    assert text_of(made).strip() == ""
    assert b"/Font" not in made
    assert NIR.replace(" ", "").encode() not in made
    page = pypdfium2.PdfDocument(made)[1].render(scale=1).to_pil().convert("L")
    assert page.crop((0, 0, page.width, int(page.height * 0.29))).getextrema()[1] < 40, "black all over"
    assert page.getpixel((page.width // 2, int(page.height * 0.9))) > 240
    entry = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "document.mask")).one()
    assert entry.subject_id == number


def test_a_picture_is_masked_in_its_pixels(app: Flask) -> None:
    number = make_document(data=photo(), filename="photo.jpg").id
    sha = get_document(number).sha256
    corner = mask_of(page=1, left=0, top=0, width=500, height=500)
    masking.mask(document_id=number, masks=[corner], sha256=sha, **ACTS)
    row = get_document(number)
    image = Image.open(io.BytesIO(storage.read(row.storage_key))).convert("L")
    assert image.getpixel((100, 100)) < 20
    assert image.getpixel((500, 700)) > 90
    assert row.media_type == MediaType.JPEG


@pytest.mark.parametrize("masks", [[], [mask_of(page=1, left=0, top=0, width=0, height=9)], [WHOLE] * 51])
def test_masks_that_hide_nothing_are_refused(app: Flask, masks: Any) -> None:
    row = make_document(data=photo(), filename="photo.jpg")
    with pytest.raises(MaskInvalid):
        masking.mask(document_id=row.id, masks=masks, sha256=row.sha256, **ACTS)
    assert storage.exists(row.storage_key)


def test_masks_of_another_version_of_the_document_are_refused(app: Flask) -> None:
    row = make_document(data=photo(), filename="photo.jpg")
    with pytest.raises(StaleVersion):
        masking.mask(document_id=row.id, masks=[WHOLE], sha256="0" * 64, **ACTS)


def test_of_two_who_mask_at_once_one_counts_and_no_file_is_left(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    row = make_document(data=photo(), filename="photo.jpg")
    number, sha = row.id, row.sha256
    real = masking.pictures.burn

    def burn_late(data: bytes, media_type: MediaType, masks: Any) -> Any:
        monkeypatch.setattr(masking.pictures, "burn", real)
        masking.mask(document_id=number, masks=[mask_of(page=1, left=0, top=0, width=9, height=9)], sha256=sha, **ACTS)
        return real(data, media_type, masks)

    monkeypatch.setattr(masking.pictures, "burn", burn_late)
    before = {key for key, _written in storage.walk()} - {row.storage_key}
    with pytest.raises(StaleVersion):
        masking.mask(document_id=number, masks=[WHOLE], sha256=sha, **ACTS)
    assert {key for key, _written in storage.walk()} == {*before, get_document(number).storage_key}


def test_a_page_is_shown_as_a_picture(app: Flask) -> None:
    pdf = make_document(data=pdf_of("a", "b"), filename="a.pdf").id
    data, media_type, pages = masking.page_picture(pdf, page=2)
    assert (media_type, pages) == (MediaType.JPEG, 2)
    assert data.startswith(b"\xff\xd8")
    assert masking.page_picture(pdf, page=3) == masking.page_picture(pdf, page=2), "the last one"
    assert masking.page_picture(make_document(data=photo(), filename="p.jpg").id, page=1)[2] == 1


def test_a_number_typed_into_the_field_of_a_form_is_found(app: Flask) -> None:
    made = pdfs.make_anew(form_with_nir())
    assert NIR in text_of(made.data), "the field became part of the page"
    assert made.nir_pages == (1,)


@pytest.mark.parametrize("make", [lambda: pdf_with_nir(before=1), photo], ids=["pdf", "picture"])
def test_a_mask_beside_the_pages_hides_nothing_and_is_refused(app: Flask, make: Any) -> None:
    row = make_document(data=make(), filename="a.pdf")
    beyond = mask_of(page=3, left=0, top=0, width=500, height=500)
    with pytest.raises(MaskInvalid):
        masking.mask(document_id=row.id, masks=[beyond], sha256=row.sha256, **ACTS)
    assert get_document(row.id).sha256 == row.sha256


def test_a_number_beside_the_mask_is_still_read_and_the_mask_refused(app: Flask) -> None:
    row = make_document(data=pdf_with_nir(), filename="a.pdf")
    foot = mask_of(page=1, left=0, top=900, width=1000, height=100)
    with pytest.raises(MaskInvalid, match="se lit encore"):
        masking.mask(document_id=row.id, masks=[foot], sha256=row.sha256, **ACTS)
    assert get_document(row.id).sha256 == row.sha256


def test_of_several_pages_with_a_number_each_is_hidden_before_the_document_is_free(app: Flask) -> None:
    prepared = services.prepare_bytes(pdf_of(f"Mai {NIR}", "Juin", f"Juillet {NIR}"), "paies.pdf", paper=True)
    number = services.store(prepared=prepared, kind="payslips", owner_kind="person", owner_id=1, **ACTS)
    for page, held in ((1, True), (3, False)):
        top = mask_of(page=page, left=0, top=0, width=1000, height=300)
        masking.mask(document_id=number, masks=[top], sha256=get_document(number).sha256, **ACTS)
        assert get_document(number).nir_found is held
    made = storage.read(get_document(number).storage_key)
    assert text_of(made).strip() == ""
    assert len(PdfReader(io.BytesIO(made)).pages) == 3


@pytest.mark.parametrize("turned", [90, 180, 270])
def test_masks_lie_on_turned_pages_where_they_were_drawn(app: Flask, turned: int) -> None:
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(pdf_with_nir())))
    writer.pages[0].rotate(turned)
    kept = io.BytesIO()
    writer.write(kept)
    # The line stands at the top of the sheet; turned clockwise its top is at the right, below, at the left.
    left, top = {90: (700, 0), 180: (0, 700), 270: (0, 0)}[turned]
    size = {"width": 1000, "height": 300} if turned == 180 else {"width": 300, "height": 1000}
    _made, shown = pdfs.burn(kept.getvalue(), [mask_of(page=1, left=left, top=top, **size)])
    assert not shown
    with pytest.raises(MaskInvalid):
        pdfs.burn(kept.getvalue(), [mask_of(page=1, left=400, top=400, width=100, height=100)])
