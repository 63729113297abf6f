import io
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from mobility.documents import pictures
from mobility.documents.errors import DamagedFile, PictureTooLarge, UploadRefused
from mobility.documents.pictures import make_anew
from mobility.documents.rules import MediaType
from tests.factories.documents import bomb, picture, picture_with_position, text_bomb


def opened(data):
    image = Image.open(io.BytesIO(data))
    image.load()
    return image


@pytest.mark.parametrize(
    ("data", "given_type", "kept_type", "mode"),
    [
        (picture("JPEG"), MediaType.JPEG, MediaType.JPEG, "RGB"),
        (picture("JPEG", mode="L"), MediaType.JPEG, MediaType.JPEG, "RGB"),
        (picture("JPEG", mode="CMYK"), MediaType.JPEG, MediaType.JPEG, "RGB"),
        (picture("PNG"), MediaType.PNG, MediaType.JPEG, "RGB"),
        (picture("PNG", mode="RGBA"), MediaType.PNG, MediaType.PNG, "RGBA"),
        (picture("PNG", mode="P"), MediaType.PNG, MediaType.PNG, "RGB"),
        (picture("PNG", mode="P", transparency=0), MediaType.PNG, MediaType.PNG, "RGBA"),
        (picture("PNG", mode="L"), MediaType.PNG, MediaType.PNG, "L"),
        (picture("PNG", mode="1"), MediaType.PNG, MediaType.PNG, "L"),
        (picture("PNG", mode="LA"), MediaType.PNG, MediaType.PNG, "RGBA"),
        (picture("PNG", mode="I;16"), MediaType.PNG, MediaType.PNG, "L"),
        (picture("WEBP"), MediaType.WEBP, MediaType.JPEG, "RGB"),
        (picture("WEBP", mode="RGBA"), MediaType.WEBP, MediaType.JPEG, "RGB"),
    ],
)
def test_pictures_of_every_sort_are_made_anew(data, given_type, kept_type, mode):
    made, media_type = make_anew(data, given_type)
    image = opened(made)
    assert media_type is kept_type
    assert (image.format, image.mode, image.size) == (kept_type.name, mode, (64, 48))


def test_position_camera_and_comment_are_gone_and_the_picture_stands_upright():
    source = picture_with_position()
    assert b"SECRET-CAMERA" in source
    made, _ = make_anew(source, MediaType.JPEG)
    image = opened(made)
    assert b"SECRET" not in made
    assert not image.getexif()
    assert "comment" not in image.info
    assert image.size == (48, 64)


@pytest.mark.parametrize(
    "tail", [b"PK\x03\x04<script>alert(1)</script>", b"<?php system($_GET[0]); ?>", b"%PDF-1.7 ... %%EOF"]
)
@pytest.mark.parametrize(("file_format", "media_type"), [("JPEG", MediaType.JPEG), ("PNG", MediaType.PNG)])
def test_a_second_file_behind_the_first_is_gone(file_format, media_type, tail):
    made, _ = make_anew(picture(file_format) + tail, media_type)
    assert tail not in made


def test_a_script_in_the_comment_is_gone():
    made, _ = make_anew(picture(comment=b"<script>alert(1)</script>"), MediaType.JPEG)
    assert b"script" not in made


def test_transparency_becomes_white_paper_in_a_jpeg():
    made, _ = make_anew(picture("WEBP", mode="RGBA", colour=(0, 0, 0, 0), lossless=True), MediaType.WEBP)
    assert min(opened(made).getpixel((10, 10))) > 250


def test_only_the_first_picture_of_an_animation_is_kept():
    frames = [Image.new("RGB", (20, 20), (shade, 0, 0)) for shade in (10, 200)]
    target = io.BytesIO()
    frames[0].save(target, "WEBP", save_all=True, append_images=frames[1:], lossless=True)
    made, _ = make_anew(target.getvalue(), MediaType.WEBP)
    assert getattr(opened(made), "n_frames", 1) == 1


def test_a_large_picture_is_made_smaller_in_its_shape():
    made, _ = make_anew(picture(size=(5200, 1300)), MediaType.JPEG)
    assert opened(made).size == (2600, 650)


def test_a_bomb_is_refused_before_it_is_read():
    with pytest.raises(PictureTooLarge):
        make_anew(bomb(), MediaType.PNG)
    with pytest.raises(PictureTooLarge):
        make_anew(bomb(8000, 8000), MediaType.PNG)


def test_a_bomb_in_a_comment_is_refused():
    with pytest.raises(DamagedFile):
        make_anew(text_bomb(), MediaType.PNG)


def test_just_as_many_pixels_as_allowed_are_taken(monkeypatch):
    monkeypatch.setattr(pictures, "MAX_PIXELS", 64 * 48)
    make_anew(picture(), MediaType.JPEG)
    with pytest.raises(PictureTooLarge):
        make_anew(picture(size=(65, 48)), MediaType.JPEG)


@pytest.mark.parametrize(
    ("data", "media_type"),
    [
        (b"\xff\xd8\xff", MediaType.JPEG),
        (b"\xff\xd8\xff\xe0" + b"\0" * 500, MediaType.JPEG),
        (b"\x89PNG\r\n\x1a\n", MediaType.PNG),
        (b"\x89PNG\r\n\x1a\n" + b"A" * 100, MediaType.PNG),
        (b"RIFF\x10\0\0\0WEBPVP8 ", MediaType.WEBP),
        (picture()[:400], MediaType.JPEG),
        (picture("PNG", size=(300, 300))[:-40], MediaType.PNG),
        (picture("WEBP", size=(300, 300))[:60], MediaType.WEBP),
        (picture("PNG"), MediaType.JPEG),
        (picture("JPEG"), MediaType.WEBP),
    ],
)
def test_what_does_not_open_is_refused(data, media_type):
    with pytest.raises(DamagedFile):
        make_anew(data, media_type)


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from([("JPEG", MediaType.JPEG), ("PNG", MediaType.PNG), ("WEBP", MediaType.WEBP)]), st.integers(0, 2**32)
)
def test_a_picture_with_wrong_bytes_is_read_or_refused_but_never_breaks(kind, seed):
    noise = random.Random(seed)
    data = bytearray(picture(kind[0]))
    for _ in range(noise.randint(1, 30)):
        data[noise.randrange(len(data))] = noise.randrange(256)
    try:
        made, media_type = make_anew(bytes(data), kind[1])
    except UploadRefused:
        return
    assert opened(made).format == media_type.name
