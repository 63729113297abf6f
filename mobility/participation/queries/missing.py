"""Who lacks what: one kind at a time, sorted and paged by the database."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import ColumnElement, case, func, literal, select, union_all

from mobility.core.db import db
from mobility.core.web.pagination import PER_PAGE, Page
from mobility.organisations.models import Agreement
from mobility.participation.models import Departure, EligibilityEvidence, Participation, ParticipationAnswer
from mobility.participation.rules.exits import NEEDS_PROOF
from mobility.participation.rules.items import VERSIONS, Standing
from mobility.participation.rules.missing import Delays, Missing, due_on, first_open_base
from mobility.people.models import Person, display_name
from mobility.people.rules import add_months


@dataclass(frozen=True, slots=True)
class Lack:
    """One thing that one person lacks. ``subject_id`` is the entry or the exit; for an exit to note, the entry."""

    kind: Missing
    person_id: int
    name: str
    desk_id: int
    subject_id: int
    base_on: date
    due_on: date
    detail: str


def _of_entries(base: Any) -> Any:
    return (
        select(
            Participation.person_id,
            Person.first_name,
            Person.last_name,
            Person.desk_id,
            Participation.id.label("subject_id"),
            base.label("base_on"),
            Agreement.name.label("detail"),
        )
        .join(Person, Person.id == Participation.person_id)
        .join(Agreement, Agreement.id == Participation.agreement_id)
    )


def _of_exits() -> Any:
    return (
        select(
            Departure.person_id,
            Person.first_name,
            Person.last_name,
            Person.desk_id,
            Departure.id.label("subject_id"),
            Departure.left_on.label("base_on"),
            literal("").label("detail"),
        )
        .join(Person, Person.id == Departure.person_id)
        .where(Departure.returned_at.is_(None))
    )


def _answers() -> Any:
    answered = (
        select(func.count())
        .where(ParticipationAnswer.participation_id == Participation.id)
        .correlate(Participation)
        .scalar_subquery()
    )
    asked = case({version: len(items) for version, items in VERSIONS.items()}, value=Participation.items, else_=0)
    return _of_entries(Participation.entered_on).where(answered < asked)


def _evidence() -> Any:
    proves = (
        select(EligibilityEvidence.id)
        .where(
            EligibilityEvidence.participation_id == Participation.id, EligibilityEvidence.standing == Standing.PROVES
        )
        .exists()
    )
    return _of_entries(Participation.entered_on).where(~proves)


def _exits(today: date) -> Any:
    """An operation is over, and nothing says that the person has left it."""
    left = (
        select(Departure.id)
        .where(Departure.person_id == Participation.person_id, Departure.returned_at.is_(None))
        .exists()
    )
    return _of_entries(Agreement.valid_until_on).where(Agreement.valid_until_on < today, ~left)


def _select(kind: Missing, *, today: date, delays: Delays) -> tuple[Any, Any]:
    """Return the query of a kind and the column that dates it."""
    if kind is Missing.ANSWERS:
        return _answers(), Participation.entered_on
    if kind is Missing.EVIDENCE:
        return _evidence(), Participation.entered_on
    if kind is Missing.EXIT:
        return _exits(today), Agreement.valid_until_on
    if kind is Missing.PROOF:
        return _of_exits().where(Departure.proof.is_(None), Departure.outcome.in_(list(NEEDS_PROOF))), Departure.left_on
    asked_by = add_months(today, -delays.clock.later_months)
    return _of_exits().where(Departure.later.is_(None), Departure.left_on <= asked_by), Departure.left_on


def _narrowed(
    kind: Missing, *, late: bool, visible: ColumnElement[bool], today: date, delays: Delays
) -> tuple[Any, Any]:
    query, base = _select(kind, today=today, delays=delays)
    first = first_open_base(kind, today=today, delays=delays)
    return query.where(visible, base < first if late else base >= first), base


def count_missing(*, late: bool, visible: ColumnElement[bool], today: date, delays: Delays) -> dict[Missing, int]:
    """Return how many lack each thing; one query."""
    parts = []
    for kind in Missing:
        query, _base = _narrowed(kind, late=late, visible=visible, today=today, delays=delays)
        found = query.subquery()
        parts.append(select(literal(kind.value).label("kind"), func.count().label("total")).select_from(found))
    return {Missing(row.kind): row.total for row in db.session.execute(union_all(*parts))}


def page_missing(
    kind: Missing,
    *,
    late: bool,
    total: int,
    number: int,
    visible: ColumnElement[bool],
    today: date,
    delays: Delays,
    per_page: int = PER_PAGE,
) -> Page[Lack]:
    """Return one page of who lacks a thing: the next to be too late first; of what is too late, the latest first."""
    query, base = _narrowed(kind, late=late, visible=visible, today=today, delays=delays)
    number = min(number, max(1, -(-total // per_page)))
    ordered = query.order_by(base.desc() if late else base, "subject_id")
    rows = db.session.execute(ordered.limit(per_page).offset((number - 1) * per_page)).all()
    return Page([_lack(kind, row, delays) for row in rows], number, per_page, total)


def list_soon(
    kind: Missing, *, visible: ColumnElement[bool], today: date, delays: Delays, limit: int
) -> Sequence[Lack]:
    """Return those who lack a thing and for whom it will soon be too late; one query."""
    query, base = _narrowed(kind, late=False, visible=visible, today=today, delays=delays)
    rows = db.session.execute(query.order_by(base, "subject_id").limit(limit)).all()
    last = today + timedelta(days=delays.warn_days)
    return [lack for lack in (_lack(kind, row, delays) for row in rows) if lack.due_on <= last]


def _lack(kind: Missing, row: Any, delays: Delays) -> Lack:
    return Lack(
        kind=kind,
        person_id=row.person_id,
        name=display_name(row.person_id, row.first_name, row.last_name),
        desk_id=row.desk_id,
        subject_id=row.subject_id,
        base_on=row.base_on,
        due_on=due_on(kind, row.base_on, delays),
        detail=row.detail,
    )
