"""The story of an incident: arrears spread over some months, signed on the telephone, agreed to by the bank, and kept."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, time
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Page, expect
from sqlalchemy import select

from mobility.accounts.models import User
from mobility.accounts.policy import Role
from mobility.core import jobs
from mobility.core.clock import at_paris
from mobility.core.db import db, end_read
from mobility.notifications.models import OutboxMessage
from mobility.people.models import Person
from tests.e2e.conftest import axe_violations
from tests.factories.accounts import make_user
from tests.factories.documents import PDF
from tests.factories.dossiers import NOW, a_dossier, disbursed
from tests.factories.pathway import a_person
from tests.support.live import LiveServer, MovableClock

# The instalments of 1 January and 1 February are missed.
FEBRUARY = at_paris(date(2027, 2, 9), time(10))


@pytest.fixture
def scene(app: Flask, moving_clock: MovableClock) -> tuple[User, int]:
    """A loan that was paid out in December and of which nothing came back; its adviser and its number."""
    moving_clock.move_to(NOW)
    person_id = a_person(first_name="Nadia", last_name="Benali")
    dossier_id = a_dossier(person_id)
    disbursed(dossier_id)
    adviser = make_user(Role.ADVISER, desk_id=db.session.get_one(Person, person_id).desk_id)
    moving_clock.move_to(FEBRUARY)
    for name in ("microcredit_watch", "microcredit_follow"):
        assert jobs.run(name).ok
    end_read()
    return adviser, dossier_id


def look(page: Page, shoot: Callable[[Page, str], None], name: str, width: int) -> None:
    """Look at a page: accessible, nothing beside the screen."""
    page.set_viewport_size({"width": width, "height": 900})
    assert axe_violations(page) == [], name
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth + 1"), name
    shoot(page, f"arrears-{name}")


def pay(page: Page, dossier_id: int, on: date, euros: str) -> None:
    """Note what came in."""
    page.goto(f"/micro-credits/{dossier_id}")
    page.get_by_label("Reçue le").fill(on.isoformat())
    page.get_by_label("Somme").fill(euros)
    page.get_by_role("button", name="Noter la mensualité").click()
    expect(page.locator(".page-header")).to_be_visible()


def test_an_incident_ends_with_a_plan_signed_on_the_telephone(
    scene: tuple[User, int],
    live: LiveServer,
    browse: Callable[..., Page],
    moving_clock: MovableClock,
    shoot: Callable[[Page, str], None],
    tmp_path: Path,
) -> None:
    adviser, dossier_id = scene
    page = browse(adviser)
    page.goto(f"/micro-credits/{dossier_id}/suivi")
    look(page, shoot, "follow", 1280)
    page.get_by_role("link", name="Préparer un plan amiable").click()
    expect(page.get_by_role("heading", name="Mois par mois")).to_be_visible()
    page.get_by_label("Sur combien de mois ?").fill("2")
    page.get_by_role("button", name="Proposer des sommes").click()
    expect(page.get_by_label("Somme 1", exact=True)).to_have_value("89,00")
    page.get_by_label("Que s’est-il passé ?").fill("Un mois sans salaire, nouvel emploi en mars")
    look(page, shoot, "prepare", 1280)
    page.get_by_role("button", name="Préparer le papier à signer").click()
    expect(page.get_by_text("La personne : pas encore signé")).to_be_visible()
    page.get_by_role("button", name="Envoyer le lien pour signer").click()
    expect(page.get_by_text("Le lien est envoyé.")).to_be_visible()
    plan = page.url

    end_read()
    link = db.session.scalars(select(OutboxMessage.params).where(OutboxMessage.template == "credit_accord")).one()
    end_read()
    phone = browse(None, width="360")
    phone.goto("/accord/" + link["link"].split("/accord/")[1])
    look(phone, shoot, "phone", 360)
    phone.get_by_label("Prénom et nom").fill("Nadia Benali")
    phone.get_by_label("J’ai lu et je suis d’accord").check()
    phone.get_by_role("button", name="Je suis d’accord, je signe").click()
    expect(phone.get_by_role("heading", name="Merci, c’est signé")).to_be_visible()
    look(phone, shoot, "signed", 360)

    paper = tmp_path / "accord.pdf"
    paper.write_bytes(PDF)
    page.goto(plan)
    page.get_by_label("Accord de la banque daté du").fill("2027-02-09")
    page.get_by_label("Accord écrit de la banque").set_input_files(paper)
    page.get_by_role("button", name="Noter l’accord de la banque").click()
    expect(page.get_by_role("heading", name="Où en est le plan")).to_be_visible()
    look(page, shoot, "plan", 1280)
    page.goto("/a-faire")
    expect(page.get_by_text("Appeler avant la deuxième mensualité manquée")).to_have_count(0)

    for on, euros in ((date(2027, 3, 1), "177,57"), (date(2027, 4, 1), "176,71")):
        moving_clock.move_to(at_paris(on, time(11)))
        page = browse(adviser)
        pay(page, dossier_id, on, euros)
    expect(page.locator(".page-header").get_by_text("En remboursement")).to_be_visible()
    page.goto(plan)
    expect(page.locator(".page-header").get_by_text("Tenu jusqu’au bout")).to_be_visible()
    look(page, shoot, "kept", 1280)
