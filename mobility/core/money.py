"""Money: whole cents, suffix ``_cents``; rates are ``Decimal``; rounding is half-up and happens once."""

from __future__ import annotations

import re
from decimal import ROUND_HALF_UP, Decimal

MAX_CENTS = 100_000_000_00
_AMOUNT = re.compile(r"-?[0-9]{1,12}(?:\.[0-9]{1,2})?")
_SPACES = str.maketrans("", "", " \u00a0\u202f")


def format_cents(cents: int, *, sign: bool = False) -> str:
    """Return « 1 234,50 € », with unbreakable spaces; ``sign`` puts a + before gains."""
    euros, rest = divmod(abs(cents), 100)
    grouped = f"{euros:,}".replace(",", "\u202f")
    prefix = "\u2212" if cents < 0 else ("+" if sign and cents > 0 else "")
    return f"{prefix}{grouped},{rest:02d}\u00a0€"


def format_price(cents: int) -> str:
    """Return what something costs a person: « Gratuit » for nothing."""
    return format_cents(cents) if cents else "Gratuit"


def parse_euros(text: str) -> int:
    """Return the cents of « 12,50 », « 1 234.5 € » or « 12 ». Raises ValueError otherwise."""
    cleaned = text.translate(_SPACES).removesuffix("€").replace(",", ".").replace("\u2212", "-")
    if not _AMOUNT.fullmatch(cleaned):
        raise ValueError(f"not an amount in euros: {text[:20]!r}")
    cents = int(Decimal(cleaned) * 100)
    if abs(cents) > MAX_CENTS:
        raise ValueError("an amount out of bounds")
    return cents


def round_cents(amount: Decimal) -> int:
    """Round an amount in cents half-up (away from zero at the half) to whole cents."""
    return int(amount.quantize(Decimal(1), rounding=ROUND_HALF_UP))


def share_of(cents: int, rate: Decimal) -> int:
    """Return ``rate`` of an amount, rounded half-up once. ``rate`` is a fraction (0.9 = 90 %)."""
    return round_cents(Decimal(cents) * rate)
