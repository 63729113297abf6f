"""Reading what was asked and sent; each function says how many queries it makes."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime

from sqlalchemy import select

from mobility.core.db import db
from mobility.documents.models import Document
from mobility.microcredit.dossiers import checklist
from mobility.microcredit.dossiers.models import MicrocreditDossier, MicrocreditPaper
from mobility.microcredit.paperwork.models import JoinedFile, PaperRequest, SentPage
from mobility.microcredit.rules.cards import Card, PageState, SentRow, cards
from mobility.microcredit.rules.completeness import Checked


def living_request(dossier_id: int) -> PaperRequest | None:
    """Return the request that was not taken back, even if its link is too old by now, or None (one query)."""
    return db.session.scalars(
        select(PaperRequest).where(PaperRequest.dossier_id == dossier_id, PaperRequest.revoked_at.is_(None))
    ).first()


def waiting_pages(dossier_id: int) -> Mapping[str, Sequence[tuple[SentPage, Document]]]:
    """Return by paper the pages that wait to be looked at, in the order in which they came (one query)."""
    found: dict[str, list[tuple[SentPage, Document]]] = {}
    for page, document in db.session.execute(
        select(SentPage, Document)
        .join(Document, Document.id == SentPage.document_id)
        .where(SentPage.dossier_id == dossier_id, SentPage.state == PageState.WAITING)
        .order_by(SentPage.id)
    ):
        found.setdefault(page.code, []).append((page, document))
    return found


def cards_of(row: MicrocreditDossier, *, on: date, codes: Sequence[str] | None = None) -> tuple[Card, ...]:
    """Return the cards of a dossier's papers, all or those of ``codes`` (seven queries)."""
    listed = checklist.of_dossier(row, on=on)
    asked: Sequence[Checked] = [one for one in listed if codes is None or one.paper.code in codes]
    sent = db.session.execute(
        select(SentPage.code, SentPage.state, SentPage.reason)
        .where(SentPage.dossier_id == row.id)
        .order_by(SentPage.id)
    )
    return cards(asked, [SentRow(code, state, reason) for code, state, reason in sent])


def joined_file(dossier_id: int) -> JoinedFile | None:
    """Return the file of a dossier that is made or was, or None (one query)."""
    return db.session.scalars(select(JoinedFile).where(JoinedFile.dossier_id == dossier_id)).first()


def under_way(dossier_ids: Collection[int], *, now: datetime) -> dict[int, set[str]]:
    """Return by dossier the papers that a link still asks for, or that wait to be looked at (two queries)."""
    found: dict[int, set[str]] = {}
    for request in db.session.scalars(
        select(PaperRequest).where(
            PaperRequest.dossier_id.in_(dossier_ids), PaperRequest.revoked_at.is_(None), PaperRequest.expires_at > now
        )
    ):
        found.setdefault(request.dossier_id, set()).update(request.codes)
    for dossier_id, code in db.session.execute(
        select(SentPage.dossier_id, SentPage.code)
        .where(SentPage.dossier_id.in_(dossier_ids), SentPage.state == PageState.WAITING)
        .distinct()
    ):
        found.setdefault(dossier_id, set()).add(code)
    return found


def further_pages(person_id: int) -> dict[int, list[int]]:
    """Return by the first document of a paper all of its documents, in their order (one query)."""
    by_paper: dict[int, list[int]] = {}
    for paper_id, document_id in db.session.execute(
        select(SentPage.paper_id, SentPage.document_id)
        .where(SentPage.person_id == person_id, SentPage.state == PageState.ACCEPTED)
        .order_by(SentPage.id)
    ):
        by_paper.setdefault(paper_id or 0, []).append(document_id)
    return {documents[0]: documents for documents in by_paper.values()}


def still_serving(document_ids: Collection[int]) -> frozenset[int]:
    """Return those of the documents that a paper or a page that was not refused needs (two queries).

    The same file is kept once for a person, whoever sends it and for whichever dossier.
    """
    papers = select(MicrocreditPaper.document_id).where(MicrocreditPaper.document_id.in_(document_ids))
    pages = select(SentPage.document_id).where(
        SentPage.document_id.in_(document_ids), SentPage.state != PageState.REFUSED
    )
    return frozenset(one for query in (papers, pages) for one in db.session.scalars(query) if one is not None)


def is_open(request: PaperRequest, *, now: datetime) -> bool:
    """Tell whether the link of a request still answers."""
    return request.revoked_at is None and request.expires_at > now
