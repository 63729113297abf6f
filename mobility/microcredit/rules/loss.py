"""What a loss costs whom: the guarantee fund's share and the bank's. Pure.

The Fonds de cohésion sociale covers a share of the unpaid part (domain facts § 1); the share is a dated setting of each
agreement, that of the day of the contract.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from mobility.core.money import share_of


@dataclass(frozen=True, slots=True)
class Shares:
    """A loss in cents: what the fund bears and what the bank does."""

    fund_cents: int
    bank_cents: int


def split(loss_cents: int, percent: Decimal) -> Shares:
    """Split a loss by the fund's share in per cent: half a cent goes to the fund, the bank bears the rest."""
    if loss_cents < 0 or not 0 <= percent <= 100:
        raise ValueError("a loss is not negative, and a share lies within the whole")
    fund = share_of(loss_cents, percent / 100)
    return Shares(fund, loss_cents - fund)
