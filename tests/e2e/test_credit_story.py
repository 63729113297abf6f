"""Two stories of a micro-credit: granted and paid back with one incident; refused, worked over, then granted."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, time, timedelta

import pytest
from flask import Flask
from playwright.sync_api import Page, expect
from sqlalchemy import select

from mobility.accounts.models import User
from mobility.accounts.policy import Role
from mobility.core import jobs
from mobility.core.clock import at_paris
from mobility.core.db import db, end_read
from mobility.pathway.patterns import parse_hours
from mobility.pathway.roster import Weekly
from mobility.pathway.services import rosters
from mobility.people.models import Person
from tests.conftest import plain_spaces
from tests.e2e.conftest import axe_violations
from tests.factories.accounts import make_user
from tests.factories.dossiers import a_bank
from tests.factories.loans import a_job
from tests.factories.people import add_licence
from tests.factories.prescriptions import House, make_house, receive
from tests.support.live import LiveServer, MovableClock

NOW = at_paris(date(2026, 11, 24), time(10))
MORNING = Weekly((parse_hours("5h-13h"),) * 5 + ((), ()))


@pytest.fixture
def scene(app: Flask, moving_clock: MovableClock) -> House:
    """The desk of Denain with its adviser, a bank, and Nadia, whom the mission locale has just sent."""
    moving_clock.move_to(NOW)
    house = make_house()
    receive(house, now=NOW)
    a_bank("Crédit du Hainaut")
    end_read()
    return house


def accept(page: Page) -> int:
    """Take Nadia's orientation out of the inbox and open her file; return whose it is."""
    page.goto("/bannette")
    page.get_by_role("link", name="Nadia Lefèvre").click()
    page.get_by_role("link", name="Accepter", exact=True).click()
    page.get_by_role("button", name="Accepter", exact=True).click()
    expect(page.get_by_text("Acceptée").first).to_be_visible()
    end_read()
    return db.session.scalars(select(Person.id)).one()


def hire(person_id: int, adviser: User) -> int:
    """Nadia has a licence and works on weekday mornings from Monday on; return the objective."""
    add_licence(db.session.get_one(Person, person_id))
    objective_id = a_job(person_id, starts_on=date(2026, 11, 30), ends_on=date(2027, 6, 30))
    rosters.set_roster(objective_id=objective_id, version=None, pattern=MORNING, actor_id=adviser.id, now=NOW)
    end_read()
    return objective_id


def journeys(page: Page, objective_id: int) -> str:
    """Return what the journeys of the objective say."""
    page.goto(f"/objectifs/{objective_id}/trajets")
    assert axe_violations(page) == []
    return plain_spaces(page.locator("main").inner_text())


def write_budget(page: Page, person_id: int) -> None:
    """Type a budget: a wage, a rent, a car for 12 km of commute."""
    page.goto(f"/personnes/{person_id}")
    page.get_by_text("Aides", exact=True).first.click()
    page.get_by_role("link", name="Budget", exact=True).first.click()
    page.get_by_label("Salaire").fill("1400")
    page.get_by_label("Loyer et charges").fill("450")
    page.get_by_role("button", name="Enregistrer le budget").click()
    expect(page.get_by_text("C’est enregistré.")).to_be_visible()
    page.get_by_text("Le véhicule du projet").click()
    page.get_by_label("Assurance du véhicule, par mois").fill("45")
    page.get_by_label("Trajet domicile – travail, aller").fill("12")
    page.get_by_role("button", name="Enregistrer le véhicule").click()
    expect(page.get_by_role("heading", name="Ce que donne le budget")).to_be_visible()


def open_dossier(page: Page, person_id: int, *, months: int) -> None:
    """Open a project and a dossier of 3 000 € on it, complete it and send it."""
    page.goto(f"/personnes/{person_id}/projets")
    page.get_by_label("Achat d’un véhicule").check()
    page.get_by_label("Le projet en quelques mots").fill("Clio d’occasion, garage Martin")
    page.get_by_label("Coût").fill("3000")
    page.get_by_label("Pour quel objectif ?").select_option(index=1)
    page.get_by_role("button", name="Ouvrir le projet").click()
    page.goto(f"/personnes/{person_id}/micro-credit")
    page.get_by_label("Banque", exact=False).first.select_option(label="Crédit du Hainaut")
    page.get_by_label("Durée en mois").fill(str(months))
    page.get_by_label("Taux nominal de la banque").fill("4")
    page.get_by_label("Votre avis").fill("Embauche en CDI à Onnaing, horaires décalés, aucun bus.")
    page.get_by_role("button", name="Ouvrir le dossier").click()
    send(page)


def send(page: Page) -> None:
    """Complete a dossier and send it to its bank."""
    page.get_by_role("button", name="Le dossier est complet").click()
    page.get_by_role("button", name="Envoyer à la banque").click()
    expect(page.get_by_text("Envoi en préparation.")).to_be_visible()
    assert axe_violations(page) == []
    assert jobs.run("microcredit_join").counts["done"] == 1
    # The page looks again by itself.
    expect(page.locator(".page-header").get_by_text("Envoyé à la banque")).to_be_visible()


def answer(bank: Page, page: Page, choice: str, words: str) -> None:
    """Open the link of the last transmission as the bank, and answer."""
    address = page.get_by_role("link", name="ouvrir ou copier le lien de réponse").get_attribute("href")
    assert address
    bank.goto("/banque/" + address.split("/banque/")[1])
    assert axe_violations(bank) == []
    bank.get_by_label(choice).check()
    grants = choice == "Nous accordons ce micro-crédit"
    bank.get_by_label("Conditions de l’accord" if grants else "Expliquez en quelques mots").fill(words)
    if choice == "Nous refusons ce micro-crédit":
        bank.get_by_label("Motif du refus").select_option(label="Budget trop juste")
    # The receipt above asks for a name too.
    bank.locator("#name").fill("Mme Lenoir")
    bank.get_by_role("button", name="Envoyer la réponse").click()
    expect(bank.get_by_text("Réponse enregistrée")).to_be_visible()
    page.reload()


