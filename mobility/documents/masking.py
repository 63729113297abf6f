"""What must not be seen is blackened in the pixels of a document, and the bytes that showed it are destroyed."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime

from mobility.accounts import audit
from mobility.core.db import end_read, lock, transaction
from mobility.core.errors import StaleVersion
from mobility.documents import pdfs, pictures, queries, storage
from mobility.documents.errors import MaskInvalid
from mobility.documents.models import Document
from mobility.documents.rules import PICTURES, Mask, MediaType

MOST_MASKS = 50


def page_picture(document_id: int, *, page: int) -> tuple[bytes, MediaType, int]:
    """Return a page (from 1) as a picture, its type, and how many pages there are.

    Raises NotFound, DamagedFile, LockedPdf.
    """
    row = queries.get_document(document_id)
    data, media_type = storage.read(row.storage_key), MediaType(row.media_type)
    if media_type in PICTURES:
        return data, media_type, 1
    end_read()
    picture, pages = pdfs.draw(data, page=page)
    return picture, MediaType.JPEG, pages


def mask(*, document_id: int, masks: Sequence[Mask], sha256: str, actor_id: int | None, now: datetime) -> None:
    """Blacken a document and destroy the bytes that it had; everything that it serves keeps it.

    A picture stays a picture; of a PDF every page becomes one, so that no text lies beneath, but those on which a
    social security number is still to be hidden: for these the document stays held back. ``sha256``: of the bytes that
    the masks were drawn on. Raises MaskInvalid, StaleVersion, NotFound, DamagedFile, LockedPdf, PictureTooLarge.
    """
    if not masks or len(masks) > MOST_MASKS or not all(one.hides() for one in masks):
        raise MaskInvalid
    row = queries.get_document(document_id)
    old_key, media_type = row.storage_key, MediaType(row.media_type)
    if row.sha256 != sha256:
        raise StaleVersion
    data = storage.read(old_key)
    end_read()
    if media_type in PICTURES:
        if any(one.page != 1 for one in masks):
            raise MaskInvalid
        (made, kept_as), shown = pictures.burn(data, media_type, masks), False
    else:
        (made, shown), kept_as = pdfs.burn(data, masks), media_type
    key = storage.write(made)
    try:
        with transaction():
            row = lock(Document, document_id)
            queries.check_not_erased(row)
            if row.sha256 != sha256:
                raise StaleVersion
            before, row.sha256 = row.sha256, hashlib.sha256(made).hexdigest()
            row.storage_key, row.size_bytes, row.media_type, row.nir_found = key, len(made), kept_as.value, shown
            audit.record(
                actor_id=actor_id,
                action="document.mask",
                subject_kind="document",
                subject_id=row.id,
                person_id=row.person_id,
                now=now,
                changes={"sha256": (before, row.sha256), "masks": (None, len(masks))},
            )
    except BaseException:
        storage.delete(key)
        raise
    # Only now: until the commit the old bytes are the document. The clean-up takes them where this is cut short.
    storage.delete(old_key)
