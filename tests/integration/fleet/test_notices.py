"""Papers that end: told to the officers once, and shown with the uses that they leave without."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from mobility.accounts.policy import Role
from mobility.core.clock import start_of
from mobility.core.db import db, transaction
from mobility.fleet import parameters, queries, services
from mobility.fleet.jobs import JOBS
from mobility.fleet.kinds import PaperKind, ReservationKind
from mobility.fleet.models import VehiclePaper
from mobility.fleet.services.notices import tell_officers
from mobility.notifications.kinds import MessageState
from mobility.notifications.models import OutboxMessage
from tests.factories.accounts import make_user, signed_in
from tests.factories.fleet import NOW, TODAY, a_desk, a_reservation, a_vehicle
from tests.factories.parameters import make_value

DAY = timedelta(days=1)


@pytest.fixture
def desk(app: Flask) -> int:
    return a_desk()


def insured(desk: int, until: date, **values: Any) -> int:
    """A vehicle whose insurance ends on that day."""
    vehicle = a_vehicle(desk, papers=False, **values)
    with transaction() as session:
        session.add(
            VehiclePaper(
                vehicle_id=vehicle,
                kind=PaperKind.INSURANCE,
                done_on=date(2026, 1, 1),
                valid_until_on=until,
                added_at=NOW,
            )
        )
    return vehicle


def told(state: MessageState | None = None) -> list[tuple[int, str]]:
    db.session.expire_all()
    query = select(OutboxMessage.recipient_id, OutboxMessage.dedup_key, OutboxMessage.state)
    return [
        (row.recipient_id, row.dedup_key.rsplit(":", 1)[0])
        for row in db.session.execute(query.order_by(OutboxMessage.id))
        if state in (None, row.state)
    ]


def test_each_notice_goes_out_once_to_the_desk_s_officers(desk: int) -> None:
    officer = make_user(Role.FLEET_OFFICER, desk_id=desk)
    make_user(Role.FLEET_OFFICER, desk_id=a_desk("Caudry"))
    make_user(Role.MANAGER, desk_id=desk)
    vehicle = insured(desk, TODAY + 30 * DAY)
    insured(desk, TODAY + 31 * DAY)
    assert tell_officers(now=NOW) == {"papers": 1, "uses": 0}
    key = f"fleet-paper:{vehicle}:insurance:{TODAY + 30 * DAY}"
    assert told() == [(officer.recipient_id, f"{key}:first")]
    assert tell_officers(now=NOW + timedelta(hours=3)) == {"papers": 0, "uses": 0}
    assert tell_officers(now=NOW + 23 * DAY)["papers"] == 2
    assert (officer.recipient_id, f"{key}:last") in told()
    assert tell_officers(now=NOW + 33 * DAY)["papers"] == 2
    assert (officer.recipient_id, f"{key}:lapsed") in told()
    message = db.session.scalars(select(OutboxMessage).order_by(OutboxMessage.id)).first()
    assert message is not None
    assert message.params["title"].startswith("Assurance, échéance proche : Renault Clio")
    assert message.params["url"].endswith(f"/parc/vehicules/{vehicle}")


def test_without_an_officer_the_manager_is_told_and_without_anybody_nobody(desk: int) -> None:
    insured(desk, TODAY + 3 * DAY)
    assert tell_officers(now=NOW) == {"papers": 0, "uses": 0}
    manager = make_user(Role.MANAGER, desk_id=desk)
    assert tell_officers(now=NOW)["papers"] == 1
    assert [recipient for recipient, _key in told()] == [manager.recipient_id]


def test_the_days_are_dated_settings_of_the_desk(desk: int) -> None:
    make_user(Role.FLEET_OFFICER, desk_id=desk)
    insured(desk, TODAY + 60 * DAY)
    assert tell_officers(now=NOW)["papers"] == 0
    make_value(parameters.PAPERS_FIRST_DAYS, 60, desk_id=desk, valid_from_on=TODAY + DAY)
    assert tell_officers(now=NOW)["papers"] == 0
    assert tell_officers(now=NOW + DAY)["papers"] == 1


def test_a_lapse_under_a_promised_use_is_told_once_and_taken_back_with_the_paper(desk: int) -> None:
    make_user(Role.FLEET_OFFICER, desk_id=desk)
    vehicle = insured(desk, TODAY + 100 * DAY)
    a_reservation(vehicle, start_of(TODAY + 95 * DAY), start_of(TODAY + 110 * DAY))
    a_reservation(vehicle, start_of(TODAY + 10 * DAY), start_of(TODAY + 20 * DAY))
    assert tell_officers(now=NOW) == {"papers": 0, "uses": 1}
    assert tell_officers(now=NOW) == {"papers": 0, "uses": 0}
    services.add_paper(
        vehicle_id=vehicle,
        kind=PaperKind.INSURANCE,
        done_on=TODAY,
        valid_until_on=TODAY + 300 * DAY,
        actor_id=None,
        now=NOW,
    )
    assert not told(MessageState.QUEUED)
    assert len(told(MessageState.CANCELLED)) == 1


def test_the_uses_that_a_paper_leaves_are_listed_the_soonest_first(desk: int) -> None:
    vehicle = insured(desk, TODAY + 12 * DAY)
    running = a_reservation(vehicle, NOW - 3 * DAY, NOW + 14 * DAY)
    later = a_reservation(vehicle, NOW + 20 * DAY, NOW + 22 * DAY)
    a_reservation(vehicle, NOW + 30 * DAY, NOW + 40 * DAY, kind=ReservationKind.OUT_OF_SERVICE)
    a_reservation(vehicle, NOW + 50 * DAY, NOW + 52 * DAY, released_at=NOW)
    a_reservation(insured(desk, TODAY + 900 * DAY), NOW + DAY, NOW + 2 * DAY)
    found = queries.list_paper_conflicts(desk_ids=frozenset({desk}), now=NOW)
    assert [(one.use.reservation_id, one.missing_on) for one in found] == [
        (running, TODAY + 13 * DAY),
        (later, TODAY + 20 * DAY),
    ]
    assert queries.list_paper_conflicts(desk_ids=frozenset(), now=NOW) == []


def test_the_conflicts_stand_on_the_page_and_on_the_first_page(app: Flask, desk: int, time_machine: Any) -> None:
    time_machine.move_to(NOW, tick=False)
    vehicle = insured(desk, TODAY + 12 * DAY)
    a_reservation(vehicle, NOW + 10 * DAY, NOW + 22 * DAY)
    officer = signed_in(app, make_user(Role.FLEET_OFFICER, desk_id=desk))
    page = officer.get("/parc/echeances").text
    assert "Réservations touchées" in page
    assert f"/parc/vehicules/{vehicle}/papiers/nouveau" in page
    assert "Réservation sans assurance" in officer.get("/accueil").text
    assert "Réservation sans assurance" in signed_in(app, make_user(Role.MANAGER, desk_id=desk)).get("/accueil").text
    elsewhere = signed_in(app, make_user(Role.FLEET_OFFICER, desk_id=a_desk("Caudry")))
    assert "Réservations touchées" not in elsewhere.get("/parc/echeances").text
    adviser = signed_in(app, make_user(Role.ADVISER, desk_id=desk)).get("/parc/echeances").text
    assert "Réservations touchées" in adviser
    assert "papiers/nouveau" not in adviser


def test_the_job_runs(desk: int) -> None:
    make_user(Role.FLEET_OFFICER, desk_id=desk)
    insured(desk, TODAY + 3 * DAY)
    (job,) = JOBS
    assert job.function(NOW) == {"papers": 1, "uses": 0}
