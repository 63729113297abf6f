"""Files of prescriptions: what is read, and what is refused."""

from __future__ import annotations

import io
import zipfile
from contextlib import suppress
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook

from mobility.core.tables import BYTES_MAX, FileUnreadable
from mobility.organisations.rules import search_key
from mobility.prescriptions.tables import HEADINGS, ROWS_MAX, TITLES, read

HEAD = "Nom;Prénom;Date de naissance;Commune;Accord;Besoins"


def book(*rows: list[Any]) -> bytes:
    made = Workbook()
    sheet = made.active
    assert sheet is not None
    for row in rows:
        sheet.append(row)
    target = io.BytesIO()
    made.save(target)
    return target.getvalue()


@pytest.mark.parametrize(
    "data",
    [
        f"{HEAD}\nLefèvre;Nadia;02/03/1994;Denain;oui;permis\n".encode(),
        f"\ufeff{HEAD}\r\nLefèvre;Nadia;02/03/1994;Denain;oui;permis\r\n".encode(),
        f"{HEAD}\nLefèvre;Nadia;02/03/1994;Denain;oui;permis\n".encode("cp1252"),
        f"{HEAD}\nLefèvre;Nadia;02/03/1994;Denain;oui;permis\n;;;;;\n".replace(";", "\t").encode(),
        f"{HEAD}\nLefèvre;Nadia;02/03/1994;Denain;oui;permis\n".replace(";", ",").encode(),
    ],
    ids=["utf-8", "byte order mark", "cp1252", "tabs", "commas"],
)
def test_a_csv_is_read_as_spreadsheets_write_it(data: bytes) -> None:
    [line] = read(data)
    assert (line.number, line.cells["last_name"], line.cells["born_on"]) == (2, "Lefèvre", "02/03/1994")


def test_a_workbook_is_read_with_its_dates() -> None:
    [line] = read(book(HEAD.split(";"), ["Lefèvre", "Nadia", date(1994, 3, 2), 59220.0, "oui", None]))
    assert line.cells == {
        "last_name": "Lefèvre", "first_name": "Nadia", "born_on": "1994-03-02", "commune": "59220", "consent": "oui",
        "needs": "",
    }  # fmt: skip


@pytest.mark.parametrize("cell", ["=1+1", '=HYPERLINK("http://x")', "@SUM(A1)", "+cmd|' /C calc'!A0", "-2+3+cmd|'x'!A"])
def test_a_formula_is_never_a_value(cell: str) -> None:
    for data in (
        "\n".join([HEAD, f'"{cell.replace(chr(34), chr(34) * 2)}";Nadia;02/03/1994;Denain;oui;']).encode(),
        book(HEAD.split(";"), [cell, "Nadia", "02/03/1994", "Denain", "oui", ""]),
    ):
        [line] = read(data)
        assert line.cells["last_name"] == ""
        assert line.formulas == {"last_name"}


def bomb() -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * 30_000_000)
    return target.getvalue()


@pytest.mark.parametrize(
    "data",
    [
        b"", b"\n\n", b"PK\x03\x04", b"PK", bomb(), b"\x00\x01\x02", b"%PDF-1.7", b"<html></html>",
        b"x" * (BYTES_MAX + 1), HEAD.encode(), b"Nom;Prenom\nA;B",
        (HEAD + "\n" + "A;B;1/1/1990;Denain;oui;\n" * (ROWS_MAX + 1)).encode(),
        b'"' + b"a" * 200_000,
    ],
)  # fmt: skip
def test_what_is_no_table_of_people_is_refused_with_a_sentence(data: bytes) -> None:
    with pytest.raises(FileUnreadable) as refused:
        read(data)
    assert refused.value.message.endswith(".")


@given(st.binary(max_size=400))
def test_no_bytes_break_the_reader(data: bytes) -> None:
    for given_data in (data, b"PK" + data, HEAD.encode() + b"\n" + data):
        with suppress(FileUnreadable):
            assert read(given_data)


def test_each_column_is_found_by_the_title_that_people_read() -> None:
    assert {name for name in HEADINGS if search_key(TITLES[name]) in HEADINGS[name]} == set(HEADINGS) == set(TITLES)
