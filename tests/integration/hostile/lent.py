"""Bank partners of the hostile world: one of each desk, with its terms."""

from __future__ import annotations

from mobility.core import clock
from tests.factories.microcredit import make_offer, make_partner
from tests.integration.hostile.financed import frozen_figures


def bank_of(desk_id: int, words: str) -> None:
    """Let a desk have a bank partner with terms."""
    make_offer(make_partner(f"Banque {words}"[:80], desk_id=desk_id, note=words[:900]), label=words[:100])
    frozen_figures(desk_id, now=clock.now())
