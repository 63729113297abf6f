"""The adviser looks at what came: takes the pages as a paper, or says why not."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from mobility.core.clock import day_of
from mobility.core.db import load, lock, transaction
from mobility.core.text import clean_text
from mobility.documents import services as documents
from mobility.documents.models import Document
from mobility.journal import services as journal
from mobility.microcredit.dossiers import checklist
from mobility.microcredit.dossiers import words as dossier_words
from mobility.microcredit.dossiers.errors import PaperInvalid, ReasonMissing
from mobility.microcredit.dossiers.models import MicrocreditDossier, MicrocreditPaper
from mobility.microcredit.paperwork import words
from mobility.microcredit.paperwork.models import PaperRequest, SentPage
from mobility.microcredit.paperwork.queries import is_open, living_request, still_serving
from mobility.microcredit.paperwork.services.asking import renew, tell
from mobility.microcredit.rules.cards import PageState
from mobility.microcredit.rules.states import OVER

REASON_MAX = 300


def accept(
    *, dossier_id: int, code: str, dated_on: date | None, checked: bool, actor_id: int | None, now: datetime
) -> int:
    """Take the pages that wait of a paper as that paper, with its date; return the paper's id.

    ``checked``: the adviser has seen that no social security number shows. Raises PaperInvalid, NotFound.
    """
    if dated_on is None or dated_on > day_of(now):
        raise PaperInvalid("Écrivez la date qui est sur la pièce.", field="dated_on")
    with transaction() as session:
        row = lock(MicrocreditDossier, dossier_id)
        pages = _waiting(session, row, code)
        if any(load(Document, page.document_id).nir_found for page in pages):
            raise PaperInvalid("Un numéro de sécurité sociale s’y trouve : cachez-le d’abord.")
        if not checked:
            raise PaperInvalid("Vérifiez qu’aucun numéro de sécurité sociale ne se voit, puis cochez.", field="checked")
        paper = MicrocreditPaper(
            person_id=row.person_id,
            code=code,
            dated_on=dated_on,
            document_id=pages[0].document_id,
            added_at=now,
            added_by_id=actor_id,
        )
        session.add(paper)
        session.flush()
        for page in pages:
            page.state, page.decided_at, page.decided_by_id, page.paper_id = PageState.ACCEPTED, now, actor_id, paper.id
        _write(row, code, words.TAKEN_KIND, actor_id, now)
        return paper.id


def refuse(*, dossier_id: int, code: str, reason: str, actor_id: int | None, now: datetime) -> None:
    """Refuse the pages that wait of a paper: they are erased, and the person is told why, with a link that answers.

    Raises ReasonMissing, PaperInvalid, NotFound.
    """
    said = (clean_text(reason) or "")[:REASON_MAX]
    if not said:
        raise ReasonMissing
    with transaction() as session:
        row = lock(MicrocreditDossier, dossier_id)
        pages = _waiting(session, row, code)
        for page in pages:
            page.state, page.decided_at, page.decided_by_id, page.reason = PageState.REFUSED, now, actor_id, said
        session.flush()
        sent = [page.document_id for page in pages]
        gone = sorted(set(sent) - still_serving(sent))
        request = _request_for(session, row, code, actor_id, now)
        label = _label(row, code, now)
        tell(row, request, words.REFUSED, key=f"{pages[-1].id}:{code}"[:80], now=now, paper=label, reason=said)
        _write(row, code, words.REFUSED_KIND, actor_id, now)
    for document_id in gone:
        documents.erase(document_id=document_id, actor_id=actor_id, now=now)


def _waiting(session: Session, row: MicrocreditDossier, code: str) -> Sequence[SentPage]:
    if row.state in OVER:
        raise PaperInvalid("Ce dossier est terminé.")
    pages = session.scalars(
        select(SentPage)
        .where(SentPage.dossier_id == row.id, SentPage.code == code, SentPage.state == PageState.WAITING)
        .order_by(SentPage.id)
    ).all()
    if not pages:
        raise PaperInvalid("Ces pages ont déjà été regardées.")
    return pages


def _request_for(
    session: Session, row: MicrocreditDossier, code: str, actor_id: int | None, now: datetime
) -> PaperRequest:
    """Return a request that answers and asks for a paper: the one there is, or a new one."""
    known = living_request(row.id)
    if known is not None and is_open(known, now=now) and code in known.codes:
        return known
    listed = {one.paper.code for one in checklist.of_dossier(row, on=day_of(now))}
    before = [] if known is None else [one for one in known.codes if one in listed]
    return renew(session, row, {*before, code}, actor_id=actor_id, now=now)


def _label(row: MicrocreditDossier, code: str, now: datetime) -> str:
    return next((one.paper.label for one in checklist.of_dossier(row, on=day_of(now)) if one.paper.code == code), code)


def _write(row: MicrocreditDossier, code: str, kind: str, actor_id: int | None, now: datetime) -> None:
    journal.write_act(
        person_id=row.person_id,
        subject_kind=dossier_words.SUBJECT,
        subject_id=row.id,
        action=kind,
        kind=kind,
        now=now,
        actor_id=actor_id,
        changes={"code": (None, code)},
    )
