"""Pictures made anew: only the pixels are kept, never the bytes that came.

What else a picture carries goes: position and camera (EXIF), comments, thumbnails, colour profiles,
a second file hidden behind the first.
"""

from __future__ import annotations

import io
import struct
import warnings
import zlib
from collections.abc import Callable, Sequence

from PIL import Image, ImageDraw, ImageOps

from mobility.documents import apart
from mobility.documents.errors import DamagedFile, PictureTooLarge
from mobility.documents.rules import Mask, MediaType

# Larger than the cameras of today (50 million pixels are 150 MB of memory while they are read).
MAX_PIXELS = 50_000_000
# Enough to read a scanned page; a larger picture is made smaller.
MAX_SIDE = 2600
JPEG_QUALITY = 85
_FORMATS = {MediaType.JPEG: "JPEG", MediaType.PNG: "PNG", MediaType.WEBP: "WEBP"}
# What decoders raise on bytes that are not what they say.
_BROKEN = (OSError, ValueError, SyntaxError, TypeError, LookupError, EOFError, OverflowError, zlib.error, struct.error)


def from_heif(data: bytes) -> bytes:
    """Return a telephone's HEIC picture as JPEG, upright. Raises DamagedFile, PictureTooLarge."""
    return apart.run("mobility.documents.heif_worker", "jpeg", {"most": MAX_PIXELS, "side": MAX_SIDE}, data)[1]


def make_anew(data: bytes, media_type: MediaType, *, paper: bool = False) -> tuple[bytes, MediaType]:
    """Return the picture with nothing but its pixels, upright. Raises DamagedFile, PictureTooLarge.

    JPEG and WebP become JPEG; PNG stays PNG while it has transparency or few colours, else becomes
    JPEG too. ``paper``: a sheet that was photographed; its contrast is spread so that it reads well.
    """
    return _worked(data, media_type, _spread if paper else None)


def burn(data: bytes, media_type: MediaType, masks: Sequence[Mask]) -> tuple[bytes, MediaType]:
    """Return the picture made anew, black where the masks are. Raises DamagedFile, PictureTooLarge."""

    def blacken(picture: Image.Image) -> Image.Image:
        flat = _without_transparency(picture).convert("RGB")
        pen = ImageDraw.Draw(flat)
        for mask in masks:
            pen.rectangle(mask.box(*flat.size), fill="black")
        return flat

    return _worked(data, media_type, blacken)


def _worked(
    data: bytes, media_type: MediaType, work: Callable[[Image.Image], Image.Image] | None
) -> tuple[bytes, MediaType]:
    try:
        with warnings.catch_warnings():
            # The limit is checked here, on the size that the header tells, before any pixel is read.
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(data), formats=[_FORMATS[media_type]]) as source:
                _check_size(source)
                source.seek(0)
                source.load()
                upright = _upright(source)
                return _encode(upright if work is None else work(upright), media_type)
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
    picture = _without_transparency(picture)
    _pixels_only(picture.convert("RGB")).save(target, "JPEG", quality=JPEG_QUALITY)
    return target.getvalue(), MediaType.JPEG


def _without_transparency(picture: Image.Image) -> Image.Image:
    if "A" not in picture.getbands() and "transparency" not in picture.info:
        return picture
    ground = Image.new("RGBA", picture.size, (255, 255, 255, 255))
    return Image.alpha_composite(ground, picture.convert("RGBA"))


def _spread(picture: Image.Image) -> Image.Image:
    """Return a sheet with its darkest and lightest tones at the ends of the scale, its colours kept."""
    flat = _without_transparency(picture).convert("RGB")
    return ImageOps.autocontrast(flat, cutoff=(0.5, 0.5), preserve_tone=True)


def _pixels_only(picture: Image.Image) -> Image.Image:
    """Return a picture that has the same pixels and no other memory of where it came from."""
    clean = Image.new(picture.mode, picture.size)
    clean.paste(picture)
    return clean
