"""Pickups and returns ahead, and those for which the desk is not open any more."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, not_, or_, select

from mobility.core.clock import day_of
from mobility.core.db import db
from mobility.desks.models import Desk
from mobility.desks.queries import get_calendars
from mobility.desks.rules import OpeningCalendar, misses
from mobility.loans.models import Loan
from mobility.loans.queries.pages import LoanRow, list_rows, select_rows
from mobility.loans.rules.policy import HandoverMode
from mobility.loans.rules.states import AWAITED, HOLDING
from mobility.people.models import Person

PICKUP, RETURN = "depart", "retour"
GONE = "Antenne fermée pour de bon"
MOMENT_LABELS = {PICKUP: "Départ", RETURN: "Retour"}


@dataclass(frozen=True)
class Meeting:
    """A pickup or a return to come that needs the desk open."""

    loan_id: int
    desk_id: int
    moment: str
    at: datetime
    desk_gone: bool = False


def list_meetings(*conditions: ColumnElement[bool], now: datetime) -> list[Meeting]:
    """Return the pickups and returns ahead that no key box takes, in one query; an archived desk has none."""
    by_box = and_(Loan.handover == HandoverMode.KEY_BOX, Desk.key_box, Desk.archived_at.is_(None))
    rows: Any = db.session.execute(
        select(Loan.id, Loan.desk_id, Loan.state, Loan.start_at, Loan.due_at, Desk.archived_at)
        .join(Desk, Desk.id == Loan.desk_id)
        .join(Person, Person.id == Loan.person_id)
        .where(Loan.state.in_(HOLDING), or_(Loan.start_at > now, Loan.due_at > now), not_(by_box), *conditions)
    )
    return [
        Meeting(row.id, row.desk_id, moment, at, desk_gone=row.archived_at is not None)
        for row in rows
        for moment, at in ((PICKUP, row.start_at), (RETURN, row.due_at))
        if at > now and (moment == RETURN or row.state in AWAITED)
    ]


@dataclass(frozen=True)
class ToMove:
    """One pickup or return at which the desk is closed."""

    row: LoanRow
    moment: str
    at: datetime
    why: str

    @property
    def label(self) -> str:
        """The moment as people read it."""
        return MOMENT_LABELS[self.moment]


def list_to_move(
    *, visible: ColumnElement[bool], now: datetime, desk_ids: Collection[int] | None = None
) -> list[ToMove]:
    """Return the pickups and returns of visible loans at which their desk is closed, the soonest first.

    Five queries whatever there is.
    """
    here = [visible] if desk_ids is None else [visible, Loan.desk_id.in_(desk_ids)]
    ahead = list_meetings(*here, now=now)
    calendars = get_calendars({meeting.desk_id for meeting in ahead})
    missed = [
        meeting
        for meeting in ahead
        if meeting.desk_gone or misses(calendars[meeting.desk_id], meeting.at, at_closing=meeting.moment == RETURN)
    ]
    rows = {row.id: row for row in list_rows(select_rows(Loan.id.in_({meeting.loan_id for meeting in missed})))}
    found = [
        ToMove(
            rows[one.loan_id], one.moment, one.at, GONE if one.desk_gone else why_closed(calendars[one.desk_id], one.at)
        )
        for one in missed
    ]
    return sorted(found, key=lambda one: (one.at, one.row.id, one.moment))


def why_closed(calendar: OpeningCalendar, at: datetime) -> str:
    """Return why the desk is closed at the instant, in a few words."""
    day = day_of(at)
    if calendar.is_open_day(day):
        return "En dehors des horaires"
    return calendar.reason_closed(day) or "Jour sans ouverture"
