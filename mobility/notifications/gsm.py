"""The length of an SMS, by the alphabet of GSM 03.38 (3GPP TS 23.038).

A text of the 7-bit alphabet takes 160 characters in one SMS, 153 in each part of a longer one; any other
text takes 70 and 67 UTF-16 units. Characters of the extension table count double and are never cut.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
EXTENSION = frozenset("\f^{}\\[~]|€")

SINGLE_GSM, PART_GSM = 160, 153
SINGLE_UCS2, PART_UCS2 = 70, 67

_PLAIN = {
    "\u00a0": " ",
    "\u202f": " ",
    "\u2009": " ",
    "\u200b": "",
    "’": "'",
    "‘": "'",
    "“": '"',
    "”": '"',
    "«": '"',
    "»": '"',
    "–": "-",
    "—": "-",
    "\u2011": "-",
    "−": "-",
    "…": "...",
    "•": "-",
    "œ": "oe",
    "Œ": "OE",
    "×": "x",
    "\t": " ",
}
_GUILLEMETS = re.compile(r"«[ \u00a0\u202f]?([^«»]*?)[ \u00a0\u202f]?»")


@dataclass(frozen=True, slots=True)
class SmsSize:
    """How much room a text takes: its alphabet, its units (septets or UTF-16 units) and its parts."""

    gsm: bool
    units: int
    parts: int


def is_gsm(text: str) -> bool:
    """Tell whether the 7-bit alphabet holds the whole text."""
    return all(character in BASIC or character in EXTENSION for character in text)


def to_gsm(text: str) -> str:
    """Return the text in the 7-bit alphabet, « ê » as « e » and « ’ » as « ' ».

    A text that holds letters of another script comes back as it is: it will travel in UCS-2, whole.
    """
    composed = _GUILLEMETS.sub(r'"\1"', unicodedata.normalize("NFC", text))
    plain = "".join(_plain(character) for character in composed)
    return plain if is_gsm(plain) else composed


def _plain(character: str) -> str:
    if character in BASIC or character in EXTENSION:
        return character
    if character in _PLAIN:
        return _PLAIN[character]
    decomposed = unicodedata.normalize("NFD", character)
    base = decomposed[0]
    marks = all(unicodedata.combining(mark) for mark in decomposed[1:])
    return base if len(decomposed) > 1 and marks and base in BASIC else character


def measure(text: str) -> SmsSize:
    """Return the room that the text takes as it is."""
    if is_gsm(text):
        widths = [2 if character in EXTENSION else 1 for character in text]
        return SmsSize(gsm=True, units=sum(widths), parts=_parts(widths, SINGLE_GSM, PART_GSM))
    widths = [2 if ord(character) > 0xFFFF else 1 for character in text]
    return SmsSize(gsm=False, units=sum(widths), parts=_parts(widths, SINGLE_UCS2, PART_UCS2))


def _parts(widths: list[int], single: int, part: int) -> int:
    """Count the parts; a character of two units is never cut in two."""
    if sum(widths) <= single:
        return 1
    count, room = 1, part
    for width in widths:
        if width > room:
            count, room = count + 1, part
        room -= width
    return count


def shorten(text: str, *, parts: int = 1) -> str:
    """Return the text cut (with « ... ») so that it takes at most that many parts."""
    if measure(text).parts <= parts:
        return text
    low, high = 0, len(text)
    while low < high:  # the longest beginning that fits
        middle = (low + high + 1) // 2
        if measure(text[:middle].rstrip() + "...").parts <= parts:
            low = middle
        else:
            high = middle - 1
    return text[:low].rstrip() + "..."
