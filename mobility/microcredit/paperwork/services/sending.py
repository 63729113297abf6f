"""A person sends a paper page by page; each page is kept as soon as it is there."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, func, or_, select

from mobility.core import jobs
from mobility.core.clock import day_of
from mobility.core.db import db, end_read, load, lock, transaction
from mobility.documents import services as documents
from mobility.documents.models import Document
from mobility.documents.services import Prepared
from mobility.microcredit.dossiers import checklist
from mobility.microcredit.dossiers.errors import PaperInvalid
from mobility.microcredit.dossiers.models import MicrocreditDossier
from mobility.microcredit.paperwork.models import SentPage
from mobility.microcredit.paperwork.queries import still_serving
from mobility.microcredit.rules.cards import PageState
from mobility.microcredit.rules.papers import file_kind
from mobility.microcredit.rules.states import OVER

MOST_PAGES = 20
# Of one dossier, waiting and decided: a link that got into wrong hands must not fill the disk.
MOST_IN_ALL = 300


def send_page(*, dossier_id: int, code: str, prepared: Prepared | None, now: datetime) -> int:
    """Keep a page of a paper for the adviser to look at; return its id. The same file sent twice is one page.

    The name that the file had is not kept: it often holds one. Raises PaperInvalid, NotFound.
    """
    with transaction() as session:
        row = lock(MicrocreditDossier, dossier_id)
        if row.state in OVER:
            raise PaperInvalid("Ce dossier est terminé. Appelez votre antenne.")
        if code not in {one.paper.code for one in checklist.of_dossier(row, on=day_of(now))}:
            raise PaperInvalid("Ce papier n’est pas demandé.")
        if prepared is None:
            raise PaperInvalid("Prenez une photo, ou choisissez un fichier.")
        counted = session.execute(
            select(SentPage.code, SentPage.state, func.count())
            .where(SentPage.dossier_id == row.id)
            .group_by(SentPage.code, SentPage.state)
        ).all()
        waiting = sum(number for one, state, number in counted if (one, state) == (code, PageState.WAITING))
        if waiting >= MOST_PAGES or sum(number for _code, _state, number in counted) >= MOST_IN_ALL:
            raise PaperInvalid("Vous avez envoyé beaucoup de pages. Attendez que l’antenne les regarde.")
        prepared.filename = f"{file_kind(code)}.{prepared.filename.rpartition('.')[2]}"
        document_id = documents.store(
            prepared=prepared,
            kind=file_kind(code),
            owner_kind="person",
            owner_id=row.person_id,
            person_id=row.person_id,
            actor_id=None,
            now=now,
        )
        known = session.scalars(
            select(SentPage).where(
                SentPage.dossier_id == row.id, SentPage.code == code, SentPage.document_id == document_id
            )
        ).first()
        if known is not None:
            return known.id
        page = SentPage(
            dossier_id=row.id, person_id=row.person_id, code=code, document_id=document_id,
            state=PageState.WAITING, sent_at=now,
        )  # fmt: skip
        session.add(page)
        session.flush()
        return page.id


def take_back(*, dossier_id: int, code: str, now: datetime) -> bool:
    """Erase the last page that waits of a paper, as the person wishes; tell whether there was one."""
    with transaction() as session:
        lock(MicrocreditDossier, dossier_id)
        page = session.scalars(
            select(SentPage)
            .where(SentPage.dossier_id == dossier_id, SentPage.code == code, SentPage.state == PageState.WAITING)
            .order_by(SentPage.id.desc())
            .limit(1)
        ).first()
        if page is None:
            return False
        document_id = load(SentPage, page.id).document_id
        session.delete(page)
        session.flush()
        serves = bool(still_serving([document_id]))
    if not serves:
        documents.erase(document_id=document_id, actor_id=None, now=now)
    return True


def forget_pages(*, now: datetime, limit: int = 500) -> dict[str, int]:
    """Take away the pages that wait for nobody: their dossier is over, or their file was erased. Safe to run again."""
    rows = db.session.execute(
        select(SentPage.id, SentPage.document_id, Document.erased_at)
        .join(MicrocreditDossier, MicrocreditDossier.id == SentPage.dossier_id)
        .join(Document, Document.id == SentPage.document_id)
        .where(
            SentPage.state == PageState.WAITING,
            or_(MicrocreditDossier.state.in_(OVER), Document.erased_at.is_not(None)),
        )
        .order_by(SentPage.id)
        .limit(limit)
    ).all()
    end_read()
    counts = {"deleted": 0}
    for page_id, document_id, erased_at in rows:
        if jobs.stopping():
            break
        with transaction() as session:
            gone = delete(SentPage).where(SentPage.id == page_id, SentPage.state == PageState.WAITING)
            taken = int(getattr(session.execute(gone), "rowcount", 0))
            serves = bool(still_serving([document_id]))
        if taken and erased_at is None and not serves:
            documents.erase(document_id=document_id, actor_id=None, now=now)
        counts["deleted"] += taken
    return counts
