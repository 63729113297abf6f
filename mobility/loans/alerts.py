"""What loans want known about a person now: a departure, a return that nears or is past, a right that ends."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from flask import url_for
from sqlalchemy import select

from mobility.core.clock import day_of, end_of, format_date, format_instant
from mobility.core.db import db
from mobility.loans.models import Loan, LoanRight
from mobility.loans.rules.states import LoanState
from mobility.pathway.aid import Alert
from mobility.people.queries.family import family_ids

SOON = timedelta(days=3)
RIGHT_ENDS_SOON = timedelta(days=14)
LEAVING = (LoanState.APPROVED, LoanState.CONTRACTED)
ON_THE_ROAD = (LoanState.OUT, LoanState.OVERDUE)


def alerts(*, person_id: int, now: datetime, for_person: bool) -> list[Alert]:
    """Return the alerts of a person, in three queries."""
    family = family_ids(person_id)
    loans = db.session.scalars(
        select(Loan).where(Loan.person_id.in_(family), Loan.state.in_(LEAVING + ON_THE_ROAD)).order_by(Loan.due_at)
    ).all()
    found = [alert for loan in loans if (alert := _of_loan(loan, now=now, for_person=for_person)) is not None]
    return found if for_person else [*found, *_of_rights(family, now)]


def _of_loan(loan: Loan, *, now: datetime, for_person: bool) -> Alert | None:
    url = url_for("my_loans.show" if for_person else "loans.show", loan_id=loan.id)
    if loan.state in LEAVING:
        if loan.start_at > now + SOON:
            return None
        text = f"Départ {format_instant(loan.start_at)}"
        action = "Prendre mon véhicule" if for_person else "Préparer le départ"
        return Alert(text, "info", "car-front", url, action, loan.start_at)
    if loan.state is LoanState.OVERDUE:
        text = f"Retour prévu {format_instant(loan.due_at)} : en retard"
        return Alert(text, "danger", "exclamation-triangle", url, "Rendre le véhicule", loan.due_at)
    if loan.due_at > now + SOON:
        return None
    # Until the desk has closed its day nobody is late: the words stay neutral.
    was = "était prévu" if loan.due_at <= now else "prévu"
    action = "Rendre mon véhicule" if for_person else "Rendre le véhicule"
    return Alert(
        f"Retour {was} {format_instant(loan.due_at)}", "warning", "box-arrow-in-down", url, action, loan.due_at
    )


def _of_rights(family: Sequence[int], now: datetime) -> list[Alert]:
    today = day_of(now)
    rights = db.session.scalars(
        select(LoanRight).where(
            LoanRight.person_id.in_(family),
            LoanRight.closed_at.is_(None),
            LoanRight.ends_on >= today,
            LoanRight.starts_on <= today,
        )
    ).all()
    if not rights:
        return []
    last = max(right.ends_on for right in rights)
    if last > today + RIGHT_ENDS_SOON:
        return []
    url = url_for("loans.open_right", person_id=family[0])
    text = f"Le droit au prêt finit {format_date(last)}"
    return [Alert(text, "warning", "unlock", url, "Ouvrir un droit", end_of(last))]
