"""Reading what dossiers wait for: debts first; each function says how many queries it makes."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select

from mobility.core.db import db
from mobility.microcredit.dossiers.models import MicrocreditDebtPlan, MicrocreditDossier


def debt_plans_of(dossier_id: int) -> Sequence[MicrocreditDebtPlan]:
    """Return the times that a dossier waited for its person's debts, the newest first (one query)."""
    return db.session.scalars(
        select(MicrocreditDebtPlan)
        .where(MicrocreditDebtPlan.dossier_id == dossier_id)
        .order_by(MicrocreditDebtPlan.id.desc())
    ).all()


def debt_plans_of_person(person_id: int) -> Sequence[MicrocreditDebtPlan]:
    """Return all the times that a person's dossiers waited for their debts (one query)."""
    return db.session.scalars(
        select(MicrocreditDebtPlan)
        .join(MicrocreditDossier, MicrocreditDossier.id == MicrocreditDebtPlan.dossier_id)
        .where(MicrocreditDossier.person_id == person_id)
        .order_by(MicrocreditDebtPlan.id)
    ).all()


def standing_debt_plan(dossier_id: int) -> MicrocreditDebtPlan | None:
    """Return the debts that a dossier waits for, or None (one query)."""
    return standing_debt_plans([dossier_id]).get(dossier_id)


def standing_debt_plans(dossier_ids: Sequence[int]) -> dict[int, MicrocreditDebtPlan]:
    """Return by dossier the debts that it waits for (one query)."""
    rows = db.session.scalars(
        select(MicrocreditDebtPlan).where(
            MicrocreditDebtPlan.dossier_id.in_(dossier_ids), MicrocreditDebtPlan.outcome.is_(None)
        )
    )
    return {row.dossier_id: row for row in rows}
