"""Used without a mouse, with a large print, by a thumb, by people with long names, on a first day."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page
from sqlalchemy import select

from mobility.accounts.hooks import directory
from mobility.accounts.models import User
from mobility.accounts.policy import Role
from mobility.accounts.queries import get_user
from mobility.accounts.services.codes import ensure_user
from mobility.core import clock
from mobility.core.db import db, end_read, transaction
from mobility.notifications.models import ContactPoint
from mobility.people.models import Person
from tests.e2e import pages
from tests.e2e.conftest import axe_violations
from tests.factories.accounts import make_user
from tests.factories.desks import make_desk
from tests.factories.loans import NOW, START, Scene, make_scene
from tests.support.live import LiveServer, MovableClock

Open = Callable[..., Page]
SMALLEST_TARGET = 48
LONG_NAMES = {
    "one word of 200 letters": ("Wilhelmina", "Schrödinger" * 18),
    "right to left": ("فاطمة الزهراء", "بن عبد الله " * 12),
    "emoji": ("👩🏽‍🦽" * 20, "🚗🚲" * 40),
}


@pytest.fixture
def scene(live: LiveServer, moving_clock: MovableClock) -> Scene:
    """A desk that lends, on a Tuesday at ten."""
    moving_clock.move_to(NOW)
    made = make_scene()
    end_read()
    return made


def borrower(scene: Scene) -> User:
    """The account of the scene's borrower."""
    recipient = db.session.get_one(Person, scene.person.id).recipient_id
    points = db.session.scalars(select(ContactPoint.id).where(ContactPoint.recipient_id == recipient)).all()
    user = get_user(ensure_user(directory().by_contact_points(points)[0], now=clock.now()))
    end_read()
    return user


def focused(page: Page) -> str:
    """Return what has the focus: its text, or the name of its field."""
    return str(
        page.evaluate(
            "() => document.activeElement.textContent.trim() || document.activeElement.name || document.activeElement.tagName"
        )
    )


def test_the_first_tab_leads_past_the_navigation(scene: Scene, browse: Open) -> None:
    page = browse(scene.adviser)
    page.goto("/accueil")
    page.keyboard.press("Tab")
    assert focused(page) == "Aller au contenu"
    assert page.evaluate("() => document.activeElement.getBoundingClientRect().top >= 0")
    page.keyboard.press("Enter")
    assert page.evaluate("() => document.activeElement.id") == "contenu"


def test_a_slash_goes_to_the_search_but_not_while_typing(scene: Scene, browse: Open) -> None:
    page = browse(scene.adviser)
    page.goto("/accueil")
    page.keyboard.press("/")
    assert focused(page) == "q"
    page.keyboard.type("ab/c")
    assert page.locator("[data-global-search]").input_value() == "ab/c"
    page.keyboard.press("Enter")
    page.wait_for_url("**/personnes?q=ab%2Fc")
    page.goto("/appels/noter")
    page.get_by_label("Ce qu’il faut savoir").first.click()
    page.keyboard.type("1/2")
    assert page.get_by_label("Ce qu’il faut savoir").first.input_value() == "1/2"


@pytest.mark.parametrize("scripts", [True, False])
def test_errors_take_the_focus_and_lead_to_their_fields(scene: Scene, browse: Open, scripts: bool) -> None:
    page = browse(scene.adviser, scripts=scripts)
    pages.NewPerson(page).open().press("Ouvrir la fiche")
    summary = page.locator(".error-summary")
    summary.wait_for()
    if scripts:
        page.wait_for_timeout(300)
    assert "error-summary" in page.evaluate("() => document.activeElement.className") or not scripts
    summary.get_by_role("link").first.click()
    assert page.evaluate("() => location.hash") or focused(page) == "last_name"


def test_the_focus_is_seen_wherever_it_goes(scene: Scene, browse: Open) -> None:
    page = browse(scene.adviser)
    for path in ("/accueil", f"/personnes/{scene.person.id}", "/prets/journee", "/personnes/nouvelle"):
        page.goto(path)
        seen = 0
        for _ in range(40):
            page.keyboard.press("Tab")
            style = page.evaluate(
                "() => { const e = document.activeElement; if (e === document.body) return null;"
                " const host = e.closest('.choice') || e; const s = getComputedStyle(host), t = getComputedStyle(e);"
                " return [s.outlineStyle, s.boxShadow, t.outlineStyle, t.boxShadow, e.outerHTML.slice(0, 120)]; }"
            )
            if style is None:
                break
            seen += 1
            assert style[0] != "none" or style[1] != "none" or style[2] != "none" or style[3] != "none", style[4]
        assert seen > 5, path


