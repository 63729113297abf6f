"""Reading projects and their stacks; each function says how many queries it makes."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select

from mobility.core.db import db, load
from mobility.funding.models import FundingLine, Project, ProjectQuote
from mobility.funding.rules import GONE, Asker, Line, Source, Totals, total
from mobility.people.models import Person


@dataclass(frozen=True)
class Stack:
    """A project with its quotes, its lines in their order of use, and what they come to."""

    project: Project
    quotes: Sequence[ProjectQuote]
    lines: Sequence[FundingLine]
    totals: Totals


def get_project(project_id: int) -> Project:
    """Return a project. Raises NotFound."""
    return load(Project, project_id)


def person_of_project(project_id: int) -> int | None:
    """Return whose project it is, or None."""
    return db.session.scalar(select(Project.person_id).where(Project.id == project_id))


def value_of(row: FundingLine) -> Line:
    """Return a line as the rules see it; no query."""
    return Line(row.source, row.amount_cents, row.code, row.state, row.id)


def lines_of(project_id: int) -> list[FundingLine]:
    """Return the lines of a project in their order of use (one query)."""
    rows = db.session.scalars(select(FundingLine).where(FundingLine.project_id == project_id)).all()
    order = list(Source)
    return sorted(rows, key=lambda row: (order.index(row.source), row.id))


def get_stack(project_id: int) -> Stack:
    """Return a project with all that pays it (three queries). Raises NotFound."""
    project = get_project(project_id)
    quotes = db.session.scalars(
        select(ProjectQuote).where(ProjectQuote.project_id == project_id).order_by(ProjectQuote.id)
    ).all()
    lines = lines_of(project_id)
    return Stack(project, quotes, lines, total(project.amount_cents, map(value_of, lines)))


def dearest_quote(project_id: int) -> ProjectQuote | None:
    """Return the dearest of the quotes that were chosen, or None (one query)."""
    return db.session.scalars(
        select(ProjectQuote)
        .where(ProjectQuote.project_id == project_id, ProjectQuote.chosen.is_(True))
        .order_by(ProjectQuote.amount_cents.desc(), ProjectQuote.id)
        .limit(1)
    ).first()


def sellers_of(project_id: int) -> list[str]:
    """Return who sells what a project pays, by the quotes that were chosen; each once (one query)."""
    found = db.session.scalars(
        select(ProjectQuote.seller)
        .where(ProjectQuote.project_id == project_id, ProjectQuote.chosen.is_(True))
        .order_by(ProjectQuote.id)
    )
    return list(dict.fromkeys(found))


def awaited_quote(project_id: int) -> ProjectQuote | None:
    """Return the price that a seller has still to write, or None (one query)."""
    return db.session.scalars(
        select(ProjectQuote).where(
            ProjectQuote.project_id == project_id, ProjectQuote.chosen.is_(True), ProjectQuote.target.is_(True)
        )
    ).first()


def projects_of(person_id: int) -> list[tuple[Project, Totals]]:
    """Return a person's projects with what pays them, the newest first (two queries)."""
    rows = db.session.scalars(select(Project).where(Project.person_id == person_id).order_by(Project.id.desc())).all()
    lines = lines_by_project([row.id for row in rows])
    return [(row, total(row.amount_cents, lines.get(row.id, ()))) for row in rows]


def lines_by_project(project_ids: Collection[int]) -> dict[int, list[Line]]:
    """Return the lines of several projects (one query)."""
    found: dict[int, list[Line]] = {}
    for row in db.session.scalars(select(FundingLine).where(FundingLine.project_id.in_(project_ids))):
        found.setdefault(row.project_id, []).append(value_of(row))
    return found


def granted_elsewhere(project: Project) -> frozenset[str]:
    """Return the grants that pay another project of the person for the same purpose (one query)."""
    found = db.session.scalars(
        select(FundingLine.code)
        .join(Project, Project.id == FundingLine.project_id)
        .where(
            Project.person_id == project.person_id,
            Project.purpose == project.purpose,
            Project.id != project.id,
            FundingLine.source == Source.GRANT,
            FundingLine.state.not_in(GONE),
        )
    )
    return frozenset(found)


def asker(person_id: int, *, on: date) -> Asker:
    """Return what grants ask about a person (one query). Raises NotFound."""
    person = load(Person, person_id)
    born = person.born_on
    age = None if born is None else on.year - born.year - ((on.month, on.day) < (born.month, born.day))
    return Asker(age, person.status.value, person.insee_code)
