"""People who have left: the part of the two desks' world that tells of entries and exits."""

from __future__ import annotations

from datetime import datetime, timedelta

from mobility.core.clock import day_of
from mobility.participation import services
from mobility.participation.rules.exits import Outcome, Proof


def leave(person_id: int, *, actor_id: int, now: datetime, note: str) -> int:
    """Let somebody leave for work some months ago, without a paper yet for every second person."""
    return services.leave(
        person_id=person_id,
        left_on=day_of(now) - timedelta(days=190),
        outcome=Outcome.WORK,
        proof=Proof.CONTRACT if person_id % 2 else None,
        note=note,
        actor_id=actor_id,
        now=now - timedelta(days=180),
    )
