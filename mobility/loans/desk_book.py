"""Loans as the makers of appointments at desks: whoever changes the hours sees whom that leaves outside."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from flask import url_for

from mobility.core.web.access import Permission, actor
from mobility.desks.hooks import Appointment, ShownAppointment
from mobility.loans import words
from mobility.loans.access import visible_loans
from mobility.loans.models import Loan
from mobility.loans.queries.appointments import PICKUP, RETURN, list_meetings
from mobility.loans.queries.pages import LoanRow, list_rows, select_rows


class LoanBook:
    """What desks ask of loans."""

    def ahead(self, *, desk_id: int, now: datetime) -> Sequence[Appointment]:
        """Return the pickups and returns that need the desk open, in one query."""
        return [
            Appointment(words.SUBJECT, one.loan_id, one.at, at_closing=one.moment == RETURN)
            for one in list_meetings(Loan.desk_id == desk_id, now=now)
        ]

    def shown(self, appointments: Sequence[Appointment]) -> Sequence[ShownAppointment]:
        """Return them with the borrower's name where the actor may know it, in one query."""
        who = actor()
        rows: dict[int, LoanRow] = {}
        if appointments and who.permits(Permission.LOAN_VIEW):
            refs = {one.ref for one in appointments}
            rows = {row.id: row for row in list_rows(select_rows(visible_loans(who), Loan.id.in_(refs)))}
        may_move = who.permits(Permission.LOAN_APPROVE)
        return [_shown(one, rows.get(one.ref), may_move=may_move) for one in appointments]


def _shown(one: Appointment, row: LoanRow | None, *, may_move: bool) -> ShownAppointment:
    word = "Retour d’un véhicule" if one.at_closing else "Départ d’un véhicule"
    if row is None:
        return ShownAppointment(one.at, word)
    moment = RETURN if one.at_closing else PICKUP
    return ShownAppointment(
        one.at,
        f"{word} – {row.person_name}, {row.vehicle_name}",
        url_for("loans.show", loan_id=row.id),
        url_for("loans.reschedule", loan_id=row.id, moment=moment) if may_move else "",
    )


BOOK = LoanBook()
