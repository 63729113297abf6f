"""Files of prescriptions read as tables: CSV as spreadsheets write it, and XLSX. Nothing in them is trusted. Pure.

A formula is refused and never computed; a workbook that would unfold into more than it shows is not opened.
"""

from __future__ import annotations

import csv
import io
import re
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from xml.etree.ElementTree import ParseError

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from mobility.core.text import clean_text
from mobility.organisations.rules import search_key
from mobility.prescriptions.errors import FileUnreadable

BYTES_MAX = 1_000_000
ROWS_MAX = 200
COLUMNS_MAX = 40
CELL_MAX = 2000
_UNFOLDED_MAX = 20_000_000
_ENTRIES_MAX = 200
_UNREADABLE = (
    zipfile.BadZipFile, zlib.error, InvalidFileException, ParseError, OSError, EOFError,
    KeyError, ValueError, TypeError, IndexError, AttributeError, NotImplementedError, RuntimeError,
)  # fmt: skip

# What the first line may call each column, without accents or case.
HEADINGS: dict[str, tuple[str, ...]] = {
    "last_name": ("nom", "nom de famille", "nom d usage"),
    "first_name": ("prenom",),
    "born_on": ("date de naissance", "naissance", "ne le", "nee le"),
    "phone": ("telephone", "tel", "portable", "mobile"),
    "email": ("e mail", "email", "mail", "courriel"),
    "street": ("rue", "adresse", "numero et rue"),
    "commune": ("commune", "ville", "code postal", "cp"),
    "consent": ("accord", "consentement", "accord de la personne"),
    "needs": ("besoin", "besoins"),
    "need_text": ("precisions", "commentaire", "explication"),
    "deadline_on": ("date importante", "debut", "date de debut", "prise de poste"),
    "constraints_text": ("contraintes", "contrainte"),
    "referent_name": ("referent", "prescripteur", "conseiller", "professionnel"),
    "referent_email": ("e mail du referent", "email referent", "mail referent", "e mail referent"),
    "referent_phone": ("telephone du referent", "telephone referent", "tel referent"),
}
# How people read them.
TITLES = {
    "last_name": "Nom",
    "first_name": "Prénom",
    "born_on": "Date de naissance",
    "phone": "Téléphone",
    "email": "E-mail",
    "street": "Rue",
    "commune": "Commune",
    "consent": "Accord",
    "needs": "Besoins",
    "need_text": "Précisions",
    "deadline_on": "Date importante",
    "constraints_text": "Contraintes",
    "referent_name": "Référent",
    "referent_email": "E-mail du référent",
    "referent_phone": "Téléphone du référent",
}
# What may follow a sign without being computed: a phone number.
_NUMBER = re.compile(r"[+-][\d\s.()/-]*")
NEEDED = ("last_name", "first_name", "born_on", "commune", "consent")


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a file: its number as the spreadsheet shows it, its cells by column, and which were formulas."""

    number: int
    cells: dict[str, str]
    formulas: frozenset[str]


def read(data: bytes) -> list[Line]:
    """Return the lines of a file by column; empty ones are left out. Raises FileUnreadable with what to do."""
    if not data:
        raise FileUnreadable("Ce fichier est vide.")
    if len(data) > BYTES_MAX:
        raise FileUnreadable("Ce fichier est trop gros : un mégaoctet au plus.")
    rows = _workbook(data) if data.startswith(b"PK") else _text(data)
    heading = next(rows, None)
    if heading is None:
        raise FileUnreadable("Ce fichier est vide.")
    columns = _columns([text for text, _formula in heading[1]])
    lines = [line for number, cells in rows if (line := _line(number, cells, columns)) is not None]
    if len(lines) > ROWS_MAX:
        raise FileUnreadable("Ce fichier a trop de lignes : %(limit)s au plus. Coupez-le en deux.", limit=ROWS_MAX)
    if not lines:
        raise FileUnreadable("Ce fichier n’a que sa première ligne. Ajoutez une ligne par personne.")
    return lines


_Cell = tuple[str, bool]


def _columns(heading: Sequence[str]) -> dict[int, str]:
    found: dict[int, str] = {}
    for place, text in enumerate(heading[:COLUMNS_MAX]):
        key = search_key(text)
        name = next((name for name, words in HEADINGS.items() if key in words), None)
        if name is not None and name not in found.values():
            found[place] = name
    missing = [TITLES[name] for name in NEEDED if name not in found.values()]
    if missing:
        raise FileUnreadable("La première ligne doit nommer ces colonnes : %(names)s.", names=", ".join(missing))
    return found


def _line(number: int, cells: Sequence[_Cell], columns: dict[int, str]) -> Line | None:
    values = {name: cells[place][0] for place, name in columns.items() if place < len(cells)}
    formulas = frozenset(name for place, name in columns.items() if place < len(cells) and cells[place][1])
    return Line(number, values, formulas) if any(values.values()) or formulas else None


def _workbook(data: bytes) -> Iterator[tuple[int, list[_Cell]]]:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = archive.infolist()
            if len(entries) > _ENTRIES_MAX or sum(entry.file_size for entry in entries) > _UNFOLDED_MAX:
                raise FileUnreadable("Ce classeur est trop lourd une fois ouvert. Enregistrez-le en CSV.")
        book = load_workbook(io.BytesIO(data), read_only=True, data_only=False, keep_links=False)
        sheet = book.worksheets[0]
        rows = [
            [_cell(cell.value, formula=getattr(cell, "data_type", "") == "f") for cell in row]
            for row in sheet.iter_rows(max_row=ROWS_MAX + 2, max_col=COLUMNS_MAX)
        ]
        book.close()
    except _UNREADABLE as error:
        raise FileUnreadable("Ce classeur ne peut pas être lu. Enregistrez-le à nouveau en XLSX ou en CSV.") from error
    return iter(enumerate(rows, start=1))


def _cell(value: object, *, formula: bool) -> _Cell:
    if formula:
        return "", True
    if isinstance(value, datetime):
        return value.date().isoformat(), False
    if isinstance(value, date):
        return value.isoformat(), False
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return _plain("" if value is None else str(value))


def _plain(text: str) -> _Cell:
    """Return a cell's text; one that a spreadsheet would compute counts as a formula."""
    kept = (clean_text(text) or "")[:CELL_MAX]
    computed = kept[:1] in {"=", "@"} or (kept[:1] in {"+", "-"} and not _NUMBER.fullmatch(kept))
    return ("", True) if computed and len(kept) > 1 else (kept, False)


def _text(data: bytes) -> Iterator[tuple[int, list[_Cell]]]:
    if b"\x00" in data:
        raise FileUnreadable("Ce fichier n’est ni un CSV ni un classeur XLSX.")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("cp1252", errors="replace")
    first = text.lstrip("\r\n").partition("\n")[0]
    delimiter = max(";,\t", key=first.count)
    try:
        rows: Iterable[list[str]] = list(csv.reader(io.StringIO(text), delimiter=delimiter))
    except csv.Error as error:
        raise FileUnreadable("Ce fichier CSV ne peut pas être lu. Enregistrez-le à nouveau.") from error
    return ((number, [_plain(cell) for cell in row]) for number, row in enumerate(rows, start=1))
