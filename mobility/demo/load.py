"""Loading the demo: places, teams, fleet, people, then day after day of life through the services."""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random

from sqlalchemy import select, update

from mobility.accounts.models import User
from mobility.core.clock import at_paris, day_of
from mobility.core.db import db, transaction
from mobility.demo import fleet, history, people, places
from mobility.desks.models import Desk
from mobility.notifications.kinds import MessageState
from mobility.notifications.models import OutboxMessage

SEED = 59
PAST_DAYS = 100


def is_empty() -> bool:
    """Tell whether the database has neither desks nor users."""
    return db.session.scalar(select(Desk.id).limit(1)) is None and db.session.scalar(select(User.id).limit(1)) is None


def load(*, now: datetime, people_count: int = 300, past_days: int = PAST_DAYS) -> None:
    """Fill the empty database; the past is lived through the same services as the present."""
    random = Random(SEED)  # noqa: S311 - invented data, always the same
    first_day = day_of(now) - timedelta(days=past_days)
    begun = at_paris(first_day, history.OPENING)
    with transaction() as session:
        world = places.build(now=begun)
        fleet.build(world, random, now=begun)
        crowd = people.build(world, random, now=begun, count=people_count, days=max(1, past_days - 5))
        history.live(world, crowd, random, first_day=first_day, now=now)
        people.arrive(world, now=now)
        # What was announced in the past was received then: only what is due from now on is left to send.
        session.execute(
            update(OutboxMessage)
            .where(
                OutboxMessage.state.in_([MessageState.QUEUED, MessageState.MERGED]),
                OutboxMessage.due_at < now - timedelta(hours=12),
            )
            .values(state=MessageState.CANCELLED, ended_at=now, merged_into_id=None)
        )
