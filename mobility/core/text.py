"""Typed text made fit to keep: composed, without control characters."""

from __future__ import annotations

import unicodedata

_FORBIDDEN_CATEGORIES = {"Cc", "Cs"}


def clean_line(text: str | None) -> str | None:
    """Return one line: spaces folded, control characters dropped, composed (NFC)."""
    if text is None:
        return None
    kept = "".join(
        " " if c in "\t\n\r" else c
        for c in text
        if c in "\t\n\r" or unicodedata.category(c) not in _FORBIDDEN_CATEGORIES
    )
    return unicodedata.normalize("NFC", " ".join(kept.split(" ")).strip())


def clean_text(text: str | None) -> str | None:
    """Return a text of several lines: control characters dropped, line ends unified, composed (NFC)."""
    if text is None:
        return None
    unified = text.replace("\r\n", "\n").replace("\r", "\n")
    kept = "".join(c for c in unified if c in "\t\n" or unicodedata.category(c) not in _FORBIDDEN_CATEGORIES)
    return unicodedata.normalize("NFC", kept.strip())
