"""The pages of the key box: the borrower's, alone on a phone, and the desk's."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from mobility.accounts.policy import Role
from mobility.desks import services as desks
from mobility.fleet.kinds import Category
from mobility.loans.models import Loan
from mobility.loans.rules.policy import HandoverMode
from mobility.loans.rules.states import LoanState
from tests.factories.accounts import make_user, signed_in
from tests.factories.fleet import a_vehicle
from tests.factories.loans import DUE, NOW, START, Scene, a_policy, get_loan, make_scene, with_person
from tests.integration.loans.pages import HOSTILE, ok, portal_user

pytestmark = pytest.mark.usefixtures("at_now")
AUDIT = "/administration/acces"
CODE = "4711"
OPENS = START - timedelta(minutes=30)


@pytest.fixture
def scene(app: Flask) -> Scene:
    found = make_scene(policy={"handover": HandoverMode.KEY_BOX}, key_box=True)
    desks.set_key_box(desk_id=found.desk.id, code=CODE, note="À droite de l’entrée", actor_id=None, now=NOW)
    return found


def signed_loan(scene: Scene, **values: Any) -> Loan:
    loan_id = scene.book(**values)
    scene.sign(loan_id)
    return get_loan(loan_id)


def test_a_borrower_takes_and_brings_back_alone_on_the_phone(app: Flask, scene: Scene, at_now: Any) -> None:
    loan = signed_loan(scene)
    page = f"/mon-espace/prets/{loan.id}"
    borrower = portal_user(scene)
    client = signed_in(app, borrower)
    early = ok(client.get(page))
    assert "Revenez sur cette page" in early
    assert CODE not in early
    assert client.get(f"{page}/prendre").status_code == 303
    at_now.move_to(OPENS, tick=False)
    client = signed_in(app, borrower)
    assert CODE in ok(client.get(page))
    assert CODE in ok(client.get(f"{page}/prendre"))
    empty = client.post(f"{page}/prendre", data={})
    assert empty.status_code == 422
    assert "Je ne peux pas lire le compteur" in empty.get_data(as_text=True)
    long = client.post(f"{page}/prendre", data={"odometer_km": "20 000", "remarks": HOSTILE})
    assert long.status_code == 422
    taken = client.post(f"{page}/prendre", data={"odometer_km": "20 000", "level": "75", "remarks": HOSTILE[:400]})
    assert taken.status_code == 303
    assert "Je rends le véhicule" in ok(client.get(page))
    at_now.move_to(DUE, tick=False)
    client = signed_in(app, borrower)
    back = client.post(f"{page}/rendre", data={"odometer_km": "19 000", "level": "50"})
    assert back.status_code == 422
    assert "ne peut pas reculer" in back.get_data(as_text=True)
    assert client.post(f"{page}/rendre", data={"odometer_km": "20 100", "level": "50"}).status_code == 303
    assert get_loan(loan.id).state is LoanState.RETURNED
    after = ok(client.get(page))
    assert CODE not in after
    assert "à vérifier par l’antenne" in after
    again = client.post(f"{page}/rendre", data={"odometer_km": "20 100", "level": "50"})
    assert again.status_code == 422


def test_the_desk_checks_what_was_noted(app: Flask, scene: Scene, at_now: Any) -> None:
    loan = signed_loan(scene)
    page = f"/mon-espace/prets/{loan.id}"
    at_now.move_to(START, tick=False)
    signed_in(app, portal_user(scene)).post(
        f"{page}/prendre", data={"odometer_km": "20 000", "level": "75", "remarks": HOSTILE[:400]}
    )
    client = signed_in(app, scene.adviser)
    board = ok(client.get("/prets/journee"))
    assert "Boîte à clés : à vérifier" in board
    assert f"/prets/{loan.id}/verifier/depart" in board
    assert "<script>alert(1)" not in board
    assert f"/prets/{loan.id}/verifier/depart" in ok(client.get("/accueil"))
    assert "Vérifier le départ" in ok(client.get(f"/prets/{loan.id}"))
    form = ok(client.get(f"/prets/{loan.id}/verifier/depart"))
    assert 'value="20000"' in form.replace("\u202f", "").replace("\u00a0", "").replace("20 000", "20000")
    sent = client.post(f"/prets/{loan.id}/verifier/depart", data={"odometer_km": "20 010", "energy_percent": "75"})
    assert sent.status_code == 303
    assert "Relevé de la boîte à clés vérifié" in ok(client.get(f"/prets/{loan.id}"))
    assert "Boîte à clés : à vérifier" not in ok(client.get("/prets/journee"))
    assert client.get(f"/prets/{loan.id}/verifier/retour").status_code == 303
    assert client.get(f"/prets/{loan.id}/verifier/ailleurs").status_code == 404


def test_nobody_touches_the_key_box_of_another_s_loan(app: Flask, scene: Scene, at_now: Any) -> None:
    loan = signed_loan(scene)
    at_now.move_to(START, tick=False)
    neighbour = signed_in(app, portal_user(with_person(scene, scene.another())))
    page = f"/mon-espace/prets/{loan.id}"
    for path in (page, f"{page}/prendre", f"{page}/rendre"):
        assert neighbour.get(path).status_code == 404
    for path in (f"{page}/prendre", f"{page}/rendre"):
        assert neighbour.post(path, data={"odometer_km": "20000"}).status_code == 404
    assert get_loan(loan.id).state is LoanState.CONTRACTED
    for role in (Role.ADVISER, Role.FLEET_OFFICER):
        staff = signed_in(app, make_user(role, desk_id=scene.desk.id))
        assert staff.get(page).status_code == 403
        assert CODE not in ok(staff.get(f"/prets/{loan.id}"))


def test_a_bike_asks_for_no_odometer(app: Flask, scene: Scene, at_now: Any) -> None:
    a_policy(category=Category.BIKE, handover=HandoverMode.KEY_BOX, deposit_cents=0)
    a_vehicle(scene.desk.id, category=Category.BIKE)
    loan_id = scene.book(category=Category.BIKE)
    scene.sign(loan_id, deposit_kind=None)
    at_now.move_to(START, tick=False)
    client = signed_in(app, portal_user(scene))
    url = f"/mon-espace/prets/{loan_id}/prendre"
    assert "kilomètres" not in ok(client.get(url))
    assert client.post(url, data={"odometer_km": "12"}).status_code == 303
    assert get_loan(loan_id).state is LoanState.OUT


def test_only_who_manages_the_desk_sees_and_sets_the_code(app: Flask, scene: Scene) -> None:
    url = f"/administration/antennes/{scene.desk.id}/boite-a-cles"
    manager = signed_in(app, scene.manager)
    assert f'value="{CODE}"' in ok(manager.get(url))
    assert manager.post(url, data={"code": "12 34", "note": "Cour"}).status_code == 422
    assert manager.post(url, data={"code": "1" * 13, "note": "Cour"}).status_code == 422
    assert manager.post(url, data={"code": "99A#", "note": "Cour"}).status_code == 303
    assert "99A#" in ok(manager.get(url))
    shown = ok(manager.get(f"/administration/antennes/{scene.desk.id}"))
    assert "Code noté le" in shown
    assert "99A#" not in shown
    assert "99A#" not in ok(manager.get("/antennes"))
    assert "99A#" not in ok(manager.get(AUDIT))
    assert manager.post(url, data={"code": "", "note": ""}).status_code == 303
    assert "Aucun code noté" in ok(manager.get(f"/administration/antennes/{scene.desk.id}"))
    assert signed_in(app, scene.adviser).get(url).status_code == 403
    other = make_user(Role.MANAGER, desk_id=make_scene().desk.id)
    assert signed_in(app, other).get(url).status_code == 404
