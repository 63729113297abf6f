"""People who have left: the part of the two desks' world that tells of entries and exits."""

from __future__ import annotations

from datetime import datetime, timedelta

from mobility.core.clock import day_of
from mobility.participation import services
from mobility.participation.queries import Wanted, operations_at
from mobility.participation.rules.counts import By
from mobility.participation.rules.exits import Outcome, Proof
from mobility.participation.rules.items import EvidenceKind


def enter(person_id: int, *, agreement_id: int, actor_id: int, now: datetime) -> int:
    """Let somebody enter an operation, with two answers and a paper."""
    entered_on = day_of(now) - timedelta(days=200)
    number = services.enter(
        person_id=person_id, agreement_id=agreement_id, entered_on=entered_on,
        answers={"sex": "female", "disability": "yes"}, actor_id=actor_id, now=now - timedelta(days=199),
    )  # fmt: skip
    services.see_evidence(
        participation_id=number, kind=EvidenceKind.RSA, dated_on=entered_on, actor_id=actor_id,
        now=now - timedelta(days=199),
    )  # fmt: skip
    return number


def freeze(desk_id: int, *, actor_id: int, now: datetime) -> None:
    """Freeze a count of one desk."""
    today = day_of(now)
    wanted = Wanted(first_on=today - timedelta(days=365), last_on=today, by=By.AGE, desk_ids=frozenset([desk_id]))
    services.freeze(wanted=wanted, actor_id=actor_id, now=now)


def join(person_id: int, desk_id: int, *, actor_id: int, now: datetime) -> None:
    """Let somebody enter the first operation of their desk; the others stay to be entered."""
    first = operations_at(desk_id, on=day_of(now))[0]
    enter(person_id, agreement_id=first.id, actor_id=actor_id, now=now)


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
