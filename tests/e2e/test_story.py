"""The story on which everything stands: booked online at night, taken, reminded, returned, settled."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import date, datetime, time
from email.message import EmailMessage

import pytest
from flask import Flask
from playwright.sync_api import Page
from sqlalchemy import select
from sqlalchemy.orm import Session

from mobility.accounts.models import User
from mobility.accounts.policy import Role
from mobility.core import jobs
from mobility.core.clock import at_paris
from mobility.core.db import end_read
from mobility.fleet.kinds import OdometerSource
from mobility.journal.models import JournalEntry
from tests.conftest import plain_spaces
from tests.e2e import pages
from tests.factories.accounts import make_user
from tests.factories.desks import make_desk
from tests.factories.fleet import a_reading, a_vehicle
from tests.factories.loans import a_policy
from tests.support.live import LiveServer, MovableClock
from tests.support.smtp import SmtpServer

MAILBOX = "nadia.lefevre@example.org"
THURSDAY = date(2026, 11, 19)
MONDAY = date(2026, 11, 23)
WORKED_DAYS = 5


def at(day: int, hour: int, minute: int = 0) -> datetime:
    """Return an instant of that November, on the clocks of Paris."""
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


def run_job(name: str) -> None:
    """Let the scheduler's job run now."""
    result = jobs.run(name)
    assert result.ok, result.error


def text_of(message: EmailMessage) -> str:
    """Return the plain text of a message."""
    body = message.get_body(("plain",))
    assert body is not None
    return plain_spaces(str(body.get_content()))


def to_her(server: SmtpServer) -> list[EmailMessage]:
    """Return what the mail server took for her, in order."""
    return [message for message in server.messages if message["To"] == MAILBOX]


def link_after(words: str, message: EmailMessage) -> str:
    """Return the address that follows these words in a message."""
    found = re.search(rf"{re.escape(words)}\s*(https?://\S+)", text_of(message))
    assert found, text_of(message)
    return found[1]


def the_desk() -> User:
    """Denain: one adviser, one car, rules that ask for her yes."""
    desk = make_desk("Denain", ranges=[(time(9), time(18))], days=range(6))
    adviser = make_user(Role.ADVISER, desk_id=desk.id, name="Marion Delattre", email="marion@plateforme.example")
    a_policy(needs_approval=True, price_per_day_cents=500, deposit_cents=30000, km_per_day=80)
    car = a_vehicle(desk.id)
    a_reading(car, 41_200, at(2, 10), source=OdometerSource.OFFICER)
    return adviser


