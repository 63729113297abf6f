"""A person's life, for the rows of loans: how they merge, what is exported, what vanishes, how long they stay."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

from sqlalchemy import func, select, update

from mobility.core.clock import day_of
from mobility.core.db import db, transaction
from mobility.fleet.kinds import CATEGORY_LABELS, Category
from mobility.loans import parameters
from mobility.loans.models import ExtensionRequest, Loan, LoanInspection, LoanRight
from mobility.loans.rules.states import HOLDING, STATE_LABELS, LoanState
from mobility.people.lifecycle import Export, Part, mask_name

ERASED = "effacé"


def merge(*, kept_id: int, merged_id: int, now: datetime) -> None:  # noqa: ARG001 - the hook's signature
    """Make the loans and rights of one file those of the other."""
    with transaction() as session:
        for loan in session.scalars(select(Loan).where(Loan.person_id == merged_id)):
            loan.person_id = kept_id
        session.execute(update(LoanRight).where(LoanRight.person_id == merged_id).values(person_id=kept_id))


def export(*, person_id: int) -> Iterable[Export]:
    """Return the person's rights and loans; the representative who signed is masked."""
    rights = db.session.scalars(select(LoanRight).where(LoanRight.person_id == person_id).order_by(LoanRight.id)).all()
    loans = db.session.scalars(select(Loan).where(Loan.person_id == person_id).order_by(Loan.id)).all()
    seen = db.session.execute(
        select(LoanInspection.loan_id, LoanInspection.odometer_km, LoanInspection.remarks)
        .join(Loan, Loan.id == LoanInspection.loan_id)
        .where(Loan.person_id == person_id)
        .order_by(LoanInspection.id)
    ).all()
    yield Export(
        title="Droits au prêt",
        columns={"categories": "Véhicules", "from": "Du", "until": "Au", "days": "Jours", "note": "Note"},
        rows=[
            {
                "categories": ", ".join(CATEGORY_LABELS[Category(code)] for code in right.categories),
                "from": right.starts_on,
                "until": right.ends_on,
                "days": right.days_allowed,
                "note": right.note,
            }
            for right in rights
        ],
    )
    remarks: dict[int, list[str]] = {}
    for row in seen:
        remarks.setdefault(row.loan_id, []).append(f"{row.odometer_km or '—'} km {row.remarks}".strip())
    yield Export(
        title="Prêts de véhicules",
        columns={
            "category": "Véhicule",
            "state": "État",
            "start": "Départ",
            "due": "Retour prévu",
            "returned": "Rendu",
            "price_cents": "À votre charge (centimes)",
            "signed_by": "Signé par",
            "reason": "Raison donnée",
            "inspections": "États des lieux",
        },
        rows=[
            {
                "category": CATEGORY_LABELS[loan.category],
                "state": STATE_LABELS[loan.state],
                "start": loan.start_at,
                "due": loan.due_at,
                "returned": loan.returned_at,
                "price_cents": loan.person_cents,
                "signed_by": mask_name(loan.signed_by),
                "reason": " / ".join(text for text in (loan.decision_reason, loan.override_reason) if text),
                "inspections": " ; ".join(remarks.get(loan.id, [])),
            }
            for loan in loans
        ],
    )


def erase(*, person_id: int, now: datetime) -> None:  # noqa: ARG001 - the hook's signature
    """Erase every free text; states, dates, amounts and kilometres stay."""
    with transaction() as session:
        loans = session.scalars(select(Loan).where(Loan.person_id == person_id)).all()
        for loan in loans:
            loan.override_reason = ""
            loan.signed_by = ""
            loan.needs = []
            loan.decision_reason = ERASED if loan.state is LoanState.REFUSED else ""
        ids = [loan.id for loan in loans]
        session.execute(update(LoanInspection).where(LoanInspection.loan_id.in_(ids)).values(remarks=""))
        session.execute(update(ExtensionRequest).where(ExtensionRequest.loan_id.in_(ids)).values(note=""))
        session.execute(
            update(ExtensionRequest)
            .where(ExtensionRequest.loan_id.in_(ids), ExtensionRequest.decision_reason != "")
            .values(decision_reason=ERASED)
        )
        session.execute(update(LoanRight).where(LoanRight.person_id == person_id).values(note=""))


def keep_until(*, person_id: int, on: date) -> date | None:
    """Return the day until which a loan's evidence stays: fines and claims come late; a running loan stays anyway."""
    rows = db.session.execute(
        select(Loan.state, func.coalesce(Loan.settled_at, Loan.returned_at, Loan.due_at)).where(
            Loan.person_id == person_id
        )
    ).all()
    years = parameters.keep_years(on=on)
    ends = []
    for state, ended_at in rows:
        if state in HOLDING or state is LoanState.RETURNED:
            ends.append(_years_after(max(on, day_of(ended_at)), years))
        elif state is LoanState.SETTLED:
            ends.append(_years_after(day_of(ended_at), years))
    return max(ends, default=None)


def _years_after(day: date, years: int) -> date:
    try:
        return day.replace(year=day.year + years)
    except ValueError:  # 29 February
        return day.replace(year=day.year + years, month=3, day=1)


PART = Part(room="loans", merge=merge, export=export, erase=erase, keep_until=keep_until)
