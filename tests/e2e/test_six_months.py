"""The one question of six months later, on a phone: from the message to « Merci », with and without scripts."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests.e2e.conftest import SCREENSHOTS, WIDTHS, axe_violations
from tests.e2e.world import World


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """The demo world, loaded once."""
    made = World(tmp_path_factory.mktemp("world"))
    yield made
    made.close()


@pytest.mark.parametrize(("scripts", "token"), [(True, "later_token"), (False, "later_token_2")])
def test_somebody_answers_by_one_button_on_a_phone(browser: Browser, world: World, scripts: bool, token: str) -> None:
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    context = browser.new_context(
        viewport=WIDTHS["360"],  # type: ignore[arg-type]
        base_url=world.live.url,
        locale="fr-FR",
        java_script_enabled=scripts,
    )
    page = context.new_page()
    page.goto(f"/six-mois/{world.ids[token]}")
    expect(page.get_by_role("heading", level=1)).to_have_text("Que faites-vous aujourd’hui ?")
    buttons = page.locator(".answer-buttons button")
    expect(buttons).to_have_count(5)
    heights = [button.bounding_box() for button in buttons.all()]
    assert all(box is not None and box["height"] >= 48 and box["width"] >= 250 for box in heights)
    if scripts:
        assert axe_violations(page) == []
        assert page.evaluate("() => document.documentElement.scrollWidth") <= 360
    page.screenshot(path=SCREENSHOTS / f"six-months-{'with' if scripts else 'without'}-scripts.png", full_page=True)
    page.get_by_role("button", name="Je suis en formation").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Merci")
    expect(page.get_by_text("Votre réponse est notée")).to_be_visible()
    context.close()
