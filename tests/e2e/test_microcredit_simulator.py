"""The simulator in the browser: dragged with scripts, sent as a form without; the budget moves with it."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, time

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from mobility.accounts.policy import Role
from mobility.core.clock import at_paris
from mobility.core.db import end_read
from mobility.demo import credit
from tests.e2e.conftest import axe_violations
from tests.factories.accounts import make_user
from tests.factories.desks import make_desk
from tests.factories.people import make_person
from tests.support.live import LiveServer, MovableClock

NOW = at_paris(date(2026, 11, 24), time(10))
Open = Callable[..., Page]


@pytest.fixture
def opened(app: Flask, live: LiveServer, browse: Open, moving_clock: MovableClock) -> Open:
    """The simulator for a person, with the banks of the demo."""
    moving_clock.move_to(NOW)
    desk = make_desk("Denain")
    adviser = make_user(Role.ADVISER, desk_id=desk.id, name="Marion Delattre")
    person = make_person("Nadia", "Lefèvre", desk=desk)
    path = f"/personnes/{person.id}/micro-credit/simulateur"
    credit.build(since_on=date(2026, 1, 1), now=NOW)
    end_read()

    def open_page(**options: object) -> Page:
        page = browse(adviser, **options)
        page.goto(path)
        return page

    return open_page


@pytest.mark.parametrize("width", ["360", "1280"])
def test_dragging_the_amount_and_the_duration_moves_what_is_left(
    opened: Open, shoot: Callable[[Page, str], None], width: str
) -> None:
    page = opened(width=width)
    assert axe_violations(page) == []
    page.get_by_label("Revenus du foyer, par mois").fill("900")
    page.get_by_label("Charges, par mois").fill("480")
    result = page.locator("#resultat")
    expect(result.get_by_text("Le budget tient")).to_be_visible()
    expect(result.get_by_text(re.compile(r"33\d,\d\d")).first).to_be_visible()
    months = page.locator("input[type=range]").nth(1)
    months.fill("12")
    expect(page.locator("#months")).to_have_value("12")
    expect(result.get_by_text("Le budget ne tient pas")).to_be_visible()
    expect(result.get_by_role("heading", name="Ce qui changerait la réponse")).to_be_visible()
    assert axe_violations(page) == []
    shoot(page, "microcredit-red")
    page.locator("input[type=range]").first.fill("1200")
    expect(page.locator("#amount")).to_have_value("1200")
    expect(result.get_by_text("Le budget tient")).to_be_visible()
    result.get_by_text("Voir les 12 mensualités").click()
    assert axe_violations(page) == []
    shoot(page, "microcredit-green")
    # What is typed moves the slider.
    page.locator("#amount").fill("2000")
    expect(page.locator("input[type=range]").first).to_have_value("2000")


def test_without_scripts_the_form_computes_and_a_change_is_tried_by_its_link(opened: Open) -> None:
    page = opened(scripts=False, width="360")
    assert page.locator("input[type=range]").count() == 0
    page.get_by_label("Montant à emprunter").fill("3000")
    page.locator("#months").fill("12")
    page.get_by_label("Revenus du foyer, par mois").fill("900")
    page.get_by_label("Charges, par mois").fill("480")
    page.get_by_role("button", name="Calculer").click()
    result = page.locator("#resultat")
    expect(result.get_by_text("Le budget ne tient pas")).to_be_visible()
    result.get_by_role("link", name="Essayer").first.click()
    expect(page.locator("#resultat").get_by_text("Le budget tient")).to_be_visible()


@pytest.mark.parametrize("width", ["360", "1280"])
def test_the_pages_of_bank_partners_are_readable(
    app: Flask, live: LiveServer, browse: Open, shoot: Callable[[Page, str], None], width: str
) -> None:
    credit.build(since_on=date(2026, 1, 1), now=NOW)
    administrator = make_user(Role.ADMINISTRATOR, name="Ada Admin")
    end_read()
    page = browse(administrator, width=width)
    page.goto("/micro-credit/banques")
    assert axe_violations(page) == []
    shoot(page, "microcredit-partners")
    page.get_by_role("link", name="Prêt accompagné").click()
    assert axe_violations(page) == []
    shoot(page, "microcredit-offer")
    page.get_by_label("Taux", exact=True).fill("; ; beaucoup")
    page.get_by_role("button", name="Enregistrer").click()
    expect(page.get_by_role("alert")).to_contain_text("Ligne 1")
    assert axe_violations(page) == []
    page.goto("/micro-credit/banques/nouvelle")
    assert axe_violations(page) == []
