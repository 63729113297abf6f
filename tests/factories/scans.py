"""Papers to send: photographs, and PDFs made by typst, good, locked, long and hostile."""

from __future__ import annotations

import io
from collections.abc import Callable

import typst
from pypdf import PdfReader, PdfWriter
from pypdf.generic import (
    ArrayObject,
    DecodedStreamObject,
    DictionaryObject,
    NameObject,
    NumberObject,
    TextStringObject,
)

from tests.factories.documents import picture

# A number that the key makes true, of nobody.
NIR = "1 85 05 78 006 084 91"


def pdf_of(*pages: str) -> bytes:
    """A PDF with a line on each page."""
    return typst.compile("\n#pagebreak()\n".join(pages or ("Bonjour",)).encode())


def pdf_with_nir(*, before: int = 0) -> bytes:
    """A PDF whose last page says a social security number."""
    return pdf_of(*["Fiche de paie"] * before, f"Numero {NIR}")


def locked_pdf() -> bytes:
    """A PDF that asks for a password."""
    return _rewritten(lambda writer: writer.encrypt("secret", algorithm="AES-256"))


def scripted_pdf() -> bytes:
    """A PDF that runs a script when it is opened, and carries a file."""

    def arm(writer: PdfWriter) -> None:
        script = DictionaryObject(
            {NameObject("/S"): NameObject("/JavaScript"), NameObject("/JS"): TextStringObject("SECRET")}
        )
        writer.root_object[NameObject("/OpenAction")] = script
        writer.add_attachment("secret.txt", b"SECRET-ATTACHMENT")
        writer.add_metadata({"/Author": "SECRET-AUTHOR"})

    return _rewritten(arm)


def form_with_nir() -> bytes:
    """A PDF whose form somebody has filled in with a social security number; the page itself does not say it."""

    def fill(writer: PdfWriter) -> None:
        shown = DecodedStreamObject()
        shown.set_data(f"BT /F1 12 Tf 2 5 Td ({NIR}) Tj ET".encode())
        font = _named(Type="/Font", Subtype="/Type1", BaseFont="/Helvetica")
        shown.update(_named(Type="/XObject", Subtype="/Form"))
        shown[NameObject("/BBox")] = _numbers(0, 0, 300, 20)
        fonts = DictionaryObject({NameObject("/F1"): font})
        shown[NameObject("/Resources")] = DictionaryObject({NameObject("/Font"): fonts})
        field = _named(Type="/Annot", Subtype="/Widget", FT="/Tx")
        field[NameObject("/T")] = field[NameObject("/V")] = TextStringObject(NIR)
        field[NameObject("/F")] = NumberObject(4)
        field[NameObject("/Rect")] = _numbers(50, 500, 350, 520)
        field[NameObject("/AP")] = DictionaryObject({NameObject("/N"): writer._add_object(shown)})
        kept = ArrayObject([writer._add_object(field)])
        writer.pages[0][NameObject("/Annots")] = kept
        writer.root_object[NameObject("/AcroForm")] = DictionaryObject({NameObject("/Fields"): kept})

    return _rewritten(fill)


def _named(**names: str) -> DictionaryObject:
    return DictionaryObject({NameObject(f"/{key}"): NameObject(value) for key, value in names.items()})


def _numbers(*values: int) -> ArrayObject:
    return ArrayObject([NumberObject(value) for value in values])


def _rewritten(act: Callable[[PdfWriter], object]) -> bytes:
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(pdf_of("Bonjour"))))
    act(writer)
    kept = io.BytesIO()
    writer.write(kept)
    return kept.getvalue()


def text_of(data: bytes) -> str:
    """All the text that a PDF holds."""
    return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(data)).pages)


def photo(size: tuple[int, int] = (600, 800)) -> bytes:
    """A photograph of a grey sheet."""
    return picture(size=size, colour=(120, 118, 116))
