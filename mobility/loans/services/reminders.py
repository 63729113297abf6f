"""The reminders of returns: computed from the due time at each run, queued once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from mobility.accounts.policy import Role
from mobility.accounts.queries import staff_of_desks
from mobility.core import links
from mobility.core.clock import day_of, format_instant
from mobility.core.db import db, end_read, lock, transaction
from mobility.core.jobs import stopping
from mobility.core.retry import retried
from mobility.desks.models import Desk
from mobility.desks.queries import get_calendars
from mobility.loans import parameters
from mobility.loans.models import Loan
from mobility.loans.rules.reminders import MAX_DAYS, DueReminder, Step, dedup_key, find_due
from mobility.loans.rules.states import ON_THE_ROAD, LoanState
from mobility.loans.services.common import adviser_of, message_params, tell_staff
from mobility.notifications import queries as notices
from mobility.notifications import render
from mobility.notifications import services as notifications
from mobility.notifications.kinds import MessageClass
from mobility.people.models import Person

LINK_PURPOSE = "loan-return"
LINK_LIFETIME = timedelta(days=45)


@dataclass(frozen=True)
class _Due:
    loan_id: int
    reminder: DueReminder
    key: str


def return_link(loan_id: int, due_at: datetime, *, now: datetime) -> str:
    """Return the signed address at which the borrower answers; it holds for this end alone."""
    payload = {"l": loan_id, "d": int(due_at.timestamp())}
    token = links.sign(LINK_PURPOSE, payload, now=now, lifetime=LINK_LIFETIME)
    return render.public_url(f"/r/{token}")


def queue_due_reminders(*, now: datetime, limit: int = 2000) -> dict[str, int]:
    """Queue every reminder whose time has come; one transaction a loan, safe to run again and twice at once."""
    due = _find(now)
    known = notices.known_keys([item.key for item in due])
    end_read()
    counts = {"due": len(due), "queued": 0, "staff": 0}
    fresh = [item for item in due if item.key not in known]
    for item in fresh[:limit]:
        if stopping():
            break
        queued, staff = _queue(item, now=now)
        counts["queued"] += queued
        counts["staff"] += staff
    counts["left"] = max(len(fresh) - limit, 0)
    return counts


def _find(now: datetime) -> list[_Due]:
    rows = db.session.execute(
        select(Loan.id, Loan.desk_id, Loan.due_at, Loan.departed_at, Loan.due_set_at)
        .where(Loan.state.in_(ON_THE_ROAD), Loan.due_at < now + timedelta(days=MAX_DAYS + 1))
        .order_by(Loan.due_at, Loan.id)
    ).all()
    desk_ids = {row.desk_id for row in rows}
    calendars = get_calendars(desk_ids)
    steps = _steps(desk_ids, on=day_of(now))
    found = []
    for row in rows:
        reminder = find_due(
            steps[row.desk_id],
            due_at=row.due_at,
            since=max(row.departed_at, row.due_set_at),
            now=now,
            calendar=calendars[row.desk_id],
        )
        if reminder is not None:
            found.append(_Due(row.id, reminder, dedup_key(row.id, row.due_at, reminder.step)))
    return found


def _steps(desk_ids: Iterable[int], *, on: date) -> Mapping[int, tuple[Step, ...]]:
    return {desk_id: parameters.reminder_steps(on=on, desk_id=desk_id) for desk_id in desk_ids}


@retried
def _queue(item: _Due, *, now: datetime) -> tuple[int, int]:
    with transaction() as session:
        # Held: a return or an extension at this very moment comes before or after, never in between.
        loan = lock(Loan, item.loan_id)
        step = item.reminder.step
        if loan.state not in ON_THE_ROAD or dedup_key(loan.id, loan.due_at, step) != item.key:
            return 0, 0
        person = session.get_one(Person, loan.person_id)
        desk = session.get_one(Desk, loan.desk_id)
        link = return_link(loan.id, loan.due_at, now=now)
        queued = notifications.queue(
            recipient_id=person.recipient_id,
            template=_template(loan, step),
            params={
                **message_params(desk, loan),
                "link": link,
                "yes": f"{link}/a-l-heure",
                "more": f"{link}/plus-de-temps",
            },
            message_class=_message_class(step),
            dedup_key=item.key,
            now=now,
            person_id=person.id,
            expires_at=item.reminder.expires_at,
        )
        return int(queued is not None), _tell_staff(session, loan, step, now=now)


def _template(loan: Loan, step: Step) -> str:
    if not step.after_due:
        return "loan_return_before"
    # « En retard » is said only once the desk has closed its day.
    return "loan_return_late" if loan.state is LoanState.OVERDUE else "loan_return_due"


def _message_class(step: Step) -> MessageClass:
    # The morning of the day and the hours after it concern the next 24 hours; their instants avoid the night.
    return MessageClass.URGENT if step.days == 0 else MessageClass.NORMAL


def _tell_staff(session: Session, loan: Loan, step: Step, *, now: datetime) -> int:
    told = 0
    text = f"Le retour prévu {format_instant(loan.due_at)} n’est pas enregistré."
    title = "Un retour est en retard" if loan.state is LoanState.OVERDUE else "Un retour n’est pas enregistré"
    audiences: list[tuple[str, list[int]]] = []
    if step.tells_adviser:
        audiences.append(("adviser", adviser_of(session, loan)))
    if step.tells_manager:
        managers = staff_of_desks([loan.desk_id], roles=[Role.MANAGER])
        audiences.append(("manager", [user.id for user in managers]))
    for audience, user_ids in audiences:
        key = dedup_key(loan.id, loan.due_at, step, audience=audience)
        told += tell_staff(loan, user_ids, key=key, title=title, text=text, now=now)
    return told
