"""Files of strangers read as tables: CSV as spreadsheets write it, and XLSX. Nothing in them is trusted. Pure.

A formula is refused and never computed; a workbook that would unfold into more than it shows is not opened.
"""

from __future__ import annotations

import csv
import io
import re
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from xml.etree.ElementTree import ParseError

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from mobility.core.errors import RuleViolation
from mobility.core.privacy import find_nir
from mobility.core.text import clean_text

BYTES_MAX = 1_000_000
COLUMNS_MAX = 40
CELL_MAX = 2000
# Reading a cell of some twenty bytes takes ten microseconds: this much is seconds, and far above what the rows need.
_UNFOLDED_MAX = 8_000_000
_ENTRIES_MAX = 200
_UNREADABLE = (
    zipfile.BadZipFile, zlib.error, InvalidFileException, ParseError, OSError, EOFError,
    KeyError, ValueError, TypeError, IndexError, AttributeError, NotImplementedError, RuntimeError,
)  # fmt: skip
_NIR = "Cette cellule contenait un numéro de sécurité sociale. Elle a été vidée : il ne doit pas être enregistré ici."
_FORMULA = "Cette cellule contient une formule. Écrivez la valeur elle-même."
_DATE_FORMS = ("%Y-%m-%d", "%d/%m/%Y", "%d.%m.%Y", "%d-%m-%Y", "%d/%m/%y")
# What may follow a sign without being computed: a phone number, an amount.
_NUMBER = re.compile(r"[+-][\d\s.,()/-]*")


class FileUnreadable(RuleViolation):
    """A file cannot be read as a table."""

    code = "file_unreadable"
    field = "file"
    template = "Ce fichier ne peut pas être lu."


@dataclass(frozen=True, slots=True)
class Columns:
    """What a file may hold: by column what its heading may be called (folded by ``fold``), and how people read it.

    ``needed``: the columns without which a file says nothing. ``no_line``: what to do with a file of a heading alone.
    """

    headings: Mapping[str, Sequence[str]]
    titles: Mapping[str, str]
    needed: Sequence[str]
    fold: Callable[[str], str]
    rows_max: int
    no_line: str


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a file: its number as the spreadsheet shows it, its cells by column, and which were formulas."""

    number: int
    cells: dict[str, str]
    formulas: frozenset[str]


def clean_cells(line: Line) -> tuple[dict[str, str], dict[str, str]]:
    """Return the cells of a line, those with a social security number emptied, and what is wrong by column, in French."""
    cells, problems = dict(line.cells), dict.fromkeys(line.formulas, _FORMULA)
    for name, text in line.cells.items():
        if find_nir(text):
            cells[name], problems[name] = "", _NIR
    return cells, problems


def read(data: bytes, columns: Columns) -> list[Line]:
    """Return the lines of a file by column; empty ones are left out. Raises FileUnreadable with what to do."""
    if not data:
        raise FileUnreadable("Ce fichier est vide.")
    if len(data) > BYTES_MAX:
        raise FileUnreadable("Ce fichier est trop gros : un mégaoctet au plus.")
    rows = _workbook(data, columns.rows_max) if data.startswith(b"PK") else _text(data)
    heading = next(rows, None)
    if heading is None:
        raise FileUnreadable("Ce fichier est vide.")
    places = _places([text for text, _formula in heading[1]], columns)
    lines = [line for number, cells in rows if (line := _line(number, cells, places)) is not None]
    if len(lines) > columns.rows_max:
        raise FileUnreadable(
            "Ce fichier a trop de lignes : %(limit)s au plus. Coupez-le en deux.", limit=columns.rows_max
        )
    if not lines:
        raise FileUnreadable(columns.no_line)
    return lines


def read_day(text: str) -> date | None:
    """Return the day that a cell writes, None for what is none; years from 1900 to 2200."""
    for form in _DATE_FORMS:
        try:
            day = datetime.strptime(text.strip(), form).date()  # noqa: DTZ007 - only its date is kept
        except ValueError:
            continue
        if 1900 <= day.year <= 2200:
            return day
    return None


_Cell = tuple[str, bool]


def _places(heading: Sequence[str], columns: Columns) -> dict[int, str]:
    found: dict[int, str] = {}
    for place, text in enumerate(heading[:COLUMNS_MAX]):
        key = columns.fold(text)
        name = next((name for name, words in columns.headings.items() if key in words), None)
        if name is not None and name not in found.values():
            found[place] = name
    missing = [columns.titles[name] for name in columns.needed if name not in found.values()]
    if missing:
        raise FileUnreadable("La première ligne doit nommer ces colonnes : %(names)s.", names=", ".join(missing))
    return found


def _line(number: int, cells: Sequence[_Cell], places: dict[int, str]) -> Line | None:
    values = {name: cells[place][0] for place, name in places.items() if place < len(cells)}
    formulas = frozenset(name for place, name in places.items() if place < len(cells) and cells[place][1])
    return Line(number, values, formulas) if any(values.values()) or formulas else None


def _workbook(data: bytes, rows_max: int) -> Iterator[tuple[int, list[_Cell]]]:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = archive.infolist()
            if len(entries) > _ENTRIES_MAX or sum(entry.file_size for entry in entries) > _UNFOLDED_MAX:
                raise FileUnreadable("Ce classeur est trop lourd une fois ouvert. Enregistrez-le en CSV.")
        book = load_workbook(io.BytesIO(data), read_only=True, data_only=False, keep_links=False)
        sheet = book.worksheets[0]
        rows = [
            [_cell(cell.value, formula=getattr(cell, "data_type", "") == "f") for cell in row]
            for row in sheet.iter_rows(max_row=rows_max + 2, max_col=COLUMNS_MAX)
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
