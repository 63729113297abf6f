"""Without JavaScript every journey reaches its end: htmx and the small scripts only make it smoother."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time, timedelta

import pyotp
import pytest
from playwright.sync_api import Page
from sqlalchemy import select
from sqlalchemy.orm import Session

from mobility.accounts.queries import get_user
from mobility.accounts.services.passwords import hasher
from mobility.core import clock
from mobility.core.clock import at_paris, today
from mobility.core.crypto import encrypt
from mobility.core.db import end_read, transaction
from mobility.fleet.kinds import OdometerSource
from mobility.notifications.models import OutboxMessage
from tests.e2e import pages
from tests.factories.fleet import a_reading
from tests.factories.loans import NOW, Scene, make_scene
from tests.support.live import LiveServer, MovableClock

PASSWORD = "Douze-voitures-59"
Open = Callable[..., Page]


@pytest.fixture
def scene(live: LiveServer, moving_clock: MovableClock) -> Scene:
    """A desk that lends, on a Tuesday at ten."""
    moving_clock.move_to(NOW)
    made = make_scene()
    for vehicle_id in made.vehicle_ids:
        a_reading(vehicle_id, 30_000, NOW - timedelta(days=9), source=OdometerSource.OFFICER)
    end_read()
    return made


@pytest.fixture
def desk(scene: Scene, browse: Open) -> Page:
    """The adviser's browser."""
    return browse(scene.adviser, scripts=False)


def in_days(count: int, hour: int) -> datetime:
    """Return an instant of a day to come."""
    return at_paris(today() + timedelta(days=count), time(hour))


def name_of(scene: Scene) -> str:
    return f"{scene.person.first_name} {scene.person.last_name}"


def test_the_staff_sign_in_with_two_factors(scene: Scene, browse: Open) -> None:
    secret = pyotp.random_base32()
    with transaction() as session:
        adviser = session.merge(scene.adviser)
        adviser.password_hash, adviser.totp_secret_encrypted = hasher().hash(PASSWORD), encrypt(secret)
        email = str(adviser.email)
    page = browse(scripts=False)
    code = pyotp.TOTP(secret).at(clock.now())
    pages.StaffSignIn(page).open().enter(email, PASSWORD, code)
    assert pages.StaffHome(page).heading.startswith("Bonjour")


def test_a_beneficiary_signs_in_by_code(scene: Scene, browse: Open, session: Session) -> None:
    page = browse(scripts=False, width="360")
    pages.SignIn(page).open().ask("personne1@example.org")
    end_read()
    message = session.scalars(select(OutboxMessage).order_by(OutboxMessage.id.desc())).first()
    assert message is not None
    pages.View(page).fill("Code reçu (6 chiffres)", message.params["code"]).press("Me connecter")
    assert pages.PortalHome(page).heading == f"Bonjour {scene.person.first_name}"


def test_a_person_is_found_and_corrected(scene: Scene, desk: Page) -> None:
    desk.goto("/accueil")
    desk.get_by_label("Chercher une personne").fill(scene.person.last_name)
    desk.get_by_role("button", name="Chercher", exact=True).click()
    found = pages.Search(desk)
    found.says(scene.person.last_name)
    found.press(name_of(scene))
    identity = pages.Identity(desk).open(scene.person.id).fill("Nom d’usage", "Lefèvre-Caron")
    identity.press("Enregistrer")
    assert "Lefèvre-Caron" in pages.View(desk).heading


def test_a_call_is_noted(scene: Scene, desk: Page) -> None:
    note = pages.Note(desk).open().tick("Appel").fill("Qui", "Mme Wattiez").fill("Téléphone", "06 39 98 12 34")
    note.fill("Ce qu’il faut savoir", "Voudrait une voiture dès lundi.").choose(
        "Qui rappelle ?", scene.adviser.display_name
    )
    note.press("Noter")
    desk.goto("/appels")
    pages.View(desk).says("Mme Wattiez", "Voudrait une voiture dès lundi.")


def test_an_objective_gets_its_hours(scene: Scene, desk: Page) -> None:
    pages.Objective(desk).open(scene.person.id).add(
        title="Aide-soignante",
        employer="Clinique",
        city="Denain",
        postcode="59220",
        starts_on=date(2026, 12, 1),
        ends_on=date(2027, 1, 31),
    )
    pages.Roster(desk).every_week("Lundi", "Samedi", starts=time(21), ends=time(5))
    pages.Pathway(desk).open(scene.person.id).says("Aide-soignante", "21 h")


def test_a_loan_is_booked_at_the_desk_taken_and_returned(
    scene: Scene, desk: Page, moving_clock: MovableClock, browse: Open
) -> None:
    loan_id = (
        pages.DeskBooking(desk)
        .open()
        .book(name_of(scene), start=in_days(6, 10), due=in_days(9, 17), category="Voiture")
    )
    assert pages.Loan(desk).state == "Accepté"
    moving_clock.move_to(in_days(6, 10))
    out = pages.Loan(browse(scene.adviser, scripts=False)).open(loan_id).sign("Chèque").hand_over(km=30_010, energy=50)
    assert out.state == "En cours"
    moving_clock.move_to(at_paris(today() + timedelta(days=3), time(16)))
    back = pages.Loan(browse(scene.adviser, scripts=False)).open(loan_id).take_back(km=30_100, energy=50)
    assert back.state == "Rendu"


def test_a_loan_is_booked_in_the_portal(scene: Scene, browse: Open, session: Session) -> None:
    from mobility.accounts.hooks import directory
    from mobility.accounts.services.codes import ensure_user
    from mobility.notifications.models import ContactPoint

    points = session.scalars(select(ContactPoint.id).where(ContactPoint.value == "personne1@example.org")).all()
    user = get_user(ensure_user(directory().by_contact_points(points)[0], now=clock.now()))
    end_read()
    page = browse(user, scripts=False, width="360")
    loan_id = (
        pages.PortalBooking(page).open().book("Voiture", desk=scene.desk.name, start=in_days(6, 10), due=in_days(9, 17))
    )
    pages.PortalLoan(page).open(loan_id).says("Demandé")


def test_a_refused_form_keeps_what_was_typed_and_says_what_to_do(scene: Scene, desk: Page) -> None:
    desk.goto("/personnes/nouvelle")
    form = pages.NewPerson(desk).fill("Nom d’usage", "Caron").fill("E-mail", "pas-une-adresse")
    form.press("Ouvrir la fiche")
    form.says("Remplissez ce champ pour continuer.")
    assert form.field("Nom d’usage").input_value() == "Caron"
    assert form.field("E-mail").input_value() == "pas-une-adresse"
