"""Loading the demo: places, teams, fleet, people, then day after day of life through the services."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from random import Random

from sqlalchemy import event, select, update
from sqlalchemy.orm import Session

from mobility.accounts.models import User
from mobility.core.clock import at_paris, day_of
from mobility.core.db import db, transaction
from mobility.demo import (
    agenda,
    carpool,
    caseload,
    credit,
    diagnosis,
    dossiers,
    fleet,
    history,
    participation,
    people,
    places,
    plans,
    prescriptions,
)
from mobility.desks.models import Desk
from mobility.fleet.models import Vehicle
from mobility.loans.models import Loan
from mobility.notifications.kinds import MessageState
from mobility.notifications.models import OutboxMessage, Recipient
from mobility.pathway.models import Objective
from mobility.people.models import Person

SEED = 59
PAST_DAYS = 100
KEPT = (Desk, User, Recipient, Person, Objective, Vehicle, Loan)


def is_empty() -> bool:
    """Tell whether the database has neither desks nor users."""
    return db.session.scalar(select(Desk.id).limit(1)) is None and db.session.scalar(select(User.id).limit(1)) is None


@contextmanager
def _kept(session: Session) -> Iterator[None]:
    """Let the session hold the rows that are asked for day after day; it forgets what nobody holds."""
    rows: set[object] = set()

    def keep(_session: Session, row: object) -> None:
        if isinstance(row, KEPT):
            rows.add(row)

    for name in ("loaded_as_persistent", "pending_to_persistent"):
        event.listen(session, name, keep)
    try:
        yield
    finally:
        for name in ("loaded_as_persistent", "pending_to_persistent"):
            event.remove(session, name, keep)


def load(*, now: datetime, people_count: int = 300, past_days: int = PAST_DAYS) -> None:
    """Fill the empty database; the past is lived through the same services as the present."""
    random = Random(SEED)  # noqa: S311 - invented data, always the same
    first_day = day_of(now) - timedelta(days=past_days)
    begun = at_paris(first_day, history.OPENING)
    with transaction() as session, _kept(session):
        world = places.build(now=begun)
        fleet.build(world, random, now=begun)
        crowd = people.build(world, random, now=begun, count=people_count, days=max(1, past_days - 5))
        history.live(world, crowd, random, first_day=first_day, now=now)
        agenda.build(world, crowd, random, begun=begun, now=now)
        diagnosis.build(crowd, Random(SEED), now=now)  # noqa: S311 - invented data, always the same
        people.arrive(world, now=now)
        prescriptions.build(world, random, now=now, past_days=past_days)
        plans.build(random, now=now)
        credit.build(since_on=first_day, now=begun)
        dossiers.build(Random(SEED + 3), now=now)  # noqa: S311 - invented data, always the same
        caseload.build(world, crowd, Random(SEED + 1), now=now)  # noqa: S311 - invented data, always the same
        participation.build(world, crowd, now=now)
        carpool.build(world, Random(SEED + 2), now=now)  # noqa: S311 - invented data, always the same
        # What was announced in the past was received then: only what is due from now on is left to send.
        session.execute(
            update(OutboxMessage)
            .where(
                OutboxMessage.state.in_([MessageState.QUEUED, MessageState.MERGED]),
                OutboxMessage.due_at < now - timedelta(hours=12),
            )
            .values(state=MessageState.CANCELLED, ended_at=now, merged_into_id=None)
        )
