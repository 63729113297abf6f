"""Lists of people's daily work: call backs, rights requests, retention."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, case, func, or_, select
from sqlalchemy.orm import aliased

from mobility.accounts.models import User, UserGrant
from mobility.accounts.policy import Role
from mobility.core.db import db, load
from mobility.core.errors import NotFound
from mobility.core.web.pagination import Page, paginate
from mobility.desks.models import Desk
from mobility.people.kinds import RetentionState, RightsKind, RightsState
from mobility.people.models import ContactNote, Person, RetentionItem, RetentionRun, RightsRequest, display_name

LIMIT = 200


@dataclass(frozen=True, slots=True)
class Callback:
    """A note, and who must call back."""

    note: ContactNote
    name: str
    person_id: int | None
    desk_name: str
    noted_by: str
    callback_by: str


def list_callbacks(
    *,
    desk_ids: frozenset[int] | None,
    user_id: int,
    visible: ColumnElement[bool],
    mine: bool = False,
    open_only: bool = True,
) -> list[Callback]:
    """Return the notes of the desks (None: all), those still to call back first, the oldest date first.

    Notes about a file that the user may not open are left out; those that ask the user to call are in.
    """
    noter, caller = aliased(User), aliased(User)
    query = (
        select(ContactNote, Desk.name, noter.display_name, caller.display_name, Person)
        .join(Desk, Desk.id == ContactNote.desk_id)
        .join(noter, noter.id == ContactNote.noted_by_id)
        .outerjoin(caller, caller.id == ContactNote.callback_user_id)
        .outerjoin(Person, Person.id == ContactNote.person_id)
        .where(ContactNote.erased_at.is_(None), or_(ContactNote.person_id.is_(None), visible))
        .order_by(
            case((ContactNote.callback_due_on.is_not(None), 0), else_=1),
            ContactNote.callback_due_on,
            ContactNote.noted_at.desc(),
            ContactNote.id,
        )
        .limit(LIMIT)
    )
    if desk_ids is not None:
        query = query.where(or_(ContactNote.desk_id.in_(desk_ids), ContactNote.callback_user_id == user_id))
    if mine:
        query = query.where(ContactNote.callback_user_id == user_id)
    if open_only:
        query = query.where(ContactNote.callback_user_id.is_not(None), ContactNote.called_back_at.is_(None))
    rows: Iterable[Any] = db.session.execute(query)
    return [
        Callback(
            note=note,
            name=person.full_name if person is not None else note.caller_name,
            person_id=person.id if person is not None else None,
            desk_name=desk_name,
            noted_by=noted_by,
            callback_by=callback_by or "",
        )
        for note, desk_name, noted_by, callback_by, person in rows
    ]


def list_notes(person_id: int) -> Sequence[ContactNote]:
    """Return the notes of a file, the latest first."""
    return db.session.scalars(
        select(ContactNote)
        .where(ContactNote.person_id == person_id, ContactNote.erased_at.is_(None))
        .order_by(ContactNote.noted_at.desc(), ContactNote.id.desc())
        .limit(LIMIT)
    ).all()


def team_of(desk_ids: frozenset[int] | None) -> list[tuple[int, str]]:
    """Return (id, name) of the advisers and managers of the desks (None: of all), by name."""
    query = (
        select(User.id, User.display_name)
        .join(UserGrant, UserGrant.user_id == User.id)
        .where(UserGrant.role.in_((Role.ADVISER, Role.MANAGER)), User.disabled_at.is_(None))
        .distinct()
        .order_by(User.display_name, User.id)
    )
    if desk_ids is not None:
        query = query.where(UserGrant.desk_id.in_(desk_ids))
    return [(row.id, row.display_name) for row in db.session.execute(query)]


@dataclass(frozen=True, slots=True)
class RequestRow:
    """A rights request in the list of those due."""

    id: int
    person_id: int
    name: str
    desk_name: str
    kind: RightsKind
    received_on: date
    due_on: date
    extended: bool


def list_open_requests(*, visible: ColumnElement[bool]) -> list[RequestRow]:
    """Return the open requests about the files that ``visible`` lets through, the first due first."""
    rows = db.session.execute(
        select(RightsRequest, Person, Desk.name)
        .join(Person, Person.id == RightsRequest.person_id)
        .join(Desk, Desk.id == Person.desk_id)
        .where(RightsRequest.state == RightsState.OPEN, visible)
        .order_by(RightsRequest.due_on, RightsRequest.id)
        .limit(LIMIT)
    )
    return [
        RequestRow(
            id=request.id,
            person_id=person.id,
            name=person.full_name,
            desk_name=desk_name,
            kind=request.kind,
            received_on=request.received_on,
            due_on=request.due_on,
            extended=request.extended_at is not None,
        )
        for request, person, desk_name in rows
    ]


def list_requests_of(person_id: int) -> Sequence[RightsRequest]:
    """Return the requests of one person, the latest first."""
    return db.session.scalars(
        select(RightsRequest)
        .where(RightsRequest.person_id == person_id)
        .order_by(RightsRequest.received_on.desc(), RightsRequest.id.desc())
    ).all()


def get_request(request_id: int) -> RightsRequest:
    """Return a rights request. Raises NotFound."""
    return load(RightsRequest, request_id)


@dataclass(frozen=True, slots=True)
class RetentionRow:
    """A retention run in the list, with how many files it concerns."""

    run: RetentionRun
    desk_name: str
    files: int


def list_retention_runs(*, desk_ids: frozenset[int] | None) -> list[RetentionRow]:
    """Return the runs of the desks, those to read first."""
    query = (
        select(RetentionRun, Desk.name, func.count(RetentionItem.id))
        .join(Desk, Desk.id == RetentionRun.desk_id)
        .outerjoin(RetentionItem, RetentionItem.run_id == RetentionRun.id)
        .where(RetentionRun.state != RetentionState.ABANDONED)
        .group_by(RetentionRun.id, Desk.name)
        .order_by(case((RetentionRun.finished_at.is_(None), 0), else_=1), RetentionRun.planned_at.desc())
        .limit(LIMIT)
    )
    if desk_ids is not None:
        query = query.where(RetentionRun.desk_id.in_(desk_ids))
    return [RetentionRow(run, name, files) for run, name, files in db.session.execute(query)]


def get_retention_run(run_id: int) -> tuple[RetentionRun, str]:
    """Return a run and the name of its desk. Raises NotFound."""
    if not 0 <= run_id < 2**31:
        raise NotFound("retention_run")
    found = db.session.execute(
        select(RetentionRun, Desk.name).join(Desk, Desk.id == RetentionRun.desk_id).where(RetentionRun.id == run_id)
    ).one_or_none()
    if found is None:
        raise NotFound("retention_run")
    return found[0], found[1]


@dataclass(frozen=True, slots=True)
class ItemRow:
    """One file of a run. The name of a protected file is told to its named staff only."""

    item: RetentionItem
    name: str
    last_contact_at: datetime


def list_items(run_id: int, *, known: ColumnElement[bool], number: int = 1) -> Page[ItemRow]:
    """Return one page of the files of a run; ``known`` says whose names may be told."""
    page = paginate(
        select(RetentionItem, Person, case((known, 1), else_=0))
        .join(Person, Person.id == RetentionItem.person_id)
        .where(RetentionItem.run_id == run_id)
        .order_by(RetentionItem.last_contact_at, RetentionItem.id),
        number=number,
        scalars=False,
    )
    rows = [
        ItemRow(
            item,
            display_name(person.id, person.first_name, person.last_name) if may else f"Fiche protégée n° {person.id}",
            item.last_contact_at,
        )
        for item, person, may in page.rows
    ]
    return Page(rows, page.number, page.per_page, page.total)
