"""Rights of the person on their data: a request, its clock, its answer."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import select

from mobility.core.clock import day_of, format_date
from mobility.core.db import db, lock, transaction
from mobility.people.errors import DatesBackwards, ReasonNeeded, RequestExtendedAlready, RequestOpenAlready
from mobility.people.kinds import RequestChannel, RightsAction, RightsKind, RightsState
from mobility.people.models import RightsRequest
from mobility.people.rules import RIGHTS_MOVES, rights_due_on
from mobility.people.services.common import lock_living, record
from mobility.people.services.erasure import erase_person
from mobility.people.services.identity import touch


def open_request(
    *,
    person_id: int,
    kind: RightsKind,
    channel: RequestChannel,
    actor_id: int | None,
    now: datetime,
    wish: str | None = None,
    received_on: date | None = None,
) -> int:
    """Note a request; return its id. The clock runs from the day it came in, not from when it was noted.

    Raises RequestOpenAlready while one of the same kind is being handled, DatesBackwards for a day to come.
    """
    received = received_on or day_of(now)
    if received > day_of(now):
        raise DatesBackwards("Cette date n’est pas encore venue.", field="received_on")
    with transaction() as session:
        lock_living(person_id)
        standing = session.scalar(
            select(RightsRequest.due_on).where(
                RightsRequest.person_id == person_id,
                RightsRequest.kind == kind,
                RightsRequest.state == RightsState.OPEN,
            )
        )
        if standing is not None:
            raise RequestOpenAlready(due_on=format_date(standing, weekday=False))
        request = RightsRequest(
            person_id=person_id,
            kind=kind,
            channel=channel,
            wish=wish or "",
            received_on=received,
            due_on=rights_due_on(received),
        )
        session.add(request)
        session.flush()
        touch(person_id=person_id, now=now)
        _record(request, "person.rights_requested", actor_id=actor_id, now=now)
        return request.id


def _record(request: RightsRequest, action: str, *, actor_id: int | None, now: datetime) -> None:
    record(
        person_id=request.person_id,
        action=action,
        actor_id=actor_id,
        now=now,
        subject_kind="rights_request",
        subject_id=request.id,
    )


def extend_request(*, request_id: int, reason: str | None, actor_id: int, now: datetime) -> None:
    """Give the answer three months instead of one; the person is told why.

    Raises ReasonNeeded, RequestExtendedAlready, ForbiddenTransition once it is closed.
    """
    if not (reason or "").strip():
        raise ReasonNeeded(field="reason")
    with transaction():
        request = lock(RightsRequest, request_id)
        request.state = RIGHTS_MOVES.after(request.state, RightsAction.EXTEND)
        if request.extended_at is not None:
            raise RequestExtendedAlready
        request.extended_at, request.extension_reason = now, reason
        request.due_on = rights_due_on(request.received_on, extended=True)
        _record(request, "person.rights_extended", actor_id=actor_id, now=now)


def fulfil_request(*, request_id: int, answer: str | None, actor_id: int, now: datetime) -> None:
    """Close a request as done; an erasure erases the file in the same transaction.

    Raises ErasureHeld while evidence must be kept, ReasonNeeded for a complaint that nobody answers,
    ForbiddenTransition once it is closed.
    """
    with transaction():
        request = lock(RightsRequest, request_id)
        if request.kind is RightsKind.COMPLAINT and not (answer or "").strip():
            raise ReasonNeeded("Écrivez votre réponse : la personne la lit dans son espace.", field="answer")
        _close(request, RightsAction.FULFIL, answer=answer or "", actor_id=actor_id, now=now)
        _record(request, "person.rights_fulfilled", actor_id=actor_id, now=now)
        if request.kind is RightsKind.ERASURE:
            db.session.flush()
            erase_person(person_id=request.person_id, actor_id=actor_id, now=now)


def refuse_request(*, request_id: int, answer: str | None, actor_id: int, now: datetime) -> None:
    """Close a request as refused, with the reason that the person reads. Raises ReasonNeeded."""
    if not (answer or "").strip():
        raise ReasonNeeded(field="answer")
    with transaction():
        request = lock(RightsRequest, request_id)
        _close(request, RightsAction.REFUSE, answer=answer or "", actor_id=actor_id, now=now)
        _record(request, "person.rights_refused", actor_id=actor_id, now=now)


def _close(request: RightsRequest, action: RightsAction, *, answer: str, actor_id: int, now: datetime) -> None:
    request.state = RIGHTS_MOVES.after(request.state, action)
    request.answer, request.closed_at, request.closed_by_id = answer, now, actor_id


def note_export(*, person_id: int, actor_id: int | None, now: datetime) -> None:
    """Write into the audit log that a copy of the data was made."""
    record(person_id=person_id, action="person.exported", actor_id=actor_id, now=now)
