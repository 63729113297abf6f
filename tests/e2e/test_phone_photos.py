"""A photograph leaves a small telephone: made smaller there, upright, and again by itself after the network was lost."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from PIL import Image, ImageDraw
from playwright.sync_api import Page, Route, expect
from sqlalchemy import select

from mobility.core.clock import now
from mobility.core.db import db, end_read
from mobility.documents import storage
from mobility.documents.models import Document
from mobility.microcredit.paperwork import services
from mobility.microcredit.paperwork.models import PaperRequest, SentPage
from tests.e2e.conftest import axe_violations
from tests.e2e.test_credit_story import NOW
from tests.factories.dossiers import a_dossier
from tests.factories.pathway import a_person
from tests.integration.documents.test_heif import heic
from tests.integration.microcredit.test_papers import a_partner
from tests.support.live import MovableClock

LONGEST = 2200


@pytest.fixture
def link(app: Flask, moving_clock: MovableClock) -> str:
    """The path of the page on which Nadia sends her papers."""
    moving_clock.move_to(NOW)
    dossier_id = a_dossier(a_person(), bank_id=a_partner(), now=now())
    request_id = services.ask_papers(
        dossier_id=dossier_id, codes=["payslips", "quote"], actor_id=None, now=now() - timedelta(minutes=1)
    )
    address = services.link_of(db.session.get_one(PaperRequest, request_id))
    end_read()
    return "/papiers/" + address.rpartition("/")[2]


def photograph(path: Path, *, size: tuple[int, int] = (4000, 3000)) -> Path:
    """A sheet as a telephone takes it, lying on its side, with a red corner and grain, at its full weight."""
    picture = Image.effect_noise(size, 40).convert("RGB")
    ImageDraw.Draw(picture).rectangle((0, 0, size[0] // 5, size[1] // 4), fill="red")
    exif = Image.Exif()
    exif[0x0112] = 6
    picture.save(path, "JPEG", quality=95, exif=exif.tobytes())
    return path


def sent_pictures() -> list[Image.Image]:
    end_read()
    keys = db.session.scalars(
        select(Document.storage_key).join(SentPage, SentPage.document_id == Document.id).order_by(SentPage.id)
    ).all()
    end_read()
    return [Image.open(io.BytesIO(storage.read(key))) for key in keys]


def choose(phone: Page, file: Path) -> None:
    card = phone.locator("#papier-payslips")
    card.get_by_label("Photo", exact=False).first.set_input_files(file)
    card.locator("form[data-photos] button[type=submit]").click()


def test_a_photograph_is_made_smaller_and_upright_before_it_leaves(
    link: str, browse: Callable[..., Page], shoot: Callable[[Page, str], None], tmp_path: Path
) -> None:
    file, weights = photograph(tmp_path / "photo.jpg"), []
    phone = browse(width="360")
    phone.on("request", lambda one: weights.append(len(one.post_data_buffer or b"")) if one.method == "POST" else None)
    phone.goto(link)
    choose(phone, file)
    expect(phone.get_by_text("C’est envoyé. Merci !")).to_be_visible()
    expect(phone.get_by_text("1 page envoyée.")).to_be_visible()
    assert axe_violations(phone) == []
    shoot(phone, "phone-photo-sent-360")
    (kept,) = sent_pictures()
    assert kept.size == (LONGEST * 3 // 4, LONGEST)
    assert kept.convert("RGB").getpixel((kept.width - 40, 40))[0] > 150, "the red corner is top right"  # type: ignore[index]
    assert weights[-1] < file.stat().st_size / 2
    # The page that came in its place sends the next one just as well.
    choose(phone, photograph(tmp_path / "second.jpg", size=(3000, 2000)))
    expect(phone.get_by_text("2 pages envoyées.")).to_be_visible()


def test_a_lost_network_loses_no_photograph_and_sends_no_page_twice(
    link: str, browse: Callable[..., Page], shoot: Callable[[Page, str], None], tmp_path: Path
) -> None:
    phone = browse(width="360")
    phone.goto(link)
    tries: list[str] = []

    def cut(route: Route) -> None:
        if route.request.method != "POST":
            route.continue_()
            return
        tries.append(route.request.method)
        if len(tries) == 1:
            route.abort("internetdisconnected")
        elif len(tries) == 2:
            route.fetch()  # it arrives, and the answer is lost
            route.abort("connectionreset")
        else:
            route.continue_()

    phone.route("**/papiers/*", cut)
    choose(phone, photograph(tmp_path / "photo.jpg"))
    expect(phone.get_by_text("Le réseau est coupé. Votre photo est gardée")).to_be_visible()
    assert axe_violations(phone) == []
    shoot(phone, "phone-photo-lost-360")
    for _again in range(2):
        phone.wait_for_timeout(300)
        phone.evaluate("window.dispatchEvent(new Event('online'))")
    expect(phone.get_by_text("1 page envoyée.")).to_be_visible(timeout=20_000)
    assert len(tries) == 3
    assert len(sent_pictures()) == 1


def test_a_heic_photograph_that_the_browser_cannot_draw_leaves_as_it_is(
    link: str, browse: Callable[..., Page], tmp_path: Path
) -> None:
    file = tmp_path / "IMG_0001.HEIC"
    file.write_bytes(heic((1200, 900), orientation=6))
    phone = browse(width="360")
    phone.goto(link)
    choose(phone, file)
    expect(phone.get_by_text("1 page envoyée.")).to_be_visible()
    (kept,) = sent_pictures()
    assert (kept.format, kept.size) == ("JPEG", (900, 1200))


def test_what_is_no_paper_is_refused_beside_its_card(link: str, browse: Callable[..., Page], tmp_path: Path) -> None:
    file = tmp_path / "photo.jpg"
    file.write_bytes(b"not a photograph")
    phone = browse(width="360")
    phone.goto(link)
    choose(phone, file)
    expect(phone.locator("#papier-payslips").get_by_text("n’est pas accepté")).to_be_visible()
    choose(phone, photograph(tmp_path / "good.jpg", size=(1200, 900)))
    expect(phone.get_by_text("1 page envoyée.")).to_be_visible()
