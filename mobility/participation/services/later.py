"""Some months after the exit: one question by a link, one reminder, then the adviser's call."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from sqlalchemy.orm import Session

from mobility.accounts import audit
from mobility.core import links
from mobility.core.clock import at_paris, day_of
from mobility.core.db import transaction
from mobility.core.retry import retried
from mobility.desks.models import Desk
from mobility.journal import services as journal
from mobility.notifications import render
from mobility.notifications import services as notifications
from mobility.notifications.kinds import MessageClass
from mobility.participation import parameters, words
from mobility.participation.errors import LaterAnswered, NotLeft
from mobility.participation.models import Departure
from mobility.participation.queries.later import list_unanswered
from mobility.participation.rules.exits import Asking, Clock, Later, check_may_answer, later_until_on
from mobility.participation.services.departures import hold
from mobility.people.errors import FileErased, FileMerged
from mobility.people.models import Person

LINK_PURPOSE = "participation_later"
_LAST_HOUR = time(23, 59)


def later_link(row: Departure, *, clock: Clock, now: datetime) -> str:
    """Return the address of the one question; it works as long as the answer counts."""
    ends_at = at_paris(later_until_on(row.left_on, clock), _LAST_HOUR)
    token = links.sign(LINK_PURPOSE, {"d": row.id}, now=now, lifetime=max(ends_at - now, timedelta(hours=1)))
    return render.public_url(f"/six-mois/{token}")


def ask_due(*, now: datetime, limit: int = 200) -> dict[str, int]:
    """Ask whoever left some months ago, and remind them once. Returns counts."""
    clock = parameters.clock(on=day_of(now))
    due = [one for one in list_unanswered(clock=clock, now=now) if one.asking in {Asking.ASK, Asking.REMIND}]
    counts = {"asked": 0, "reminded": 0, "left": max(len(due) - limit, 0)}
    for one in due[:limit]:
        if _ask(one.departure_id, remind=one.asking is Asking.REMIND, clock=clock, now=now):
            counts["reminded" if one.asking is Asking.REMIND else "asked"] += 1
    return counts


@retried
def _ask(departure_id: int, *, remind: bool, clock: Clock, now: datetime) -> bool:
    with transaction() as session:
        try:
            row = hold(departure_id)
        except (NotLeft, FileErased, FileMerged):
            return False
        # Another run may have been faster.
        if row.later is not None or (row.reminded_at if remind else row.asked_at) is not None:
            return False
        _queue(session, row, key="reminder" if remind else "question", clock=clock, now=now)
        if remind:
            row.reminded_at = now
        else:
            row.asked_at = now
        journal.write(
            person_id=row.person_id, kind=words.ASKED, now=now, subject_kind=words.DEPARTURE, subject_id=row.id
        )
        return True


def _queue(session: Session, row: Departure, *, key: str, clock: Clock, now: datetime) -> None:
    person = session.get_one(Person, row.person_id)
    desk = session.get_one(Desk, person.desk_id)
    notifications.queue(
        recipient_id=person.recipient_id,
        template="departure_later",
        params={"place": desk.name, "phone": desk.phone, "link": later_link(row, clock=clock, now=now)},
        message_class=MessageClass.NORMAL,
        dedup_key=f"departure:{row.id}:later:{key}",
        now=now,
        person_id=person.id,
        expires_at=at_paris(later_until_on(row.left_on, clock), _LAST_HOUR),
    )


@retried
def answer(*, departure_id: int, later: Later, actor_id: int | None, now: datetime) -> None:
    """Keep what became of the person; ``actor_id`` is who noted it on the phone, None for the person by the link.

    Raises LaterAnswered, LaterTooEarly, NotLeft, FileErased, FileMerged.
    """
    with transaction():
        row = hold(departure_id)
        if row.later is not None:
            raise LaterAnswered
        check_may_answer(row.left_on, today=day_of(now), clock=parameters.clock(on=day_of(now)))
        row.later, row.later_at, row.later_by_id = later, now, actor_id
        notifications.cancel(dedup_prefix=f"departure:{row.id}:later:", now=now)
        audit.record(
            actor_id=actor_id,
            action=words.ANSWERED,
            subject_kind=words.DEPARTURE,
            subject_id=row.id,
            person_id=row.person_id,
            now=now,
            changes={"later": (None, later)},
        )
        journal.write(
            person_id=row.person_id,
            kind=words.later_kind(later),
            now=now,
            actor_id=actor_id,
            subject_kind=words.DEPARTURE,
            subject_id=row.id,
        )
