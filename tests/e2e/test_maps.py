"""Maps: what they show stands in a table, what they ask for in a field; mouse, keyboard, and no script at all."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from mobility.core.db import end_read, load
from mobility.geo.geocoding import Precision
from mobility.people.models import Person
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


# -- A place to choose ------------------------------------------------------------------------------------


def address_form(page: Page, scene: Scene) -> Locator:
    """Open the person's address, which is known to the commune only; return the field of the point."""
    page.goto(f"/personnes/{scene.person.id}/adresse")
    if page.locator("#commune").input_value() == "":
        page.get_by_label("Numéro et rue").fill("12 rue de Villars")
        page.locator("#commune").fill("Denain")
        page.get_by_role("button", name="Enregistrer").click()
        page.goto(f"/personnes/{scene.person.id}/adresse")
    return page.get_by_label("Point sur la carte")


def position_of(scene: Scene) -> tuple[float | None, float | None, Precision | None]:
    end_read()
    person = load(Person, scene.person.id)
    return person.latitude, person.longitude, person.position_precision


@pytest.mark.parametrize("width", ["360", "1280"])
def test_the_adviser_clicks_where_the_house_is(scene: Scene, browse: Open, shoot: Shoot, width: str) -> None:
    page = browse(scene.adviser, width=width)
    complaints = listening(page)
    field = address_form(page, scene)
    page.wait_for_selector("[data-map][data-ready]")
    assert page.locator(".map-pin").count() == 0
    page.locator("[data-map]").click(position={"x": 150, "y": 120})
    expect(page.locator(".map-pin")).to_be_visible()
    expect(page.locator("[data-map-says]")).to_contain_text("du centre de la carte")
    latitude, longitude = map(float, field.input_value().split(", "))
    shoot(page, "maps-pin")
    assert axe_violations(page) == []
    page.get_by_role("button", name="Enregistrer").click()
    expect(page.get_by_text("un point choisi sur la carte")).to_be_visible()
    assert position_of(scene) == (latitude, longitude, Precision.POINT)
    assert complaints == []


def test_the_pin_goes_by_the_arrow_keys_and_by_the_mouse(scene: Scene, browse: Open) -> None:
    page = browse(scene.adviser)
    field = address_form(page, scene)
    page.wait_for_selector("[data-map][data-ready]")
    page.get_by_role("button", name="Mettre le repère au milieu").press("Enter")
    pin = page.locator(".map-pin")
    expect(pin).to_be_focused()
    first = [float(part) for part in field.input_value().split(", ")]
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowRight")
    second = [float(part) for part in field.input_value().split(", ")]
    assert second[0] > first[0]
    assert second[1] > first[1]
    page.keyboard.press("Shift+ArrowDown")
    third = [float(part) for part in field.input_value().split(", ")]
    assert 0 < second[0] - third[0] < second[0] - first[0], "with Shift, a smaller step"
    # Hovering waits until the pin stands still: the map may still be gliding after the keys.
    before = field.input_value()
    pin.hover()
    box = pin.bounding_box()
    assert box
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.down()
    page.mouse.move(x + 80, y, steps=5)
    page.mouse.up()
    expect(field).not_to_have_value(before)
    assert float(field.input_value().split(", ")[1]) > third[1]
    page.get_by_role("button", name="Retirer le repère").click()
    expect(pin).to_have_count(0)
    expect(field).to_have_value("")
    field.fill("50,33010 ; 3,39200")
    expect(pin).to_be_visible()


def test_without_scripts_the_point_is_typed_and_refused_in_the_middle_of_nowhere(scene: Scene, browse: Open) -> None:
    page = browse(scene.adviser, scripts=False)
    field = address_form(page, scene)
    expect(page.locator("[data-map]")).to_be_hidden()
    field.fill("50.18000, 3.70000")
    page.get_by_role("button", name="Enregistrer").click()
    expect(page.locator("#pin-error")).to_contain_text("trop loin d’une route")
    expect(field).to_have_value("50.18000, 3.70000")
    field.fill("50.33010, 3.39200")
    page.get_by_role("button", name="Enregistrer").click()
    assert position_of(scene) == (50.3301, 3.392, Precision.POINT)
