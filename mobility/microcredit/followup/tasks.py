"""What the follow-up asks of advisers: signals that nobody has seen."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from flask import url_for
from sqlalchemy import and_, or_, select

from mobility.core.db import db
from mobility.core.web.access import Actor, Permission
from mobility.microcredit.dossiers.models import MicrocreditDossier
from mobility.microcredit.followup.models import CreditSignal
from mobility.microcredit.rules.signals import SIGNAL_LABELS
from mobility.microcredit.rules.states import RUNNING
from mobility.people.access import visible_persons
from mobility.people.models import Person
from mobility.todo.rules import Task
from mobility.todo.sources import MOST, Source, Whose

# A signal is looked at within some days.
SEEN_DAYS = 2


def signals(who: Actor, whose: Whose, _now: datetime) -> Sequence[Task]:
    """Return the signals of running loans that nobody has seen yet (one query)."""
    condition = visible_persons(who, Permission.MICROCREDIT_EDIT)
    if whose is Whose.MINE:
        mine = or_(Person.referent_user_id == (who.user_id or 0), Person.referent_user_id.is_(None))
        condition = and_(condition, mine)
    found = db.session.execute(
        select(CreditSignal, Person.first_name, Person.last_name)
        .join(MicrocreditDossier, MicrocreditDossier.id == CreditSignal.dossier_id)
        .join(Person, Person.id == MicrocreditDossier.person_id)
        .where(condition, MicrocreditDossier.state.in_(RUNNING), CreditSignal.seen_at.is_(None))
        .order_by(CreditSignal.on, CreditSignal.id)
        .limit(MOST)
    )
    return [
        Task(
            kind="credit_signal",
            key=f"credit_signal:{row.id}",
            title=SIGNAL_LABELS[row.kind],
            about=f"{first} {last}",
            detail=row.words,
            url=url_for("microcredit_followup.show", dossier_id=row.dossier_id),
            due_on=row.on + timedelta(days=SEEN_DAYS),
        )
        for row, first, last in found
    ]


SOURCES = (
    Source("credit_signal", "Signal d’un micro-crédit", "bell", Permission.MICROCREDIT_EDIT, signals, weight=20),
)
