"""Projects, quotes and stacks: written by advisers, refused by rules and in the last resort by the database."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.orm import Session

from mobility.core.clock import day_of
from mobility.core.db import check_version, load, lock, transaction, violated_constraint
from mobility.core.errors import NotFound
from mobility.core.money import format_cents
from mobility.core.text import clean_line
from mobility.documents import services as documents
from mobility.documents.services import Prepared
from mobility.funding import parameters, queries
from mobility.funding.ddl import STACK
from mobility.funding.errors import (
    AmountMissing,
    ProjectInvalid,
    QuoteInvalid,
    ReasonMissing,
    SourceRefused,
    StackExceeds,
)
from mobility.funding.models import FundingLine, Project, ProjectQuote
from mobility.funding.rules import (
    LINES,
    REASONED,
    Line,
    LineAction,
    LineState,
    Purpose,
    Source,
    against,
    propose,
    refusals,
    room_for,
    unfit,
)
from mobility.funding.targets import answer_target, leave_target
from mobility.journal import services as journal
from mobility.pathway.models import Objective
from mobility.people.models import Person

SUBJECT = "project"
OWNER = "project"
QUOTE_KIND = "quote"
TITLE_MAX = 160
REASON_MAX = 300
# More than anybody compares; their sum fits its column at the largest amount that a quote may have.
MOST_QUOTES = 100


@dataclass(frozen=True, slots=True)
class ProjectDetails:
    """What is typed about a project. ``amount_cents`` is an estimate until quotes are chosen."""

    purpose: Purpose
    title: str
    amount_cents: int | None
    objective_id: int | None = None


@dataclass(frozen=True, slots=True)
class Quote:
    """What is typed from a quote. ``instead_of_id``: it is a price to be obtained, in the place of that quote."""

    seller: str
    amount_cents: int
    dated_on: date
    label: str = ""
    valid_until_on: date | None = None
    chosen: bool = True
    instead_of_id: int | None = None


def _record(
    row: Project, action: str, *, actor_id: int | None, now: datetime, **changes: tuple[object, object]
) -> None:
    journal.write_act(
        person_id=row.person_id,
        subject_kind=SUBJECT,
        subject_id=row.id,
        action=action,
        kind=action,
        now=now,
        actor_id=actor_id,
        changes=changes,
    )


def open_project(*, person_id: int, details: ProjectDetails, actor_id: int | None, now: datetime) -> int:
    """Write a new project; return its id. Raises ProjectInvalid, AmountMissing, NotFound."""
    with transaction() as session:
        load(Person, person_id)
        row = Project(person_id=person_id, created_at=now, created_by_id=actor_id)
        _fill(row, details, now)
        session.add(row)
        session.flush()
        _record(row, "project.opened", actor_id=actor_id, now=now, amount_cents=(None, row.amount_cents))
        return row.id


def change_project(
    *, project_id: int, details: ProjectDetails, version: int | None, actor_id: int | None, now: datetime
) -> None:
    """Change a project. Raises ProjectInvalid, AmountMissing, StackExceeds, StaleVersion, NotFound."""
    with transaction() as session:
        row = lock(Project, project_id)
        check_version(row, version)
        before, purpose = row.amount_cents, row.purpose
        _fill(row, details, now)
        _cost_by_quotes(session, row)
        if row.amount_cents < before or row.purpose is not purpose:
            _check_grants(session, row, now)
        _flush(session)
        _record(row, "project.changed", actor_id=actor_id, now=now, amount_cents=(before, row.amount_cents))


def _fill(row: Project, details: ProjectDetails, now: datetime) -> None:
    title = (clean_line(details.title) or "")[:TITLE_MAX]
    if not title:
        raise ProjectInvalid
    if not details.amount_cents:
        raise AmountMissing
    if details.objective_id is not None and load(Objective, details.objective_id).person_id != row.person_id:
        raise NotFound("objective")
    row.purpose, row.title, row.amount_cents = details.purpose, title, details.amount_cents
    row.objective_id, row.updated_at = details.objective_id, now


def _cost_by_quotes(session: Session, row: Project) -> None:
    """Let the quotes that are chosen say what the project costs; without any the estimate stands."""
    with session.no_autoflush:  # what the database refuses is said in words, by _flush
        chosen = session.scalar(
            select(func.sum(ProjectQuote.amount_cents)).where(
                ProjectQuote.project_id == row.id, ProjectQuote.chosen.is_(True)
            )
        )
    if chosen:
        row.amount_cents = chosen


def _check_grants(session: Session, row: Project, now: datetime) -> None:
    """Refuse a cost or a purpose that a grant of the stack does not go with. Raises StackExceeds."""
    with session.no_autoflush:
        lines = [queries.value_of(line) for line in queries.lines_of(row.id)]
        if not any(line.counts and line.source is Source.GRANT for line in lines):
            return
        # As in ``_checked``: of two projects one alone gets a grant.
        desk_id = lock(Person, row.person_id).desk_id
        why = unfit(
            lines,
            need_cents=row.amount_cents,
            purpose=row.purpose,
            grants=parameters.grants(on=day_of(now), desk_id=desk_id),
            elsewhere=queries.granted_elsewhere(row),
        )
    if why:
        raise StackExceeds("%(why)s", why=why, field="amount_cents")


def _flush(session: Session) -> None:
    """Write, and say a stack above the project in words. Raises StackExceeds."""
    try:
        session.flush()
    except (IntegrityError, OperationalError) as error:
        if violated_constraint(error) != STACK:
            raise
        raise StackExceeds(
            "Les financements dépassent déjà ce montant : retirez-en d’abord.", field="amount_cents"
        ) from error


def add_quote(
    *, project_id: int, quote: Quote, actor_id: int | None, now: datetime, prepared: Prepared | None = None
) -> int:
    """Add a quote with its paper; those that are chosen make the cost. Raises QuoteInvalid, StackExceeds, NotFound."""
    seller = (clean_line(quote.seller) or "")[:TITLE_MAX]
    if not seller:
        raise QuoteInvalid
    if quote.valid_until_on is not None and quote.valid_until_on < quote.dated_on:
        raise QuoteInvalid("La fin de validité doit venir après la date du devis.", field="valid_until_on")
    with transaction() as session:
        row = lock(Project, project_id)
        count = select(func.count()).where(ProjectQuote.project_id == project_id)
        if (session.scalar(count) or 0) >= MOST_QUOTES:
            raise QuoteInvalid("Ce projet a déjà %(most)s devis.", most=MOST_QUOTES, field=None)
        document_id = None
        if prepared is not None:
            document_id = documents.store(
                prepared=prepared,
                kind=QUOTE_KIND,
                owner_kind=OWNER,
                owner_id=project_id,
                person_id=row.person_id,
                valid_until_on=quote.valid_until_on,
                actor_id=actor_id,
                now=now,
            )
        written = ProjectQuote(
            project_id=project_id,
            seller=seller,
            label=(clean_line(quote.label) or "")[:TITLE_MAX],
            amount_cents=quote.amount_cents,
            dated_on=quote.dated_on,
            valid_until_on=quote.valid_until_on,
            chosen=quote.chosen,
            target=quote.instead_of_id is not None,
            replaces_id=quote.instead_of_id,
            document_id=document_id,
            added_at=now,
            added_by_id=actor_id,
        )
        if quote.chosen and not written.target:
            answer_target(written)
        session.add(written)
        session.flush()
        before = row.amount_cents
        _cost_by_quotes(session, row)
        row.updated_at = now
        if row.amount_cents < before:
            _check_grants(session, row, now)
        _flush(session)
        _record(row, "project.quoted", actor_id=actor_id, now=now, amount_cents=(before, row.amount_cents))
        return written.id


def aim_lower(*, project_id: int, by_cents: int, actor_id: int | None, now: datetime) -> int | None:
    """Set a lower price to be obtained in the place of the dearest quote that is chosen; return its id.

    The quote stays, set aside. None where there is no such quote, or none that dear. Raises SourceRefused, NotFound.
    """
    with transaction():
        lock(Project, project_id)
        quote = queries.dearest_quote(project_id)
        if quote is None or quote.amount_cents <= by_cents:
            return None
        first_id = quote.replaces_id if quote.target and quote.replaces_id is not None else quote.id
        price = Quote(
            quote.seller, quote.amount_cents - by_cents, day_of(now), label=quote.label, instead_of_id=first_id
        )  # fmt: skip
        acts: dict[str, Any] = {"project_id": project_id, "actor_id": actor_id, "now": now}
        target_id = add_quote(quote=price, **acts)
        choose_quote(quote_id=quote.id, chosen=False, **acts)
        return target_id


def choose_quote(*, project_id: int, quote_id: int, chosen: bool, actor_id: int | None, now: datetime) -> None:
    """Choose a quote, or leave it aside. Raises StackExceeds, NotFound."""
    with transaction() as session:
        row, quote = lock(Project, project_id), load(ProjectQuote, quote_id)
        if quote.project_id != project_id:
            raise NotFound("quote")
        before, quote.chosen = row.amount_cents, chosen
        if chosen:
            leave_target(quote)
        session.flush()
        _cost_by_quotes(session, row)
        row.updated_at = now
        if row.amount_cents < before:
            _check_grants(session, row, now)
        _flush(session)
        _record(row, "project.changed", actor_id=actor_id, now=now, amount_cents=(before, row.amount_cents))


def put_line(
    *,
    project_id: int,
    source: Source,
    amount_cents: int,
    actor_id: int | None,
    now: datetime,
    code: str = "",
    label: str = "",
    line_id: int | None = None,
    state: LineState | None = None,
) -> int:
    """Add a source to a stack, or change the amount of one; return the line's id.

    Raises StackExceeds, SourceRefused, NotFound.
    """
    with transaction() as session:
        project = lock(Project, project_id)
        if line_id is None:
            row = FundingLine(project_id=project_id, created_at=now, state=LineState.PLANNED)
        else:
            row = lock(FundingLine, line_id)
            if row.project_id != project_id:
                raise NotFound("funding line")
        others = [queries.value_of(line) for line in queries.lines_of(project_id) if line.id != (line_id or 0)]
        value = Line(source, amount_cents, code if source is Source.GRANT else "")
        label = _checked(project, value, others, label, now)
        left = room_for(project.amount_cents, others)
        if amount_cents > left:
            raise StackExceeds(left=format_cents(max(left, 0)))
        row.source, row.code, row.amount_cents = source, value.code, amount_cents
        row.label, row.updated_at, row.updated_by_id = label[:TITLE_MAX], now, actor_id
        if state is not None:
            row.state = state
        session.add(row)
        session.flush()
        _record(project, "project.funded", actor_id=actor_id, now=now, amount_cents=(None, amount_cents))
        return row.id


def _checked(project: Project, value: Line, others: list[Line], label: str, now: datetime) -> str:
    """Return the label of a line that the rules let through. Raises SourceRefused."""
    if value.source is not Source.GRANT:
        return clean_line(label) or ""
    on = day_of(now)
    # The person's row is held: of two projects one alone gets a grant that both ask for.
    desk_id = lock(Person, project.person_id).desk_id
    known = parameters.grants(on=on, desk_id=desk_id)
    elsewhere = queries.granted_elsewhere(project)
    why = against(value, need_cents=project.amount_cents, others=others, grants=known, elsewhere=elsewhere)
    grant = next((one for one in known if one.code == value.code), None)
    if not why and grant is not None:
        why = " ".join(refusals(grant, queries.asker(project.person_id, on=on), project.purpose, others))
    if why or grant is None:
        raise SourceRefused(why=why)
    return grant.label


def move_line(
    *,
    project_id: int,
    line_id: int,
    action: LineAction,
    actor_id: int | None,
    now: datetime,
    reason: str | None = None,
) -> None:
    """Take a source along its table. Raises SourceRefused, ReasonMissing, ForbiddenTransition, NotFound."""
    with transaction() as session:
        project, row = lock(Project, project_id), lock(FundingLine, line_id)
        if row.project_id != project_id:
            raise NotFound("funding line")
        if row.source is Source.MICROCREDIT:
            raise SourceRefused(why="Un micro-crédit avance par son dossier : sa banque décide.", field=None)
        target = LINES.after(row.state, action)
        written = (clean_line(reason or "") or "")[:REASON_MAX]
        if target in REASONED and not written:
            raise ReasonMissing
        before, row.state, row.updated_at, row.updated_by_id = row.state, target, now, actor_id
        row.reason = written if target in REASONED else ""
        session.flush()
        _record(project, "project.funded", actor_id=actor_id, now=now, state=(before.value, target.value))


def follow_line(*, line_id: int, amount_cents: int, state: LineState, now: datetime, reason: str = "") -> None:
    """Let the line of a loan follow the loan's own state; the loan writes its own log. Raises StackExceeds, NotFound."""
    with transaction() as session:
        # The project first, as everybody who writes in its stack: two orders would hold one another up.
        lock(Project, load(FundingLine, line_id).project_id)
        row = lock(FundingLine, line_id)
        row.amount_cents, row.state, row.reason, row.updated_at = amount_cents, state, reason[:REASON_MAX], now
        _flush(session)


def fill_stack(
    *, project_id: int, own_cents: int, employer_cents: int, actor_id: int | None, now: datetime
) -> list[int]:
    """Propose what pays a project that nobody pays yet, and write it; return the lines' ids.

    Grants that the person may have, the employer, one's own; what is missing then is for a micro-credit.
    Raises SourceRefused where a source stands already.
    """
    with transaction():
        project = lock(Project, project_id)
        if any(queries.value_of(line).counts for line in queries.lines_of(project_id)):
            raise SourceRefused(
                why="Des financements sont déjà écrits : retirez-les pour repartir d’une proposition.", field=None
            )
        on = day_of(now)
        who = queries.asker(project.person_id, on=on)
        known = parameters.grants(on=on, desk_id=load(Person, project.person_id).desk_id)
        elsewhere = queries.granted_elsewhere(project)
        usable = [grant for grant in known if grant.code not in elsewhere and not refusals(grant, who, project.purpose)]
        lines = propose(project.amount_cents, usable, employer_cents=employer_cents, own_cents=own_cents)
        acts: dict[str, Any] = {"project_id": project_id, "actor_id": actor_id, "now": now}
        return [put_line(source=line.source, amount_cents=line.amount_cents, code=line.code, **acts) for line in lines]
