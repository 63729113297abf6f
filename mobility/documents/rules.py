"""What a file is by its first bytes, and how its name is made safe. Pure."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

NAME_MAX = 120
SIGNATURE_BYTES = 16
_KEY = re.compile(r"[0-9a-f]{32}")
_WORD = re.compile(r"[a-z][a-z0-9_]{0,39}")
# Controls, direction marks, private and unassigned characters: they hide what a name says.
_HIDDEN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
_SEPARATORS = re.compile(r"[/\\:*?\"<>|]+")


class MediaType(StrEnum):
    """The types that are kept."""

    JPEG = "image/jpeg"
    PNG = "image/png"
    WEBP = "image/webp"
    PDF = "application/pdf"


# Read, and kept as JPEG.
_HEIF_BRANDS = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"})
EXTENSIONS: dict[MediaType, str] = {
    MediaType.JPEG: "jpg",
    MediaType.PNG: "png",
    MediaType.WEBP: "webp",
    MediaType.PDF: "pdf",
}
PICTURES = frozenset({MediaType.JPEG, MediaType.PNG, MediaType.WEBP})


def detect(head: bytes) -> MediaType | None:
    """Return the type that the first bytes tell, or None. The name and the browser's word count for nothing."""
    if head.startswith(b"\xff\xd8\xff"):
        return MediaType.JPEG
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return MediaType.PNG
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return MediaType.WEBP
    if head.startswith(b"%PDF-"):
        return MediaType.PDF
    return None


def is_heif(head: bytes) -> bool:
    """Tell whether the first bytes are those of a HEIC or HEIF picture, as many telephones take them."""
    return head[4:8] == b"ftyp" and head[8:12] in _HEIF_BRANDS


def is_whole_pdf(data: bytes) -> bool:
    """Tell whether a PDF begins and ends as one: a cut transfer has no end mark."""
    return data.startswith(b"%PDF-") and b"%%EOF" in data[-2048:]


def safe_name(filename: str, media_type: MediaType) -> str:
    """Return a name fit to be shown and to save under: one line, no path, the extension of the true type."""
    last = re.split(r"[/\\]", filename.strip()[-1000:])[-1]
    composed = unicodedata.normalize("NFC", last)
    visible = "".join(
        " " if c.isspace() else c for c in composed if c.isspace() or unicodedata.category(c) not in _HIDDEN
    )
    stem = _SEPARATORS.sub(" ", visible).strip(" .")
    head, dot, extension = stem.rpartition(".")
    if dot and head and len(extension) <= 5 and extension.isascii() and extension.isalnum():
        stem = head
    stem = " ".join(stem.split())[:NAME_MAX].strip(" .")
    return f"{stem or 'document'}.{EXTENSIONS[media_type]}"


def is_storage_key(text: str) -> bool:
    """Tell whether a text is a key of the storage; nothing else ever becomes a path."""
    return bool(_KEY.fullmatch(text))


def is_kind(text: str) -> bool:
    """Tell whether a text is a kind of document or of owner: lower case words and underscores."""
    return bool(_WORD.fullmatch(text))


def is_valid_on(valid_until_on: date | None, day: date) -> bool:
    """Tell whether a document still holds on a day; one without a date holds for good."""
    return valid_until_on is None or day <= valid_until_on


PER_MILLE = 1000


@dataclass(frozen=True, slots=True)
class Mask:
    """A rectangle to blacken on a page (counted from 1), in thousandths of its width and height from the top left."""

    page: int
    left: int
    top: int
    right: int
    bottom: int

    def hides(self) -> bool:
        """Tell whether anything of the page lies under it."""
        return 0 <= self.left < self.right <= PER_MILLE and 0 <= self.top < self.bottom <= PER_MILLE

    def box(self, width: int, height: int) -> tuple[int, int, int, int]:
        """Return left, top, right, bottom in pixels of a picture, rounded outwards."""
        return (
            self.left * width // PER_MILLE,
            self.top * height // PER_MILLE,
            -(-self.right * width // PER_MILLE),
            -(-self.bottom * height // PER_MILLE),
        )


def mask_of(*, page: int, left: int, top: int, width: int, height: int) -> Mask:
    """Return the mask of a corner and a size in thousandths; what lies beside the page is cut off."""

    def within(value: int) -> int:
        return min(max(value, 0), PER_MILLE)

    return Mask(page, within(left), within(top), within(left + width), within(top + height))
