"""HEIC photographs of telephones: read in a process of their own, kept as JPEG, within the same bounds as any picture."""

from __future__ import annotations

import io

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw
from pillow_heif import register_heif_opener

from mobility.documents import apart, pictures, services, storage
from mobility.documents.errors import DamagedFile, PictureTooLarge
from mobility.documents.rules import MediaType, detect, is_heif
from mobility.documents.services import Prepared

RED = (255, 0, 0)


def heic(size: tuple[int, int] = (300, 200), *, orientation: int | None = None, quality: int = 90) -> bytes:
    """A photograph with a red corner, top left, as a telephone writes it."""
    register_heif_opener()
    picture = Image.new("RGB", size, "white")
    ImageDraw.Draw(picture).rectangle((0, 0, size[0] // 5, size[1] // 4), fill=RED)
    exif = Image.Exif()
    exif[0x010F] = "TELEPHONE"
    if orientation is not None:
        exif[0x0112] = orientation
    kept = io.BytesIO()
    picture.save(kept, "HEIF", exif=exif.tobytes(), quality=quality)
    return kept.getvalue()


def opened(prepared: Prepared) -> Image.Image:
    return Image.open(io.BytesIO(storage.read(prepared.storage_key)))


def is_red(picture: Image.Image, x: int, y: int) -> bool:
    red, green, blue = picture.convert("RGB").getpixel((x, y))  # type: ignore[misc]
    return red > 200 and green < 90 and blue < 90


@pytest.mark.parametrize("paper", [True, False])
def test_a_heic_photograph_is_kept_as_a_jpeg_without_what_it_told(app: Flask, paper: bool) -> None:
    prepared = services.prepare_bytes(heic(), "IMG_0001.HEIC", paper=paper)
    assert (prepared.media_type, prepared.filename) == (MediaType.JPEG, "IMG_0001.jpg")
    kept = opened(prepared)
    assert (kept.format, kept.size, dict(kept.getexif())) == ("JPEG", (300, 200), {})
    assert is_red(kept, 5, 5)
    assert b"TELEPHONE" not in storage.read(prepared.storage_key)


def test_it_stands_upright_as_it_was_held(app: Flask) -> None:
    kept = opened(services.prepare_bytes(heic(orientation=6), "x.heic"))
    assert kept.size == (200, 300)
    assert is_red(kept, 195, 5)
    assert not is_red(kept, 5, 5)


def test_a_large_one_is_made_smaller(app: Flask) -> None:
    kept = opened(services.prepare_bytes(heic((2800, 2100), quality=30), "x.heic"))
    assert kept.size == (pictures.MAX_SIDE, pictures.MAX_SIDE * 3 // 4)


def test_one_with_too_many_pixels_is_refused_before_they_are_read(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pictures, "MAX_PIXELS", 1_000_000)
    with pytest.raises(PictureTooLarge, match="1 millions de pixels au plus"):
        services.prepare_bytes(heic((1600, 1200)), "x.heic")


def test_a_cut_or_altered_one_is_damaged(app: Flask) -> None:
    data = heic()
    for broken in (data[:60], data[: len(data) // 2], data[:12] + b"\xff" * 400, data[:16]):
        with pytest.raises(DamagedFile):
            services.prepare_bytes(broken, "x.heic")


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(12, 480), st.binary(min_size=1, max_size=8))
def test_whatever_is_altered_it_opens_or_is_refused(app: Flask, at: int, noise: bytes) -> None:
    data = heic()
    try:
        services.prepare_bytes(data[:at] + noise + data[at + len(noise) :], "x.heic")
    except (DamagedFile, PictureTooLarge):
        return


def test_a_decoder_that_takes_too_long_ends_alone(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apart, "TIMEOUT_SECONDS", 0.01)
    with pytest.raises(DamagedFile):
        services.prepare_bytes(heic(), "x.heic")


def test_it_is_known_by_its_bytes_alone() -> None:
    assert is_heif(heic()[:16])
    assert detect(heic()[:16]) is None
    for other in (b"", b"\x00\x00\x00\x1cftypavif\x00\x00\x00\x00", b"\xff\xd8\xff\xe0", b"%PDF-1.7"):
        assert not is_heif(other)
