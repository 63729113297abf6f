"""The end of a loan moves; what follows moves with it, or the end stays."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from mobility.core.db import db
from mobility.core.errors import ForbiddenTransition, NotFound
from mobility.fleet.kinds import ReservationKind
from mobility.fleet.models import VehicleReservation
from mobility.ledger.queries import get_balance
from mobility.loans import services
from mobility.loans.errors import BadPeriod, ExtensionBlocked, ExtensionPending, NotEligible, ReasonNeeded
from mobility.loans.models import ExtensionRequest
from mobility.loans.rules.states import ExtensionOrigin, ExtensionState, LoanState
from mobility.notifications.kinds import MessageState
from mobility.notifications.models import OutboxMessage
from mobility.pathway.models import Objective, Step
from mobility.pathway.services import edit_objective
from tests.factories.fleet import a_reservation
from tests.factories.loans import DUE, NOW, START, Scene, get_loan, make_scene, paris

pytestmark = pytest.mark.usefixtures("app")
LATER = paris("2026-12-18", "17:00")
MID = paris("2026-12-03")


def extend(scene: Scene, loan_id: int, due: Any = LATER, **values: Any) -> None:
    services.extend(loan_id=loan_id, new_due_at=due, actor_id=scene.adviser.id, now=values.pop("now", MID), **values)


def queued(template: str) -> list[OutboxMessage]:
    return list(
        db.session.scalars(
            select(OutboxMessage).where(OutboxMessage.template == template, OutboxMessage.state == MessageState.QUEUED)
        )
    )


def test_an_extension_moves_everything() -> None:
    scene = make_scene()
    loan_id = scene.out()
    services.queue_due_reminders(now=paris("2026-12-08", "10:05"))
    assert len(queued("loan_return_before")) == 1
    extend(scene, loan_id, now=paris("2026-12-08", "10:10"))
    loan = get_loan(loan_id)
    assert (loan.due_at, loan.renewals, loan.days, loan.total_cents) == (LATER, 1, 22, 6600)
    assert db.session.get_one(VehicleReservation, loan.reservation_id).ends_at == LATER
    assert get_balance(scene.person.id).owed_cents == 6600
    assert db.session.scalars(select(Step.ends_at).where(Step.aid_ref == loan_id)).one() == LATER
    assert queued("loan_return_before") == []
    assert len(queued("loan_extended")) == 1
    services.queue_due_reminders(now=paris("2026-12-15", "10:05"))
    assert len(queued("loan_return_before")) == 1


def test_an_extension_clears_overdue() -> None:
    scene = make_scene()
    loan_id = scene.out()
    evening = DUE + timedelta(hours=1, minutes=5)
    services.close_day(desk_id=scene.desk.id, day_on=date(2026, 12, 11), actor_id=scene.adviser.id, now=evening)
    assert get_loan(loan_id).state is LoanState.OVERDUE
    extend(scene, loan_id, now=evening)
    assert get_loan(loan_id).state is LoanState.OUT


def test_an_earlier_end_gives_days_back_and_costs_no_renewal() -> None:
    scene = make_scene()
    loan_id = scene.out()
    extend(scene, loan_id, paris("2026-12-07", "17:00"))
    loan = get_loan(loan_id)
    assert (loan.renewals, loan.days, loan.total_cents) == (0, 11, 3300)
    assert get_balance(scene.person.id).owed_cents == 3300


def test_the_next_loan_is_put_on_another_vehicle() -> None:
    scene = make_scene(cars=2)
    loan_id = scene.out()
    mine = get_loan(loan_id).vehicle_id
    following = scene.book(
        person_id=scene.another().id, start_at=paris("2026-12-14"), due_at=paris("2026-12-16"), vehicle_id=mine
    )
    extend(scene, loan_id)
    assert get_loan(loan_id).vehicle_id == mine
    assert get_loan(following).vehicle_id != mine
    assert get_loan(following).start_at == paris("2026-12-14")


def test_an_extension_is_refused_when_the_next_loan_has_nowhere_to_go_and_nothing_changes() -> None:
    scene = make_scene()
    loan_id = scene.out()
    following = scene.book(person_id=scene.another().id, start_at=paris("2026-12-14"), due_at=paris("2026-12-16"))
    with pytest.raises(ExtensionBlocked, match="lundi 14 décembre"):
        extend(scene, loan_id)
    assert get_loan(loan_id).due_at == DUE
    assert get_loan(following).vehicle_id == get_loan(loan_id).vehicle_id
    extend(scene, loan_id, paris("2026-12-14", "09:00"))


def test_maintenance_is_never_moved_for_an_extension() -> None:
    scene = make_scene(cars=2)
    loan_id = scene.out()
    a_reservation(
        get_loan(loan_id).vehicle_id, paris("2026-12-14"), paris("2026-12-15"), kind=ReservationKind.MAINTENANCE
    )
    with pytest.raises(ExtensionBlocked):
        extend(scene, loan_id)


def test_a_loan_that_has_not_departed_takes_another_vehicle_itself() -> None:
    scene = make_scene(cars=2)
    loan_id = scene.book()
    mine = get_loan(loan_id).vehicle_id
    a_reservation(mine, paris("2026-12-14"), paris("2026-12-15"), kind=ReservationKind.MAINTENANCE)
    extend(scene, loan_id)
    assert get_loan(loan_id).vehicle_id != mine
    assert get_loan(loan_id).due_at == LATER


def test_the_renewals_of_the_terms_are_counted_and_an_adviser_may_override() -> None:
    scene = make_scene(policy={"max_renewals": 0})
    loan_id = scene.out()
    with pytest.raises(NotEligible) as refused:
        extend(scene, loan_id)
    assert [reason.code for reason in refused.value.reasons] == ["too_many_renewals"]
    extend(scene, loan_id, override_reason="Contrat prolongé d’une semaine")
    loan = get_loan(loan_id)
    assert (loan.due_at, loan.overridden) == (LATER, ["too_many_renewals"])


@pytest.mark.parametrize(
    ("due", "code"),
    [
        (DUE, "same_end"),
        (START, "bad_period"),
        (paris("2026-12-02"), "in_past"),
        (paris("2026-12-19"), "desk_closed_end"),
        (paris("2027-04-01"), "right_days"),
    ],
)
def test_a_wrong_end_is_refused_by_name(due: Any, code: str) -> None:
    scene = make_scene()
    loan_id = scene.out()
    with pytest.raises(NotEligible) as refused:
        extend(scene, loan_id, due)
    assert code in [reason.code for reason in refused.value.reasons]


def ask(loan_id: int, due: Any = LATER, **values: Any) -> int:
    return services.request_extension(loan_id=loan_id, new_due_at=due, now=MID, note="Mission prolongée", **values)


def test_a_request_waits_for_the_desk_and_tells_the_adviser() -> None:
    scene = make_scene()
    loan_id = scene.out()
    request_id = ask(loan_id)
    assert get_loan(loan_id).due_at == DUE
    assert len(queued("staff_alert")) == 1
    with pytest.raises(ExtensionPending):
        ask(loan_id)
    services.decide_extension(request_id=request_id, accept=True, actor_id=scene.adviser.id, now=MID)
    assert get_loan(loan_id).due_at == LATER
    assert db.session.get_one(ExtensionRequest, request_id).state is ExtensionState.APPROVED
    with pytest.raises(ForbiddenTransition):
        services.decide_extension(request_id=request_id, accept=False, reason="x", actor_id=scene.adviser.id, now=MID)


def test_a_refused_request_says_why_and_leaves_the_end() -> None:
    scene = make_scene()
    loan_id = scene.out()
    request_id = ask(loan_id)
    with pytest.raises(ReasonNeeded):
        services.decide_extension(request_id=request_id, accept=False, actor_id=scene.adviser.id, now=MID)
    services.decide_extension(
        request_id=request_id, accept=False, reason="Véhicule promis", actor_id=scene.adviser.id, now=MID
    )
    assert get_loan(loan_id).due_at == DUE
    assert queued("loan_extension_refused")[0].params["reason"] == "Véhicule promis"


@pytest.mark.parametrize("due", [DUE, START, MID - timedelta(days=1), MID + timedelta(days=400)])
def test_a_request_for_an_impossible_end_is_refused_at_once(due: Any) -> None:
    scene = make_scene()
    loan_id = scene.out()
    with pytest.raises(BadPeriod):
        ask(loan_id, due)


def test_a_returned_vehicle_closes_the_question() -> None:
    scene = make_scene()
    loan_id = scene.out()
    request_id = ask(loan_id)
    scene.give_back(loan_id)
    assert db.session.get_one(ExtensionRequest, request_id, populate_existing=True).state is ExtensionState.WITHDRAWN
    with pytest.raises(ForbiddenTransition):
        ask(loan_id)


def test_a_borrower_takes_the_question_back() -> None:
    scene = make_scene()
    loan_id = scene.out()
    ask(loan_id)
    services.withdraw_extension(loan_id=loan_id, actor_id=None, now=MID)
    with pytest.raises(NotFound):
        services.withdraw_extension(loan_id=loan_id, actor_id=None, now=MID)
    ask(loan_id)


def move_objective(loan_id: int, ends_on: date | None) -> None:
    row = db.session.get_one(Objective, get_loan(loan_id).objective_id)
    edit_objective(
        objective_id=row.id,
        kind=row.kind,
        title=row.title,
        employer_id=None,
        employer_name="",
        street="",
        postcode="",
        city=row.city,
        insee_code=None,
        starts_on=row.starts_on,
        ends_on=ends_on,
        actor_id=None,
        version=None,
        now=MID,
    )


def test_when_the_contract_s_end_moves_the_loan_s_end_is_proposed_anew() -> None:
    scene = make_scene()
    loan_id = scene.out()
    move_objective(loan_id, date(2026, 12, 8))
    row = db.session.scalars(select(ExtensionRequest)).one()
    assert (row.origin, row.state, row.new_due_at) == (
        ExtensionOrigin.OBJECTIVE,
        ExtensionState.PENDING,
        paris("2026-12-09", "17:00"),
    )
    assert get_loan(loan_id).due_at == DUE
    assert len(queued("loan_end_proposed")) == 1
    move_objective(loan_id, date(2026, 12, 17))
    states = [request.state for request in db.session.scalars(select(ExtensionRequest).order_by(ExtensionRequest.id))]
    assert states == [ExtensionState.WITHDRAWN, ExtensionState.PENDING]
    latest = db.session.scalars(select(ExtensionRequest).order_by(ExtensionRequest.id.desc())).first()
    assert latest is not None
    services.decide_extension(request_id=latest.id, accept=True, actor_id=scene.adviser.id, now=MID)
    assert get_loan(loan_id).due_at == paris("2026-12-18", "17:00")


def test_a_question_of_the_borrower_is_not_swept_away_by_a_moved_objective() -> None:
    scene = make_scene()
    loan_id = scene.out()
    request_id = ask(loan_id)
    move_objective(loan_id, date(2026, 12, 8))
    assert db.session.get_one(ExtensionRequest, request_id, populate_existing=True).state is ExtensionState.PENDING


def test_on_time_is_noted_for_this_very_end() -> None:
    scene = make_scene()
    loan_id = scene.out()
    assert services.confirm_return(loan_id=loan_id, due_at=DUE, now=MID)
    assert services.confirm_return(loan_id=loan_id, due_at=DUE, now=MID + timedelta(minutes=1))
    assert get_loan(loan_id).return_confirmed_at == MID
    assert not services.confirm_return(loan_id=loan_id, due_at=LATER, now=MID)
    extend(scene, loan_id)
    assert get_loan(loan_id).return_confirmed_at is None
    scene.give_back(loan_id)
    assert not services.confirm_return(loan_id=loan_id, due_at=LATER, now=MID)


def test_no_act_on_a_stranger(app: Any) -> None:
    with pytest.raises(NotFound):
        services.extend(loan_id=12345, new_due_at=LATER, actor_id=None, now=NOW)
    with pytest.raises(NotFound):
        services.decide_extension(request_id=2**40, accept=True, actor_id=None, now=NOW)
