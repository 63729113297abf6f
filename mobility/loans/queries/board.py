"""A desk's day: what leaves, what comes back, what is late, what waits to be checked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement

from mobility.core.clock import end_of, start_of
from mobility.core.db import db
from mobility.loans.models import Loan, LoanInspection
from mobility.loans.queries.pages import LoanRow, list_rows, select_rows, to_row
from mobility.loans.rules.states import AWAITED, ON_THE_ROAD, LoanState

MOMENT_WORDS = {"departure": "depart", "return": "retour"}


@dataclass(frozen=True)
class ToCheck:
    """What was noted through the key box and waits for the desk's eye."""

    row: LoanRow
    moment: str
    at: datetime
    odometer_km: int | None
    remarks: str

    @property
    def word(self) -> str:
        """The moment as addresses carry it."""
        return MOMENT_WORDS[self.moment]

    @property
    def label(self) -> str:
        """The moment as people read it."""
        return "Départ" if self.moment == "departure" else "Retour"


def list_to_check(*conditions: ColumnElement[bool]) -> list[ToCheck]:
    """Return what waits to be checked, the oldest first; one query."""
    query = (
        select_rows(*conditions, LoanInspection.checked_at.is_(None))
        .join(LoanInspection, LoanInspection.loan_id == Loan.id)
        .add_columns(LoanInspection)
        .order_by(LoanInspection.at, LoanInspection.id)
        .limit(200)
    )
    return [
        ToCheck(to_row(found[:4]), found[4].moment, found[4].at, found[4].odometer_km, found[4].remarks)
        for found in db.session.execute(query)
    ]


@dataclass(frozen=True)
class DayBoard:
    """A desk's day."""

    departures: Sequence[LoanRow]
    returns: Sequence[LoanRow]
    late: Sequence[LoanRow]
    still_out: Sequence[LoanRow]
    requests: Sequence[LoanRow]
    to_check: Sequence[ToCheck]


def get_day_board(*, desk_id: int, day: date, visible: ColumnElement[bool]) -> DayBoard:
    """Return what the desk gives and takes on a day, what is late, what waits, in three queries."""
    first, last = start_of(day), end_of(day)
    here = (visible, Loan.desk_id == desk_id)
    of_day = list_rows(
        select_rows(
            *here,
            ((Loan.start_at >= first) & (Loan.start_at < last)) | ((Loan.due_at >= first) & (Loan.due_at < last)),
            Loan.state.not_in([LoanState.REFUSED, LoanState.CANCELLED]),
        ).order_by(Loan.start_at, Loan.id)
    )
    out = list_rows(
        select_rows(*here, Loan.state.in_(ON_THE_ROAD | {LoanState.REQUESTED})).order_by(Loan.due_at, Loan.id)
    )
    road = [row for row in out if row.state in ON_THE_ROAD]
    return DayBoard(
        departures=[row for row in of_day if first <= row.start_at < last and row.state is not LoanState.REQUESTED],
        returns=sorted(
            (row for row in of_day if first <= row.due_at < last and row.state not in AWAITED), key=lambda r: r.due_at
        ),
        late=[row for row in road if row.state is LoanState.OVERDUE],
        still_out=[row for row in road if row.state is LoanState.OUT and row.due_at < first],
        requests=[row for row in out if row.state is LoanState.REQUESTED],
        to_check=list_to_check(*here),
    )
