"""The vehicle leaves and comes back; the accounts follow."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from mobility.core.db import db, transaction
from mobility.core.errors import ForbiddenTransition
from mobility.fleet.errors import OdometerBackwards
from mobility.fleet.kinds import Category
from mobility.fleet.models import OdometerReading, VehicleReservation
from mobility.ledger.models import LedgerEntry
from mobility.ledger.queries import get_balance
from mobility.loans import services
from mobility.loans.errors import (
    AlreadyChecked,
    BadAmount,
    BalanceDue,
    DepositNeeded,
    OdometerImplausible,
    ReasonNeeded,
    SignatoryNeeded,
    TooEarly,
    VehicleStillOut,
)
from mobility.loans.models import LoanInspection
from mobility.loans.rules.policy import DepositKind
from mobility.loans.rules.states import LoanState
from mobility.pathway.models import Step
from mobility.pathway.rules import StepState
from mobility.people.kinds import RepresentativeKind
from mobility.people.models import Person, Representative
from tests.factories.fleet import a_vehicle
from tests.factories.loans import DUE, NOW, START, a_policy, get_loan, make_scene, paris
from tests.factories.organisations import make_organisation

pytestmark = pytest.mark.usefixtures("app")


def kinds() -> list[str]:
    return [kind.value for kind in db.session.scalars(select(LedgerEntry.kind).order_by(LedgerEntry.id))]


def test_the_whole_way_from_contract_to_settled() -> None:
    funder = make_organisation()
    scene = make_scene(policy={"funder_organisation_id": funder.id, "funder_rate_bp": 9000})
    loan_id = scene.out()
    loan = get_loan(loan_id)
    assert (loan.state, loan.departed_at, loan.deposit_kind) == (LoanState.OUT, START, DepositKind.CHEQUE)
    balance = get_balance(scene.person.id)
    assert (balance.owed_cents, balance.deposit_cents) == (450, 15000)
    scene.give_back(loan_id)
    assert get_loan(loan_id).state is LoanState.RETURNED
    services.settle(loan_id=loan_id, paid_cents=450, actor_id=scene.adviser.id, now=DUE)
    loan = get_loan(loan_id)
    assert (loan.state, loan.settled_at) == (LoanState.SETTLED, DUE)
    balance = get_balance(scene.person.id)
    assert (balance.owed_cents, balance.deposit_cents) == (0, 0)
    assert kinds() == ["charge", "funder_share", "deposit", "payment", "deposit_return"]
    step = db.session.scalars(select(Step).where(Step.aid_ref == loan_id)).one()
    assert step.state is StepState.DONE


def test_a_waived_deposit_leaves_no_entry() -> None:
    scene = make_scene()
    loan_id = scene.book()
    scene.sign(loan_id, deposit_kind=DepositKind.WAIVER)
    assert get_balance(scene.person.id).deposit_cents == 0


@pytest.mark.parametrize("kind", [None, DepositKind.CASH])
def test_a_deposit_is_of_a_kind_that_the_terms_accept(kind: DepositKind | None) -> None:
    scene = make_scene()
    loan_id = scene.book()
    with pytest.raises(DepositNeeded):
        scene.sign(loan_id, deposit_kind=kind)
    assert get_loan(loan_id).state is LoanState.APPROVED


def test_a_representative_signs_for_a_minor() -> None:
    scene = make_scene()
    with transaction() as session:
        person = session.get_one(Person, scene.person.id)
        person.born_on = date(2009, 9, 1)
        session.add(
            Representative(
                person_id=person.id,
                kind=next(iter(RepresentativeKind)),
                last_name="Martin",
                valid_from_on=date(2026, 1, 1),
            )
        )
        session.flush()
    loan_id = scene.book()
    with pytest.raises(SignatoryNeeded):
        scene.sign(loan_id)
    scene.sign(loan_id, signed_by="Jeanne Martin")
    assert get_loan(loan_id).signed_by == "Jeanne Martin"


def test_a_vehicle_leaves_on_its_day_only_and_never_after_the_due_time() -> None:
    scene = make_scene()
    loan_id = scene.book()
    scene.sign(loan_id)
    with pytest.raises(TooEarly):
        scene.depart(loan_id, now=paris("2026-11-26"))
    with pytest.raises(TooEarly):
        scene.depart(loan_id, now=DUE)
    scene.depart(loan_id, now=START - timedelta(minutes=40))
    reservation = db.session.get_one(VehicleReservation, get_loan(loan_id).reservation_id)
    assert reservation.starts_at == START - timedelta(minutes=40)


def test_a_vehicle_that_is_not_back_does_not_leave_again() -> None:
    scene = make_scene(policy={"buffer_minutes": 0})
    first = scene.out(due_at=paris("2026-11-30", "12:00"))
    second = scene.book(person_id=scene.another().id, start_at=paris("2026-11-30", "12:00"))
    scene.sign(second)
    with pytest.raises(VehicleStillOut):
        scene.depart(second, now=paris("2026-11-30", "12:00"))
    assert get_loan(second).state is LoanState.CONTRACTED
    scene.give_back(first, now=paris("2026-11-30", "12:05"))
    scene.depart(second, now=paris("2026-11-30", "12:10"), odometer_km=20100)
    assert get_loan(second).state is LoanState.OUT


def test_the_odometer_never_goes_back() -> None:
    scene = make_scene()
    loan_id = scene.out(odometer_km=20000)
    with pytest.raises(OdometerBackwards):
        scene.give_back(loan_id, odometer_km=19999)
    assert get_loan(loan_id).state is LoanState.OUT
    with pytest.raises(OdometerImplausible):
        scene.give_back(loan_id, odometer_km=None)  # type: ignore[arg-type]
    scene.give_back(loan_id, odometer_km=20000)
    assert list(db.session.scalars(select(OdometerReading.km).order_by(OdometerReading.id))) == [20000, 20000]


def test_a_bike_needs_no_odometer() -> None:
    scene = make_scene()
    a_policy(category=Category.BIKE, deposit_cents=0)
    a_vehicle(scene.desk.id, Category.BIKE)
    loan_id = scene.book(category=Category.BIKE)
    services.contract(loan_id=loan_id, actor_id=scene.adviser.id, now=NOW)
    services.depart(loan_id=loan_id, odometer_km=None, energy_percent=None, actor_id=scene.adviser.id, now=START)
    services.return_vehicle(loan_id=loan_id, odometer_km=None, energy_percent=None, actor_id=scene.adviser.id, now=DUE)
    assert get_loan(loan_id).state is LoanState.RETURNED


def test_an_early_return_costs_the_days_begun_and_frees_the_vehicle() -> None:
    scene = make_scene()
    loan_id = scene.out()
    back = paris("2026-12-01", "11:00")
    scene.give_back(loan_id, now=back)
    loan = get_loan(loan_id)
    assert (loan.days, loan.total_cents, loan.km_allowance) == (5, 1500, 750)
    assert get_balance(scene.person.id).owed_cents == 1500
    assert kinds() == ["charge", "deposit", "reversal", "charge"]
    scene.book(person_id=scene.another().id, start_at=paris("2026-12-01", "12:30"), now=back)


def test_a_late_return_costs_the_open_days_only() -> None:
    scene = make_scene()
    loan_id = scene.out()
    # Due on Friday, back on Monday: Saturday and Sunday the desk was closed.
    scene.give_back(loan_id, now=paris("2026-12-14", "09:30"))
    assert get_loan(loan_id).days == 16


def test_extra_kilometres_are_charged() -> None:
    scene = make_scene()
    loan_id = scene.out(odometer_km=20000)
    scene.give_back(loan_id, odometer_km=20000 + 750 + 10)
    assert get_balance(scene.person.id).owed_cents == 4500 + 10 * 20


def test_a_vehicle_left_in_the_key_box_is_inspected_later() -> None:
    scene = make_scene()
    loan_id = scene.out()
    services.return_vehicle(
        loan_id=loan_id,
        odometer_km=None,
        energy_percent=None,
        returned_at=DUE - timedelta(hours=1),
        in_key_box=True,
        actor_id=scene.adviser.id,
        now=DUE,
    )
    assert get_loan(loan_id).returned_at == DUE - timedelta(hours=1)
    with pytest.raises(TooEarly):
        services.settle(loan_id=loan_id, paid_cents=4500, actor_id=scene.adviser.id, now=DUE)
    check = {"loan_id": loan_id, "moment": "return", "actor_id": scene.adviser.id, "now": DUE}
    services.check_inspection(odometer_km=20760, energy_percent=40, remarks="Rayure", **check)
    assert get_balance(scene.person.id).owed_cents == 4500 + 200
    with pytest.raises(AlreadyChecked):
        services.check_inspection(odometer_km=20760, energy_percent=40, **check)
    row = db.session.scalars(select(LoanInspection).where(LoanInspection.moment == "return")).one()
    assert (row.odometer_km, row.remarks, row.checked_at) == (20760, "Rayure", DUE)


@pytest.mark.parametrize(
    ("amounts", "error"),
    [
        ({}, BalanceDue),
        ({"paid_cents": 4499}, BalanceDue),
        ({"paid_cents": 4501}, BadAmount),
        ({"paid_cents": -1}, BadAmount),
        ({"retained_cents": 15001}, BadAmount),
        ({"retained_cents": 4501}, BadAmount),
        ({"paid_cents": 4500, "retained_cents": 1}, BadAmount),
        ({"paid_cents": 4500, "extra_cents": 100}, ReasonNeeded),
        ({"paid_cents": 4500, "extra_cents": 100, "extra_reason": "Nettoyage"}, BalanceDue),
    ],
)
def test_a_loan_is_settled_only_when_the_accounts_are_even(amounts: dict[str, Any], error: type[Exception]) -> None:
    scene = make_scene()
    loan_id = scene.out()
    scene.give_back(loan_id)
    before = len(kinds())
    with pytest.raises(error):
        services.settle(loan_id=loan_id, actor_id=scene.adviser.id, now=DUE, **amounts)
    assert get_loan(loan_id).state is LoanState.RETURNED
    assert len(kinds()) == before


def test_what_is_retained_on_the_deposit_pays() -> None:
    scene = make_scene()
    loan_id = scene.out()
    scene.give_back(loan_id)
    services.record_payment(loan_id=loan_id, paid_cents=500, actor_id=scene.adviser.id, now=DUE)
    services.settle(
        loan_id=loan_id,
        retained_cents=6000,
        extra_cents=2000,
        extra_reason="Nettoyage",
        actor_id=scene.adviser.id,
        now=DUE,
    )
    balance = get_balance(scene.person.id)
    assert (balance.owed_cents, balance.deposit_cents) == (0, 0)


def test_a_return_is_not_done_twice() -> None:
    scene = make_scene()
    loan_id = scene.out()
    scene.give_back(loan_id)
    with pytest.raises(ForbiddenTransition):
        scene.give_back(loan_id)
    with pytest.raises(ForbiddenTransition):
        services.contract(loan_id=loan_id, actor_id=scene.adviser.id, now=DUE)


def test_a_return_before_the_departure_is_refused() -> None:
    scene = make_scene()
    loan_id = scene.out()
    with pytest.raises(TooEarly):
        scene.give_back(loan_id, now=DUE, returned_at=START - timedelta(hours=1))
