"""Maps: what they show stands in a table, what they ask for in a field; mouse, keyboard, and no script at all."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from mobility.core.db import end_read
from tests.e2e.conftest import axe_violations
from tests.factories.loans import NOW, Scene, make_scene
from tests.support.live import LiveServer, MovableClock

Open = Callable[..., Page]
Shoot = Callable[[Page, str], None]
REACH = "/ou-aller?commune=Denain"


@pytest.fixture
def scene(live: LiveServer, moving_clock: MovableClock) -> Scene:
    """A desk, its adviser, a person."""
    moving_clock.move_to(NOW)
    made = make_scene()
    end_read()
    return made


def listening(page: Page) -> list[str]:
    """Return the list of what the page complains about, as it grows."""
    complaints: list[str] = []
    page.on("console", lambda said: complaints.append(said.text) if said.type in {"error", "warning"} else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    return complaints


@pytest.mark.parametrize("width", ["360", "1280"])
def test_where_one_comes_is_a_map_and_a_table(scene: Scene, browse: Open, shoot: Shoot, width: str) -> None:
    page = browse(scene.adviser, width=width)
    complaints = listening(page)
    page.goto(REACH)
    page.wait_for_selector("[data-map][data-ready]")
    assert page.locator(".map-area").count() == 4
    assert page.locator(".map-road").count() >= 1
    expect(page.locator(".map-name", has_text="Valenciennes")).to_be_visible()
    expect(page.locator("figcaption")).to_contain_text("Réseau de démonstration")
    expect(
        page.get_by_role("row")
        .filter(has_text="Denain (59220)")
        .or_(page.get_by_role("row").filter(has_text="Lourches"))
        .first
    ).to_be_visible()
    shoot(page, "maps-reach")
    assert axe_violations(page) == []
    assert complaints == []


def test_without_scripts_the_table_says_it_all(scene: Scene, browse: Open) -> None:
    page = browse(scene.adviser, scripts=False)
    page.goto("/ou-aller")
    page.get_by_label("Commune de départ").fill("Denain")
    page.get_by_role("button", name="Voir les communes").click()
    expect(page.locator(".map")).to_be_hidden()
    expect(page.get_by_role("heading", level=1)).to_have_text("Où peut-on aller depuis Denain (59220) ?")
    expect(page.get_by_role("row").filter(has_text="Lourches").first).to_be_visible()
    expect(page.get_by_text("Réseau de démonstration").first).to_be_visible()
