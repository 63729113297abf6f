"""The code of the paper card: readable aloud, hard to guess, and a slip of the pen is noticed.

32 signs without 0, O, 1 and I; eleven drawn at random (55 bits) and a twelfth that checks them
(Luhn modulo 32: any one wrong sign is found).
"""

from __future__ import annotations

import re
from collections.abc import Callable

from stdnum import luhn
from stdnum.exceptions import ValidationError

from mobility.core.crypto import keyed_hash

ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
DRAWN = 11
PURPOSE = "paper-card"


def make_code(draw: Callable[[str], str]) -> str:
    """Return a code of 12 signs; ``draw`` takes one sign of the alphabet at random."""
    body = "".join(draw(ALPHABET) for _ in range(DRAWN))
    return body + str(luhn.calc_check_digit(body, ALPHABET))


def show_code(code: str) -> str:
    """Return the code as it is printed: « ABCD-EFGH-JKLM »."""
    return "-".join(code[start : start + 4] for start in range(0, len(code), 4))


def read_code(text: str) -> str | None:
    """Return the code behind what was typed, or None where a sign is wrong or missing."""
    compact = re.sub(r"[\s\-–—.]+", "", text[:60]).upper()
    if len(compact) != DRAWN + 1:
        return None
    try:
        luhn.validate(compact, ALPHABET)
    except (ValidationError, ValueError):
        return None
    return compact


def card_hash(code: str) -> str:
    """Return what is kept of a card's code."""
    return keyed_hash(code, purpose=PURPOSE)
