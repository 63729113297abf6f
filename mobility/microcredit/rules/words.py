"""How figures are said in French. Pure."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal


def percent_fr(value: Decimal, decimals: int | None = None) -> str:
    """Return « 4,07 % », rounded half-up to so many decimals; None: as many as it has, none of them for nothing."""
    if decimals is not None:
        value = value.quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP)
    else:
        value = value.normalize()
    return f"{value:f}\u00a0%".replace(".", ",")
