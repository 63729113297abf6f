"""Entries into the operation of the demo, exits with and without a paper, and one count that was frozen."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select

from mobility.core.clock import at_paris, day_of
from mobility.core.db import db
from mobility.demo.history import OPENING
from mobility.demo.people import Someone
from mobility.demo.places import World
from mobility.organisations.models import Agreement
from mobility.participation import services
from mobility.participation.queries import Wanted, standing_of
from mobility.participation.rules.counts import By
from mobility.participation.rules.exits import Outcome, Proof
from mobility.participation.rules.items import CURRENT, EvidenceKind, items_of

# Of the people of the demo, in their order: who enters; of those, every third lacks answers, every fourth the paper.
ENTERED = 60
# Every ninth leaves, for one thing after the other.
LEAVES = 9
OUTCOMES = (
    (Outcome.WORK, Proof.CONTRACT), (Outcome.TRAINING, None), (Outcome.WORK, None), (Outcome.MOVED, None),
    (Outcome.QUALIFICATION, Proof.DIPLOMA), (Outcome.LOST_CONTACT, None),
)  # fmt: skip


def build(world: World, crowd: list[Someone], *, now: datetime) -> None:
    """Let people enter and leave, and freeze the count of the first desk."""
    agreement = db.session.scalars(select(Agreement).order_by(Agreement.id).limit(1)).one()
    agreement.fse_plus = True
    db.session.flush()
    for number, one in enumerate(crowd[:ENTERED]):
        _enter(one, number, agreement, now=now)
    leaving = [one for one in crowd if one.busy_until is None or one.busy_until < day_of(now)][::LEAVES]
    for number, one in enumerate(leaving):
        _leave(one, number, now=now)
    today = day_of(now)
    desk_id, advisers = next(iter(world.advisers.items()))
    wanted = Wanted(first_on=today.replace(month=1, day=1), last_on=today, by=By.AGE, desk_ids=frozenset([desk_id]))
    services.freeze(wanted=wanted, actor_id=advisers[0], now=now)


def _enter(one: Someone, number: int, agreement: Agreement, *, now: datetime) -> None:
    at = at_paris(one.since, OPENING)
    if at > now or one.since < agreement.valid_from_on:
        return
    questions = items_of(CURRENT)
    answers = {item.code: item.answers[(number + at_) % len(item.answers)][0] for at_, item in enumerate(questions)}
    if number % 3 == 0:
        answers = dict(list(answers.items())[:6])
    entry = services.enter(
        person_id=one.person_id, agreement_id=agreement.id, entered_on=one.since, answers=answers,
        actor_id=one.adviser_id, now=now,
    )  # fmt: skip
    if number % 4:
        services.see_evidence(
            participation_id=entry, kind=EvidenceKind.FRANCE_TRAVAIL, dated_on=one.since - timedelta(days=number % 50),
            actor_id=one.adviser_id, now=now,
        )  # fmt: skip


def _leave(one: Someone, number: int, *, now: datetime) -> None:
    left_on = day_of(now) - timedelta(days=2 + 5 * (number % 7))
    if left_on < one.since or standing_of(one.person_id) is not None:
        return
    outcome, proof = OUTCOMES[number % len(OUTCOMES)]
    services.leave(
        person_id=one.person_id, left_on=left_on, outcome=outcome, proof=proof, actor_id=one.adviser_id, now=now
    )
