"""Papers to send: photographs, and PDFs made by typst, good, locked, long and hostile."""

from __future__ import annotations

import io
from collections.abc import Callable

import typst
from pypdf import PdfReader, PdfWriter
from pypdf.generic import DictionaryObject, NameObject, TextStringObject

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
