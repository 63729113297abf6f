"""What a person says about when and how they can come."""

from __future__ import annotations

from datetime import datetime

from mobility.agenda import words
from mobility.agenda.errors import NoDayLeft, ReachBackwards
from mobility.agenda.models import AgendaReach
from mobility.agenda.reach import Means, Reach
from mobility.core.db import lock, transaction
from mobility.core.retry import retried
from mobility.journal import services as journal
from mobility.people.models import Person

WORKING_DAYS = frozenset(range(5))


@retried
def say_reach(*, person_id: int, said: Reach, actor_id: int | None, now: datetime) -> None:
    """Keep when and how the person can come; nothing said at all forgets it. Raises NoDayLeft, ReachBackwards."""
    if said.no_days >= WORKING_DAYS:
        raise NoDayLeft
    if said.leave_from is not None and said.home_by is not None and said.leave_from >= said.home_by:
        raise ReachBackwards
    with transaction() as session:
        lock(Person, person_id)
        row = session.get(AgendaReach, person_id, populate_existing=True)
        if said == Reach():
            if row is not None:
                session.delete(row)
        else:
            row = row or AgendaReach(person_id=person_id)
            bus = said.means is Means.BUS
            row.means, row.no_days = said.means, sorted(said.no_days)
            row.leave_from, row.home_by = said.leave_from, said.home_by
            row.first_bus, row.last_bus = (said.first_bus, said.last_bus) if bus else (None, None)
            row.said_at, row.said_by_id = now, actor_id
            session.add(row)
        session.flush()
        journal.write_act(
            person_id=person_id,
            subject_kind="agenda_reach",
            subject_id=person_id,
            action=words.REACH_SAID,
            now=now,
            actor_id=actor_id,
            kind=words.REACH_SAID,
        )
