"""The page of a person: all that an adviser needs, with somebody in front of them, in two screens."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from mobility.core.db import end_read
from mobility.journal import services as journal
from tests.e2e.conftest import axe_violations
from tests.factories.everything import give_everything
from tests.factories.loans import NOW, Scene, make_scene
from tests.support.live import LiveServer, MovableClock

Open = Callable[..., Page]
Shoot = Callable[[Page, str], None]
SCREEN = {"width": 1280, "height": 1024}


@pytest.fixture
def busy(live: LiveServer, moving_clock: MovableClock) -> Scene:
    """Somebody with a job, a loan ahead, and a long history."""
    moving_clock.move_to(NOW)
    scene = make_scene()
    scene.book()
    for number in range(30):
        journal.add_note(
            person_id=scene.person.id,
            note=f"Note {number} : une phrase assez longue pour aller à la ligne deux fois sur un petit écran.",
            actor_id=scene.adviser.id,
            now=NOW - timedelta(days=number),
        )
    end_read()
    return scene


def test_everything_about_a_person_stands_in_two_screens(busy: Scene, browse: Open, shoot: Shoot) -> None:
    page = browse(busy.adviser, width="1280")
    page.set_viewport_size(SCREEN)  # type: ignore[arg-type]
    page.goto(f"/personnes/{busy.person.id}")
    for title in ("Objectifs et trajets", "Aides", "Historique", "Rendez-vous", "Qui", "Contact", "Permis", "Compte"):
        expect(page.get_by_role("heading", name=title, exact=True)).to_be_visible()
    shoot(page, "person-in-two-screens")
    height = page.evaluate("() => document.querySelector('main').getBoundingClientRect().bottom + window.scrollY")
    assert height <= 2 * SCREEN["height"]
    assert axe_violations(page) == []
    page.get_by_role("link", name="Tout l’historique").click()
    expect(page.get_by_text("Note 29")).to_be_visible()
    expect(page.get_by_role("heading", name="Historique")).to_be_visible()


@pytest.fixture
def full(busy: Scene) -> Scene:
    """The same, with every aid at once, two jobs, a plan, a diagnosis and people around them."""
    give_everything(busy, booked=True)
    return busy


@pytest.mark.parametrize(("width", "screens"), [("1280", 2.0), ("360", 8.0)])
def test_with_every_aid_at_once_it_still_stands_in_two_screens(
    full: Scene, browse: Open, shoot: Shoot, width: str, screens: float
) -> None:
    page = browse(full.adviser, width=width)
    height = SCREEN["height"] if width == "1280" else 740
    page.set_viewport_size({"width": int(width), "height": height})
    page.goto(f"/personnes/{full.person.id}")
    aids = page.get_by_role("region", name="Aides", exact=True)
    for aid in ("Prêt", "Covoiturage", "Micro-crédit", "Transport à la demande solidaire"):
        expect(aids.get_by_text(aid).first).to_be_visible()
    for title in ("Rendez-vous", "Plan d’action", "Diagnostic", "Compte", "Historique", "Qui", "Contact"):
        expect(page.get_by_role("heading", name=title, exact=True)).to_be_visible()
    shoot(page, "person-with-everything")
    bottom = page.evaluate("() => document.querySelector('main').getBoundingClientRect().bottom + window.scrollY")
    assert bottom <= screens * height, bottom / height
    # What comes next is read before all the rest, on a phone too.
    box = page.get_by_role("heading", name="Rendez-vous", exact=True).bounding_box()
    assert box is not None
    assert box["y"] < 1.2 * height
    assert axe_violations(page) == []
    # The other objective is one click away, and its weeks turn without closing it.
    page.get_by_text("Formation de cariste").first.click()
    page.get_by_role("link", name="Semaines d’après : Formation de cariste").click()
    expect(page.get_by_role("heading", name="Formation de cariste")).to_be_visible()


def test_a_note_is_written_beside_what_it_is_about(busy: Scene, browse: Open) -> None:
    page = browse(busy.adviser, width="360")
    page.goto(f"/personnes/{busy.person.id}")
    page.get_by_label("Note").fill("A trouvé un emploi à Onnaing.")
    page.get_by_role("button", name="Enregistrer la note").click()
    expect(page.get_by_text("A trouvé un emploi à Onnaing.")).to_be_visible()
