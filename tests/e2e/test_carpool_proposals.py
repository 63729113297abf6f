"""What was found for a request, on a cheap phone and at the desk: words, map, table."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from mobility.accounts.models import User
from mobility.accounts.policy import Role
from mobility.carpool.services.matching import propose_matches
from mobility.core.db import end_read
from tests.e2e.conftest import axe_violations
from tests.factories.accounts import make_user
from tests.factories.carpool import NOW, a_colleague, a_member, a_request, an_offer
from tests.factories.desks import make_desk
from tests.factories.people import make_person
from tests.support.live import LiveServer, MovableClock

Open = Callable[..., Page]
Shoot = Callable[[Page, str], None]


@pytest.fixture
def people(live: LiveServer, moving_clock: MovableClock) -> tuple[User, User, int]:
    """An adviser, a person, and the request of theirs that two drivers meet."""
    moving_clock.move_to(NOW)
    desk = make_desk()
    person = make_person("Nadia", "Leroy", desk_id=desk.id, city="Raismes", postcode="59590", insee_code="59491")
    own = make_user(person_id=person.id, recipient_id=person.recipient_id)
    adviser = make_user(Role.ADVISER, desk_id=desk.id)
    an_offer(a_colleague(desk, is_woman=True), origin_latitude=50.43, origin_longitude=3.44, max_detour_minutes=40)
    an_offer(
        a_colleague(desk), price_per_km_cents=20, origin_latitude=50.41, origin_longitude=3.38, max_detour_minutes=40
    )
    request = a_request(a_member(person))
    propose_matches(request_id=request.id, now=NOW)
    end_read()
    return adviser, own, request.id


@pytest.mark.parametrize(("width", "staff"), [("360", False), ("1280", False), ("360", True), ("1280", True)])
def test_a_proposal_is_words_a_map_and_a_table(
    people: tuple[User, User, int], browse: Open, shoot: Shoot, width: str, staff: bool
) -> None:
    adviser, own, request_id = people
    path = f"{'' if staff else '/mon-espace'}/covoiturage/demandes/{request_id}/propositions"
    page = browse(adviser if staff else own, width=width)
    complaints: list[str] = []
    page.on("console", lambda said: complaints.append(said.text) if said.type in {"error", "warning"} else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(path)
    page.wait_for_selector("[data-map][data-ready]")
    assert page.locator("path.map-line-route").count() >= 1
    assert page.locator("path.map-line-detour").count() >= 1
    assert page.locator("path.map-pickup").count() == 1
    expect(page.get_by_text("Une conductrice").first).to_be_visible()
    shoot(page, f"carpool-proposals-{'desk' if staff else 'portal'}")
    assert axe_violations(page) == []
    page.get_by_role("link", name="Montrer jusqu’où l’on va").click()
    page.wait_for_selector("[data-map][data-ready]")
    assert page.locator("path.map-area").count() == 2
    shoot(page, f"carpool-zones-{'desk' if staff else 'portal'}")
    assert axe_violations(page) == []
    assert complaints == []


def test_without_scripts_the_words_and_the_table_say_it_all(people: tuple[User, User, int], browse: Open) -> None:
    _, own, request_id = people
    page = browse(own, width="360", scripts=False)
    page.goto(f"/mon-espace/covoiturage/demandes/{request_id}/propositions")
    expect(page.locator("[data-map-figure]").first).to_be_hidden()
    expect(page.get_by_role("row").filter(has_text="Aller")).to_be_visible()
