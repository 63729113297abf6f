"""A desk closes for good: each of its loans is handed over to another one, and not only cancelled."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from mobility.accounts.models import AuditValue
from mobility.core.db import db, transaction
from mobility.core.errors import ForbiddenTransition, StaleVersion
from mobility.desks import services as desks
from mobility.desks.models import Desk
from mobility.loans import services
from mobility.loans.errors import DeskNotAnother
from mobility.loans.models import LoanEvent
from mobility.loans.rules.policy import HandoverMode
from mobility.loans.rules.states import LoanAction, LoanState
from mobility.notifications.models import OutboxMessage
from tests.factories.accounts import signed_in
from tests.factories.desks import make_desk
from tests.factories.loans import DUE, NOW, START, Scene, get_loan, make_scene
from tests.integration.loans.pages import ok, options

pytestmark = pytest.mark.usefixtures("at_now")


def archive(scene: Scene, **values: Any) -> None:
    desks.archive_desk(**{"desk_id": scene.desk.id, "actor_id": None, "now": NOW, "accept_broken": True, **values})


def move(scene: Scene, loan_id: int, desk_id: int, **values: Any) -> None:
    services.move_desk(loan_id=loan_id, desk_id=desk_id, actor_id=scene.adviser.id, now=NOW, **values)


def test_a_loan_is_handed_over_and_goes_on_to_its_end_there(app: Flask) -> None:
    scene, heir = make_scene(), make_scene()
    loan_id = scene.book()
    before = get_loan(loan_id)
    kept = (before.start_at, before.due_at, before.vehicle_id, before.person_cents, before.state, before.policy_id)
    archive(scene)
    move(scene, loan_id, heir.desk.id)
    after = get_loan(loan_id)
    assert after.desk_id == heir.desk.id
    assert (after.start_at, after.due_at, after.vehicle_id, after.person_cents, after.state, after.policy_id) == kept
    event = db.session.scalars(select(LoanEvent).order_by(LoanEvent.id.desc())).first()
    assert event is not None
    assert (event.action, event.facts["old_desk_id"]) == (LoanAction.RESCHEDULE, scene.desk.id)
    change = db.session.scalars(select(AuditValue).where(AuditValue.field == "desk_id")).one()
    assert (change.before, change.after) == (str(scene.desk.id), str(heir.desk.id))
    told = db.session.scalars(select(OutboxMessage).where(OutboxMessage.template == "loan_moved")).one()
    assert told.params["place"] == heir.desk.name
    # What could not be done any more is done at the new desk.
    services.swap_vehicle(loan_id=loan_id, vehicle_id=heir.vehicle_ids[0], reason="", actor_id=heir.adviser.id, now=NOW)
    services.move_pickup(loan_id=loan_id, start_at=START + timedelta(hours=1), actor_id=heir.adviser.id, now=NOW)
    scene.sign(loan_id)
    scene.depart(loan_id, now=START + timedelta(hours=1))
    scene.give_back(loan_id, now=DUE)
    assert get_loan(loan_id).state is LoanState.RETURNED


def test_only_an_open_desk_takes_over_and_only_from_an_archived_one(app: Flask) -> None:
    scene, heir = make_scene(), make_scene()
    loan_id = scene.book()
    with pytest.raises(DeskNotAnother, match="déplacez plutôt"):
        move(scene, loan_id, heir.desk.id)
    archive(scene)
    with pytest.raises(StaleVersion):
        move(scene, loan_id, heir.desk.id, version=0)
    archive(heir)
    for desk_id in (heir.desk.id, scene.desk.id, 99_999, -1):
        with pytest.raises(DeskNotAnother):
            move(scene, loan_id, desk_id)
    services.cancel(loan_id=loan_id, actor_id=None, now=NOW)
    desks.reopen_desk(desk_id=heir.desk.id, actor_id=None, now=NOW)
    with pytest.raises(ForbiddenTransition):
        move(scene, loan_id, heir.desk.id)
    assert get_loan(loan_id).desk_id == scene.desk.id


def test_the_pages_lead_from_the_archived_desk_to_the_next_one(app: Flask) -> None:
    scene, heir = make_scene(), make_scene()
    loan_id = scene.book()
    client = signed_in(app, scene.adviser)
    here = f"/prets/{loan_id}/antenne"
    assert here not in ok(client.get(f"/prets/{loan_id}"))
    assert client.get(here).headers["Location"] == f"/prets/{loan_id}"
    archive(scene)
    assert here in ok(client.get(f"/prets/{loan_id}"))
    listed = ok(client.get("/prets/a-deplacer"))
    assert "Antenne fermée pour de bon" in listed
    assert client.get(f"/prets/{loan_id}/deplacer/depart").headers["Location"] == here
    page = ok(client.get(here))
    assert heir.desk.name in page
    assert f'value="{scene.desk.id}"' not in page.partition('id="desk_id"')[2].partition("</select>")[0]
    assert client.post(here, data={"desk_id": "", "version": "1"}).status_code == 422
    version = str(get_loan(loan_id).version)
    assert client.post(here, data={"desk_id": str(heir.desk.id), "version": version}).status_code == 303
    assert get_loan(loan_id).desk_id == heir.desk.id
    assert "Rien à déplacer" in ok(signed_in(app, heir.adviser).get("/prets/a-deplacer"))


def test_a_loan_by_key_box_of_an_archived_desk_is_listed_too(app: Flask) -> None:
    scene = make_scene(policy={"handover": HandoverMode.KEY_BOX}, key_box=True)
    scene.book()
    client = signed_in(app, scene.adviser)
    assert "Rien à déplacer" in ok(client.get("/prets/a-deplacer"))
    archive(scene)
    assert "Antenne fermée pour de bon" in ok(client.get("/prets/a-deplacer"))


def test_the_nearest_desk_is_proposed_first_and_one_of_unknown_place_last(app: Flask) -> None:
    scene = make_scene(insee_code="59172", latitude=50.329, longitude=3.394)
    far = make_desk("Antenne A", latitude=48.85, longitude=2.35)
    near = make_desk("Antenne Z", latitude=50.33, longitude=3.40)
    lost = make_desk("Antenne B", placed=False)
    with transaction() as session:
        session.get_one(Desk, lost.id).insee_code = "00000"
    loan_id = scene.book()
    archive(scene)
    page = ok(signed_in(app, scene.adviser).get(f"/prets/{loan_id}/antenne"))
    assert options(page, "desk_id") == [near.name, far.name, lost.name]
