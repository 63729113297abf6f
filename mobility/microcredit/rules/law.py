"""What the law says around a credit contract: its sentence, its delays. Pure.

The delays are dated configuration, read for the day of the contract: those of contracts signed before a reform stay
theirs (Code de la consommation, L312-18 and following; ordonnances 2025-880 and 2025-1154 from 20 November 2026 on).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

LEGAL_SENTENCE = "Attention ! Un crédit coûte de l’argent et doit être remboursé !"


@dataclass(frozen=True, slots=True)
class Delays:
    """Days: to change one's mind after signing, without any payment after signing, for which an offer stands."""

    withdrawal_days: int
    no_payment_days: int
    offer_days: int


@dataclass(frozen=True, slots=True)
class SignedDates:
    """What the day of signing makes: the last day to change one's mind, and the first on which money may move."""

    withdraw_until_on: date
    payable_from_on: date


def signed_dates(signed_on: date, delays: Delays) -> SignedDates:
    """Return the dates that follow from a signature; the day of signing does not count."""
    return SignedDates(
        withdraw_until_on=signed_on + timedelta(days=delays.withdrawal_days),
        payable_from_on=signed_on + timedelta(days=delays.no_payment_days + 1),
    )


def offer_stands_until(made_on: date, delays: Delays) -> date:
    """Return the last day on which an offer may still be accepted."""
    return made_on + timedelta(days=delays.offer_days)