def test_targets_of_the_portal_are_as_large_as_a_thumb(scene: Scene, browse: Open) -> None:
    loan_id = scene.book()
    page = browse(borrower(scene), width="360")
    small = []
    for path in (
        "/mon-espace",
        "/mon-espace/prets",
        f"/mon-espace/prets/{loan_id}",
        "/mon-espace/prets/reserver",
        "/mon-espace/moi",
        "/mon-espace/compte",
    ):
        page.goto(path)
        boxes = page.evaluate(
            "() => [...document.querySelectorAll('.btn, .portal-nav a, .task-list a, main input:not([type=hidden]):not([type=radio]):not([type=checkbox]), main select, .choice, summary')]"
            ".filter((e) => e.checkVisibility()).map((e) => getComputedStyle(e, '::after').position === 'absolute' ? e.closest('li') : e)"
            ".map((e) => [Math.round(e.getBoundingClientRect().height), Math.round(e.getBoundingClientRect().width), e.innerText || e.name])"
        )
        assert boxes
        small += [
            f"{path}: {words} {width}×{height}"
            for height, width, words in boxes
            if min(height, width) < SMALLEST_TARGET
        ]
    assert not small, small


@pytest.mark.parametrize("who", sorted(LONG_NAMES))
@pytest.mark.parametrize("width", ["360", "1280"])
def test_long_and_foreign_names_break_no_page(
    scene: Scene,
    browse: Open,
    shoot: Callable[[Page, str], None],
    moving_clock: MovableClock,
    who: str,
    width: str,
) -> None:
    first_name, last_name = LONG_NAMES[who]
    with transaction() as session:
        person = session.get_one(Person, scene.person.id)
        person.first_name, person.last_name = first_name[:200], last_name[:200]
    loan_id = scene.book()
    moving_clock.move_to(START)
    page = browse(scene.adviser, width=width)
    wrong = []
    for name, path in {
        "day-board": "/prets/journee",
        "loans": "/prets",
        "loan": f"/prets/{loan_id}",
        "person": f"/personnes/{scene.person.id}",
        "file": f"/personnes/{scene.person.id}/fiche",
        "search": f"/personnes?q={scene.person.id}",
        "home": "/accueil",
    }.items():
        answer = page.goto(path)
        assert answer is not None
        assert answer.status == 200
        shoot(page, f"long-{name}-{who.rsplit(maxsplit=1)[-1]}")
        wrong += [f"{path}: {line}" for line in axe_violations(page)]
    assert wrong == []


def test_a_print_twice_as_large_pushes_nothing_aside(scene: Scene, browse: Open) -> None:
    loan_id = scene.book()
    page = browse(scene.adviser)
    # A window of 1280 pixels zoomed to 200 % lays its pages out in 640.
    page.set_viewport_size({"width": 640, "height": 450})
    for path in (
        "/accueil",
        "/prets/journee",
        f"/prets/{loan_id}",
        f"/personnes/{scene.person.id}",
        "/parc",
        "/parc/planning",
        "/personnes/nouvelle",
    ):
        page.goto(path)
        assert page.evaluate(
            "() => document.documentElement.scrollWidth <= document.documentElement.clientWidth + 1"
        ), path
    # And larger letters alone, as browsers also offer.
    page.goto(f"/prets/{loan_id}")
    page.evaluate("() => document.documentElement.style.setProperty('font-size', '200%')")
    assert page.evaluate("() => document.documentElement.scrollWidth <= document.documentElement.clientWidth + 1")


def test_a_fresh_desk_says_what_to_do_first(
    live: LiveServer, moving_clock: MovableClock, browse: Open, shoot: Callable[[Page, str], None]
) -> None:
    moving_clock.move_to(NOW)
    desk = make_desk("Denain")
    manager = make_user(Role.MANAGER, desk_id=desk.id)
    end_read()
    page = browse(manager)
    wrong = []
    for name, path in {
        "home": "/accueil",
        "people": "/personnes",
        "calls": "/appels",
        "loans": "/prets",
        "queue": "/prets/a-accepter",
        "day-board": "/prets/journee",
        "fleet": "/parc",
        "planning": "/parc/planning",
        "due": "/parc/echeances",
        "policies": "/prets/regles",
        "partners": "/organisations",
        "rights": "/droits",
        "retention": "/conservation",
        "messages": "/administration/messages",
    }.items():
        answer = page.goto(path)
        assert answer is not None
        assert answer.status == 200, path
        shoot(page, f"empty-{name}")
        wrong += [f"{path}: {line}" for line in axe_violations(page)]
        if page.locator("main table").count() == 0 and len(page.locator("main").inner_text().split()) < 12:
            wrong.append(f"{path} says too little: {page.locator('main').inner_text()!r}")
    assert wrong == []
