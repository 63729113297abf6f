"""A paper by telephone: asked, photographed, its number hidden by hand, joined, sent, acknowledged by the bank."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Page, expect
from pypdf import PdfReader
from sqlalchemy import select

from mobility.accounts.models import User
from mobility.accounts.policy import Role
from mobility.core import jobs
from mobility.core.clock import now
from mobility.core.db import db, end_read
from mobility.documents import storage
from mobility.documents.models import Document
from mobility.microcredit.dossiers.models import MicrocreditTransmission
from tests.e2e.test_credit_story import NOW, look
from tests.factories.accounts import make_user
from tests.factories.desks import make_desk
from tests.factories.dossiers import a_dossier
from tests.factories.people import make_person
from tests.factories.scans import NIR, pdf_with_nir, photo
from tests.integration.microcredit.test_papers import a_partner
from tests.support.live import MovableClock


@pytest.fixture
def scene(app: Flask, moving_clock: MovableClock) -> tuple[User, int]:
    """An adviser of Denain, Nadia, and her dossier at a bank that asks for three papers."""
    moving_clock.move_to(NOW)
    desk = make_desk("Denain")
    adviser = make_user(Role.ADVISER, desk_id=desk.id, name="Marion Delattre")
    person = make_person("Nadia", "Lefèvre", desk=desk, referent_user_id=adviser.id)
    dossier_id = a_dossier(person.id, bank_id=a_partner(), actor_id=adviser.id, now=now())
    end_read()
    return adviser, dossier_id


def path_of(page: Page, name: str, part: str) -> str:
    """Return the path of a link of the page, from a part of its address on."""
    address = page.get_by_role("link", name=name).first.get_attribute("href")
    assert address
    return part + address.split(part)[1]


def test_a_paper_goes_from_a_telephone_to_the_bank(
    scene: tuple[User, int],
    browse: Callable[..., Page],
    shoot: Callable[[Page, str], None],
    tmp_path: Path,
) -> None:
    adviser, dossier_id = scene
    slip, sheet = tmp_path / "paie.pdf", tmp_path / "devis.jpg"
    slip.write_bytes(pdf_with_nir())
    sheet.write_bytes(photo((1200, 1600)))

    desk = browse(user=adviser)
    desk.goto(f"/micro-credits/{dossier_id}/papiers")
    desk.get_by_label("Papiers de surendettement").uncheck()
    desk.get_by_role("button", name="Envoyer le lien").click()
    expect(desk.get_by_text("C’est noté.")).to_be_visible()
    link = path_of(desk, "ouvrir ou copier le lien", "/papiers/")

    phone = browse(width="360", scripts=False)
    phone.goto(link)
    expect(phone.get_by_text("Il reste 2 papiers à envoyer.")).to_be_visible()
    devis = phone.locator("section", has_text="Devis")
    devis.get_by_label("Prendre une photo").set_input_files(sheet)
    devis.get_by_role("button", name="Envoyer cette page").click()
    expect(phone.get_by_text("C’est envoyé. Merci !")).to_be_visible()
    paie = phone.locator("section", has_text="3 fiches de paie")
    paie.get_by_text("Ou choisir un fichier").click()
    paie.get_by_label("Photo ou PDF").set_input_files(slip)
    paie.get_by_role("button", name="Envoyer cette page").click()
    expect(phone.get_by_text("Tout est envoyé. Merci !")).to_be_visible()
    shown = browse()
    shown.goto(link)
    look(shown, shoot, "phone")

    desk.goto("/a-faire")
    desk.get_by_role("link", name="Regarder les papiers reçus").first.click()
    look(desk, shoot, "papers")
    desk.get_by_text("Numéro à cacher").locator("xpath=..").get_by_role("link", name="Cacher un passage").click()
    look(desk, shoot, "mask")
    canvas = desk.locator("figure canvas")
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    assert box
    desk.mouse.move(box["x"] + 2, box["y"] + 2)
    desk.mouse.down()
    desk.mouse.move(box["x"] + box["width"] * 0.9, box["y"] + box["height"] * 0.3, steps=5)
    desk.mouse.up()
    expect(desk.locator("[name=width_0]")).not_to_have_value("")
    desk.get_by_role("button", name="Cacher pour toujours").click()
    expect(desk.get_by_text("Les passages sont cachés. L’original est détruit.")).to_be_visible()
    for _paper in range(2):
        form = desk.locator("form[id^=accepter]").first
        form.get_by_label("Date écrite sur la pièce").fill(now().date().isoformat())
        form.get_by_label("J’ai regardé chaque page").check()
        form.get_by_role("button", name="Accepter").click()
        expect(desk.get_by_text("C’est noté.")).to_be_visible()
    desk.get_by_label("Quelle pièce ?").select_option(label="Papiers de surendettement")
    desk.get_by_label("Cette pièce ne concerne pas la personne").check()
    desk.get_by_role("button", name="Ajouter le papier").click()
    expect(desk.get_by_text("Ne concerne pas").first).to_be_visible()

    desk.goto(f"/micro-credits/{dossier_id}")
    desk.get_by_role("button", name="Le dossier est complet").click()
    desk.get_by_role("button", name="Envoyer à la banque").click()
    expect(desk.get_by_text("Envoi en préparation.")).to_be_visible()
    look(desk, shoot, "leaving")
    assert jobs.run("microcredit_join").counts["done"] == 1
    expect(desk.get_by_text("pas encore d’accusé de réception")).to_be_visible()
    end_read()
    sent = db.session.scalars(select(MicrocreditTransmission)).one()
    joined = storage.read(db.session.get_one(Document, sent.document_id).storage_key)
    end_read()
    text = " ".join(page.extract_text() for page in PdfReader(io.BytesIO(joined)).pages)
    assert NIR not in text
    assert "Pièce 1 – 3 fiches de paie" in text
    assert "Pièce 2 – Devis" in text

    bank = browse()
    bank.goto(path_of(desk, "ouvrir ou copier le lien de réponse", "/banque/"))
    look(bank, shoot, "bank")
    bank.locator("#accuser").get_by_label("Votre nom").fill("Mme Lenoir")
    bank.get_by_role("button", name="J’ai bien reçu ce dossier").click()
    expect(bank.get_by_text("Reçu par Mme Lenoir")).to_be_visible()
    desk.reload()
    expect(desk.get_by_text("reçu par Mme Lenoir")).to_be_visible()