def test_a_car_booked_online_is_lent_reminded_and_returned(
    app: Flask,
    live: LiveServer,
    browse: Callable[..., Page],
    shoot: Callable[[Page, str], None],
    mailboxes: SmtpServer,
    moving_clock: MovableClock,
    session: Session,
) -> None:
    adviser = the_desk()
    adviser_at = lambda: browse(adviser)  # noqa: E731 - each visit to the desk is a session of its own

    # Thursday, at the desk: her file, her licence, her job on Monday at five, her right.
    moving_clock.move_to(at(19, 14))
    desk = adviser_at()
    person_id = (
        pages.NewPerson(desk)
        .open()
        .create(last_name="Lefèvre", first_name="Nadia", born_on=date(1994, 3, 2), email=MAILBOX, desk="Denain")
    )
    pages.Licence(desk).open(person_id).add(category="B", number="150659123456", issued_on=date(2015, 6, 20))
    pages.Objective(desk).open(person_id).add(
        title="Agente de production",
        employer="Usine automobile d’Onnaing",
        city="Onnaing",
        postcode="59264",
        starts_on=MONDAY,
        ends_on=date(2027, 1, 29),
    )
    pages.Roster(desk).every_week("Lundi", "Mardi", "Mercredi", "Jeudi", "Vendredi", starts=time(5), ends=time(13))
    pages.Pathway(desk).open(person_id).says("Agente de production", "Onnaing", "Sans solution")
    pages.Rights(desk).open(person_id).grant("Voiture", starts_on=THURSDAY, ends_on=date(2027, 2, 28), days=60)

    # That evening, on her phone: the link of a real e-mail, then a car.
    moving_clock.move_to(at(19, 20, 40))
    phone = browse(width="360")
    pages.SignIn(phone).open().ask(MAILBOX)
    run_job("deliver")
    (sign_in,) = to_her(mailboxes)
    pages.SignInLink(phone).enter(link_after("ouvrir ce lien :", sign_in))
    home = pages.PortalHome(phone)
    assert home.heading == "Bonjour Nadia"
    shoot(phone, "story-1-home")
    loan_id = pages.PortalBooking(phone).open().book("Voiture", desk="Denain", start=at(20, 16), due=at(27, 17))
    pages.PortalLoan(phone).says("Demandé")
    shoot(phone, "story-2-asked")

    # Friday morning, the adviser says yes; in the afternoon she hands the car over.
    moving_clock.move_to(at(20, 9, 5))
    desk = adviser_at()
    pages.StaffHome(desk).open().says("Nadia Lefèvre")
    pages.Queue(desk).open().says("Nadia Lefèvre")
    loan = pages.Loan(desk).open(loan_id).accept()
    assert loan.state == "Accepté"
    run_job("deliver")
    answer = to_her(mailboxes)[-1]
    assert "accepté" in text_of(answer), [text_of(m) for m in to_her(mailboxes)]
    moving_clock.move_to(at(20, 16, 5))
    desk = adviser_at()
    pages.DayBoard(desk).open().says("Nadia Lefèvre")
    loan = pages.Loan(desk).open(loan_id).sign("Chèque non encaissé").hand_over(km=41_210, energy=75)
    assert loan.state == "En cours"
    loan.says("41 210 km")
    shoot(desk, "story-3-out")

    # The days are covered, and nobody has been reminded yet.
    assert pages.Pathway(desk).open(person_id).days("Couvert") == WORKED_DAYS
    received = len(to_her(mailboxes))
    run_job("loan_reminders")
    run_job("deliver")
    assert len(to_her(mailboxes)) == received

    # Three days before the end: the reminder arrives, and its link is one tap.
    moving_clock.move_to(at(24, 10, 5))
    run_job("loan_reminders")
    run_job("deliver")
    run_job("loan_reminders")
    run_job("deliver")
    assert len(to_her(mailboxes)) == received + 1
    reminder = to_her(mailboxes)[-1]
    assert "vendredi 27 novembre à 17 h" in text_of(reminder).replace("\u00a0", " ").replace("\u202f", " ")
    assert reminder.get_body(("html",)) is not None
    stranger = browse(width="360")
    tap = pages.ReturnLink(stranger)
    stranger.goto(link_after("Je rends à l’heure :", reminder))
    tap.says("27 novembre")
    shoot(stranger, "story-4-link")
    pages.Loan(adviser_at()).open(loan_id)
    assert not _confirmed(session, person_id), "a link that is only opened must not act"
    tap.press("Oui, je rends à l’heure")
    tap.says("Merci")
    shoot(stranger, "story-5-thanks")
    assert _confirmed(session, person_id)

    # Friday: it comes back, is settled, and all of it stands in her pathway.
    moving_clock.move_to(at(27, 16, 40))
    desk = adviser_at()
    pages.DayBoard(desk).open().says("Nadia Lefèvre", "retour confirmé")
    loan = pages.Loan(desk).open(loan_id).take_back(km=41_700, energy=50)
    assert loan.state == "Rendu"
    loan.settle(paid="40")
    assert loan.state == "Soldé"
    shoot(desk, "story-6-settled")
    pathway = pages.Pathway(desk).open(person_id)
    pathway.says("Rien à payer", "Véhicule rendu", "La personne confirme son retour à l’heure", "Prêt soldé")
    assert pathway.days("Couvert") == WORKED_DAYS
    shoot(desk, "story-7-pathway")
    end_read()
    kinds = list(
        session.scalars(select(JournalEntry.kind).where(JournalEntry.person_id == person_id).order_by(JournalEntry.id))
    )
    story = [
        "loan.request",
        "loan.approve",
        "loan.contract",
        "loan.depart",
        "loan.confirm_return",
        "loan.return",
        "loan.settle",
    ]
    assert [kind for kind in kinds if kind in story] == story, kinds


def _confirmed(session: Session, person_id: int) -> bool:
    end_read()
    kinds = session.scalars(select(JournalEntry.kind).where(JournalEntry.person_id == person_id)).all()
    return any("confirm" in kind for kind in kinds)
