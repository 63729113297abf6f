"""What a dossier's bank asks for, held against what the person has brought."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import or_, select

from mobility.core.db import db
from mobility.documents.models import Document
from mobility.funding.models import Project, ProjectQuote
from mobility.funding.rules import Purpose
from mobility.microcredit.dossiers import parameters
from mobility.microcredit.dossiers.models import MicrocreditDossier, MicrocreditPaper, MicrocreditReask
from mobility.microcredit.models import CreditOffer, CreditPartner
from mobility.microcredit.rules.completeness import Brought, Checked, check, too_old_by
from mobility.microcredit.rules.papers import Paper, papers_for, read_papers
from mobility.people.models import Person

QUOTE = "quote"


def partners_of(rows: Sequence[MicrocreditDossier], persons: Mapping[int, Person]) -> dict[int, CreditPartner]:
    """Return by dossier its bank as a partner of the desk, before the one of all desks (one query)."""
    banks = {row.bank_id for row in rows if row.bank_id is not None}
    if not banks:
        return {}
    known = {
        (one.organisation_id, one.desk_id): one
        for one in db.session.scalars(select(CreditPartner).where(CreditPartner.organisation_id.in_(banks)))
    }
    found = {}
    for row in rows:
        desk_id = persons[row.person_id].desk_id
        one = known.get((row.bank_id or 0, desk_id)) or known.get((row.bank_id or 0, None))
        if one is not None:
            found[row.id] = one
    return found


def _persons(rows: Sequence[MicrocreditDossier]) -> dict[int, Person]:
    ids = {row.person_id for row in rows}
    return {one.id: one for one in db.session.scalars(select(Person).where(Person.id.in_(ids)))}


def partner_of(row: MicrocreditDossier) -> CreditPartner | None:
    """Return a dossier's bank as a partner, or None (two queries)."""
    return partners_of([row], _persons([row])).get(row.id)


def wants_committee(row: MicrocreditDossier) -> bool:
    """Tell whether the bank's agreement wants our committee's word first (two queries)."""
    partner = partner_of(row)
    return partner is not None and partner.committee


@dataclass(frozen=True, slots=True)
class Expected:
    """When a bank will have decided if the dossier left today, and what of its papers will be too old by then."""

    on: date
    too_old: tuple[Checked, ...]


def at_decision(rows: Sequence[MicrocreditDossier], *, on: date) -> dict[int, Expected]:
    """Return by dossier what its bank will find too old (some eight queries, however many rows)."""
    listed = of_dossiers(rows, on=on)
    partners = partners_of(rows, _persons(rows))
    found = {}
    for row in rows:
        if row.id in partners:
            day = on + timedelta(days=partners[row.id].decides_days)
            found[row.id] = Expected(day, too_old_by(listed[row.id], day))
    return found


def of_dossier(row: MicrocreditDossier, *, on: date) -> tuple[Checked, ...]:
    """Return the bank's list with what is there (some eight queries). Without a list nothing is asked for.

    What the bank wants again counts only from then on.
    """
    return of_dossiers([row], on=on)[row.id]


def of_dossiers(rows: Sequence[MicrocreditDossier], *, on: date) -> dict[int, tuple[Checked, ...]]:
    """Return by dossier its bank's list with what is there (some eight queries, however many rows)."""
    lists = _lists(rows, on)
    asked = [row for row in rows if lists[row.id]]
    papers = _brought({row.person_id for row in asked})
    quotes = _quotes({row.project_id for row in asked})
    again = _asked_again([row.id for row in asked])
    notice = parameters.ageing_days(on=on) if asked else 0
    found: dict[int, tuple[Checked, ...]] = {row.id: () for row in rows}
    for row in asked:
        there = [
            one
            for one, added_at in [*papers.get(row.person_id, ()), *quotes.get(row.project_id, ())]
            if (row.id, one.code) not in again or added_at > again[row.id, one.code]
        ]
        found[row.id] = check(lists[row.id], there, on=on, notice_days=notice)
    return found


