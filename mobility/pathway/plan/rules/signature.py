"""A signature: a name typed with « j’ai lu et je suis d’accord », or the strokes of a pen. Pure.

Strokes come from a browser, so they are hostile until read: JSON lists of whole numbers, few and small. Kept as
strokes and not as a picture, they hold nothing but lines.
"""

from __future__ import annotations

import json

from mobility.pathway.errors import InkInvalid, NameMissing

WIDTH, HEIGHT = 600, 200
MAX_STROKES, MAX_NUMBERS, MAX_LENGTH = 80, 6000, 40_000
# A dot by mistake is no signature.
MIN_NUMBERS = 8
NAME_MAX = 160


def read_ink(text: str | None) -> str:
    """Return the strokes in their canonical JSON; nothing for an empty pad. Raises InkInvalid.

    Each stroke is a flat list x, y, x, y… of whole numbers within the pad.
    """
    typed = (text or "").strip()
    if not typed:
        return ""
    if len(typed) > MAX_LENGTH:
        raise InkInvalid
    try:
        strokes = json.loads(typed)
    except (ValueError, RecursionError):
        raise InkInvalid from None
    if not isinstance(strokes, list) or len(strokes) > MAX_STROKES:
        raise InkInvalid
    if not all(_is_stroke(stroke) for stroke in strokes):
        raise InkInvalid
    count = sum(len(stroke) for stroke in strokes)
    if count > MAX_NUMBERS:
        raise InkInvalid
    return json.dumps(strokes, separators=(",", ":")) if count >= MIN_NUMBERS else ""


def _is_stroke(stroke: object) -> bool:
    if not isinstance(stroke, list) or not stroke or len(stroke) % 2:
        return False
    return all(type(number) is int and 0 <= number <= (WIDTH, HEIGHT)[at % 2] for at, number in enumerate(stroke))


def strokes_of(ink: str) -> list[list[int]]:
    """Return the strokes of kept ink; an empty list where there is none."""
    return [[int(number) for number in stroke] for stroke in json.loads(ink)] if ink else []


def check_name(name: str | None) -> str:
    """Return the name that was typed, on one line. Raises NameMissing."""
    typed = " ".join((name or "").split())
    if not typed or len(typed) > NAME_MAX or not any(letter.isalpha() for letter in typed):
        raise NameMissing
    return typed
