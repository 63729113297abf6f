"""The papers of a dossier in one file, numbered: which files, how many pages each. typst lays them out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from mobility.core.clock import format_date
from mobility.core.db import db
from mobility.documents import pdfs, storage
from mobility.documents import services as documents
from mobility.documents.models import Document
from mobility.documents.rules import EXTENSIONS, MediaType
from mobility.microcredit.dossiers import checklist
from mobility.microcredit.dossiers.errors import StepNotReady
from mobility.microcredit.dossiers.models import MicrocreditDossier
from mobility.microcredit.paperwork.queries import further_pages, joined_file
from mobility.microcredit.rules.completeness import Checked, Holding, unmasked

# A hundred photographs of a telephone, or twenty heavy scans: to lay them out takes some 900 MB in a process of its own
# (``python -m benchmarks.joining``), and the bank fetches the file by its link. Beyond, the process would not hold it.
MOST_BYTES = 120_000_000


@dataclass(frozen=True, slots=True)
class Joined:
    """What the paper shows of the pieces (plain data), and the files that it reads, by name."""

    pieces: list[dict[str, Any]]
    files: dict[str, Path]
    not_needed: list[str]


def join(row: MicrocreditDossier, *, on: date) -> Joined:
    """Gather the papers of a dossier in the order of the bank's list (some ten queries, one process for all PDFs).

    Raises StepNotReady for a file that does not open, that still shows a number, or where all are too heavy.
    """
    listed = checklist.of_dossier(row, on=on)
    if hidden := unmasked(listed):
        raise StepNotReady(why=f"Cachez d’abord le numéro de sécurité sociale : {', '.join(hidden)}.")
    there = [one for one in listed if one.brought is not None and one.brought.document_id is not None]
    more = further_pages(row.person_id)
    ids = [_documents(one, more) for one in there]
    rows = _rows([number for numbers in ids for number in numbers])
    if sum(document.size_bytes for document in rows.values()) > MOST_BYTES:
        raise StepNotReady(why="Les papiers sont trop lourds pour un seul fichier : remplacez les plus gros.")
    counted = _count(list(rows.values()))
    pieces: list[dict[str, Any]] = []
    files: dict[str, Path] = {}
    for number, (one, numbers) in enumerate(zip(there, ids, strict=True), start=1):
        sheets = []
        for document in (rows[known] for known in numbers if known in rows):
            name = f"{document.id}.{EXTENSIONS[MediaType(document.media_type)]}"
            files[name] = storage.path_of(document.storage_key).absolute()
            pages = counted.get(document.id, 1)
            if pages is None:
                raise StepNotReady(why=f"« {one.paper.label} » ne s’ouvre pas : remplacez ce papier.")
            sheets += [{"file": name, "page": page} for page in range(1, pages + 1)]
        assert one.brought is not None  # noqa: S101 - asked for above
        day = one.brought.dated_on
        dated = "" if day is None else format_date(day, weekday=False, year=0)
        pieces.append({"number": number, "label": one.paper.label, "dated": dated, "sheets": sheets})
    waived = [one.paper.label for one in listed if one.holding is Holding.NOT_NEEDED]
    return Joined(pieces, files, waived)


def _documents(one: Checked, more: dict[int, list[int]]) -> list[int]:
    assert one.brought is not None  # noqa: S101 - asked for by the caller
    first = one.brought.document_id or 0
    return more.get(first, [first])


def _rows(ids: list[int]) -> dict[int, Document]:
    found = db.session.scalars(select(Document).where(Document.id.in_(ids), Document.erased_at.is_(None)))
    return {row.id: row for row in found}


def _count(rows: list[Document]) -> dict[int, int | None]:
    """Return the pages of the PDFs by document."""
    chosen = [row for row in rows if row.media_type == MediaType.PDF]
    pages = pdfs.count_pages([storage.path_of(row.storage_key) for row in chosen])
    return {row.id: number for row, number in zip(chosen, pages, strict=True)}


def drop_file(session: Session, dossier_id: int, *, now: datetime) -> None:
    """Take away the file of a dossier that is made, or was, joining the transaction; the dossier is locked."""
    row = joined_file(dossier_id)
    if row is None:
        return
    document_id = row.document_id
    session.delete(row)
    session.flush()
    if document_id is not None:
        documents.erase(document_id=document_id, actor_id=None, now=now)
