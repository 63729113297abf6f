"""The first page of staff: what loans ask of them today."""

from __future__ import annotations

from datetime import datetime

from flask import url_for
from sqlalchemy import or_

from mobility.accounts.home import HomeItem, HomePanel
from mobility.core.clock import day_of, end_of, format_time, start_of
from mobility.core.web.access import Actor
from mobility.loans.access import visible_loans
from mobility.loans.models import Loan
from mobility.loans.queries.pages import LoanRow, list_rows, select_rows
from mobility.loans.rules.states import LoanState

SHOWN = 6
LEAVING = (LoanState.APPROVED, LoanState.CONTRACTED)
ON_THE_ROAD = (LoanState.OUT, LoanState.OVERDUE)


def _item(row: LoanRow, text: str) -> HomeItem:
    return HomeItem(f"{text} – {row.person_name}, {row.vehicle_name}", url_for("loans.show", loan_id=row.id))


def today_panel(who: Actor, now: datetime) -> HomePanel:
    """Return the departures and returns of the day that are still to come; one query."""
    first, last = start_of(day_of(now)), end_of(day_of(now))
    rows = list_rows(
        select_rows(
            visible_loans(who),
            or_(
                Loan.state.in_(LEAVING) & (Loan.start_at >= first) & (Loan.start_at < last),
                Loan.state.in_(ON_THE_ROAD) & (Loan.due_at >= first) & (Loan.due_at < last),
            ),
        ).order_by(Loan.start_at, Loan.id)
    )
    events = sorted(
        (
            row.start_at if row.state in LEAVING else row.due_at,
            "Départ" if row.state in LEAVING else "Retour",
            row.id,
            row,
        )
        for row in rows
    )
    items = tuple(_item(row, f"{format_time(at)} {word}") for at, word, _id, row in events[:SHOWN])
    return HomePanel(
        title="Départs et retours du jour",
        icon="calendar-day",
        total=len(events),
        items=items,
        url=url_for("loans.day_board"),
        empty="Aucun véhicule ne part ni ne revient aujourd’hui.",
        order=30,
    )
