from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mobility.documents.rules import (
    NAME_MAX,
    MediaType,
    detect,
    is_kind,
    is_storage_key,
    is_valid_on,
    is_whole_pdf,
    safe_name,
)


@pytest.mark.parametrize(
    ("head", "found"),
    [
        (b"\xff\xd8\xff\xe0rest", MediaType.JPEG),
        (b"\x89PNG\r\n\x1a\nrest", MediaType.PNG),
        (b"RIFF\x10\0\0\0WEBPVP8 ", MediaType.WEBP),
        (b"%PDF-1.7", MediaType.PDF),
        (b"", None),
        (b"\xff\xd8", None),
        (b"RIFF\x10\0\0\0WAVEfmt ", None),
        (b" %PDF-1.7", None),
        (b"<svg xmlns=", None),
        (b"<?xml version", None),
        (b"<!DOCTYPE html>", None),
        (b"GIF89a", None),
        (b"PK\x03\x04", None),
        (b"MZ\x90\0", None),
        (b"\x7fELF", None),
        (b"#!/bin/sh", None),
        (b"BM", None),
        (b"II*\0", None),
        (b"\0\0\0\x18ftypheic", None),
    ],
)
def test_the_type_is_told_by_the_first_bytes_alone(head, found):
    assert detect(head) is found


@pytest.mark.parametrize(
    ("data", "whole"),
    [
        (b"%PDF-1.7\n...%%EOF\n", True),
        (b"%PDF-1.7\n..." + b" " * 1000 + b"%%EOF" + b"\0" * 500, True),
        (b"%PDF-1.7\n...", False),
        (b"%PDF-1.7\n%%EOF" + b"x" * 5000, False),
        (b"x%PDF-1.7%%EOF", False),
    ],
)
def test_a_cut_pdf_is_noticed(data, whole):
    assert is_whole_pdf(data) is whole


@pytest.mark.parametrize(
    ("typed", "safe"),
    [
        ("permis.pdf", "permis.pdf"),
        ("Permis de conduire.PDF", "Permis de conduire.pdf"),
        ("../../../../etc/passwd", "passwd.pdf"),
        ("..\\..\\windows\\system32\\x.exe", "x.pdf"),
        ("/etc/shadow", "shadow.pdf"),
        ("C:\\Users\\Zoé\\scan.pdf", "scan.pdf"),
        ("facture.php", "facture.pdf"),
        ("facture.pdf.exe", "facture.pdf.pdf"),
        ("photo.jpg\x00.php", "photo.jpg.pdf"),
        ("a\r\nSet-Cookie: x=1.pdf", "a Set-Cookie x=1.pdf"),
        ('a"; filename="b.pdf', "a ; filename= b.pdf"),
        ("annexe\u202efdp.exe", "annexefdp.pdf"),
        ("été 🚲 שלום.pdf", "été 🚲 שלום.pdf"),
        ("e\u0301te\u0301.pdf", "été.pdf"),
        ("", "document.pdf"),
        (".", "document.pdf"),
        ("..", "document.pdf"),
        ("...", "document.pdf"),
        (".htaccess", "htaccess.pdf"),
        ("   .pdf", "pdf.pdf"),
        ("///", "document.pdf"),
        ("CON", "CON.pdf"),
        ("=cmd|'/c calc'!A0.pdf", "c calc'!A0.pdf"),
    ],
)
def test_names_are_made_safe(typed, safe):
    assert safe_name(typed, MediaType.PDF) == safe


def test_a_name_of_ten_thousand_characters_is_cut():
    name = safe_name("é" * 10_000 + ".pdf", MediaType.PDF)
    assert len(name) <= NAME_MAX + 4
    assert name.endswith("é.pdf")


@given(st.text(max_size=400), st.sampled_from(list(MediaType)))
def test_any_name_becomes_one_short_line_without_path_or_control(typed, media_type):
    name = safe_name(typed, media_type)
    assert 0 < len(name) <= 200
    assert not set(name) & set('/\\\0\r\n":<>|*?')
    assert not name.startswith(".")
    assert name.isprintable() or all(c.isprintable() or c.isspace() for c in name)
    assert safe_name(name, media_type) == name


@pytest.mark.parametrize(
    ("text", "fits"),
    [
        ("0" * 32, True),
        ("g" * 32, False),
        ("0" * 31, False),
        ("../" + "0" * 29, False),
        ("0" * 32 + "\n", False),
        ("", False),
    ],
)
def test_only_a_key_is_a_key(text, fits):
    assert is_storage_key(text) is fits


@pytest.mark.parametrize(
    ("text", "fits"),
    [
        ("licence", True),
        ("work_proof", True),
        ("", False),
        ("A", False),
        ("a" * 41, False),
        ("a b", False),
        ("é", False),
    ],
)
def test_kinds_are_words(text, fits):
    assert is_kind(text) is fits


def test_a_document_holds_to_its_last_day_included():
    day = date(2028, 2, 29)
    assert is_valid_on(None, day)
    assert is_valid_on(day, day)
    assert not is_valid_on(date(2028, 2, 28), day)
