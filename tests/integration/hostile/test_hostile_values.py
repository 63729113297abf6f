"""Whatever is typed into whichever field, address or query, nothing breaks: never a 500.

Forms and pages are the same on both databases. The stricter one, PostgreSQL, sees every text in every field;
SQLite sees those that its own driver might refuse.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from flask import Flask
from sqlalchemy import select

from mobility.accounts.policy import POLICY, Role
from mobility.core import db as database
from mobility.core import links
from mobility.core.db import end_read
from mobility.loans.models import Loan
from mobility.loans.services.reminders import LINK_PURPOSE
from mobility.notifications import render
from mobility.participation.models import Departure
from mobility.participation.rules.exits import Clock
from mobility.participation.services.later import later_link
from mobility.prescriptions import tokens
from mobility.prescriptions.models import Prescription, PrescriptionLink
from mobility.prescriptions.rules.states import State
from tests.conftest import DATABASE
from tests.factories.accounts import signed_in
from tests.integration.hostile.actors import Knocker, user_of
from tests.integration.hostile.forms import PageForm, forms_of
from tests.integration.hostile.routes import Route, address, public_routes, routes, rows_at, rows_of
from tests.integration.hostile.rows import PARTS, WORDS, Row
from tests.integration.hostile.world import NOW, World

NIR = "2 95 10 99 126 111 93"
SCRIPT = "<script>alert(1)</script>{{7777*7777}}\"'><img src=x onerror=alert(1)>"
TEXTS = {
    "long": "x" * 10_000,
    "emoji": "\U0001f697\U0001f469\u200d\U0001f9bd\U0001f1eb\U0001f1f7" * 20,
    "right to left": "\u0645\u0631\u062d\u0628\u0627 \u202e\u2067 abc \u05e9\u05dc\u05d5\u05dd",
    "controls": "a\x00b\x01\x1b[31mc\r\nX-Injected: 1\x7f\u2028d",
    "markup": SCRIPT,
    "formats": "=cmd|' /C calc'!A0 %s %(name)s %n {0} {person.__class__} ${7*7}",
    "huge number": "9" * 30,
    "beyond 64 bits": "9223372036854775808",
    "unicode digits": "١٢٣",
    "29 February": "2027-02-29",
    "first day": "0001-01-01",
    "last day": "9999-12-31",
    "spring forward": "2027-03-28",
    "hour that is not": "02:30",
    "empty": "",
}
STRICT = DATABASE == "postgresql"
TYPED = tuple(TEXTS) if STRICT else ("long", "controls", "beyond 64 bits", "last day")
# Which text attacks one field alone, the others answered as they should be.
ALONE = ("long",) if STRICT else ()
# What a query may hold; texts are looked for, never kept.
ASKED = ("long", "controls", "markup", "beyond 64 bits", "unicode digits", "last day", "empty")
ASKED = ASKED if STRICT else ("controls", "beyond 64 bits", "last day")
CHOICES = ("", "²", "9223372036854775808", "\x00") if STRICT else ("9223372036854775808", "\x00")
# 405: the callbacks of messages answer GET for the providers that report so, and refuse it for the others.
FINE = {200, 303, 400, 403, 404, 405, 409, 410, 413, 422, 429}
ROLES = (
    Role.MANAGER,
    Role.ADVISER,
    Role.FLEET_OFFICER,
    Role.ADMINISTRATOR,
    Role.BENEFICIARY,
    Role.AUDITOR,
    Role.FUNDER,
)


@pytest.fixture
def nothing_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every act run to its end, and undo it there: each answer is given on the same world."""

    def undo(session: Any) -> None:
        session.flush()
        session.rollback()

    monkeypatch.setattr(database, "_commit", undo)


@dataclass(frozen=True)
class Place:
    """A form where it is found, and who fills it in."""

    url: str
    form: PageForm
    who: Knocker

    @property
    def target(self) -> str:
        """Where the form goes."""
        return self.form.action or self.url


def _clients(application: Flask, house: World) -> dict[Role, Knocker]:
    return {role: Knocker(role.value, signed_in(application, user_of(house, role)), role) for role in ROLES}


def _who(route: Route, clients: dict[Role, Knocker]) -> Knocker | None:
    permission = route.access.permission
    return next((clients[role] for role in ROLES if permission and role in POLICY[permission]), None)


