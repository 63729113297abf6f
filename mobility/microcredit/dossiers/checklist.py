"""What a dossier's bank asks for, held against what the person has brought."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import or_, select

from mobility.core.db import db, load
from mobility.documents.models import Document
from mobility.funding.models import Project, ProjectQuote
from mobility.funding.rules import Purpose
from mobility.microcredit.dossiers.models import MicrocreditDossier, MicrocreditPaper, MicrocreditReask
from mobility.microcredit.models import CreditOffer, CreditPartner
from mobility.microcredit.rules.completeness import Brought, Checked, check
from mobility.microcredit.rules.papers import Paper, papers_for, read_papers
from mobility.people.models import Person

QUOTE = "quote"


def partner_of(row: MicrocreditDossier, desk_id: int) -> CreditPartner | None:
    """Return the bank as a partner of the desk, before the one of all desks (one query)."""
    if row.bank_id is None:
        return None
    return db.session.scalars(
        select(CreditPartner)
        .where(
            CreditPartner.organisation_id == row.bank_id,
            or_(CreditPartner.desk_id == desk_id, CreditPartner.desk_id.is_(None)),
        )
        .order_by(CreditPartner.desk_id.is_(None), CreditPartner.id)
        .limit(1)
    ).first()


def wants_committee(row: MicrocreditDossier) -> bool:
    """Tell whether the bank's agreement wants our committee's word first (two queries)."""
    partner = partner_of(row, load(Person, row.person_id).desk_id)
    return partner is not None and partner.committee


def _list(row: MicrocreditDossier, person: Person, on: date) -> tuple[Paper, ...]:
    partner = partner_of(row, person.desk_id)
    if partner is None:
        return ()
    project = load(Project, row.project_id)
    found: dict[str, Paper] = {}
    for kept in db.session.scalars(
        select(CreditOffer.papers)
        .where(
            CreditOffer.partner_id == partner.id,
            CreditOffer.valid_from_on <= on,
            or_(CreditOffer.valid_until_on.is_(None), CreditOffer.valid_until_on >= on),
        )
        .order_by(CreditOffer.id)
    ):
        for paper in papers_for(read_papers(kept), purpose=Purpose(project.purpose.value), status=person.status):
            found.setdefault(paper.code, paper)
    return tuple(found.values())


def of_dossier(row: MicrocreditDossier, *, on: date) -> tuple[Checked, ...]:
    """Return the bank's list with what is there (some seven queries). Without a list nothing is asked for.

    What the bank wants again counts only from then on.
    """
    person = load(Person, row.person_id)
    papers = _list(row, person, on)
    if not papers:
        return ()
    kept = db.session.execute(
        select(
            MicrocreditPaper.code,
            MicrocreditPaper.dated_on,
            MicrocreditPaper.document_id,
            MicrocreditPaper.added_at,
            Document.nir_found,
        )
        .outerjoin(Document, Document.id == MicrocreditPaper.document_id)
        .where(MicrocreditPaper.person_id == row.person_id, Document.erased_at.is_(None))
        .order_by(MicrocreditPaper.id)
    )
    quotes = db.session.execute(
        select(ProjectQuote.dated_on, ProjectQuote.document_id, ProjectQuote.added_at, Document.nir_found)
        .join(Document, Document.id == ProjectQuote.document_id)
        .where(
            ProjectQuote.project_id == row.project_id,
            ProjectQuote.chosen.is_(True),
            Document.erased_at.is_(None),
        )
    )
    asked = _asked_again(row.id)
    brought = [
        Brought(code, one.dated_on, one.document_id, bool(one.nir_found))
        for code, one in [*((one.code, one) for one in kept), *((QUOTE, one) for one in quotes)]
        if code not in asked or one.added_at > asked[code]
    ]
    return check(papers, brought, on=on)


def _asked_again(dossier_id: int) -> dict[str, datetime]:
    """Return by paper when the bank wanted it again last (one query)."""
    rows = db.session.execute(
        select(MicrocreditReask.code, MicrocreditReask.asked_at)
        .where(MicrocreditReask.dossier_id == dossier_id)
        .order_by(MicrocreditReask.asked_at)
    )
    return {code: asked_at for code, asked_at in rows}  # noqa: C416 - rows are no pairs to the type checker
