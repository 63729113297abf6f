"""The story: a prescriber without account, a draft, the inbox, a question and its answer, a file, a first meeting."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import date, datetime, time
from email.message import EmailMessage

import pytest
from flask import Flask
from playwright.sync_api import Page, expect
from sqlalchemy import select
from sqlalchemy.orm import Session

from mobility.accounts.policy import Role
from mobility.core import jobs
from mobility.core.clock import at_paris
from mobility.core.db import end_read
from mobility.organisations.rules import OrganisationKind
from mobility.people.models import Person
from mobility.prescriptions.models import Prescription
from mobility.prescriptions.rules.states import State
from tests.e2e.conftest import axe_violations
from tests.factories.accounts import make_user
from tests.factories.agenda import a_type, an_opening
from tests.factories.desks import make_desk
from tests.factories.organisations import make_organisation
from tests.support.live import LiveServer, MovableClock
from tests.support.smtp import SmtpServer

PERSON, REFERENT = "nadia.lefevre@example.org", "laurent.petit@mission.example"


def at(day: int, hour: int, minute: int = 0) -> datetime:
    return at_paris(date(2026, 11, day), time(hour, minute))


@pytest.fixture
def mailboxes(app: Flask) -> Iterator[SmtpServer]:
    """A real mail server, to which the application sends."""
    server = SmtpServer().start()
    before = {name: app.config[name] for name in server.settings()}
    app.config.update(server.settings())
    yield server
    app.config.update(before)
    server.stop()


def deliver() -> None:
    result = jobs.run("deliver")
    assert result.ok, result.error


def text_of(message: EmailMessage) -> str:
    body = message.get_body(("plain",))
    assert body is not None
    return str(body.get_content())


def mails_to(server: SmtpServer, address: str) -> list[EmailMessage]:
    return [message for message in server.messages if message["To"] == address]


def path_in(message: EmailMessage, beginning: str) -> str:
    """The path of the link in a message that begins so; the public address is another in the tests."""
    found = re.search(rf"https?://[^/\s]+({re.escape(beginning)}\S+)", text_of(message))
    assert found, text_of(message)
    return found[1]


def fine(page: Page, shoot: Callable[[Page, str], None], name: str, scripts: bool) -> None:
    """Keep a picture, and let axe, which is a script itself, find nothing."""
    if scripts:
        shoot(page, name)
        assert axe_violations(page) == []


def fill(page: Page) -> None:
    page.get_by_label("Votre prénom et votre nom").fill("Laurent Petit")
    page.get_by_label("Votre e-mail").fill(REFERENT)
    page.get_by_label("Nom de la personne", exact=True).fill("Lefèvre")
    page.get_by_label("Prénom de la personne").fill("Nadia")
    page.get_by_label("Date de naissance").fill("1994-03-02")
    page.get_by_label("E-mail de la personne").fill(PERSON)


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without"])
def test_somebody_sent_without_account_is_asked_about_accepted_and_met(
    app: Flask,
    live: LiveServer,
    browse: Callable[..., Page],
    shoot: Callable[[Page, str], None],
    mailboxes: SmtpServer,
    moving_clock: MovableClock,
    session: Session,
    scripts: bool,
) -> None:
    moving_clock.move_to(at(17, 9))
    desk = make_desk("Denain", ranges=[(time(9), time(18))], days=range(6))
    adviser = make_user(Role.ADVISER, desk_id=desk.id, name="Marion Delattre", email="marion@plateforme.example")
    manager = make_user(Role.MANAGER, desk_id=desk.id, name="Olivier Hornez", email="olivier@plateforme.example")
    organisation = make_organisation(OrganisationKind.PRESCRIBER, "Mission locale du Valenciennois")
    a_type()
    an_opening(adviser, desk, opens=time(14), closes=time(17))

    # The manager makes a link for the mission locale, on its page.
    chief = browse(manager, scripts=scripts)
    chief.goto(f"/organisations/{organisation.id}")
    chief.get_by_role("link", name="Gérer les liens d’orientation").click()
    chief.get_by_label("Pour qui ?").fill("Accueil de Denain")
    chief.get_by_role("button", name="Faire le lien").click()
    address = chief.get_by_role("link", name="/orienter/").inner_text()
    link = re.sub(r"^https?://[^/]+", "", address.strip())

    # Laurent, without account, on a phone: a draft first, then all of it.
    phone = browse(None, width="360", scripts=scripts)
    phone.goto(link)
    fill(phone)
    fine(phone, shoot, "story.orienter", scripts)
    phone.get_by_role("button", name="Garder le brouillon").click()
    expect(phone.get_by_text("Votre brouillon est gardé")).to_be_visible()
    draft = phone.url
    phone.goto("about:blank")
    phone.goto(draft)
    expect(phone.get_by_label("Prénom de la personne")).to_have_value("Nadia")
    phone.get_by_label("Commune où elle habite").fill("Denain")
    phone.get_by_role("checkbox", name="La personne est d’accord pour que je vous transmette").check()
    phone.get_by_role("checkbox", name="Aller au travail ou en formation").check()
    phone.get_by_role("button", name="Envoyer l’orientation").click()
    expect(phone.get_by_text("C’est envoyé")).to_be_visible()
    fine(phone, shoot, "story.suivi", scripts)
    assert "Lefèvre" not in phone.inner_text("body")

    deliver()
    assert [message["Subject"] for message in mails_to(mailboxes, PERSON)] == ["Nous allons vous contacter"]
    assert "Orientation n° " in mails_to(mailboxes, REFERENT)[0]["Subject"]

    # At the desk: taken, and what is missing is asked once.
    moving_clock.move_to(at(18, 10))
    staff = browse(adviser, scripts=scripts)
    staff.goto("/bannette")
    fine(staff, shoot, "story.bannette", scripts)
    staff.get_by_role("link", name="Nadia Lefèvre").click()
    staff.get_by_role("button", name="Je m’en occupe").click()
    staff.get_by_text("Autres actions").click()
    staff.get_by_role("link", name="Demander ce qui manque").click()
    staff.get_by_role("checkbox", name="Le téléphone de la personne").check()
    staff.get_by_role("button", name="Envoyer la demande").click()
    expect(staff.get_by_text("Nous attendons le prescripteur")).to_be_visible()

    deliver()
    question = path_in(mails_to(mailboxes, REFERENT)[-1], "/orientation/reponse/")
    phone.goto(question)
    fine(phone, shoot, "story.reponse", scripts)
    phone.get_by_label("Téléphone de la personne").fill("06 39 98 00 01")
    phone.get_by_role("button", name="Envoyer la réponse").click()
    expect(phone.get_by_text("Merci, votre réponse est arrivée")).to_be_visible()

    # The answer stands in its place; the file is opened; the first meeting is noted and held.
    staff.reload()
    expect(staff.get_by_text("06 39 98 00 01")).to_be_visible()
    staff.get_by_role("link", name="Accepter", exact=True).click()
    fine(staff, shoot, "story.accepter", scripts)
    staff.get_by_role("button", name="Accepter", exact=True).click()
    staff.get_by_role("link", name="Proposer un premier rendez-vous").click()
    fine(staff, shoot, "story.proposer", scripts)
    staff.get_by_role("button", name="Envoyer le lien : Premier rendez-vous").click()
    expect(staff.get_by_text("Lien pour choisir l’heure envoyé")).to_be_visible()

    # Nadia chooses on her phone, without signing in.
    deliver()
    hers = browse(None, width="360", scripts=scripts)
    hers.goto(path_in(mails_to(mailboxes, PERSON)[-1], "/rdv/choisir/"))
    fine(hers, shoot, "story.choisir", scripts)
    hers.get_by_role("radio", name="mardi 24 novembre à 14 h").check()
    hers.get_by_role("button", name="Je prends ce rendez-vous").click()
    expect(hers.get_by_text("mardi 24 novembre à 14 h").first).to_be_visible()
    staff.reload()
    expect(staff.get_by_text("Premier rendez-vous : mardi 24 novembre à 14 h.")).to_be_visible()
    expect(staff.get_by_text("pris en ligne par la personne")).to_be_visible()
    fine(staff, shoot, "story.orientation", scripts)
    # The prescriber still reads « reçue »: the person has not agreed to more.
    phone.goto(path_in(mails_to(mailboxes, REFERENT)[0], "/orientation/suivi/"))
    assert "24 novembre" not in phone.inner_text("main")

    moving_clock.move_to(at(24, 16))
    later = browse(adviser, scripts=scripts)
    end_read()
    row = session.scalars(select(Prescription)).one()
    person = session.scalars(select(Person)).one()
    assert (row.person_id, person.first_name, person.referent_user_id) == (person.id, "Nadia", adviser.id)
    later.goto(f"/bannette/{row.id}")
    later.get_by_role("link", name="Voir le rendez-vous").click()
    later.get_by_role("radio", name="venu", exact=True).check()
    later.get_by_role("radio", name="faire le point à une date").check()
    later.get_by_label("Faire le point le").fill("2026-12-08")
    later.get_by_role("button", name="Enregistrer").click()
    deliver()
    follow = path_in(mails_to(mailboxes, REFERENT)[-1], "/orientation/suivi/")
    assert "commencée" in mails_to(mailboxes, REFERENT)[-1]["Subject"]
    phone.goto(follow)
    expect(phone.get_by_text("Le premier rendez-vous a eu lieu.")).to_be_visible()
    session.expire_all()
    assert session.scalars(select(Prescription.state)).one() is State.STARTED
