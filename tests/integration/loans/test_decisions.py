"""Decisions before departure, and what they leave behind."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from mobility.core.db import db
from mobility.core.errors import ForbiddenTransition, StaleVersion
from mobility.fleet.errors import VehicleTaken
from mobility.fleet.models import VehicleReservation
from mobility.fleet.services import reassign
from mobility.ledger.queries import get_balance
from mobility.loans import services
from mobility.loans.errors import ReasonNeeded, TooEarly, VehicleUnfit
from mobility.loans.rules.states import LoanState
from mobility.notifications.kinds import MessageState
from mobility.notifications.models import OutboxMessage
from mobility.pathway.models import Coverage, Step
from mobility.pathway.rules import StepState
from tests.factories.desks import make_desk
from tests.factories.fleet import a_reservation, a_vehicle
from tests.factories.loans import DUE, NOW, START, Scene, get_loan, make_scene

pytestmark = pytest.mark.usefixtures("app")


def a_request(scene: Scene) -> int:
    return scene.book(by_person=True, actor_id=None)


def released(loan_id: int) -> bool:
    row = db.session.get_one(VehicleReservation, get_loan(loan_id).reservation_id, populate_existing=True)
    return row.released_at is not None


def templates() -> list[str]:
    return sorted(db.session.scalars(select(OutboxMessage.template).where(OutboxMessage.state == MessageState.QUEUED)))


def step_of(loan_id: int) -> Step:
    return db.session.scalars(select(Step).where(Step.aid_kind == "loan", Step.aid_ref == loan_id)).one()


def test_an_accepted_request_carries_the_person_and_tells_them() -> None:
    scene = make_scene()
    loan_id = a_request(scene)
    services.approve(loan_id=loan_id, actor_id=scene.adviser.id, now=NOW)
    assert get_loan(loan_id).state is LoanState.APPROVED
    assert "loan_approved" in templates()
    assert step_of(loan_id).covers


def test_a_refusal_is_written_sent_and_frees_the_vehicle() -> None:
    scene = make_scene()
    loan_id = a_request(scene)
    services.refuse(loan_id=loan_id, reason="Le contrat n’est pas signé.", actor_id=scene.adviser.id, now=NOW)
    loan = get_loan(loan_id)
    assert (loan.state, loan.decision_reason) == (LoanState.REFUSED, "Le contrat n’est pas signé.")
    assert released(loan_id)
    assert step_of(loan_id).state is StepState.DROPPED
    message = db.session.scalars(select(OutboxMessage).where(OutboxMessage.template == "loan_refused")).one()
    assert message.params["reason"] == "Le contrat n’est pas signé."
    scene.book(person_id=scene.another().id)


@pytest.mark.parametrize("reason", [None, "", "  \n "])
def test_a_refusal_without_a_reason_is_refused(reason: str | None) -> None:
    scene = make_scene()
    loan_id = a_request(scene)
    with pytest.raises(ReasonNeeded):
        services.refuse(loan_id=loan_id, reason=reason, actor_id=scene.adviser.id, now=NOW)
    assert get_loan(loan_id).state is LoanState.REQUESTED


def test_a_cancelled_loan_leaves_no_message_no_debt_no_coverage_and_a_free_vehicle() -> None:
    scene = make_scene()
    loan_id = scene.book()
    scene.sign(loan_id)
    assert get_balance(scene.person.id).owed_cents == 4500
    services.cancel(loan_id=loan_id, actor_id=scene.adviser.id, now=NOW, reason="Changement de poste")
    balance = get_balance(scene.person.id)
    assert (balance.owed_cents, balance.deposit_cents) == (0, 0)
    assert released(loan_id)
    assert templates() == ["loan_cancelled"]
    assert db.session.scalars(select(Coverage)).all() == []


def test_a_borrower_s_own_cancellation_reaches_the_adviser() -> None:
    scene = make_scene()
    loan_id = scene.book()
    services.cancel(loan_id=loan_id, actor_id=None, by_person=True, now=NOW)
    assert templates() == ["loan_cancelled", "staff_alert"]


def test_nobody_came_is_said_after_the_start_only() -> None:
    scene = make_scene()
    loan_id = scene.book()
    with pytest.raises(TooEarly):
        services.mark_no_show(loan_id=loan_id, actor_id=scene.adviser.id, now=START)
    services.mark_no_show(loan_id=loan_id, actor_id=scene.adviser.id, now=START + timedelta(minutes=30))
    assert get_loan(loan_id).state is LoanState.NO_SHOW
    assert released(loan_id)


@pytest.mark.parametrize(
    ("act", "values"),
    [
        (services.approve, {}),
        (services.refuse, {"reason": "non"}),
        (services.cancel, {}),
        (services.mark_no_show, {}),
        (services.swap_vehicle, {"vehicle_id": 1}),
        (services.contract, {}),
    ],
)
def test_what_is_out_is_not_decided_again(act: Any, values: dict[str, Any]) -> None:
    scene = make_scene()
    loan_id = scene.out()
    with pytest.raises(ForbiddenTransition):
        act(loan_id=loan_id, actor_id=scene.adviser.id, now=START + timedelta(days=1), **values)
    assert get_loan(loan_id).state is LoanState.OUT


def test_a_page_that_is_out_of_date_changes_nothing() -> None:
    scene = make_scene()
    loan_id = a_request(scene)
    seen = get_loan(loan_id).version
    services.approve(loan_id=loan_id, actor_id=scene.adviser.id, now=NOW, version=seen)
    with pytest.raises(StaleVersion):
        services.cancel(loan_id=loan_id, actor_id=scene.adviser.id, now=NOW, version=seen)


def test_an_adviser_swaps_the_vehicle_before_departure() -> None:
    scene = make_scene(cars=2)
    loan_id = scene.book()
    other = next(v for v in scene.vehicle_ids if v != get_loan(loan_id).vehicle_id)
    services.swap_vehicle(loan_id=loan_id, vehicle_id=other, actor_id=scene.adviser.id, now=NOW, reason="Plus près")
    loan = get_loan(loan_id)
    assert loan.vehicle_id == other
    assert db.session.get_one(VehicleReservation, loan.reservation_id).vehicle_id == other


def test_a_swap_to_a_taken_vehicle_or_one_of_another_desk_is_refused() -> None:
    scene = make_scene(cars=2)
    loan_id = scene.book()
    other = next(v for v in scene.vehicle_ids if v != get_loan(loan_id).vehicle_id)
    a_reservation(other, START, DUE)
    with pytest.raises(VehicleTaken):
        services.swap_vehicle(loan_id=loan_id, vehicle_id=other, actor_id=scene.adviser.id, now=NOW)
    with pytest.raises(VehicleUnfit):
        services.swap_vehicle(loan_id=loan_id, vehicle_id=a_vehicle(make_desk().id), actor_id=scene.adviser.id, now=NOW)


def test_the_loan_follows_when_the_fleet_puts_it_on_another_vehicle() -> None:
    scene = make_scene(cars=2)
    loan = get_loan(scene.book())
    other = next(v for v in scene.vehicle_ids if v != loan.vehicle_id)
    reassign(
        reservation_id=loan.reservation_id,
        from_vehicle_id=loan.vehicle_id,
        vehicle_id=other,
        actor_id=scene.adviser.id,
        now=NOW,
    )
    assert get_loan(loan.id).vehicle_id == other
