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


class _Files:
    """The entries and exits of those whose files may be read, each gone through once however many kinds ask for it."""

    def __init__(self, visible: ColumnElement[bool]) -> None:
        who = (Person.first_name, Person.last_name, Person.desk_id)
        self.entries = (
            select(
                Participation.person_id,
                *who,
                Participation.id.label("subject_id"),
                Participation.entered_on,
                Participation.items.label("version"),
                Agreement.valid_until_on,
                Agreement.name.label("detail"),
            )
            .join(Person, Person.id == Participation.person_id)
            .join(Agreement, Agreement.id == Participation.agreement_id)
            .where(visible)
            .cte("entries")
        )
        self.exits = (
            select(
                Departure.person_id,
                *who,
                Departure.id.label("subject_id"),
                Departure.left_on,
                Departure.proof,
                Departure.outcome,
                Departure.later,
            )
            .join(Person, Person.id == Departure.person_id)
            .where(Departure.returned_at.is_(None), visible)
            .cte("exits")
        )

    def of_entries(self, base: Any) -> Any:
        """Return the query of entries; ``base`` is the column that dates what is missing."""
        return _lacks(self.entries.c, base, self.entries.c.detail)

    def of_exits(self) -> Any:
        """Return the query of exits that stand."""
        return _lacks(self.exits.c, self.exits.c.left_on, literal(""))


def _lacks(columns: Any, base: Any, detail: Any) -> Any:
    return select(
        columns.person_id,
        columns.first_name,
        columns.last_name,
        columns.desk_id,
        columns.subject_id,
        base.label("base_on"),
        detail.label("detail"),
    )


def _answers(files: _Files) -> Any:
    entry = files.entries.c
    answered = (
        select(func.count())
        .where(ParticipationAnswer.participation_id == entry.subject_id)
        .correlate(files.entries)
        .scalar_subquery()
    )
    asked = case({version: len(items) for version, items in VERSIONS.items()}, value=entry.version, else_=0)
    return files.of_entries(entry.entered_on).where(answered < asked)


def _evidence(files: _Files) -> Any:
    entry = files.entries.c
    proves = (
        select(EligibilityEvidence.id)
        .where(
            EligibilityEvidence.participation_id == entry.subject_id, EligibilityEvidence.standing == Standing.PROVES
        )
        .exists()
    )
    return files.of_entries(entry.entered_on).where(~proves)


def _exits(files: _Files, today: date) -> Any:
    """An operation is over, and nothing says that the person has left it."""
    entry = files.entries.c
    left = select(Departure.id).where(Departure.person_id == entry.person_id, Departure.returned_at.is_(None)).exists()
    return files.of_entries(entry.valid_until_on).where(entry.valid_until_on < today, ~left)


def _select(kind: Missing, files: _Files, *, today: date, delays: Delays) -> tuple[Any, Any]:
    """Return the query of a kind and the column that dates it."""
    entry, left = files.entries.c, files.exits.c
    if kind is Missing.ANSWERS:
        return _answers(files), entry.entered_on
    if kind is Missing.EVIDENCE:
        return _evidence(files), entry.entered_on
    if kind is Missing.EXIT:
        return _exits(files, today), entry.valid_until_on
    if kind is Missing.PROOF:
        return files.of_exits().where(left.proof.is_(None), left.outcome.in_(list(NEEDS_PROOF))), left.left_on
    asked_by = add_months(today, -delays.clock.later_months)
    return files.of_exits().where(left.later.is_(None), left.left_on <= asked_by), left.left_on


def _narrowed(kind: Missing, files: _Files, *, late: bool, today: date, delays: Delays) -> tuple[Any, Any]:
    query, base = _select(kind, files, today=today, delays=delays)
    first = first_open_base(kind, today=today, delays=delays)
    return query.where(base < first if late else base >= first), base


def count_missing(*, late: bool, visible: ColumnElement[bool], today: date, delays: Delays) -> dict[Missing, int]:
    """Return how many lack each thing; one query."""
    parts, files = [], _Files(visible)
    for kind in Missing:
        query, _base = _narrowed(kind, files, late=late, today=today, delays=delays)
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
    query, base = _narrowed(kind, _Files(visible), late=late, today=today, delays=delays)
    number = min(number, max(1, -(-total // per_page)))
    ordered = query.order_by(base.desc() if late else base, "subject_id")
    rows = db.session.execute(ordered.limit(per_page).offset((number - 1) * per_page)).all()
    return Page([_lack(kind, row, delays) for row in rows], number, per_page, total)


def list_soon(
    kind: Missing, *, visible: ColumnElement[bool], today: date, delays: Delays, limit: int
) -> Sequence[Lack]:
    """Return those who lack a thing and for whom it will soon be too late; one query."""
    query, base = _narrowed(kind, _Files(visible), late=False, today=today, delays=delays)
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
