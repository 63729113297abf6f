"""The story of a carpool on a cheap phone: ask, see matches on the map, agree, lose a day, find what carries instead."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from playwright.sync_api import Page, expect
from sqlalchemy import select

from mobility.accounts.models import User
from mobility.carpool import links
from mobility.carpool.models import CarpoolMatch, CarpoolMember, CarpoolOffer
from mobility.core import jobs
from mobility.core.db import db, end_read
from tests.e2e.conftest import axe_violations
from tests.factories.accounts import make_user
from tests.factories.carpool import NOW, a_colleague, a_member, an_offer
from tests.factories.desks import make_desk
from tests.factories.people import make_person
from tests.support.live import LiveServer, MovableClock

Open = Callable[..., Page]
Shoot = Callable[[Page, str], None]
FAR = {"max_detour_minutes": 40, "price_per_km_cents": 5}


@pytest.fixture
def nadia(app: Flask, live: LiveServer, moving_clock: MovableClock) -> User:
    """Nadia of Raismes takes part; two colleagues from further off drive to Onnaing for five."""
    del app, live
    moving_clock.move_to(NOW)
    desk = make_desk("Denain")
    person = make_person(
        "Nadia", "Leroy", desk_id=desk.id, phone="+33639980101", street="4 rue des Lilas", city="Raismes",
        postcode="59590", insee_code="59491", latitude=50.39, longitude=3.485, position_precision="street",
    )  # fmt: skip
    a_member(person)
    an_offer(a_colleague(desk, is_woman=True), origin_latitude=50.43, origin_longitude=3.44, **FAR)
    an_offer(
        a_colleague(desk, name="Karim Haddad", is_woman=False), origin_latitude=50.41, origin_longitude=3.38, **FAR
    )
    return make_user(person_id=person.id, recipient_id=person.recipient_id)


def _ask(phone: Page) -> None:
    phone.goto("/mon-espace/covoiturage")
    phone.get_by_role("link", name="Je cherche un trajet").click()
    phone.get_by_label("Départ", exact=True).select_option("home")
    phone.get_by_label("Arrivée", exact=True).select_option("other")
    while phone.locator("main details:not([open]) > summary").count():
        phone.locator("main details:not([open]) > summary").first.click()
    phone.get_by_label("Commune de l’arrivée").fill("Onnaing (59264)")
    phone.locator("[name=timing][value=weekly]").check()
    for day in ("Lundi", "Mardi", "Mercredi", "Jeudi", "Vendredi"):
        phone.get_by_role("checkbox", name=day).check()
    phone.locator("[name=starts]").fill("05:00")
    phone.locator("[name=ends]").fill("13:00")
    phone.locator("main form button[type=submit]").last.click()
    expect(phone.get_by_text("C’est enregistré. Nous cherchons.")).to_be_visible()


def _driver_of(match_id: int) -> CarpoolMember:
    end_read()
    found = db.session.scalars(
        select(CarpoolMember)
        .join(CarpoolOffer, CarpoolOffer.member_id == CarpoolMember.id)
        .join(CarpoolMatch, CarpoolMatch.offer_id == CarpoolOffer.id)
        .where(CarpoolMatch.id == match_id)
    ).one()
    end_read()
    return found


def test_ask_see_matches_agree_lose_a_day_and_find_another_way(
    nadia: User, browse: Open, shoot: Shoot, moving_clock: MovableClock
) -> None:
    phone = browse(nadia, width="360")
    _ask(phone)
    looked = jobs.run("carpool_look")
    assert looked.ok, looked.error

    # She sees who could take her, in words and on a map, and nobody's name.
    request_url = phone.url
    phone.goto(f"{request_url}/propositions")
    phone.wait_for_selector("[data-map][data-ready]")
    assert "Lemaire" not in phone.inner_text("main")
    phone.get_by_role("link", name="Répondre").click()
    match_id = int(phone.url.rsplit("/", 1)[1])
    assert axe_violations(phone) == []
    shoot(phone, "story-carpool-asked")
    phone.get_by_role("button", name="Oui, je pars avec cette personne").click()
    expect(phone.get_by_text("Nous attendons la réponse de l’autre personne.")).to_be_visible()

    # The driver has no account: her link is all she needs.
    driver = _driver_of(match_id)
    link = f"/c/{links.make(driver, now=NOW)}"
    other = browse(None, width="360")
    other.goto(f"{link}/accords/{match_id}")
    assert "Nadia" not in other.inner_text("main")
    other.get_by_role("button", name="Oui, j’emmène cette personne").click()
    expect(other.get_by_role("heading", name="J’emmène Nadia Leroy")).to_be_visible()
    phone.reload()
    expect(phone.get_by_role("heading", name=f"{driver.name} m’emmène")).to_be_visible()
    shoot(phone, "story-carpool-agreed")

    # The evening before, the driver calls the first morning off.
    other.goto(f"{link}/trajets")
    assert axe_violations(other) == []
    other.locator("main .task-list").last.get_by_role("link").first.click()
    other.get_by_role("link", name="Je ne peux pas conduire ce jour-là").click()
    other.get_by_role("button", name="J’annule").click()
    expect(other.get_by_text("C’est annulé. Les personnes concernées sont prévenues.")).to_be_visible()

    # Nadia finds the other driver in its place, and answers in one tap.
    phone.goto("/mon-espace/covoiturage/trajets")
    shoot(phone, "story-carpool-days")
    phone.get_by_role("listitem").filter(has_text="Annulé par la personne qui conduit").get_by_role("link").click()
    expect(phone.get_by_role("heading", name="Ce trajet est annulé")).to_be_visible()
    assert axe_violations(phone) == []
    shoot(phone, "story-carpool-fallback")
    phone.get_by_role("link", name="peut vous emmener, passe vers").click()
    expect(phone.get_by_role("button", name="Oui, je pars avec cette personne")).to_be_visible()
    assert "Haddad" not in phone.inner_text("main")
    # For that day alone: her carpool of the other days stays as it is.
    assert " seulement" in phone.inner_text("main")

    # A day that went well is said so in one tap.
    moving_clock.move_to(NOW + timedelta(days=1, hours=3))
    other = browse(None, width="360")
    other.goto(f"{link}/trajets")
    other.get_by_role("button", name="Oui").first.click()
    expect(other.get_by_text("Merci, c’est noté.")).to_be_visible()