def _lists(rows: Sequence[MicrocreditDossier], on: date) -> dict[int, tuple[Paper, ...]]:
    """Return by dossier the papers that its bank's offers ask for (four queries)."""
    persons = _persons(rows)
    partners = partners_of(rows, persons)
    purposes = {
        number: Purpose(purpose.value)
        for number, purpose in db.session.execute(
            select(Project.id, Project.purpose).where(Project.id.in_({row.project_id for row in rows}))
        )
    }
    offered: dict[int, list[tuple[Paper, ...]]] = {}
    if partners:
        for partner_id, kept in db.session.execute(
            select(CreditOffer.partner_id, CreditOffer.papers)
            .where(
                CreditOffer.partner_id.in_({one.id for one in partners.values()}),
                CreditOffer.valid_from_on <= on,
                or_(CreditOffer.valid_until_on.is_(None), CreditOffer.valid_until_on >= on),
            )
            .order_by(CreditOffer.id)
        ):
            offered.setdefault(partner_id, []).append(read_papers(kept))
    found: dict[int, tuple[Paper, ...]] = {row.id: () for row in rows}
    for row in rows:
        if row.id not in partners:
            continue
        by_code: dict[str, Paper] = {}
        for papers in offered.get(partners[row.id].id, ()):
            for paper in papers_for(papers, purpose=purposes[row.project_id], status=persons[row.person_id].status):
                by_code.setdefault(paper.code, paper)
        found[row.id] = tuple(by_code.values())
    return found


Dated = tuple[Brought, datetime]


def _brought(person_ids: Collection[int]) -> dict[int, list[Dated]]:
    """Return by person their papers, in the order in which they came (one query)."""
    found: dict[int, list[Dated]] = {}
    for one in db.session.execute(
        select(
            MicrocreditPaper.person_id,
            MicrocreditPaper.code,
            MicrocreditPaper.dated_on,
            MicrocreditPaper.document_id,
            MicrocreditPaper.added_at,
            Document.nir_found,
        )
        .outerjoin(Document, Document.id == MicrocreditPaper.document_id)
        .where(MicrocreditPaper.person_id.in_(person_ids), Document.erased_at.is_(None))
        .order_by(MicrocreditPaper.id)
    ):
        brought = Brought(one.code, one.dated_on, one.document_id, bool(one.nir_found))
        found.setdefault(one.person_id, []).append((brought, one.added_at))
    return found


def _quotes(project_ids: Collection[int]) -> dict[int, list[Dated]]:
    """Return by project its chosen quotes (one query)."""
    found: dict[int, list[Dated]] = {}
    for one in db.session.execute(
        select(
            ProjectQuote.project_id,
            ProjectQuote.dated_on,
            ProjectQuote.document_id,
            ProjectQuote.added_at,
            Document.nir_found,
        )
        .join(Document, Document.id == ProjectQuote.document_id)
        .where(
            ProjectQuote.project_id.in_(project_ids),
            ProjectQuote.chosen.is_(True),
            Document.erased_at.is_(None),
        )
        .order_by(ProjectQuote.id)
    ):
        brought = Brought(QUOTE, one.dated_on, one.document_id, bool(one.nir_found))
        found.setdefault(one.project_id, []).append((brought, one.added_at))
    return found


def _asked_again(dossier_ids: Collection[int]) -> dict[tuple[int, str], datetime]:
    """Return by dossier and paper when the bank wanted it again last (one query)."""
    rows = db.session.execute(
        select(MicrocreditReask.dossier_id, MicrocreditReask.code, MicrocreditReask.asked_at)
        .where(MicrocreditReask.dossier_id.in_(dossier_ids))
        .order_by(MicrocreditReask.asked_at)
    )
    return {(dossier_id, code): asked_at for dossier_id, code, asked_at in rows}
