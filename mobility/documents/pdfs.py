"""PDFs made anew, drawn and masked, each in a process of its own (``documents.pdf_worker``)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from mobility.core.privacy import find_nir
from mobility.documents import apart
from mobility.documents.errors import MaskInvalid
from mobility.documents.rules import Mask

MOST_PAGES = 40


@dataclass(frozen=True, slots=True)
class MadeAnew:
    """A PDF of which only the pages are left. ``nir_pages``: where a social security number was read, from 1."""

    data: bytes
    pages: int
    nir_pages: tuple[int, ...] = ()


def make_anew(data: bytes) -> MadeAnew:
    """Return the PDF with its pages alone, and where its text holds a social security number.

    Raises DamagedFile, LockedPdf, PdfTooLong.
    """
    said, made = _run("anew", {"most": MOST_PAGES}, data)
    found = tuple(number for number, text in enumerate(said["texts"], start=1) if find_nir(text))
    return MadeAnew(made, said["pages"], found)


def draw(data: bytes, *, page: int) -> tuple[bytes, int]:
    """Return a page as JPEG, and how many pages there are. Raises DamagedFile, LockedPdf."""
    said, made = _run("draw", {"page": page}, data)
    return made, said["pages"]


def burn(data: bytes, masks: Sequence[Mask]) -> tuple[bytes, bool]:
    """Return a PDF of pictures, black where the masks are, and whether a page still shows a social security number.

    Such a page has no mask and stays what it is: of a picture nothing would tell any more. Raises MaskInvalid for a
    mask on a page that there is not, and where a number is still read beside the masks of its page. Raises
    DamagedFile, LockedPdf.
    """
    asked = [asdict(mask) for mask in masks]
    texts = _run("beside", {"masks": asked}, data)[0]["texts"]
    shown = {number for number, text in enumerate(texts, start=1) if find_nir(text)}
    if shown & {mask.page for mask in masks}:
        raise MaskInvalid("Un numéro de sécurité sociale se lit encore : dessinez le rectangle sur le numéro entier.")
    return _run("burn", {"masks": asked, "kept": sorted(shown)}, data)[1], bool(shown)


def count_pages(paths: Sequence[Path]) -> list[int | None]:
    """Return how many pages each file has, None for one that does not open; all in one process."""
    if not paths:
        return []
    pages: list[int | None] = _run("count", {"paths": [str(path) for path in paths]}, b"")[0]["pages"]
    return pages


def _run(command: str, asked: dict[str, Any], data: bytes) -> tuple[dict[str, Any], bytes]:
    return apart.run("mobility.documents.pdf_worker", command, asked, data)