def _own_rows(route: Route, who: Knocker, house: World) -> list[Row | None]:
    if route.kind is None:
        return [None]
    if who.role is Role.BENEFICIARY:
        assert house.own.beneficiary is not None
        return [*rows_of(route.kind, house.own.beneficiary.person_id or 0)[:2]]
    found = rows_at(route.kind, house.own.desk.id, but_persons=frozenset({house.own.protected_id}))
    # A loan shows other forms in each of its states.
    return [*found[: 3 if route.kind == "loan" else 1]]


def _pages(application: Flask, house: World, clients: dict[Role, Knocker]) -> Iterator[tuple[Route, Knocker, str]]:
    for route in routes(application):
        who = _who(route, clients)
        if route.method != "GET" or route.is_api or who is None:
            continue
        for row in _own_rows(route, who, house):
            url = address(application, route, row, {"other_id": house.own.persons[1]})
            if url is not None:
                yield route, who, url


QUERIES = {
    "loans.book_confirm": "?start_on=2026-12-01&start_time=10:00&due_on=2026-12-03&due_time=10:00&category=car&desk_id=1",
    "my_loans.confirm": "?start_on=2026-12-01&start_time=10:00&due_on=2026-12-03&due_time=10:00&category=car&desk_id=1",
}
TYPES = ("weekly", "cycle", "dates", "unknown")


def _places(application: Flask, house: World) -> list[Place]:
    clients = _clients(application, house)
    found: dict[str, Place] = {}
    for route, who, url in _pages(application, house, clients):
        shapes = [url + QUERIES.get(route.rule.endpoint, "")]
        if route.rule.endpoint in {"pathway.roster", "pathway.portal_roster"}:
            shapes += [f"{url}?type={kind}" for kind in TYPES]
        for shape in shapes:
            _read(found, who, shape)
    nobody = Knocker("anonymous", application.test_client())
    for url in _open_pages(house):
        _read(found, nobody, url)
    return list(found.values())


@pytest.fixture(scope="module")
def places(application: Flask, house: World) -> list[Place]:
    """Every form of every page, found once."""
    return _places(application, house)


def _read(found: dict[str, Place], who: Knocker, url: str) -> None:
    answer = who.ask("GET", url)
    assert answer.status_code < 500, url
    if answer.status_code != 200 or answer.mimetype != "text/html":
        return
    for form in forms_of(answer.get_data(as_text=True)):
        place = Place(url, form, who)
        # Signing out ends the visit; a job run by hand is no form, and writes in several transactions.
        if "deconnexion" not in place.target and not place.target.endswith("/lancer"):
            found.setdefault(place.target, place)


def _open_pages(house: World) -> list[str]:
    loan = database.load(Loan, house.own.loans[0])
    sign = {"now": NOW, "lifetime": NOW - NOW.replace(year=2025)}
    token = links.sign(LINK_PURPOSE, {"l": loan.id, "d": int(loan.due_at.timestamp())}, **sign)
    person = database.db.session.get_one(Loan, loan.id).person_id
    from mobility.people.models import Person

    recipient = database.load(Person, person).recipient_id
    preferences = render.preferences_url(recipient, NOW).removeprefix("http://mobilite.test")
    link = database.db.session.scalars(select(PrescriptionLink).order_by(PrescriptionLink.id)).first()
    waiting = database.db.session.scalars(
        select(Prescription).where(Prescription.state == State.WAITING_INFO).order_by(Prescription.id)
    ).first()
    assert link is not None
    assert waiting is not None
    departure = database.db.session.scalars(select(Departure).order_by(Departure.id)).first()
    assert departure is not None
    later = later_link(departure, clock=Clock(), now=NOW)
    sent_by, asked_by = tokens.form_url(link), tokens.answer_url(waiting)
    end_read()
    return [
        sent_by.removeprefix("http://mobilite.test"),
        asked_by.removeprefix("http://mobilite.test"),
        later.removeprefix("http://mobilite.test"),
        "/connexion",
        "/connexion/carte",
        "/connexion/pro",
        "/connexion/pro/mot-de-passe-oublie",
        f"/r/{token}/a-l-heure",
        f"/r/{token}/plus-de-temps",
        preferences,
    ]


def _post(place: Place, data: dict[str, list[str]]) -> Any:
    sent: dict[str, Any] = dict(data)
    return place.who.client.post(place.target, data=sent)


def _wrong(answer: Any) -> str:
    if answer.status_code not in FINE:
        return str(answer.status_code)
    page = answer.get_data().decode("utf-8", "replace")
    if "<script>alert(1)" in page or "<img src=x" in page or "60481729" in page:
        return "shown as markup"
    return "a header was injected" if "X-Injected" in answer.headers else ""


