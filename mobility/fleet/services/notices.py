"""The fleet's officers are told of papers that end, and of uses through which one does not hold. Once each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select

from mobility.accounts.models import User
from mobility.accounts.policy import Role
from mobility.accounts.queries import staff_of_desks
from mobility.core.clock import day_of, format_date
from mobility.core.db import db, end_read, transaction
from mobility.core.jobs import Counts, stopping
from mobility.core.retry import retried
from mobility.desks.models import Desk
from mobility.fleet import parameters
from mobility.fleet.notices import NOTICE_LABELS, NoticeStep, notice_due
from mobility.fleet.queries.gaps import PaperConflict, list_paper_conflicts
from mobility.fleet.queries.papers import DuePaper, list_due_papers
from mobility.fleet.rules import NEVER, in_words
from mobility.notifications import render
from mobility.notifications import services as notifications
from mobility.notifications.kinds import MessageClass


def tell_officers(*, now: datetime) -> Counts:
    """Queue the notices that are due at every desk; return how many of each kind are new."""
    counts = Counter(papers=0, uses=0)
    desk_ids = db.session.scalars(select(Desk.id).where(Desk.archived_at.is_(None)).order_by(Desk.id)).all()
    end_read()
    for desk_id in desk_ids:
        if stopping():
            break
        counts.update(_tell_desk(desk_id, now=now))
    return counts


@retried
def _tell_desk(desk_id: int, *, now: datetime) -> Counter[str]:
    """Tell the officers of one desk (its managers where it has none), in one transaction."""
    counts: Counter[str] = Counter()
    with transaction():
        readers = staff_of_desks([desk_id], roles=[Role.FLEET_OFFICER]) or staff_of_desks(
            [desk_id], roles=[Role.MANAGER]
        )
        if not readers:
            return counts
        here, today = frozenset({desk_id}), day_of(now)
        first_days, last_days = parameters.paper_notice_days(on=today, desk_id=desk_id)
        for due in list_due_papers(desk_ids=here, today=today):
            step = notice_due(due.valid_until_on, today, first_days=first_days, last_days=last_days)
            if step is not None:
                counts["papers"] += _queue_paper(readers, due, step, now=now)
        for conflict in list_paper_conflicts(desk_ids=here, now=now):
            counts["uses"] += _queue_conflict(readers, conflict, now=now)
    return counts


def paper_prefix(vehicle_id: int, kind: str) -> str:
    """Return how the keys of the notices about one paper begin."""
    return f"fleet-paper:{vehicle_id}:{kind}:"


def _day(due: DuePaper) -> str:
    return "never" if due.valid_until_on == NEVER else due.valid_until_on.isoformat()


def _queue_paper(readers: Sequence[User], due: DuePaper, step: NoticeStep, *, now: datetime) -> int:
    until = "" if due.valid_until_on == NEVER else f" Dernier jour : {format_date(due.valid_until_on, year=0)}."
    return _queue(
        readers,
        title=f"{due.label}, {NOTICE_LABELS[step]} : {due.vehicle_name}",
        text=f"{due.label} : {in_words(due.valid_until_on, day_of(now))}.{until} {due.advice}. "
        "Sans papier valable, le véhicule n’est plus prêté.",
        path=f"/parc/vehicules/{due.vehicle_id}",
        key=f"{paper_prefix(due.vehicle_id, due.kind.value)}{_day(due)}:{step.value}",
        now=now,
    )


def _queue_conflict(readers: Sequence[User], conflict: PaperConflict, *, now: datetime) -> int:
    return _queue(
        readers,
        title=f"Réservation à revoir, papier manquant : {conflict.vehicle_name}",
        text=f"{conflict.label} : rien de valable à partir du {format_date(conflict.missing_on, year=0)}, "
        f"alors que le véhicule est promis du {format_date(day_of(conflict.use.starts_at), year=0)} "
        f"au {format_date(day_of(conflict.use.ends_at), year=0)}. Notez le papier, ou changez de véhicule.",
        path="/parc/echeances",
        key=f"{paper_prefix(conflict.vehicle_id, conflict.kind.value)}"
        f"use:{conflict.use.reservation_id}:{conflict.missing_on.isoformat()}",
        now=now,
    )


def _queue(readers: Sequence[User], *, title: str, text: str, path: str, key: str, now: datetime) -> int:
    queued = 0
    for user in readers:
        if user.recipient_id is None:
            continue
        message = notifications.queue(
            recipient_id=user.recipient_id,
            template="staff_alert",
            params={"title": title, "text": text, "url": render.public_url(path)},
            message_class=MessageClass.NORMAL,
            dedup_key=f"{key}:{user.id}",
            now=now,
        )
        queued += message is not None
    return queued


def forget_notices(*, vehicle_id: int, kind: str, now: datetime) -> None:
    """Take back the notices about a paper that have not left: another paper has come."""
    notifications.cancel(dedup_prefix=paper_prefix(vehicle_id, kind), now=now)
