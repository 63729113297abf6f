"""The kinds of entries, and what each does to what a person owes and to the deposit we hold."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class LedgerKind(StrEnum):
    """What an entry is. Amounts are always positive; the kind says which way they count."""

    CHARGE = "charge"
    PAYMENT = "payment"
    DEPOSIT = "deposit"
    DEPOSIT_RETURN = "deposit_return"
    FUNDER_SHARE = "funder_share"
    REVERSAL = "reversal"


LABELS: dict[LedgerKind, str] = {
    LedgerKind.CHARGE: "À payer",
    LedgerKind.PAYMENT: "Payé",
    LedgerKind.DEPOSIT: "Dépôt de garantie reçu",
    LedgerKind.DEPOSIT_RETURN: "Dépôt de garantie rendu",
    LedgerKind.FUNDER_SHARE: "Pris en charge par un financeur",
    LedgerKind.REVERSAL: "Annulation d’une écriture",
}

# What the entry adds to (what the person owes, the deposit held).
_EFFECTS: dict[LedgerKind, tuple[int, int]] = {
    LedgerKind.CHARGE: (1, 0),
    LedgerKind.PAYMENT: (-1, 0),
    LedgerKind.FUNDER_SHARE: (-1, 0),
    LedgerKind.DEPOSIT: (0, 1),
    LedgerKind.DEPOSIT_RETURN: (0, -1),
}


@dataclass(frozen=True)
class Balance:
    """Where a person stands: cents owed (negative: we owe them) and cents of deposit that we hold."""

    owed_cents: int = 0
    deposit_cents: int = 0


def effect_of(kind: LedgerKind, reverses_kind: LedgerKind | None = None) -> tuple[int, int]:
    """Return the signs (owed, deposit) of an entry. A reversal undoes what it reverses.

    Raises ValueError for a reversal that says not what it reverses, or that reverses a reversal.
    """
    if kind is not LedgerKind.REVERSAL:
        return _EFFECTS[kind]
    if reverses_kind is None or reverses_kind is LedgerKind.REVERSAL:
        raise ValueError("a reversal reverses an entry that is not itself a reversal")
    owed, deposit = _EFFECTS[reverses_kind]
    return -owed, -deposit


def balance_of(entries: Iterable[tuple[LedgerKind, LedgerKind | None, int]]) -> Balance:
    """Return the balance of (kind, kind reversed, positive cents) entries."""
    owed_cents = deposit_cents = 0
    for kind, reverses_kind, amount_cents in entries:
        owed, deposit = effect_of(kind, reverses_kind)
        owed_cents += owed * amount_cents
        deposit_cents += deposit * amount_cents
    return Balance(owed_cents, deposit_cents)
