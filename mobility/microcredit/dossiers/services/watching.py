"""The daily watch of loans that are paid back: who is late, before a second instalment is."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import or_, select

from mobility.core import jobs
from mobility.core.clock import day_of
from mobility.core.db import db, end_read, lock, transaction
from mobility.microcredit.accords.models import CreditAccord
from mobility.microcredit.dossiers import parameters
from mobility.microcredit.dossiers.models import MicrocreditDossier, MicrocreditInstalment
from mobility.microcredit.dossiers.services.repaying import watch
from mobility.microcredit.rules.accords import AccordState
from mobility.microcredit.rules.states import RUNNING, State

MOST = 500


def watch_due(*, now: datetime, limit: int = MOST) -> dict[str, int]:
    """Let running loans follow what is due by today, one transaction each; return how many were seen and are late.

    Safe to run again: what is late already stays so.
    """
    today = day_of(now)
    until = today - timedelta(days=parameters.late_days(on=today))
    due = select(MicrocreditInstalment.dossier_id).where(
        MicrocreditInstalment.due_on < until, MicrocreditInstalment.replaced_at.is_(None)
    )
    planned = select(CreditAccord.dossier_id).where(CreditAccord.state == AccordState.IN_FORCE)
    ids = list(
        db.session.scalars(
            select(MicrocreditDossier.id)
            .where(
                # An incident is watched while a plan of arrears is kept, or not.
                or_(MicrocreditDossier.state.in_(RUNNING - {State.INCIDENT}), MicrocreditDossier.id.in_(planned)),
                MicrocreditDossier.id.in_(due),
            )
            .order_by(MicrocreditDossier.id)
            .limit(limit)
        )
    )
    end_read()
    counts = {"seen": 0, "late": 0}
    for dossier_id in ids:
        if jobs.stopping():
            break
        with transaction() as session:
            row = lock(MicrocreditDossier, dossier_id)
            if row.state in RUNNING:
                watch(session, row, actor_id=None, now=now)
            counts["seen"] += 1
            counts["late"] += row.state is State.INCIDENT
    return counts
