"""The inbox: what waits, how old it is, and who has it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, case, func, or_, select
from sqlalchemy.orm import aliased

from mobility.accounts.models import User
from mobility.core.clock import day_of
from mobility.core.db import db, load
from mobility.core.web.pagination import Page, paginate
from mobility.desks.models import Desk
from mobility.organisations.models import Organisation
from mobility.people.models import ContactNote
from mobility.prescriptions.kinds import AGE_TONES, Age
from mobility.prescriptions.models import Prescription, PrescriptionEvent
from mobility.prescriptions.rules import timing
from mobility.prescriptions.rules.states import OPEN, STATE_LABELS, STATE_TONES, WAITING, State

Assignee = aliased(User)
SAME_SHOWN = 5
MISSED_LABEL = "Pas venue, à inviter de nouveau"


@dataclass(frozen=True, slots=True)
class InboxRow:
    """One line of the inbox."""

    id: int
    person_name: str
    city: str
    organisation_name: str
    desk_name: str
    assignee_name: str
    state: State
    received_at: datetime
    due_on: date
    deadline_on: date | None
    meeting_at: datetime | None
    missed: bool
    age: Age
    days_left: int

    @property
    def received_on(self) -> date:
        """Return the day on which it came in."""
        return day_of(self.received_at)

    @property
    def state_label(self) -> str:
        """Return the state in French."""
        return MISSED_LABEL if self.missed else STATE_LABELS[self.state]

    @property
    def state_tone(self) -> tuple[str, str]:
        """Return the tone and the icon of the state."""
        return ("warning", "calendar-x") if self.missed else STATE_TONES[self.state]

    @property
    def age_tone(self) -> tuple[str, str]:
        """Return the tone and the icon of the age."""
        return AGE_TONES[self.age]


@dataclass(frozen=True, slots=True)
class Wish:
    """Which prescriptions the inbox is asked for."""

    states: Collection[State] = OPEN
    desk_id: int | None = None
    assignee_id: int | None = None
    unassigned: bool = False
    late_on: date | None = None


def _select(visible: ColumnElement[bool]) -> Select[Any]:
    rows: Any = (
        select(
            Prescription.id,
            Prescription.first_name,
            Prescription.last_name,
            Prescription.city,
            Organisation.name.label("organisation_name"),
            Desk.name.label("desk_name"),
            Assignee.display_name.label("assignee_name"),
            Prescription.state,
            Prescription.received_at,
            Prescription.due_on,
            Prescription.deadline_on,
            Prescription.meeting_at,
            Prescription.missed_on,
        )
        .join(Desk, Desk.id == Prescription.desk_id)
        .outerjoin(Organisation, Organisation.id == Prescription.organisation_id)
        .outerjoin(Assignee, Assignee.id == Prescription.assignee_id)
        .where(visible)
    )
    query: Select[Any] = rows
    return query


def _row(found: Any, *, on: date) -> InboxRow:
    missed = found.missed_on is not None and found.state is State.MEETING_BOOKED
    meeting_on = day_of(found.meeting_at) if found.meeting_at and not missed else None
    return InboxRow(
        id=found.id,
        person_name=f"{found.first_name} {found.last_name}".strip(),
        city=found.city,
        organisation_name=found.organisation_name or "",
        desk_name=found.desk_name,
        assignee_name=found.assignee_name or "",
        state=found.state,
        received_at=found.received_at,
        due_on=found.due_on,
        deadline_on=found.deadline_on,
        meeting_at=found.meeting_at,
        missed=missed,
        age=timing.age(found.state, found.due_on, on=on, meeting_on=meeting_on),
        days_left=timing.days_left(found.due_on, on=on),
    )


def _conditions(wish: Wish) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = [Prescription.state.in_(list(wish.states))]
    if wish.desk_id is not None:
        found.append(Prescription.desk_id == wish.desk_id)
    if wish.unassigned:
        found.append(Prescription.assignee_id.is_(None))
    elif wish.assignee_id is not None:
        found.append(Prescription.assignee_id == wish.assignee_id)
    if wish.late_on is not None:
        found += [Prescription.due_on < wish.late_on, Prescription.state.in_(WAITING)]
    return found


def page_of_inbox(*, visible: ColumnElement[bool], wish: Wish, on: date, number: int) -> Page[InboxRow]:
    """Return a page of the inbox, the most pressing first; two queries. What waits no more stands after what waits."""
    waits = case((Prescription.state.in_(list(WAITING)), 0), else_=1)
    query = _select(visible).where(*_conditions(wish)).order_by(waits, Prescription.due_on, Prescription.id)
    page = paginate(query, number=number, scalars=False)
    return Page([_row(found, on=on) for found in page.rows], page.number, page.per_page, page.total)


def list_pressing(*, visible: ColumnElement[bool], on: date, limit: int) -> tuple[list[InboxRow], int]:
    """Return the most pressing prescriptions that wait, and how many there are; two queries."""
    condition = Prescription.state.in_(list(WAITING))
    rows = db.session.execute(
        _select(visible).where(condition).order_by(Prescription.due_on, Prescription.id).limit(limit)
    )
    total = db.session.scalar(select(func.count()).select_from(Prescription).where(visible, condition)) or 0
    return [_row(found, on=on) for found in rows], total


def list_waiting(*, visible: ColumnElement[bool], for_user: int | None, on: date, limit: int) -> list[InboxRow]:
    """Return what waits for a first meeting, the most pressing first; one query.

    ``for_user``: only what that user has in hand, and what nobody has; None: everything visible.
    """
    query = _select(visible).where(Prescription.state.in_(list(WAITING)))
    if for_user is not None:
        query = query.where(or_(Prescription.assignee_id == for_user, Prescription.assignee_id.is_(None)))
    return [
        _row(found, on=on)
        for found in db.session.execute(query.order_by(Prescription.due_on, Prescription.id).limit(limit))
    ]


def list_same(row: Prescription, *, visible: ColumnElement[bool], on: date) -> list[InboxRow]:
    """Return the open prescriptions that seem to be of the same person; one query."""
    if not row.name_key or row.born_on is None:
        return []
    query = _select(visible).where(
        Prescription.id != row.id,
        Prescription.name_key == row.name_key,
        Prescription.born_on == row.born_on,
        Prescription.state.in_(list(OPEN)),
    )
    return [_row(found, on=on) for found in db.session.execute(query.order_by(Prescription.id).limit(SAME_SHOWN))]


@dataclass(frozen=True, slots=True)
class OpenElsewhere:
    """An open prescription of the same person; ``visible``: the reader may open it."""

    id: int
    desk_name: str
    received_on: date
    visible: bool


def list_open_of(
    name_key: str, born_on: date, *, known: ColumnElement[bool], visible: ColumnElement[bool]
) -> list[OpenElsewhere]:
    """Return the open prescriptions of somebody by name and birth, at whatever desk; one query.

    ``known``, ``visible``: the conditions « may be known to be there » and « may be opened ».
    """
    rows = db.session.execute(
        select(Prescription.id, Desk.name, Prescription.received_at, visible.label("visible"))
        .join(Desk, Desk.id == Prescription.desk_id)
        .where(
            known,
            Prescription.name_key == name_key,
            Prescription.born_on == born_on,
            Prescription.state.in_(list(OPEN)),
        )
        .order_by(Prescription.id)
        .limit(SAME_SHOWN)
    )
    return [OpenElsewhere(row.id, row.name, day_of(row.received_at), bool(row.visible)) for row in rows]


@dataclass(frozen=True, slots=True)
class FirstContact:
    """A call or a visit of somebody who has no file and whom nobody has called back yet."""

    note_id: int
    name: str
    phone: str
    text: str
    noted_at: datetime
    desk_name: str
    due_on: date | None
    caller_name: str
    """Who is to call back."""


def list_first_contacts(desk_ids: Collection[int] | None, *, limit: int) -> tuple[list[FirstContact], int]:
    """Return the first contacts of the desks (None: all) that wait, the most pressing first, and how many; two queries."""
    waiting: list[ColumnElement[bool]] = [
        ContactNote.person_id.is_(None),
        ContactNote.erased_at.is_(None),
        ContactNote.called_back_at.is_(None),
        ContactNote.callback_user_id.is_not(None),
    ]
    if desk_ids is not None:
        waiting.append(ContactNote.desk_id.in_(desk_ids))
    total = db.session.scalar(select(func.count()).select_from(ContactNote).where(*waiting)) or 0
    caller = aliased(User)
    rows = db.session.execute(
        select(ContactNote, Desk.name, caller.display_name)
        .join(Desk, Desk.id == ContactNote.desk_id)
        .join(caller, caller.id == ContactNote.callback_user_id)
        .where(*waiting)
        .order_by(ContactNote.callback_due_on, ContactNote.noted_at, ContactNote.id)
        .limit(limit)
    )
    return [
        FirstContact(
            note.id,
            note.caller_name,
            note.caller_phone or "",
            note.text,
            note.noted_at,
            name,
            note.callback_due_on,
            who,
        )
        for note, name, who in rows
    ], total


def line_of(row: Prescription, *, on: date) -> tuple[Age, int]:
    """Return how the wait of one prescription stands, and the days left."""
    if row.due_on is None:
        return Age.OVER, 0
    meeting_on = day_of(row.meeting_at) if row.meeting_at and row.missed_on is None else None
    return timing.age(row.state, row.due_on, on=on, meeting_on=meeting_on), timing.days_left(row.due_on, on=on)


def get_prescription(prescription_id: int) -> Prescription:
    """Return a prescription. Raises NotFound."""
    return load(Prescription, prescription_id)


@dataclass(frozen=True, slots=True)
class EventLine:
    """One line of the log, with who did it."""

    event: PrescriptionEvent
    actor_name: str


def list_events(prescription_id: int) -> list[EventLine]:
    """Return the log of a prescription, the latest first; one query."""
    rows = db.session.execute(
        select(PrescriptionEvent, User.display_name)
        .outerjoin(User, User.id == PrescriptionEvent.actor_id)
        .where(PrescriptionEvent.prescription_id == prescription_id)
        .order_by(PrescriptionEvent.at.desc(), PrescriptionEvent.id.desc())
    )
    return [EventLine(event, name or "") for event, name in rows]
