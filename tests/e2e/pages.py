"""A page object per page: what people read and press there, by the words that they see."""

from __future__ import annotations

import re
from datetime import date, datetime, time
from typing import Self

from playwright.sync_api import Locator, Page

from mobility.core.clock import format_time, in_paris


def _spaced(words: str) -> str:
    """Return the pattern of these words on a page, whose spaces are typeset."""
    return re.escape(words).replace(r"\ ", r"\s")


class View:
    """What every page offers: fields by their labels, buttons and links by their words."""

    path = "/"

    def __init__(self, page: Page) -> None:
        self.page = page

    def open(self, *parts: object) -> Self:
        """Go to the page; ``parts`` fill in its path."""
        answer = self.page.goto(self.path.format(*parts))
        assert answer is not None
        assert answer.status == 200, f"{self.page.url} answers {answer.status}"
        return self

    def field(self, label: str) -> Locator:
        """Return the field with this label, whether it may be left out or not."""
        words = re.compile(rf"^\s*{_spaced(label)}\s*(\(facultatif\))?\s*$")
        return self.page.locator("main").get_by_label(words)

    def fill(self, label: str, value: object) -> Self:
        """Type into a field; dates and hours as the browser wants them."""
        if isinstance(value, time):
            value = f"{value:%H:%M}"
        self.field(label).first.fill(value.isoformat() if isinstance(value, date) else str(value))
        return self

    def choose(self, label: str, option: str) -> Self:
        """Choose in a list."""
        self.field(label).select_option(label=option)
        return self

    def tick(self, *labels: str) -> Self:
        """Tick boxes, or choose one of a few answers."""
        for label in labels:
            self.page.locator("main").get_by_label(re.compile(rf"^\s*{_spaced(label)}")).first.check()
        return self

    def press(self, words: str) -> Self:
        """Press a button or follow a link, by its words."""
        said = re.compile(rf"^\s*{_spaced(words)}")
        main = self.page.locator("main")
        main.get_by_role("button", name=said).or_(main.get_by_role("link", name=said)).first.click()
        self.page.wait_for_load_state()
        return self

    @property
    def heading(self) -> str:
        """The title that people read."""
        return self.page.locator("h1").inner_text().replace("\n", " ")

    @property
    def text(self) -> str:
        """All that the page says, on one line."""
        return re.sub(r"\s+", " ", self.page.locator("main").inner_text())

    def says(self, *words: str) -> bool:
        """Tell whether the page says all that; unbreakable spaces count as spaces."""
        missing = [word for word in words if word not in self.text]
        assert not missing, f"{self.page.url} does not say {missing}: {self.text}"
        return True

    @property
    def number(self) -> int:
        """The number in the page's address."""
        found = re.search(r"/(\d+)(?:/|$)", self.page.url)
        assert found, self.page.url
        return int(found[1])


class SignIn(View):
    """Where beneficiaries ask for a link."""

    path = "/connexion"

    def ask(self, contact: str) -> None:
        """Ask for a code and a link."""
        self.fill("Votre numéro de téléphone ou votre adresse e-mail", contact).press("Recevoir mon code")


class SignInLink(View):
    """What the link of the message shows."""

    def enter(self, address: str) -> None:
        """Open the link, and press its one button."""
        self.page.goto(address)
        self.press("Ouvrir mon espace")


class StaffSignIn(View):
    """Where the staff sign in."""

    path = "/connexion/pro"

    def enter(self, email: str, password: str, code: str) -> None:
        """Type the password, then the code of the application."""
        self.fill("Adresse e-mail", email).fill("Mot de passe", password).press("Continuer")
        self.fill("Code de votre application", code).press("Me connecter")


class NewPerson(View):
    """A new file."""

    path = "/personnes/nouvelle"

    def create(self, *, last_name: str, first_name: str, born_on: date, email: str, desk: str) -> int:
        """Fill in the essential; return the file's number."""
        self.fill("Nom d’usage", last_name).fill("Prénom", first_name).fill("Date de naissance", born_on)
        self.fill("E-mail", email)
        if self.field("Antenne").count():
            self.choose("Antenne", desk)
        self.press("Ouvrir la fiche")
        return self.number


class Licence(View):
    """A licence seen by the adviser."""

    path = "/personnes/{}/permis/ajouter"

    def add(self, *, category: str, number: str, issued_on: date) -> None:
        """Note a licence that is on the table."""
        self.page.locator("#category").select_option(category)
        self.fill("Numéro du permis", number).fill("Obtenu le", issued_on)
        self.tick("J’ai le permis sous les yeux").press("Enregistrer le permis")


class Objective(View):
    """A new objective."""

    path = "/personnes/{}/objectifs/nouveau"

    def add(self, *, title: str, employer: str, city: str, postcode: str, starts_on: date, ends_on: date) -> None:
        """Describe a job; the hours come on the next page."""
        self.tick("Emploi").fill("Intitulé", title).fill("Nom de l’employeur ou de l’organisme", employer)
        self.fill("Code postal", postcode).fill("Commune", city)
        self.fill("Premier jour", starts_on).fill("Dernier jour", ends_on).press("Enregistrer l’objectif")


