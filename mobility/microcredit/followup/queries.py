"""Reading the follow-up; each function says how many queries it makes."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sqlalchemy import ColumnElement, select

from mobility.core.db import db, load
from mobility.microcredit.dossiers.models import MicrocreditDossier
from mobility.microcredit.followup.models import (
    CreditCount,
    CreditLoss,
    CreditPlan,
    CreditSignal,
    CreditStatement,
    StatementState,
)
from mobility.people.models import Person


def get_statement(statement_id: int) -> CreditStatement:
    """Return a bank's file. Raises NotFound."""
    return load(CreditStatement, statement_id)


def statements_of(user_id: int, *, limit: int = 20) -> Sequence[CreditStatement]:
    """Return the last files that somebody brought (one query)."""
    return db.session.scalars(
        select(CreditStatement)
        .where(CreditStatement.created_by_id == user_id)
        .order_by(CreditStatement.id.desc())
        .limit(limit)
    ).all()


def done_before(row: CreditStatement) -> CreditStatement | None:
    """Return the same file as it was confirmed before, by whoever brought this one; or None (one query)."""
    return db.session.scalars(
        select(CreditStatement)
        .where(
            CreditStatement.sha256 == row.sha256,
            CreditStatement.id != row.id,
            CreditStatement.state == StatementState.DONE,
            CreditStatement.created_by_id == row.created_by_id,
        )
        .order_by(CreditStatement.id.desc())
        .limit(1)
    ).first()


def names_of_dossiers(dossier_ids: Collection[int]) -> dict[int, str]:
    """Return by dossier whose it is (one query)."""
    rows = db.session.execute(
        select(MicrocreditDossier.id, Person.first_name, Person.last_name)
        .join(Person, Person.id == MicrocreditDossier.person_id)
        .where(MicrocreditDossier.id.in_(list(dossier_ids)))
    )
    return {number: f"{first} {last}" for number, first, last in rows}


def signals_of(dossier_id: int) -> Sequence[CreditSignal]:
    """Return the signals of a loan, the newest first (one query)."""
    return db.session.scalars(
        select(CreditSignal)
        .where(CreditSignal.dossier_id == dossier_id)
        .order_by(CreditSignal.on.desc(), CreditSignal.id.desc())
    ).all()


def dossier_of_signal(signal_id: int) -> int:
    """Return the loan of a signal. Raises NotFound."""
    return load(CreditSignal, signal_id).dossier_id


def plans_of(dossier_id: int) -> Sequence[CreditPlan]:
    """Return the schedules after the first one, in their order (one query)."""
    return db.session.scalars(
        select(CreditPlan).where(CreditPlan.dossier_id == dossier_id).order_by(CreditPlan.number)
    ).all()


def loss_of(dossier_id: int) -> CreditLoss | None:
    """Return what was lost of a loan, or None (one query)."""
    return db.session.scalars(select(CreditLoss).where(CreditLoss.dossier_id == dossier_id)).first()


def get_count(count_id: int) -> CreditCount:
    """Return frozen figures. Raises NotFound."""
    return load(CreditCount, count_id)


def counts_of(visible: ColumnElement[bool], *, limit: int = 20) -> Sequence[CreditCount]:
    """Return the last frozen figures that an actor sees (one query)."""
    return db.session.scalars(select(CreditCount).where(visible).order_by(CreditCount.id.desc()).limit(limit)).all()
