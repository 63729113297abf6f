"""A priced « prêt » is legally a hire (facts §3): what is agreed to, signed, charged and shown says so."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from mobility.ledger.models import LedgerEntry
from tests.factories.accounts import signed_in
from tests.factories.loans import make_scene
from tests.integration.loans.pages import ok, portal_user

pytestmark = pytest.mark.usefixtures("at_now")
WANTED = "category=car&start_on=2026-11-27&start_time=10:00&due_on=2026-12-11&due_time=17:00"
HIRE, LOAN = "Location solidaire", "Prêt gratuit"


@pytest.mark.parametrize(("price", "said", "unsaid"), [(300, HIRE, LOAN), (0, LOAN, HIRE)])
def test_what_has_a_price_is_a_location_solidaire(app: Flask, price: int, said: str, unsaid: str) -> None:
    scene = make_scene(policy={"price_per_day_cents": price, "deposit_cents": 0, "needs_approval": False})
    borrower, adviser = signed_in(app, portal_user(scene)), signed_in(app, scene.adviser)
    before = [
        ok(borrower.get(f"/mon-espace/prets/reserver/accord?{WANTED}&desk_id={scene.desk.id}")),
        ok(adviser.get(f"/prets/personnes/{scene.person.id}/reserver/confirmer?{WANTED}&desk_id={scene.desk.id}")),
    ]
    loan_id = scene.book()
    after = [ok(adviser.get(f"/prets/{loan_id}/contrat")), ok(borrower.get(f"/mon-espace/prets/{loan_id}"))]
    card = ok(adviser.get(f"/prets/{loan_id}"))
    for page in (*before, *after, card):
        assert said in page
        assert unsaid not in page
    title = re.search(r"<h1>(.*?)</h1>", card)
    assert title is not None
    assert title[1].startswith("Location solidaire : voiture" if price else "Prêt : voiture")


def test_the_account_names_a_hire(app: Flask, session: Session) -> None:
    scene = make_scene(policy={"price_per_day_cents": 300})
    loan_id = scene.book()
    scene.sign(loan_id)
    labels = set(session.scalars(select(LedgerEntry.label)))
    assert "Location solidaire de véhicule" in labels
    assert not any("Prêt" in label for label in labels)
