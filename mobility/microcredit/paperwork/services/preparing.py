"""One file of a dossier and all its papers, made by a job: the desk asks for it and reads what is there.

A row says what is wanted. The job makes the file in the workshop, adopts it into the storage, and writes in one
transaction what it is for: a kill at any instant leaves the row as it was, and the next run begins anew.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from mobility.core import jobs
from mobility.core.clock import day_of
from mobility.core.db import check_version, db, end_read, lock, transaction
from mobility.core.errors import ForbiddenTransition, RuleViolation, StaleVersion
from mobility.documents import services as documents
from mobility.microcredit.dossiers import paper, words
from mobility.microcredit.dossiers.models import MicrocreditDossier
from mobility.microcredit.dossiers.services.bank import transmit
from mobility.microcredit.dossiers.services.steps import check_step
from mobility.microcredit.paperwork.joining import drop_file
from mobility.microcredit.paperwork.models import JoinedFile
from mobility.microcredit.paperwork.queries import joined_file
from mobility.microcredit.rules.joining import JoinState, next_try
from mobility.microcredit.rules.states import DOSSIERS, Action

KIND = "microcredit_preview"
NAME = "dossier-microcredit.pdf"
MOST = 20
# A file to look at holds everything about somebody: it is made anew rather than kept.
KEPT = timedelta(days=1)
BROKEN = "Le fichier n’a pas pu être fait. Réessayez ; si cela recommence, remplacez les papiers les plus lourds."
CHANGED = "Le dossier a changé entre-temps : regardez-le, puis envoyez-le à nouveau."
log = structlog.get_logger(__name__)


def ask_file(*, dossier_id: int, actor_id: int | None, now: datetime) -> None:
    """Have the file of a dossier made, to look at. Nothing changes where it is being made. Raises NotFound."""
    with transaction() as session:
        row = lock(MicrocreditDossier, dossier_id)
        _ask(session, row, sends=False, actor_id=actor_id, now=now)


def ask_sending(*, dossier_id: int, version: int | None, actor_id: int | None, now: datetime) -> None:
    """Have the file of a dossier made and sent to its bank; it leaves as it stands now, or not at all.

    Raises StepNotReady, ForbiddenTransition, StaleVersion, NotFound.
    """
    with transaction() as session:
        row = lock(MicrocreditDossier, dossier_id)
        check_version(row, version)
        DOSSIERS.after(row.state, Action.TRANSMIT)
        check_step(row, Action.TRANSMIT, on=None, today=day_of(now))
        _ask(session, row, sends=True, actor_id=actor_id, now=now)


def _ask(session: Session, row: MicrocreditDossier, *, sends: bool, actor_id: int | None, now: datetime) -> None:
    before = joined_file(row.id)
    if before is not None:
        if before.state is JoinState.WAITING and (before.sends or not sends):
            return
        drop_file(session, row.id, now=now)
    session.add(
        JoinedFile(
            dossier_id=row.id, sends=sends, version=row.version if sends else None, state=JoinState.WAITING,
            asked_at=now, asked_by_id=actor_id, next_at=now,
        )
    )  # fmt: skip
    session.flush()


def call_off(*, dossier_id: int, now: datetime) -> bool:
    """Take back a file that was asked for; tell whether it was still time. Raises NotFound."""
    with transaction() as session:
        lock(MicrocreditDossier, dossier_id)
        row = joined_file(dossier_id)
        if row is None or row.state is JoinState.READY:
            return False
        drop_file(session, dossier_id, now=now)
        return True


def join_due(*, now: datetime, limit: int = MOST) -> dict[str, int]:
    """Make the files that are asked for, the longest waiting first, and take old ones away. Safe to run again."""
    counts = {"done": 0, "failed": 0, "deleted": _forget(now)}
    due = db.session.scalars(
        select(JoinedFile.id)
        .where(JoinedFile.state == JoinState.WAITING, JoinedFile.next_at <= now)
        .order_by(JoinedFile.asked_at, JoinedFile.id)
        .limit(limit)
    )
    waiting: Sequence[int] = list(due)
    end_read()
    for row_id in waiting:
        if jobs.stopping():
            break
        counts["done" if _join(row_id, now) else "failed"] += 1
    return counts


def _join(row_id: int, now: datetime) -> bool:
    """Make one file; tell whether it went well or is not wanted any more."""
    row = db.session.get(JoinedFile, row_id, populate_existing=True)
    if row is None or row.state is not JoinState.WAITING:
        end_read()
        return True
    dossier_id, sends, version, asked_by_id = row.dossier_id, row.sends, row.version, row.asked_by_id
    end_read()
    try:
        if sends:
            transmit(dossier_id=dossier_id, version=version, actor_id=asked_by_id, now=now)
        else:
            _show(row_id, dossier_id, asked_by_id, now)
    except (StaleVersion, ForbiddenTransition):
        _give_up(row_id, CHANGED, now)
        return False
    except RuleViolation as refusal:
        _give_up(row_id, refusal.message, now)
        return False
    except Exception:  # whatever broke it may pass (a full disk, memory): it is tried again, and never stops the others
        log.exception("joining_broke", dossier=dossier_id)
        _try_again(row_id, now)
        return False
    return True


def _show(row_id: int, dossier_id: int, actor_id: int | None, now: datetime) -> None:
    with paper.made(dossier_id, now=now) as made:
        prepared = documents.keep_made(made, NAME)
    try:
        with transaction() as session:
            dossier = lock(MicrocreditDossier, dossier_id)
            row = session.get(JoinedFile, row_id, populate_existing=True)
            if row is None or row.state is not JoinState.WAITING:
                return
            row.document_id = documents.store(
                prepared=prepared, kind=KIND, owner_kind=words.OWNER, owner_id=dossier_id,
                person_id=dossier.person_id, actor_id=actor_id, now=now,
            )  # fmt: skip
            row.state, row.ended_at = JoinState.READY, now
    finally:
        if not prepared.taken:
            documents.discard(prepared)


def _give_up(row_id: int, why: str, now: datetime) -> None:
    with transaction() as session:
        row = session.get(JoinedFile, row_id, populate_existing=True)
        if row is not None and row.state is JoinState.WAITING:
            row.state, row.ended_at, row.why = JoinState.FAILED, now, why


def _try_again(row_id: int, now: datetime) -> None:
    with transaction() as session:
        row = session.get(JoinedFile, row_id, populate_existing=True)
        if row is None or row.state is not JoinState.WAITING:
            return
        row.tries += 1
        later = next_try(row.tries, now=now)
        if later is None:
            row.state, row.ended_at, row.why = JoinState.FAILED, now, BROKEN
        else:
            row.next_at = later


def _forget(now: datetime) -> int:
    """Take away the files to look at that nobody needs any more; return how many."""
    old = list(
        db.session.scalars(
            select(JoinedFile.dossier_id).where(JoinedFile.state == JoinState.READY, JoinedFile.ended_at < now - KEPT)
        )
    )
    end_read()
    for dossier_id in old:
        with transaction() as session:
            lock(MicrocreditDossier, dossier_id)
            row = joined_file(dossier_id)
            if row is not None and row.state is JoinState.READY:
                drop_file(session, dossier_id, now=now)
    return len(old)
