"""What nobody touches is brought back to the team, then to the manager. Alerts name nobody."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from mobility.accounts.policy import Role
from mobility.accounts.queries import staff_of_desks
from mobility.core import jobs
from mobility.core.clock import day_of
from mobility.core.db import db, transaction
from mobility.core.links import public_url
from mobility.people.services.alerts import tell_staff, tell_users
from mobility.prescriptions import parameters
from mobility.prescriptions.models import Prescription
from mobility.prescriptions.rules import timing
from mobility.prescriptions.rules.states import WAITING, Action
from mobility.prescriptions.services.common import hold, log

LIMIT = 1000


def remind(*, now: datetime) -> dict[str, int]:
    """Remind the teams of what nobody has touched, and tell the managers; one transaction an item. Returns how many."""
    counts = {"nudged": 0, "escalated": 0}
    for prescription_id in _candidates(now):
        if jobs.stopping():
            break
        told = _remind_one(prescription_id, now)
        if told is not None:
            counts[told] += 1
    return counts


def _candidates(now: datetime) -> list[int]:
    """Return what may be due, the longest silence first: a day at least, and not told of all of it yet."""
    touched = Prescription.touched_at
    query = (
        select(Prescription.id)
        .where(
            Prescription.state.in_(list(WAITING)),
            touched <= now - timedelta(days=1),
            or_(Prescription.meeting_at.is_(None), Prescription.meeting_at < now),
            or_(Prescription.escalated_at.is_(None), Prescription.escalated_at < touched),
        )
        .order_by(touched, Prescription.id)
        .limit(LIMIT)
    )
    return list(db.session.scalars(query))


def _remind_one(prescription_id: int, now: datetime) -> str | None:
    with transaction() as session:
        row = hold(prescription_id)
        if row.state not in WAITING or row.touched_at is None or row.desk_id is None:
            return None
        facts = timing.Reminders(row.touched_at, row.nudged_at, row.escalated_at)
        day, desk_id = day_of(now), row.desk_id
        if timing.escalation_is_due(facts, after_days=parameters.escalate_days(on=day, desk_id=desk_id), now=now):
            row.escalated_at = now
            managers = [user.id for user in staff_of_desks([desk_id], roles=[Role.MANAGER])]
            # A desk without a manager: better all of its team again than nobody.
            told = managers or [user.id for user in staff_of_desks([desk_id])]
            _tell(session, row, Action.ESCALATE, told, title="Une orientation reste sans suite", now=now)
            return "escalated"
        if timing.nudge_is_due(facts, after_days=parameters.nudge_days(on=day, desk_id=desk_id), now=now):
            row.nudged_at = now
            staff = [user.id for user in staff_of_desks([desk_id])]
            # Whoever has left the team reads nothing any more.
            team = [row.assignee_id] if row.assignee_id in staff else staff
            _tell(session, row, Action.NUDGE, team, title="Une orientation attend", now=now)
            return "nudged"
        return None


def _tell(
    session: Session, row: Prescription, action: Action, user_ids: list[int], *, title: str, now: datetime
) -> None:
    assert row.touched_at is not None  # noqa: S101 - asked before
    assert row.due_on is not None  # noqa: S101 - the database holds it for every state but the draft
    days = (now - row.touched_at).days
    told: dict[str, Any] = {
        "user_ids": user_ids,
        "key": f"prescription:{row.id}:{action.value}:{int(row.touched_at.timestamp())}",
        "title": title,
        "text": (
            f"Rien n’a été noté depuis {days} jours pour l’orientation n° {row.id}. "
            f"Premier rendez-vous attendu avant le {row.due_on:%d/%m/%Y}."
        ),
        "url": public_url("prescriptions.show", prescription_id=row.id),
        "now": now,
    }
    if row.person_id is not None:
        tell_staff(person_id=row.person_id, **told)
    else:
        tell_users(**told)
    log(session, row, action, actor_id=None, now=now, from_state=row.state, facts={"days": days})