def look(page: Page, shoot: Callable[[Page, str], None], name: str) -> None:
    """Look at a page at both widths: accessible, nothing beside the screen."""
    for width in (360, 1280):
        page.set_viewport_size({"width": width, "height": 900})
        assert axe_violations(page) == [], (name, width)
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth + 1"), (name, width)
        shoot(page, f"credit-{name}-{width}")


def note_payment(page: Page, on: date) -> None:
    """Note an instalment that came in."""
    page.get_by_label("Reçue le").fill(on.isoformat())
    page.get_by_label("Somme").fill("88,57")
    page.get_by_role("button", name="Noter la mensualité").click()


def test_granted_and_paid_back_with_one_incident(
    scene: House,
    live: LiveServer,
    browse: Callable[..., Page],
    moving_clock: MovableClock,
    shoot: Callable[[Page, str], None],
) -> None:
    adviser = scene.adviser
    page = browse(adviser)
    person_id = accept(page)
    objective_id = hire(person_id, adviser)
    write_budget(page, person_id)
    look(page, shoot, "budget")
    open_dossier(page, person_id, months=36)
    answer(browse(None, width="360"), page, "Nous accordons ce micro-crédit", "Assurance auto à souscrire")
    expect(page.get_by_text("Assurance auto à souscrire").first).to_be_visible()
    page.get_by_role("button", name="Noter la signature").click()
    dossier = page.url

    # No money moves in the first seven days.
    page.get_by_label("À qui ?").fill("Garage Martin")
    page.get_by_role("button", name="Noter le versement").click()
    expect(page.get_by_text("Aucun versement dans les premiers jours").first).to_be_visible()
    moving_clock.move_to(NOW + timedelta(days=8))
    page = browse(adviser)
    page.goto(dossier)
    page.get_by_label("À qui ?").fill("Garage Martin")
    page.get_by_role("button", name="Noter le versement").click()
    expect(page.locator(".page-header").get_by_text("Versé", exact=True)).to_be_visible()
    # From that day on the vehicle carries her to work.
    assert "Micro-crédit – Clio" in journeys(page, objective_id)
    shoot(page, "credit-journeys")
    page.goto(dossier)

    # The first instalment comes late, with the second one.
    moving_clock.move_to(at_paris(date(2027, 2, 12), time(10)))
    page = browse(adviser)
    page.goto(dossier)
    note_payment(page, date(2027, 1, 20))
    expect(page.locator(".page-header").get_by_text("Incident de paiement")).to_be_visible()
    look(page, shoot, "incident")
    # What payments show is a fact, with what to do about it; somebody takes care of it.
    assert jobs.run("microcredit_follow").ok
    page.get_by_role("link", name="Suivre le remboursement").click()
    expect(page.get_by_text("Mensualité non reçue").first).to_be_visible()
    look(page, shoot, "follow")
    page.get_by_role("button", name="Je m’en occupe").first.click()
    expect(page.get_by_text("Vu par Marion Delattre").first).to_be_visible()
    page.get_by_role("link", name="Préparer un nouvel échéancier").click()
    page.get_by_role("button", name="Voir l’effet").click()
    expect(page.get_by_role("heading", name="L’ancien et le nouveau")).to_be_visible()
    look(page, shoot, "reschedule")
    page.goto(dossier)
    note_payment(page, date(2027, 2, 11))
    expect(page.locator(".page-header").get_by_text("En remboursement")).to_be_visible()

    own = browse(make_user(Role.BENEFICIARY, person_id=person_id), width="360")
    own.goto("/mon-espace/micro-credit")
    expect(own.get_by_text("Prochaine mensualité")).to_be_visible()
    look(own, shoot, "portal")
    page.goto("/micro-credits")
    look(page, shoot, "list")


def test_refused_then_worked_over_and_granted(
    scene: House, live: LiveServer, browse: Callable[..., Page], shoot: Callable[[Page, str], None]
) -> None:
    adviser = scene.adviser
    page = browse(adviser)
    person_id = accept(page)
    objective_id = hire(person_id, adviser)
    write_budget(page, person_id)
    open_dossier(page, person_id, months=12)
    answer(browse(None), page, "Nous refusons ce micro-crédit", "Mensualité trop haute")
    expect(page.get_by_text("Mensualité trop haute").first).to_be_visible()
    page.get_by_role("button", name="Reprendre après le refus").click()
    page.get_by_label("Durée en mois").fill("48")
    page.get_by_role("button", name="Enregistrer", exact=True).click()
    look(page, shoot, "dossier")
    send(page)
    bank = browse(None)
    answer(bank, page, "Nous accordons ce micro-crédit", "")
    look(bank, shoot, "bank")
    expect(page.locator(".page-header").get_by_text("Accordé par la banque")).to_be_visible()
    page.get_by_role("link", name="Clio", exact=False).or_(
        page.get_by_role("link", name=re.compile("Ouvrir"))
    ).first.click()
    expect(page.get_by_text("Le projet est payé en entier.")).to_be_visible()
    look(page, shoot, "project")
    # The bank's yes announces the vehicle from the first day on which money may move.
    assert "Micro-crédit – Clio" in journeys(page, objective_id)
