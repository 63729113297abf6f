"""Use cases of documents.

Reading, checking and writing a file takes a while: ``prepare`` does it before the transaction, and
``store`` then writes the row together with its cause. A file that is prepared and never stored is
deleted by ``discard``, or by the clean-up job on the next day::

    with prepare(upload.stream, upload.filename) as prepared:
        services.store(prepared=prepared, kind="licence", owner_kind="person", owner_id=person_id, …)
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import BinaryIO

import structlog
from flask import current_app
from sqlalchemy import or_, select

from mobility.accounts import audit
from mobility.core import jobs
from mobility.core.db import db, in_transaction, load, lock, transaction
from mobility.documents import pdfs, pictures, queries, rules, storage
from mobility.documents.errors import (
    DamagedFile,
    EmptyFile,
    FileTooLarge,
    PictureNeeded,
    UnknownFileType,
)
from mobility.documents.models import Document, DocumentUse
from mobility.documents.rules import MediaType

NO_HASH = "0" * 64
ORPHAN_AGE = timedelta(days=1)
_BATCH = 500

log = structlog.get_logger(__name__)


@dataclass(slots=True)
class Prepared:
    """A file that was checked and lies in the storage, waiting for its row."""

    filename: str
    media_type: MediaType
    size_bytes: int
    sha256: str
    storage_key: str
    taken: bool = field(default=False)
    nir_found: bool = False


@contextmanager
def prepare(
    stream: BinaryIO, filename: str | None, *, pictures_only: bool = False, paper: bool = False
) -> Iterator[Prepared]:
    """Check a file and write it, outside of any transaction; delete it at the end unless ``store`` took it.

    Raises as ``prepare_bytes``.
    """
    prepared = prepare_bytes(read_limited(stream), filename or "", pictures_only=pictures_only, paper=paper)
    try:
        yield prepared
    finally:
        if not prepared.taken:
            discard(prepared)


def prepare_bytes(data: bytes, filename: str, *, pictures_only: bool = False, paper: bool = False) -> Prepared:
    """Check bytes and write them; whoever calls this also calls ``store`` or ``discard``.

    ``paper``: a paper that will be sent on; photographs are made readable, of a PDF only the pages are kept, and its
    text is searched for a social security number. Raises EmptyFile, FileTooLarge, UnknownFileType, PictureNeeded,
    DamagedFile, PictureTooLarge; for a paper also LockedPdf, PdfTooLong.
    """
    media_type, checked, nir_found = _check(data, pictures_only=pictures_only, paper=paper)
    return Prepared(
        nir_found=nir_found,
        filename=rules.safe_name(filename, media_type),
        media_type=media_type,
        size_bytes=len(checked),
        sha256=hashlib.sha256(checked).hexdigest(),
        storage_key=storage.write(checked),
    )


def keep_made(path: Path, filename: str) -> Prepared:
    """Take a PDF that the platform itself has made, whatever its size; whoever calls this also calls ``store`` or ``discard``."""
    with path.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    size_bytes = path.stat().st_size
    return Prepared(filename, MediaType.PDF, size_bytes, sha256, storage.adopt(path))


def discard(prepared: Prepared) -> None:
    """Delete a prepared file for which there will be no row."""
    storage.delete(prepared.storage_key)


def limit_mb() -> int:
    """Return how large a file may be, in megabytes."""
    return int(current_app.config["MAX_UPLOAD_MB"])


def read_limited(stream: BinaryIO) -> bytes:
    """Read no more than may be kept, whatever the stream holds."""
    return stream.read(limit_mb() * 1024 * 1024 + 1)


def _check(data: bytes, *, pictures_only: bool, paper: bool) -> tuple[MediaType, bytes, bool]:
    if not data:
        raise EmptyFile
    if len(data) > limit_mb() * 1024 * 1024:
        raise FileTooLarge(limit_mb=limit_mb())
    if rules.is_heif(data[: rules.SIGNATURE_BYTES]):
        data = pictures.from_heif(data)
    media_type = rules.detect(data[: rules.SIGNATURE_BYTES])
    if media_type is None:
        raise UnknownFileType
    if media_type in rules.PICTURES:
        made, kept_as = pictures.make_anew(data, media_type, paper=paper)
        return kept_as, made, False
    if pictures_only:
        raise PictureNeeded
    if not rules.is_whole_pdf(data):
        raise DamagedFile
    if paper:
        pages = pdfs.make_anew(data)
        return media_type, pages.data, bool(pages.nir_pages)
    return media_type, data, False


def store(
    *,
    prepared: Prepared,
    kind: str,
    owner_kind: str,
    owner_id: int,
    actor_id: int | None,
    now: datetime,
    person_id: int | None = None,
    valid_until_on: date | None = None,
) -> int:
    """Write the row of a prepared file and return its id, joining the transaction.

    The same file for the same owner and kind is kept once: the document that is there is returned,
    with the later end of validity. Raises ValueError for a kind that is not one word.
    """
    if not rules.is_kind(kind) or not rules.is_kind(owner_kind):
        raise ValueError("kinds are lower case words")
    with transaction() as session:
        known = session.scalars(
            select(Document).where(
                Document.owner_kind == owner_kind,
                Document.owner_id == owner_id,
                Document.kind == kind,
                Document.sha256 == prepared.sha256,
                Document.erased_at.is_(None),
            )
        ).first()
        if known is not None:
            if valid_until_on is not None and (known.valid_until_on is None or known.valid_until_on < valid_until_on):
                known.valid_until_on = valid_until_on
            return known.id
        row = Document(
            kind=kind,
            owner_kind=owner_kind,
            owner_id=owner_id,
            person_id=person_id,
            filename=prepared.filename,
            media_type=prepared.media_type.value,
            size_bytes=prepared.size_bytes,
            sha256=prepared.sha256,
            storage_key=prepared.storage_key,
            valid_until_on=valid_until_on,
            nir_found=prepared.nir_found,
            uploaded_by_id=actor_id,
            uploaded_at=now,
        )
        session.add(row)
        session.flush()
        prepared.taken = True
        _record("document.store", row, actor_id, now)
        return row.id


def _record(action: str, row: Document, actor_id: int | None, now: datetime) -> None:
    audit.record(
        actor_id=actor_id,
        action=action,
        subject_kind="document",
        subject_id=row.id,
        person_id=row.person_id,
        now=now,
        changes={"kind": (None, row.kind)},
    )


def use_again(*, document_id: int, owner_kind: str, owner_id: int, now: datetime) -> None:
    """Let a document serve one more thing, so that nobody uploads it twice. Raises NotFound."""
    if not rules.is_kind(owner_kind):
        raise ValueError("kinds are lower case words")
    with transaction() as session:
        row = lock(Document, document_id)
        queries.check_not_erased(row)
        there = select(DocumentUse.id).where(
            DocumentUse.document_id == document_id,
            DocumentUse.owner_kind == owner_kind,
            DocumentUse.owner_id == owner_id,
        )
        if (row.owner_kind, row.owner_id) != (owner_kind, owner_id) and session.scalar(there) is None:
            session.add(DocumentUse(document_id=document_id, owner_kind=owner_kind, owner_id=owner_id, used_at=now))


def set_validity(*, document_id: int, valid_until_on: date | None, actor_id: int | None, now: datetime) -> None:
    """Say until when a document holds; None means for good. Raises NotFound."""
    with transaction():
        row = lock(Document, document_id)
        queries.check_not_erased(row)
        before, row.valid_until_on = row.valid_until_on, valid_until_on
        audit.record(
            actor_id=actor_id,
            action="document.validity",
            subject_kind="document",
            subject_id=document_id,
            person_id=row.person_id,
            now=now,
            changes={"valid_until_on": (before, valid_until_on)},
        )


def erase(*, document_id: int, actor_id: int | None, now: datetime) -> None:
    """Erase a document: its name and its bytes go, the row stays to say that there was one. Raises NotFound.

    Inside a larger transaction the file goes with the next clean-up: it must outlive a rollback.
    """
    with transaction() as session:
        row = lock(Document, document_id)
        if row.erased_at is not None:
            return
        key = row.storage_key
        row.erased_at, row.filename, row.sha256 = now, "", NO_HASH
        for use in session.scalars(select(DocumentUse).where(DocumentUse.document_id == document_id)):
            session.delete(use)
        _record("document.erase", row, actor_id, now)
    if not in_transaction():
        storage.delete(key)


def clean_up(now: datetime) -> dict[str, int]:
    """Delete the files that no document needs: erased ones, and those of uploads that came to nothing.

    Young files are left alone, since their row may be about to be written. Rows whose file is
    missing are counted and logged: only a backup brings them back.
    """
    counts = {"deleted": 0, "missing": 0}
    batch: list[tuple[str, datetime]] = []
    for found in storage.walk():
        batch.append(found)
        if len(batch) == _BATCH:
            counts["deleted"] += _clean_batch(batch, now)
            batch = []
        if jobs.stopping():
            break
    counts["deleted"] += _clean_batch(batch, now)
    counts["deleted"] += storage.sweep_workshop(now - ORPHAN_AGE)
    counts["missing"] = _count_missing()
    if counts["missing"]:
        log.error("document_files_missing", count=counts["missing"])
    return counts


def _clean_batch(batch: Collection[tuple[str, datetime]], now: datetime) -> int:
    names = [name for name, _written_at in batch]
    needed = set(
        db.session.scalars(
            select(Document.storage_key).where(Document.storage_key.in_(names), Document.erased_at.is_(None))
        )
    )
    erased = set(
        db.session.scalars(
            select(Document.storage_key).where(Document.storage_key.in_(names), Document.erased_at.is_not(None))
        )
    )
    gone = 0
    for name, written_at in batch:
        if name in needed or (name not in erased and now - written_at < ORPHAN_AGE):
            continue
        gone += storage.delete(name) if rules.is_storage_key(name) else storage.delete_unfinished(name)
    return gone


def _count_missing() -> int:
    keys = db.session.scalars(select(Document.storage_key).where(Document.erased_at.is_(None)))
    return sum(not storage.exists(key) for key in keys)


def erase_all_of(*, owner_kind: str, owner_id: int, actor_id: int | None, now: datetime) -> int:
    """Erase every document of an owner; those that serve something else too only lose this use."""
    with transaction() as session:
        uses = select(DocumentUse).where(DocumentUse.owner_kind == owner_kind, DocumentUse.owner_id == owner_id)
        for use in session.scalars(uses):
            session.delete(use)
        session.flush()
        rows = session.scalars(
            select(Document.id).where(
                Document.owner_kind == owner_kind, Document.owner_id == owner_id, Document.erased_at.is_(None)
            )
        )
        erased = 0
        for document_id in list(rows):
            other = session.scalars(
                select(DocumentUse).where(DocumentUse.document_id == document_id).order_by(DocumentUse.id).limit(1)
            ).first()
            if other is None:
                erase(document_id=document_id, actor_id=actor_id, now=now)
                erased += 1
            else:
                document = load(Document, document_id)
                document.owner_kind, document.owner_id = other.owner_kind, other.owner_id
                session.delete(other)
        return erased


def give_to_person(*, owner_kind: str, owner_id: int, person_id: int) -> int:
    """Say whom the documents of an owner concern, once it is known; return how many there were."""
    with transaction() as session:
        rows = session.scalars(
            select(Document).where(
                Document.owner_kind == owner_kind, Document.owner_id == owner_id, Document.erased_at.is_(None)
            )
        ).all()
        for row in rows:
            row.person_id = person_id
        return len(rows)


def move_person(*, kept_id: int, merged_id: int) -> int:
    """Give one person's documents to another (two files of the same person); return how many moved."""
    with transaction() as session:
        of_person = Document.owner_kind == "person"
        query = select(Document).where(
            or_(Document.person_id == merged_id, of_person & (Document.owner_id == merged_id))
        )
        rows = list(session.scalars(query))
        for row in rows:
            if row.person_id == merged_id:
                row.person_id = kept_id
            if row.owner_kind == "person" and row.owner_id == merged_id:
                row.owner_id = kept_id
        uses = select(DocumentUse).where(DocumentUse.owner_kind == "person", DocumentUse.owner_id == merged_id)
        for use in session.scalars(uses):
            session.delete(use)
            session.flush()
            use_again(document_id=use.document_id, owner_kind="person", owner_id=kept_id, now=use.used_at)
        return len(rows)
