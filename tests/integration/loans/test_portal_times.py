"""Booking online: days to come, hours of the chosen desk, and plain words where it is closed."""

from __future__ import annotations

import re
from datetime import date, time

import pytest
from flask import Flask
from flask.testing import FlaskClient

from mobility.desks import services as desks
from mobility.loans.rules.policy import HandoverMode
from tests.factories.accounts import signed_in
from tests.factories.desks import make_desk
from tests.factories.loans import NOW, Scene, make_scene
from tests.integration.loans.pages import ok, options, portal_user

pytestmark = pytest.mark.usefixtures("at_now")
START = "/mon-espace/prets/reserver/depart?category=car"
DUE = "/mon-espace/prets/reserver/retour?category=car"
OFFERS = "/mon-espace/prets/reserver/choix?category=car"


@pytest.fixture
def scene(app: Flask) -> Scene:
    return make_scene()


@pytest.fixture
def client(app: Flask, scene: Scene) -> FlaskClient:
    return signed_in(app, portal_user(scene))


def refused(answer: object) -> str:
    assert getattr(answer, "status_code") == 422  # noqa: B009 - any response
    return re.sub(r"[\s\u00a0\u202f]+", " ", answer.get_data(as_text=True))  # type: ignore[attr-defined]


def test_the_days_begin_today_and_the_hours_are_the_desk_s(client: FlaskClient) -> None:
    page = ok(client.get(START))
    assert re.search(r'<input[^>]*id="start_on"[^>]*min="2026-11-24"', page)
    hours = options(page, "start_time")
    assert (hours[1], hours[-1], len(hours)) == ("9\u00a0h", "17\u00a0h\u00a030", 19)
    back = ok(client.get(f"{DUE}&start_on=2026-11-27&start_time=10:00"))
    assert re.search(r'<input[^>]*id="due_on"[^>]*min="2026-11-27"', back)
    # A vehicle may come back at the very hour of closing.
    assert options(back, "due_time")[-1] == "18\u00a0h"


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("start_on=2026-11-29&start_time=10:00", "fermée ce jour-là. Prochaine ouverture : lundi 30 novembre à 14 h"),
        ("start_on=2026-12-25&start_time=10:00", "fermée ce jour-là (Noël). Prochaine ouverture : lundi 28 décembre"),
        ("start_on=2026-11-26&start_time=10:00", "fermée ce jour-là (Travaux)"),
        ("start_on=2026-11-30&start_time=15:00", "Ce jour-là, elle est ouverte de 14 h à 14 h 30 et de 16 h à 18 h"),
        ("start_on=2026-11-23&start_time=10:00", "Ce jour est déjà passé"),
        ("start_on=2026-11-30&start_time=07:00", "Choisissez une réponse dans la liste"),
        ("start_on=2026-11-30&start_time=", "Choisissez une réponse"),
        ("start_on=demain&start_time=10:00", "start_on"),
        ("start_on=9999-12-31&start_time=10:00", "start_on"),
    ],
)
def test_a_closed_desk_is_said_beside_the_field(client: FlaskClient, scene: Scene, typed: str, words: str) -> None:
    of_desk = {"desk_id": scene.desk.id, "actor_id": None, "now": NOW}
    desks.close_days(first_on=date(2026, 11, 26), last_on=None, reason="Travaux", **of_desk)
    ranges = [(time(14), time(14, 30)), (time(16), time(18))]
    desks.open_specially(day_on=date(2026, 11, 30), ranges=ranges, reason="", **of_desk)
    assert words in refused(client.get(f"{DUE}&{typed}"))


def test_a_return_on_a_closed_day_is_said_before_anything_is_offered(client: FlaskClient) -> None:
    kept = f"{OFFERS}&start_on=2026-11-27&start_time=10:00"
    assert "fermée ce jour-là" in refused(client.get(f"{kept}&due_on=2026-11-29&due_time=10:00"))
    assert "après le départ" in refused(client.get(f"{kept}&due_on=2026-11-25&due_time=10:00"))
    assert client.get(f"{OFFERS}&due_on=2026-11-30&due_time=10:00").status_code == 303
    assert "Choisir Denain" in ok(client.get(f"{kept}&due_on=2026-11-30&due_time=18:00"))


def test_another_desk_within_reach_has_its_own_hours(app: Flask, scene: Scene) -> None:
    near = make_desk("Douchy", days=(6,), ranges=((time(8), time(10)),))
    far = make_desk("Lille", insee_code="59350")
    client = signed_in(app, portal_user(scene))
    page = ok(client.get(START))
    assert set(options(page, "place")) == {"Denain", "Douchy"}
    assert options(page, "place", selected=True) == ["Denain"]
    there = ok(client.get(f"{START}&place={near.id}"))
    assert options(there, "start_time")[1:] == ["8\u00a0h", "8\u00a0h\u00a030", "9\u00a0h", "9\u00a0h\u00a030"]
    assert "L’antenne Douchy est ouverte" in there
    back = ok(client.get(f"{DUE}&place={near.id}&start_on=2026-11-29&start_time=08:30"))
    assert f'name="place" value="{near.id}"' in back
    # A desk out of reach counts for nothing.
    for place in (far.id, 999_999, "x"):
        assert options(ok(client.get(f"{START}&place={place}")), "place", selected=True) == ["Denain"]


def test_a_key_box_gives_the_vehicle_at_any_hour(app: Flask) -> None:
    scene = make_scene(policy={"handover": HandoverMode.KEY_BOX}, key_box=True)
    client = signed_in(app, portal_user(scene))
    page = ok(client.get(START))
    assert "à toute heure" in page
    assert len(options(page, "start_time")) == 49
    ok(client.get(f"{DUE}&start_on=2026-11-29&start_time=05:00"))


def test_what_costs_nothing_is_never_written_as_zero_euros(app: Flask) -> None:
    scene = make_scene(policy={"price_per_day_cents": 0, "deposit_cents": 0, "extra_km_cents": 0})
    loan_id = scene.book()
    scene.sign(loan_id, deposit_kind=None)
    staff = signed_in(app, scene.manager)
    dates = "start_on=2026-11-27&start_time=10:00&due_on=2026-12-11&due_time=17:00"
    booking = f"/prets/personnes/{scene.another().id}/reserver"
    pages = [
        ok(staff.get(f"/prets/{loan_id}")),
        ok(staff.get("/prets/regles")),
        ok(staff.get(f"/prets/regles/{scene.policy_id}")),
        ok(staff.get(f"{booking}/vehicules?{dates}")),
        ok(staff.get(f"{booking}/confirmer?{dates}&desk_id={scene.desk.id}&category=car")),
        ok(signed_in(app, portal_user(scene)).get(f"/mon-espace/prets/{loan_id}")),
    ]
    for page in pages:
        assert not re.search(r"(?<![\d,])0,00[\s\u00a0\u202f]*€", page)
    assert "Gratuit" in pages[0]
    assert "Gratuit" in pages[2]