def _alone(place: Place, name: str, values: list[str]) -> list[str]:
    """Attack one field, the others answered as they should be."""
    answers = ((value, _post(place, place.form.plausible() | {name: [value]})) for value in values)
    return [f"{place.target} {name} {value[:20]!r}: {_wrong(answer)}" for value, answer in answers if _wrong(answer)]


def test_many_forms_are_found(places: list[Place]) -> None:
    assert len(places) > 90
    assert sum(len(place.form.typed) for place in places) > 150


# Forms that refuse even an ordinary answer about every row that the walk sends them, and why.
REFUSED = {
    "/administration/covoiturage/nouveau": "wants a domain's name",
    "/covoiturage/membres/#/demande": "wants the hour at which one must be there",
    "/covoiturage/membres/#/offre": "wants the hour at which one must be there",
    "/covoiturage/membres/nouveau": "wants the agreement of whoever is signed up",
    "/covoiturage/trajets/#/annuler": "the first ride of the walk is cancelled already",
    "/mon-espace/covoiturage/demande": "wants a commune to leave from",
    "/mon-espace/covoiturage/offre": "wants a commune to leave from",
    "/personnes/#/micro-credit": "wants the bank's rate",
    "/agenda/interpretes/nouveau": "wants at least one language and one way",
    "/aides-locales/nouvelle": "wants at least one barrier",
    "/charge": "wants at least one line",
    "/etapes/#/modifier": "every step after every other is a circle",
    "/micro-credit/banques/#/conditions": "wants at least one rate",
    "/micro-credits/#/papiers": "wants a file",
    "/micro-credits/#/papiers/#/cacher": "wants a box on the page",
    "/micro-credits/releves": "wants a file",
    "/mon-espace/micro-credit/accord": "wants the person's agreement",
    "/modeles-de-plan/nouveau": "wants at least one line",
    "/objectifs/#/et-si#reponse": "wants one aid and what becomes of it",
    "/personnes/#/transfert": "the first adviser of the list is of another desk",
    "/plans/#/etapes/nouvelle/task": "the words are wanted where no aid says them",
    "/bannette/#/commencer": "the first prescriptions of the walk are not accepted yet",
    "/bannette/#/rendez-vous": "the first prescriptions of the walk are not accepted yet",
    "/bannette/#/rouvrir": "the first prescriptions of the walk have not ended",
    "/bannette/import": "wants a file",
    "/connexion/carte": "nobody has that card",
    "/connexion/pro": "nobody has that password",
    "/parc/vehicules/#/arreter": "the vehicle is booked",
    "/parc/vehicules/#/photo": "wants a file",
    "/parc/vehicules/#/sortir-du-parc": "the vehicle is booked",
    "/parc/vehicules/#/transferer": "the vehicle is booked",
    "/personnes/#/droits": "the same demand is open already",
    "/personnes/#/permis/ajouter": "the first category of the list is in the file already",
    "/personnes/#/pieces": "wants a file",
    "/prets/#/depart": "no contract of the walk is signed",
    "/prets/#/non-venu": "nobody is late to come",
    "/prets/#/solder": "no vehicle is back",
    "/r/#/plus-de-temps": "an answer is awaited already",
}


def _shape(target: str) -> str:
    """Return where a form goes, whichever row it is about."""
    return re.sub(r"/(?:\d+|[^/]{40,})(?=/|$)", "/#", target.partition("?")[0])


@pytest.mark.usefixtures("nothing_stays")
def test_an_ordinary_answer_is_accepted_but_where_the_rows_forbid_it(places: list[Place]) -> None:
    """The fields that are not attacked must not hide those that are."""
    statuses = [(_shape(place.target), _post(place, place.form.plausible()).status_code) for place in places]
    assert {answer for answer in statuses if answer[1] not in FINE} == set()
    accepted = {shape for shape, status in statuses if status in {200, 303}}
    assert {shape for shape, _status in statuses} - accepted == set(REFUSED)


@pytest.mark.usefixtures("nothing_stays")
def test_no_text_breaks_a_form(places: list[Place]) -> None:
    wrong = []
    for place in places:
        for name in TYPED:
            data = place.form.plausible() | {one: [TEXTS[name]] for one in place.form.typed}
            if problem := _wrong(_post(place, data)):
                wrong.append(f"{place.target} all fields {name}: {problem}")
        for typed in place.form.typed if ALONE and len(place.form.typed) > 1 else ():
            wrong += _alone(place, typed, [TEXTS[name] for name in ALONE])
    assert wrong == []


