"""What the pages of loans show, each in a constant number of queries."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.orm import aliased

from mobility.accounts.models import User
from mobility.accounts.queries import names_of
from mobility.core.clock import day_of
from mobility.core.db import db
from mobility.core.errors import NotFound
from mobility.core.web.pagination import Page, paginate
from mobility.desks.models import Desk
from mobility.desks.queries import get_calendars
from mobility.fleet.kinds import CATEGORY_LABELS, Category
from mobility.fleet.models import Vehicle
from mobility.ledger.queries import get_balance
from mobility.ledger.rules import Balance
from mobility.loans import parameters, words
from mobility.loans.models import ExtensionRequest, Loan, LoanEvent, LoanInspection, LoanPolicy, LoanRight
from mobility.loans.queries.facts import rights_of
from mobility.loans.rules.policy import HandoverMode
from mobility.loans.rules.reminders import Step, find_next
from mobility.loans.rules.states import (
    ACTION_LABELS,
    LOANS,
    ON_THE_ROAD,
    STATE_LABELS,
    STEPPER,
    ExtensionState,
    LoanAction,
    LoanState,
)
from mobility.organisations.models import Organisation
from mobility.people.models import Person, display_name

TONES: dict[LoanState, tuple[str, str]] = {
    LoanState.REQUESTED: ("info", "hourglass-split"),
    LoanState.APPROVED: ("accent", "calendar-check"),
    LoanState.REFUSED: ("neutral", "x-circle"),
    LoanState.CONTRACTED: ("accent", "pen"),
    LoanState.OUT: ("accent", "key"),
    LoanState.OVERDUE: ("danger", "exclamation-triangle-fill"),
    LoanState.RETURNED: ("success", "box-arrow-in-down"),
    LoanState.SETTLED: ("success", "check-circle-fill"),
    LoanState.CANCELLED: ("neutral", "x-circle"),
    LoanState.NO_SHOW: ("warning", "person-x"),
}


@dataclass(frozen=True)
class LoanRow:
    """One loan in a list."""

    id: int
    person_id: int
    person_name: str
    desk_id: int
    desk_name: str
    vehicle_id: int
    vehicle_name: str
    category: Category
    state: LoanState
    start_at: datetime
    due_at: datetime
    departed_at: datetime | None
    returned_at: datetime | None
    confirmed: bool
    by_key_box: bool
    person_cents: int

    @property
    def category_label(self) -> str:
        """The French word of the category."""
        return CATEGORY_LABELS[self.category]

    @property
    def state_label(self) -> str:
        """The French word of the state."""
        return STATE_LABELS[self.state]

    @property
    def tone(self) -> tuple[str, str]:
        """The tone and the icon of the state."""
        return TONES[self.state]


def select_rows(*conditions: ColumnElement[bool]) -> Select[Any]:
    """Return the query of rows with all that a list shows."""
    rows: Any = (
        select(Loan, Person, Desk.name, Vehicle)
        .join(Person, Person.id == Loan.person_id)
        .join(Desk, Desk.id == Loan.desk_id)
        .join(Vehicle, Vehicle.id == Loan.vehicle_id)
        .where(*conditions)
    )
    query: Select[Any] = rows
    return query


def to_row(found: Any) -> LoanRow:
    """Return the row behind (loan, person, desk name, vehicle)."""
    loan, person, desk_name, vehicle = found
    return LoanRow(
        id=loan.id,
        person_id=loan.person_id,
        person_name=display_name(person.id, person.first_name, person.last_name),
        desk_id=loan.desk_id,
        desk_name=desk_name,
        vehicle_id=loan.vehicle_id,
        vehicle_name=vehicle.name,
        category=loan.category,
        state=loan.state,
        start_at=loan.start_at,
        due_at=loan.due_at,
        departed_at=loan.departed_at,
        returned_at=loan.returned_at,
        confirmed=loan.return_confirmed_at is not None,
        by_key_box=loan.handover is HandoverMode.KEY_BOX,
        person_cents=loan.person_cents,
    )


def list_rows(query: Select[Any]) -> list[LoanRow]:
    """Run a query of rows, in one query."""
    return [to_row(found) for found in db.session.execute(query)]


def page_of_loans(
    *, visible: ColumnElement[bool], state: LoanState | None, desk_id: int | None, person_id: int | None, number: int
) -> Page[LoanRow]:
    """Return one page of the visible loans, the latest start first: two queries."""
    conditions = [visible]
    if state is not None:
        conditions.append(Loan.state == state)
    if desk_id is not None:
        conditions.append(Loan.desk_id == desk_id)
    if person_id is not None:
        conditions.append(Loan.person_id == person_id)
    found = paginate(
        select_rows(*conditions).order_by(Loan.start_at.desc(), Loan.id.desc()), number=number, scalars=False
    )
    return Page([to_row(row) for row in found.rows], found.number, found.per_page, found.total)


def loans_of_person(person_id: int) -> list[LoanRow]:
    """Return the loans of somebody, the latest start first."""
    query = select_rows(Loan.person_id == person_id).order_by(Loan.start_at.desc(), Loan.id.desc())
    return list_rows(query.limit(100))


@dataclass(frozen=True)
class EventLine:
    """One line of the log."""

    at: datetime
    label: str
    actor: str
    facts: dict[str, Any]


@dataclass(frozen=True)
class LoanCard:
    """All that the page of a loan shows."""

    loan: Loan
    row: LoanRow
    desk: Desk
    events: Sequence[EventLine]
    inspections: dict[str, LoanInspection]
    extensions: Sequence[ExtensionRequest]
    pending: ExtensionRequest | None
    balance: Balance
    actions: frozenset[LoanAction]
    next_reminder: tuple[Step, datetime] | None
    funder_name: str
    step: int

    @property
    def to_check(self) -> frozenset[str]:
        """Return the moments that were noted through the key box and that the desk has not looked at."""
        return frozenset(moment for moment, row in self.inspections.items() if row.checked_at is None)


def get_loan_card(loan_id: int, *, now: datetime) -> LoanCard:
    """Return a loan with everything around it. Raises NotFound."""
    if not 0 <= loan_id < 2**31:
        raise NotFound(f"loan {loan_id}")
    found: Any = db.session.execute(
        select(Loan, Person, Desk, Vehicle, Organisation.name)
        .join(Person, Person.id == Loan.person_id)
        .join(Desk, Desk.id == Loan.desk_id)
        .join(Vehicle, Vehicle.id == Loan.vehicle_id)
        .outerjoin(Organisation, Organisation.id == Loan.funder_organisation_id)
        .where(Loan.id == loan_id)
    ).one_or_none()
    if found is None:
        raise NotFound(f"loan {loan_id}")
    loan, person, desk, vehicle, funder_name = found
    extensions = db.session.scalars(
        select(ExtensionRequest).where(ExtensionRequest.loan_id == loan_id).order_by(ExtensionRequest.id.desc())
    ).all()
    inspections = db.session.scalars(select(LoanInspection).where(LoanInspection.loan_id == loan_id)).all()
    return LoanCard(
        loan=loan,
        row=to_row((loan, person, desk.name, vehicle)),
        desk=desk,
        events=_events(loan_id),
        inspections={row.moment: row for row in inspections},
        extensions=extensions,
        pending=next((row for row in extensions if row.state is ExtensionState.PENDING), None),
        balance=get_balance(loan.person_id, subject_kind=words.SUBJECT, subject_id=loan.id),
        actions=frozenset(LOANS.actions_from(loan.state)),
        next_reminder=_next_reminder(loan, now),
        funder_name=funder_name or "",
        step=step_of(loan.state),
    )


def step_of(state: LoanState) -> int:
    """Return the place of a state on the way of a loan that goes well, from 1; 0 when it has left that way."""
    shown = LoanState.OUT if state is LoanState.OVERDUE else state
    return STEPPER.index(shown) + 1 if shown in STEPPER else 0


def _next_reminder(loan: Loan, now: datetime) -> tuple[Step, datetime] | None:
    if loan.state not in ON_THE_ROAD:
        return None
    steps = parameters.reminder_steps(on=day_of(now), desk_id=loan.desk_id)
    calendar = get_calendars([loan.desk_id])[loan.desk_id]
    return find_next(steps, due_at=loan.due_at, now=now, calendar=calendar)


def _events(loan_id: int) -> list[EventLine]:
    actor = aliased(User)
    rows = db.session.execute(
        select(LoanEvent, actor.display_name)
        .outerjoin(actor, actor.id == LoanEvent.actor_id)
        .where(LoanEvent.loan_id == loan_id)
        .order_by(LoanEvent.at.desc(), LoanEvent.id.desc())
    )
    return [EventLine(event.at, ACTION_LABELS[event.action], name or "", event.facts) for event, name in rows]


@dataclass(frozen=True)
class Waiting:
    """A request for another end, with its loan."""

    request: ExtensionRequest
    row: LoanRow


def waiting_requests(visible: ColumnElement[bool]) -> list[LoanRow]:
    """Return the loans that wait for an answer, the soonest first."""
    return list_rows(
        select_rows(visible, Loan.state == LoanState.REQUESTED).order_by(Loan.start_at, Loan.id).limit(200)
    )


def waiting_extensions(visible: ColumnElement[bool]) -> list[Waiting]:
    """Return the requests for another end that wait, the soonest due first."""
    query = (
        select_rows(visible, ExtensionRequest.state == ExtensionState.PENDING)
        .join(ExtensionRequest, ExtensionRequest.loan_id == Loan.id)
        .add_columns(ExtensionRequest)
        .order_by(Loan.due_at, Loan.id)
        .limit(200)
    )
    return [Waiting(found[4], to_row(found[:4])) for found in db.session.execute(query)]


def list_rights(person_id: int) -> list[tuple[LoanRight, str, int]]:
    """Return (right, who opened it, days used) of a person, the latest first: three queries."""
    used = {right.id: right.days_used for right in rights_of(person_id, with_closed=True)}
    rows = db.session.scalars(
        select(LoanRight)
        .where(LoanRight.person_id == person_id)
        .order_by(LoanRight.ends_on.desc(), LoanRight.id.desc())
    ).all()
    names = names_of([row.opened_by_id for row in rows])
    return [(row, names.get(row.opened_by_id, ""), used.get(row.id, 0)) for row in rows]


@dataclass(frozen=True)
class PolicyLine:
    """One policy in the administration: its row, and whether it holds."""

    row: LoanPolicy
    desk_name: str
    author: str
    state: str


def list_policy_lines(*, on: date) -> list[PolicyLine]:
    """Return every policy by category and scope, the latest first; what holds, what comes, what is over."""
    author = aliased(User)
    rows = db.session.execute(
        select(LoanPolicy, Desk.name, author.display_name)
        .outerjoin(Desk, Desk.id == LoanPolicy.desk_id)
        .outerjoin(author, author.id == LoanPolicy.author_id)
        .order_by(
            LoanPolicy.category, LoanPolicy.desk_id, LoanPolicy.status, LoanPolicy.valid_from_on.desc(), LoanPolicy.id
        )
    ).all()
    lines, current = [], set[Any]()
    for row, desk_name, name in rows:
        scope = (row.desk_id, row.category, row.status)
        state = "coming" if row.valid_from_on > on else "over"
        if state == "over" and scope not in current:
            current.add(scope)
            state = "current"
        lines.append(PolicyLine(row, desk_name or "", name or "", state))
    return lines
