"""The database itself refuses what must never be: each constraint is attempted."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import insert, update
from sqlalchemy.exc import IntegrityError, StatementError

from mobility.core.db import transaction
from mobility.fleet.kinds import Category
from mobility.loans.models import DeskDay, ExtensionRequest, Loan, LoanInspection, LoanPolicy, LoanRight
from mobility.loans.rules.states import ExtensionOrigin, ExtensionState
from tests.factories.loans import DUE, NOW, START, a_policy, get_loan, make_scene

pytestmark = pytest.mark.usefixtures("app")
REFUSED = (IntegrityError, StatementError, LookupError)


def attempt(statement: Any, message: str) -> None:
    """Expect the database to refuse the statement by the named constraint."""
    with pytest.raises(REFUSED) as refused, transaction() as session:
        session.execute(statement)
    assert message in str(refused.value)


@pytest.mark.parametrize(
    ("values", "constraint"),
    [
        ({"due_at": START}, "period_order"),
        ({"departed_at": START}, "departure_coherence"),
        ({"state": "out"}, "departure_coherence"),
        ({"state": "returned", "departed_at": START}, "return_coherence"),
        ({"returned_at": DUE}, "return_coherence"),
        ({"state": "settled", "departed_at": START, "returned_at": DUE}, "settlement_coherence"),
        ({"settled_at": DUE}, "settlement_coherence"),
        (
            {"state": "returned", "departed_at": START, "returned_at": START - timedelta(hours=1)},
            "return_after_departure",
        ),
        ({"state": "refused"}, "refusal_reason"),
        ({"days": 0}, "days_positive"),
        ({"free_days": -1}, "free_days_positive"),
        ({"total_cents": 1}, "shares_exact"),
        ({"person_cents": -1, "funder_cents": 4501}, "shares_positive"),
        ({"person_cents": 4501, "funder_cents": -1}, "shares_positive"),
    ],
)
def test_a_loan_that_contradicts_itself_is_refused(values: dict[str, Any], constraint: str) -> None:
    scene = make_scene()
    loan_id = scene.book()
    attempt(update(Loan).where(Loan.id == loan_id).values(**values), constraint)


def test_an_unknown_state_is_refused() -> None:
    scene = make_scene()
    loan_id = scene.book()
    attempt(update(Loan).where(Loan.id == loan_id).values(state="lost"), "lost")


def test_one_vehicle_is_with_one_borrower() -> None:
    scene = make_scene(cars=2, policy={"max_simultaneous": 5})
    first, second = scene.out(), scene.out(person_id=scene.another().id)
    vehicle_id = get_loan(first).vehicle_id
    attempt(update(Loan).where(Loan.id == second).values(vehicle_id=vehicle_id), "loan")


def test_one_reservation_serves_one_loan() -> None:
    scene = make_scene(cars=2)
    first, second = scene.book(), scene.book(person_id=scene.another().id)
    attempt(
        update(Loan).where(Loan.id == second).values(reservation_id=get_loan(first).reservation_id), "reservation_id"
    )


@pytest.mark.parametrize(
    ("values", "constraint"),
    [
        ({"price_per_day_cents": -1}, "price_positive"),
        ({"deposit_cents": -1}, "deposit_positive"),
        ({"min_days": 0}, "days_order"),
        ({"min_days": 61}, "days_order"),
        ({"max_renewals": -1}, "renewals_positive"),
        ({"lead_time_hours": -1}, "lead_time_positive"),
        ({"buffer_minutes": -1}, "buffer_positive"),
        ({"km_per_day": 0}, "km_positive"),
        ({"extra_km_cents": -1}, "extra_km_positive"),
        ({"max_simultaneous": 0}, "simultaneous_positive"),
        ({"funder_rate_bp": 9000}, "funder_coherence"),
        ({"funder_rate_bp": 10001}, "funder_coherence"),
    ],
)
def test_a_policy_out_of_bounds_is_refused(values: dict[str, Any], constraint: str) -> None:
    policy_id = a_policy()
    attempt(update(LoanPolicy).where(LoanPolicy.id == policy_id).values(**values), constraint)


@pytest.mark.parametrize("with_status", [False, True])
@pytest.mark.parametrize("with_desk", [False, True])
def test_two_policies_of_one_scope_never_begin_on_one_day(with_desk: bool, with_status: bool) -> None:
    desk_id = make_scene().desk.id if with_desk else None
    scope: dict[str, Any] = {
        "category": Category.BIKE,
        "desk_id": desk_id,
        "status": "rsa" if with_status else None,
        "valid_from_on": date(2026, 5, 1),
    }
    a_policy(**scope)
    a_policy(**{**scope, "valid_from_on": date(2026, 5, 2)})
    with pytest.raises(IntegrityError, match="uq_loan_policy_scope"):
        a_policy(**scope)


@pytest.mark.parametrize(
    ("values", "constraint"),
    [({"ends_on": date(2026, 10, 31)}, "dates_order"), ({"days_allowed": 0}, "days_positive")],
)
def test_a_right_that_contradicts_itself_is_refused(values: dict[str, Any], constraint: str) -> None:
    make_scene()
    attempt(update(LoanRight).values(**values), constraint)


def an_inspection(loan_id: int, **values: Any) -> Any:
    known = {
        "loan_id": loan_id,
        "moment": "departure",
        "at": NOW,
        "odometer_km": 10,
        "energy_percent": 50,
        "remarks": "",
    }
    return insert(LoanInspection).values(**{**known, **values})


@pytest.mark.parametrize(
    ("values", "constraint"),
    [
        ({"moment": "midway"}, "moment_known"),
        ({"odometer_km": -1}, "odometer_positive"),
        ({"energy_percent": 101}, "energy_percent"),
        ({"energy_percent": -1}, "energy_percent"),
        ({"checked_at": None, "checked_by_id": 1}, "check_dated"),
        ({"odometer_km": None, "odometer_reading_id": 1}, "reading_has_km"),
    ],
)
def test_an_inspection_out_of_bounds_is_refused(values: dict[str, Any], constraint: str) -> None:
    loan_id = make_scene().book()
    attempt(an_inspection(loan_id, **values), constraint)


def test_a_loan_has_one_inspection_a_moment() -> None:
    loan_id = make_scene().book()
    with transaction() as session:
        session.execute(an_inspection(loan_id))
    attempt(an_inspection(loan_id), "loan_inspection")


def a_question(loan_id: int, **values: Any) -> Any:
    known = {
        "loan_id": loan_id,
        "origin": ExtensionOrigin.PERSON,
        "state": ExtensionState.PENDING,
        "old_due_at": DUE,
        "new_due_at": DUE + timedelta(days=1),
        "note": "",
        "asked_at": NOW,
        "decision_reason": "",
    }
    return insert(ExtensionRequest).values(**{**known, **values})


@pytest.mark.parametrize(
    ("values", "constraint"),
    [
        ({"state": ExtensionState.APPROVED}, "decision_coherence"),
        ({"decided_at": NOW}, "decision_coherence"),
        ({"state": ExtensionState.REFUSED, "decided_at": NOW}, "refusal_reason"),
    ],
)
def test_a_question_that_contradicts_itself_is_refused(values: dict[str, Any], constraint: str) -> None:
    loan_id = make_scene().book()
    attempt(a_question(loan_id, **values), constraint)


def test_a_loan_has_one_question_at_a_time() -> None:
    loan_id = make_scene().book()
    with transaction() as session:
        session.execute(a_question(loan_id))
        session.execute(a_question(loan_id, state=ExtensionState.WITHDRAWN, decided_at=NOW))
    attempt(a_question(loan_id), "extension_request")


def test_a_desk_closes_a_day_once() -> None:
    desk_id = make_scene().desk.id
    closing = insert(DeskDay).values(desk_id=desk_id, day_on=date(2026, 12, 11), closed_at=NOW)
    with transaction() as session:
        session.execute(closing)
    attempt(closing, "desk_day")
