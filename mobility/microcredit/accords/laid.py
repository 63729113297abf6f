"""The plans of arrears that say which payment is for what, and what of an agreement is there. Reads alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, exists, select
from sqlalchemy.orm import InstrumentedAttribute

from mobility.core.db import db
from mobility.microcredit.accords.models import CreditAccord, CreditAccordLine
from mobility.microcredit.rules.accords import LAID, AccordKind, AccordState, missing_signers
from mobility.microcredit.rules.arrears import Line
from mobility.pathway.plan.rules.terms import Party


@dataclass(frozen=True)
class LaidPlan:
    """A plan that is in force, or was kept: its lines, and where its loan stood when it was made."""

    accord_id: int
    dossier_id: int
    base_cents: int
    arrears_cents: int
    lines: tuple[Line, ...]


def has_plan(dossier_id: ColumnElement[int] | InstrumentedAttribute[int]) -> ColumnElement[bool]:
    """Return whether a loan has a plan that ``laid_plans`` would give: most have none, and need no query for it."""
    return exists().where(CreditAccord.dossier_id == dossier_id, CreditAccord.state.in_(LAID))


def laid_plans(dossier_ids: Sequence[int], *, in_force: bool = True) -> list[LaidPlan]:
    """Return the plans of loans that were kept, and with ``in_force`` those that go on, as they were made (one query)."""
    states = LAID if in_force else LAID - {AccordState.IN_FORCE}
    found: dict[int, LaidPlan] = {}
    for row, on, cents in db.session.execute(
        select(CreditAccord, CreditAccordLine.due_on, CreditAccordLine.amount_cents)
        .join(CreditAccordLine, CreditAccordLine.accord_id == CreditAccord.id)
        .where(CreditAccord.dossier_id.in_(dossier_ids), CreditAccord.state.in_(states))
        .order_by(CreditAccord.number, CreditAccordLine.due_on)
    ):
        before = found.get(row.id)
        lines = () if before is None else before.lines
        found[row.id] = LaidPlan(row.id, row.dossier_id, row.base_cents, row.arrears_cents, (*lines, Line(on, cents)))
    return list(found.values())


def given_of(row: CreditAccord) -> frozenset[Party]:
    """Return who of the borrower's side has signed."""
    found = []
    if row.person_signed_at is not None:
        found.append(Party.PERSON)
    if row.representative_signed_at is not None:
        found.append(Party.REPRESENTATIVE)
    return frozenset(found)


def agreed_of(dossier_id: int) -> dict[str, bool]:
    """Return whether person and bank agree to what waits (one query)."""
    waiting = db.session.scalars(
        select(CreditAccord).where(CreditAccord.dossier_id == dossier_id, CreditAccord.state == AccordState.WAITING)
    ).first()
    if waiting is None:
        return {"person_agreed": False, "bank_agreed": False}
    return {
        "person_agreed": not missing_signers(waiting.signs_with, given_of(waiting)),
        "bank_agreed": waiting.bank_document_id is not None,
    }


def find_plan(dossier_id: int) -> CreditAccord | None:
    """Return the plan of arrears that is in force, or None (one query)."""
    return db.session.scalars(
        select(CreditAccord).where(
            CreditAccord.dossier_id == dossier_id,
            CreditAccord.kind == AccordKind.AMICABLE,
            CreditAccord.state == AccordState.IN_FORCE,
        )
    ).first()
