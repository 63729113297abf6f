"""Files to upload, good and hostile, and documents that are there already."""

from __future__ import annotations

import io
import struct
import zlib
from datetime import UTC, date, datetime

from PIL import Image

from mobility.documents import services
from mobility.documents.models import Document

UPLOADED = datetime(2026, 11, 2, 9, tzinfo=UTC)
PDF = (
    b"%PDF-1.7\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
    b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
)


def picture(
    file_format: str = "JPEG",
    *,
    size: tuple[int, int] = (64, 48),
    mode: str = "RGB",
    colour: object = None,
    **save: object,
) -> bytes:
    """A picture of one colour."""
    image = Image.new(mode, size, colour or {"RGB": (200, 30, 30), "RGBA": (200, 30, 30, 128)}.get(mode, 0))
    target = io.BytesIO()
    image.save(target, file_format, **save)
    return target.getvalue()


def picture_with_position() -> bytes:
    """A JPEG that says where it was taken, by which camera, and that it lies on its side."""
    exif = Image.Exif()
    exif[0x010F] = "SECRET-CAMERA"
    exif[0x0112] = 6
    exif.get_ifd(0x8825)[1] = "N"
    exif.get_ifd(0x8825)[2] = (50.0, 21.0, 33.0)
    return picture(exif=exif.tobytes(), comment=b"SECRET-COMMENT")


def _chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def bomb(width: int = 60_000, height: int = 60_000) -> bytes:
    """A PNG of some kilobytes that would fill gigabytes."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = zlib.compress(b"\0" * 1_000_000, 9)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"IDAT", body) + _chunk(b"IEND", b"")


def text_bomb() -> bytes:
    """A small PNG whose comment would unpack to 80 MB."""
    good = picture("PNG")
    comment = _chunk(b"zTXt", b"Comment\0\0" + zlib.compress(b"\0" * 80_000_000, 9))
    return good[:33] + comment + good[33:]


def make_document(
    *,
    kind: str = "licence",
    owner_kind: str = "person",
    owner_id: int = 1,
    person_id: int | None = None,
    data: bytes = PDF,
    filename: str = "permis.pdf",
    valid_until_on: date | None = None,
    actor_id: int | None = None,
) -> Document:
    """A stored document, a PDF unless told otherwise."""
    from mobility.documents.queries import get_document

    prepared = services.prepare_bytes(data, filename)
    number = services.store(
        prepared=prepared,
        kind=kind,
        owner_kind=owner_kind,
        owner_id=owner_id,
        person_id=person_id,
        valid_until_on=valid_until_on,
        actor_id=actor_id,
        now=UPLOADED,
    )
    return get_document(number)
