"""Pictures made anew: only the pixels are kept, never the bytes that came.

What else a picture carries goes: position and camera (EXIF), comments, thumbnails, colour profiles,
a second file hidden behind the first.
"""

from __future__ import annotations

import io
import struct
import warnings
import zlib

from PIL import Image, ImageOps

from mobility.documents.errors import DamagedFile, PictureTooLarge
from mobility.documents.rules import MediaType

# Larger than the cameras of today (50 million pixels are 150 MB of memory while they are read).
MAX_PIXELS = 50_000_000
# Enough to read a scanned page; a larger picture is made smaller.
MAX_SIDE = 2600
JPEG_QUALITY = 85
_FORMATS = {MediaType.JPEG: "JPEG", MediaType.PNG: "PNG", MediaType.WEBP: "WEBP"}
# What decoders raise on bytes that are not what they say.
_BROKEN = (OSError, ValueError, SyntaxError, TypeError, LookupError, EOFError, OverflowError, zlib.error, struct.error)


def make_anew(data: bytes, media_type: MediaType) -> tuple[bytes, MediaType]:
    """Return the picture with nothing but its pixels, upright. Raises DamagedFile, PictureTooLarge.

    JPEG and WebP become JPEG; PNG stays PNG while it has transparency or few colours, else becomes
    JPEG too.
    """
    try:
        with warnings.catch_warnings():
            # The limit is checked here, on the size that the header tells, before any pixel is read.
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(data), formats=[_FORMATS[media_type]]) as source:
                _check_size(source)
                source.seek(0)
                source.load()
                return _encode(_upright(source), media_type)
    except Image.DecompressionBombError:
        raise PictureTooLarge(limit=MAX_PIXELS // 1_000_000) from None
    except _BROKEN:
        raise DamagedFile from None


def _check_size(source: Image.Image) -> None:
    width, height = source.size
    if width * height > MAX_PIXELS:
        raise PictureTooLarge(limit=MAX_PIXELS // 1_000_000)


def _upright(source: Image.Image) -> Image.Image:
    turned = ImageOps.exif_transpose(source)
    turned.thumbnail((MAX_SIDE, MAX_SIDE), Image.Resampling.LANCZOS)
    return turned


def _encode(picture: Image.Image, media_type: MediaType) -> tuple[bytes, MediaType]:
    target = io.BytesIO()
    if media_type is MediaType.PNG and picture.mode not in {"RGB", "CMYK", "YCbCr", "LAB", "HSV"}:
        mode = "RGBA" if "A" in picture.getbands() or "transparency" in picture.info else "L"
        if picture.mode == "P" and mode == "L":
            mode = "RGB"
        _pixels_only(picture.convert(mode)).save(target, "PNG")
        return target.getvalue(), MediaType.PNG
    if "A" in picture.getbands():
        ground = Image.new("RGBA", picture.size, (255, 255, 255, 255))
        picture = Image.alpha_composite(ground, picture.convert("RGBA"))
    _pixels_only(picture.convert("RGB")).save(target, "JPEG", quality=JPEG_QUALITY)
    return target.getvalue(), MediaType.JPEG


def _pixels_only(picture: Image.Image) -> Image.Image:
    """Return a picture that has the same pixels and no other memory of where it came from."""
    clean = Image.new(picture.mode, picture.size)
    clean.paste(picture)
    return clean