class Roster(View):
    """The hours of an objective."""

    def every_week(self, *days: str, starts: time, ends: time) -> None:
        """The same hours on some days of each week."""
        self.tick(*days)
        self.page.locator("#starts").fill(f"{starts:%H:%M}")
        self.page.locator("#ends").fill(f"{ends:%H:%M}")
        self.press("Enregistrer les horaires")


class Rights(View):
    """What somebody may borrow."""

    path = "/prets/personnes/{}/droits"

    def grant(self, *categories: str, starts_on: date, ends_on: date, days: int) -> None:
        """Open a right to loans."""
        self.tick(*categories).fill("À partir du", starts_on).fill("Jusqu’au", ends_on)
        self.fill("Nombre de jours de prêt", days).press("Ouvrir le droit")


class PortalHome(View):
    """The beneficiary's first page."""

    path = "/mon-espace"


class PortalBooking(View):
    """The five pages of a booking online, one question each."""

    path = "/mon-espace/prets/reserver"

    def book(self, category: str, *, desk: str, start: datetime, due: datetime) -> int:
        """Answer one question after the other; return the loan's number."""
        start, due = in_paris(start), in_paris(due)
        self.tick(category).press("Continuer")
        self.fill("Quel jour prenez-vous le véhicule ?", start.date()).choose(
            "À quelle heure ?", format_time(start.time())
        )
        self.press("Continuer")
        self.fill("Quel jour rendez-vous le véhicule ?", due.date()).choose("À quelle heure ?", format_time(due.time()))
        self.press("Continuer")
        self.press(f"Choisir {desk}")
        self.press("Réserver ce véhicule")
        return self.number


class PortalLoan(View):
    """A loan, as its borrower sees it."""

    path = "/mon-espace/prets/{}"


class StaffHome(View):
    """What waits for the adviser."""

    path = "/accueil"


class Queue(View):
    """Requests that wait for an answer."""

    path = "/prets/a-accepter"


class DayBoard(View):
    """The departures and returns of a day."""

    path = "/prets/journee"


class Loan(View):
    """A loan at the desk, and what is done with it."""

    path = "/prets/{}"

    @property
    def state(self) -> str:
        """The state that the tag says."""
        return self.page.locator(".page-header .status-tag").first.inner_text().strip()

    def accept(self) -> Self:
        """Accept the request."""
        return self.press("Accepter la demande").press("Accepter la demande")

    def sign(self, deposit: str) -> Self:
        """Note the contract and the deposit."""
        return self.press("Noter le contrat signé").tick(deposit).press("Noter le contrat signé")

    def hand_over(self, *, km: int | None, energy: int) -> Self:
        """Note the departure."""
        self.press("Remettre le véhicule")
        if km is not None:
            self.fill("Kilomètres au compteur", km)
        return self.fill("Niveau de carburant ou de batterie", energy).press("Remettre le véhicule")

    def take_back(self, *, km: int, energy: int) -> Self:
        """Note the return."""
        self.press("Rendre le véhicule").fill("Kilomètres au compteur", km)
        return self.fill("Niveau de carburant ou de batterie", energy).press("Rendre le véhicule")

    def settle(self, paid: str) -> Self:
        """Close the accounts."""
        return self.press("Solder le prêt").fill("Somme reçue aujourd’hui", paid).press("Solder le prêt")


class Pathway(View):
    """The person's page: objectives, calendar, journal."""

    path = "/personnes/{}"

    def days(self, word: str) -> int:
        """Count the days of the calendar that say this word."""
        return self.page.locator(".calendar .day", has_text=word).count()


class ReturnLink(View):
    """What the one-tap links of a reminder show."""


class DeskBooking(View):
    """A booking at the desk: the person, the dates, the vehicle, the confirmation."""

    path = "/prets/nouveau"

    def book(self, name: str, *, start: datetime, due: datetime, category: str) -> int:
        """Book for somebody; return the loan's number."""
        start, due = in_paris(start), in_paris(due)
        self.fill("Pour qui ?", name).press("Chercher la personne").press(name)
        self.fill("Jour de départ", start.date()).fill("Heure de départ", start.time())
        self.fill("Jour de retour", due.date()).fill("Heure de retour", due.time()).press("Voir les véhicules libres")
        row = self.page.get_by_role("row").filter(has_text=category)
        row.get_by_role("link").first.click()
        self.press("Réserver")
        return self.number


class Search(View):
    """The search over people."""

    path = "/personnes"


class Note(View):
    """A call or a visit, noted in twenty seconds."""

    path = "/appels/noter"


class Identity(View):
    """Who the person is."""

    path = "/personnes/{}/identite"
