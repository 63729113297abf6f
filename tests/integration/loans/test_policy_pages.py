"""The pages of the loan rules: who reads them, who writes them."""

from __future__ import annotations

from datetime import date

import pytest
from flask import Flask
from sqlalchemy import select

from mobility.accounts.policy import Role
from mobility.core.db import db
from mobility.fleet.kinds import Category
from mobility.loans.models import LoanPolicy
from tests.factories.accounts import make_user, signed_in
from tests.factories.desks import make_desk
from tests.factories.loans import a_policy, make_scene
from tests.integration.loans.pages import ok, options

pytestmark = pytest.mark.usefixtures("at_now")

POLICY = {
    "category": "bike", "desk_id": "", "person_status": "", "valid_from_on": "2026-12-01", "applies": "yes",
    "price_per_day_cents": "1,50", "deposit_cents": "0", "min_days": "1", "max_days": "30", "max_renewals": "1",
    "lead_time_hours": "0", "buffer_minutes": "30", "extra_km_cents": "0", "handover": "opening_hours",
    "max_simultaneous": "1", "blackouts": "24/12/2026 – 02/01/2027 Fermeture",
}  # fmt: skip


def test_policies_are_added_shown_replaced_and_withdrawn(app: Flask) -> None:
    scene = make_scene()
    client = signed_in(app, scene.manager)
    ok(client.get("/prets/regles"))
    assert options(ok(client.get("/prets/regles/nouvelles")), "desk_id") == ["Denain"]
    assert client.post("/prets/regles/nouvelles", data={**POLICY, "blackouts": "demain"}).status_code == 422
    assert client.post("/prets/regles/nouvelles", data={**POLICY, "max_days": "x"}).status_code == 422
    own = {**POLICY, "desk_id": str(scene.desk.id)}
    assert client.post("/prets/regles/nouvelles", data=own).status_code == 303
    row = db.session.scalars(select(LoanPolicy).where(LoanPolicy.category == "bike")).one()
    assert row.price_per_day_cents == 150
    assert row.blackouts == [{"from": "2026-12-24", "until": "2027-01-02", "reason": "Fermeture"}]
    assert client.post("/prets/regles/nouvelles", data=own).status_code == 422
    ok(client.get(f"/prets/regles/{row.id}"))
    assert "24/12/2026" in ok(client.get(f"/prets/regles/nouvelles?depuis={row.id}"))
    assert "Vélo" in ok(client.get("/prets/regles?tout=1"))
    assert client.post(f"/prets/regles/{row.id}/retirer").status_code == 303
    assert db.session.query(LoanPolicy).count() == 1
    client.post(f"/prets/regles/{scene.policy_id}/retirer")
    assert db.session.query(LoanPolicy).count() == 1


def test_a_manager_does_not_write_the_rules_of_another_desk(app: Flask) -> None:
    scene = make_scene()
    other = make_desk()
    client = signed_in(app, scene.manager)
    answer = client.post("/prets/regles/nouvelles", data={**POLICY, "desk_id": str(other.id)})
    assert answer.status_code == 422
    theirs = a_policy(desk_id=other.id, valid_from_on=date(2027, 5, 1))
    assert client.get(f"/prets/regles/{theirs}").status_code == 404
    assert client.post(f"/prets/regles/{theirs}/retirer").status_code == 404
    assert f"/prets/regles/{theirs}" not in ok(client.get("/prets/regles"))
    assert db.session.query(LoanPolicy).count() == 2


def test_a_manager_reads_the_rules_of_all_desks_and_writes_those_of_their_own(app: Flask) -> None:
    scene = make_scene()
    common = a_policy(category=Category.BIKE, valid_from_on=date(2027, 5, 1))
    client = signed_in(app, scene.manager)
    refused = client.post("/prets/regles/nouvelles", data=POLICY)
    assert refused.status_code == 422
    assert "Choisissez votre antenne" in refused.get_data(as_text=True)
    assert "1,50" in refused.get_data(as_text=True)
    page = ok(client.get(f"/prets/regles/{common}"))
    assert "Écrire d’autres règles pour mon antenne" in page
    assert f"/prets/regles/{common}/retirer" not in page
    assert options(ok(client.get(f"/prets/regles/nouvelles?depuis={common}")), "desk_id") == ["Denain"]
    client.post(f"/prets/regles/{common}/retirer")
    assert db.session.query(LoanPolicy).count() == 2
    assert "l’administration" in ok(client.get("/prets/regles"))


def test_the_administration_writes_and_withdraws_the_rules_of_all_desks(app: Flask) -> None:
    scene = make_scene()
    client = signed_in(app, make_user(Role.ADMINISTRATOR))
    assert options(ok(client.get("/prets/regles/nouvelles")), "desk_id") == ["Toutes les antennes", "Denain"]
    assert client.post("/prets/regles/nouvelles", data=POLICY).status_code == 303
    assert client.post("/prets/regles/nouvelles", data={**POLICY, "desk_id": str(scene.desk.id)}).status_code == 303
    row = db.session.scalars(
        select(LoanPolicy).where(LoanPolicy.category == "bike", LoanPolicy.desk_id.is_(None))
    ).one()
    assert client.post(f"/prets/regles/{row.id}/retirer").status_code == 303
    assert db.session.query(LoanPolicy).filter(LoanPolicy.category == "bike").count() == 1