@pytest.mark.usefixtures("nothing_stays")
def test_no_choice_breaks_a_form(places: list[Place]) -> None:
    """What a browser only lets choose, and what it does not show, is sent by hand."""
    wrong = []
    for place in places:
        for value in CHOICES:
            data = place.form.plausible() | {one: [value, value] for one in place.form.chosen}
            if problem := _wrong(_post(place, data)):
                wrong.append(f"{place.target} all choices {value[:20]!r}: {problem}")
        for chosen in place.form.chosen if STRICT and len(place.form.chosen) > 1 else ():
            wrong += _alone(place, chosen, ["-1"])
    assert wrong == []


# Fields whose words are never kept: what is searched, and what is compared with something kept.
NOT_KEPT = {"password", "code", "contact", "card", "secret", "second_secret"}


@pytest.mark.usefixtures("nothing_stays")
def test_the_social_security_number_is_kept_nowhere(places: list[Place]) -> None:
    kept, tried = [], 0
    for place in places:
        for typed in place.form.typed:
            if typed in NOT_KEPT:
                continue
            answer = _post(place, place.form.plausible() | {typed: [f"son numéro : {NIR}"]})
            tried += 1
            if answer.status_code not in {422, 409, 404}:
                kept.append(f"{place.target} {typed}: {answer.status_code}")
    assert kept == []
    assert tried > 120


def _parameters(application: Flask, route: Route) -> set[str]:
    """Return the names that the module of the view reads from the query."""
    view = inspect.unwrap(application.view_functions[route.rule.endpoint])
    source = Path(inspect.getsourcefile(view) or "").read_text(encoding="utf-8")
    return {*re.findall(r'args(?:\.get\(|\[)"(\w+)"', source), *re.findall(r'_(?:id|date)\("(\w+)"\)', source), "page"}


FAR = ("9223372036854775808", "9999-12-31", "0001-01-01") if STRICT else ()


@pytest.mark.usefixtures("nothing_stays")
def test_no_query_breaks_a_page(application: Flask, house: World) -> None:
    clients, wrong = _clients(application, house), []
    for route, who, url in _pages(application, house, clients):
        names = _parameters(application, route)
        for value in (TEXTS[name] for name in ASKED):
            query = "&".join(f"{name}={quote(value)}" for name in names)
            if problem := _wrong(who.ask("GET", f"{url}?{query}"[:60_000])):
                wrong.append(f"{url}?(all)={value[:20]!r}: {problem}")
        for name in names:
            addresses = [f"{url}?{name}={quote(value)}" for value in FAR]
            wrong += [f"{one}: {problem}" for one in addresses if (problem := _wrong(who.ask("GET", one)))]
    assert wrong == []


HOSTILE_WORDS = (
    "..%2f..%2fetc%2fpasswd",
    "%00",
    "%ff%fe",
    "x" * 3000,
    quote("🚗"),
    quote("{{7777*7777}}"),
    quote("<script>alert(1)</script>"),
    "0001-01-01",
    "9999-12-31",
    "a%0d%0aX-Injected:%201",
)
HOSTILE_IDS = ("0", str(2**31), str(2**63), "-1", quote("\u0661"), quote("²"), "%00")


@pytest.mark.usefixtures("nothing_stays")
def test_no_address_breaks_a_route(application: Flask, house: World) -> None:
    clients, wrong = _clients(application, house), []
    nobody = Knocker("anonymous", application.test_client())
    for route in [*routes(application), *public_routes(application)]:
        who = nobody if route.access.kind in {"public", "signed_link"} else _who(route, clients)
        if who is None or route.is_api:
            continue
        for argument in sorted(route.rule.arguments):
            for url in _hostile(route, argument):
                answer = who.ask(route.method, url)
                if route.rule.endpoint.startswith("carpool_standard.") and answer.status_code == 401:
                    continue  # other carpooling services prove themselves by a key first
                if problem := _wrong(answer):
                    wrong.append(f"{route.method} {url[:90]}: {problem}")
                elif answer.status_code == 200 and b"root:" in answer.get_data():
                    wrong.append(f"{url}: a file of the machine")
    assert wrong == []


def _hostile(route: Route, argument: str) -> Iterator[str]:
    numbers = argument in PARTS or argument in route.access.rows.values() or argument.endswith("_id")
    for value in HOSTILE_IDS if numbers else HOSTILE_WORDS:
        shown = route.rule.rule
        for name in route.rule.arguments:
            word = value if name == argument else WORDS.get(name, "1")
            shown = re.sub(rf"<(?:[^<>]*:)?{name}>", lambda _match, word=word: word, shown)
        yield shown
