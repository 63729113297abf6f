"""Reads about documents."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from datetime import date

from sqlalchemy import and_, or_, select

from mobility.core.db import db, load
from mobility.core.errors import NotFound
from mobility.documents.models import Document, DocumentUse


def check_not_erased(row: Document) -> None:
    """Raise NotFound for a document that was erased."""
    if row.erased_at is not None:
        raise NotFound(f"document {row.id}")


def get_document(document_id: int) -> Document:
    """Return a document. Raises NotFound, also where it was erased."""
    row = load(Document, document_id)
    check_not_erased(row)
    return row


def find_document(document_id: int) -> Document | None:
    """Return a document, or None where there is none or it was erased."""
    row = db.session.get(Document, document_id) if 0 <= document_id < 2**31 else None
    return None if row is None or row.erased_at is not None else row


def owners_of(row: Document) -> list[tuple[str, int]]:
    """Return all that a document serves: its owner, then its further uses."""
    uses = db.session.execute(
        select(DocumentUse.owner_kind, DocumentUse.owner_id).where(DocumentUse.document_id == row.id)
    )
    return [(row.owner_kind, row.owner_id), *((kind, number) for kind, number in uses)]


def list_for(owner_kind: str, owner_id: int) -> list[Document]:
    """Return the documents that serve a thing, the latest first."""
    return list_for_many(owner_kind, [owner_id])[owner_id]


def list_for_many(owner_kind: str, owner_ids: Collection[int]) -> dict[int, list[Document]]:
    """Return the documents that serve each of the things, the latest first, in one query."""
    query = (
        select(Document, DocumentUse.owner_id)
        .outerjoin(
            DocumentUse,
            and_(
                DocumentUse.document_id == Document.id,
                DocumentUse.owner_kind == owner_kind,
                DocumentUse.owner_id.in_(owner_ids),
            ),
        )
        .where(
            Document.erased_at.is_(None),
            or_(
                and_(Document.owner_kind == owner_kind, Document.owner_id.in_(owner_ids)),
                DocumentUse.id.is_not(None),
            ),
        )
        .order_by(Document.uploaded_at.desc(), Document.id.desc())
    )
    found: dict[int, list[Document]] = defaultdict(list)
    for row, user_id in db.session.execute(query):
        used_by: int | None = user_id  # the outer join gives None where there is no further use
        served = set() if used_by is None else {used_by}
        if row.owner_kind == owner_kind and row.owner_id in owner_ids:
            served.add(row.owner_id)
        for owner_id in served:
            if row not in found[owner_id]:
                found[owner_id].append(row)
    return {owner_id: found[owner_id] for owner_id in owner_ids}


def list_for_person(person_id: int) -> list[Document]:
    """Return the documents that concern a person, the latest first."""
    query = select(Document).where(Document.person_id == person_id, Document.erased_at.is_(None))
    return list(db.session.scalars(query.order_by(Document.uploaded_at.desc(), Document.id.desc())))


def list_ending(*, first_on: date, last_on: date) -> list[Document]:
    """Return the documents whose validity ends between two days, both included, the soonest first."""
    query = select(Document).where(Document.erased_at.is_(None), Document.valid_until_on.between(first_on, last_on))
    return list(db.session.scalars(query.order_by(Document.valid_until_on, Document.id)))
