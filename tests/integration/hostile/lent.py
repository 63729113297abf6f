"""Bank partners of the hostile world: one of each desk, with its terms."""

from __future__ import annotations

from tests.factories.microcredit import make_offer, make_partner


def bank_of(desk_id: int, words: str) -> None:
    """Let a desk have a bank partner with terms."""
    make_offer(make_partner(f"Banque {words}"[:80], desk_id=desk_id, note=words[:900]), label=words[:100])
