"""No sequence of booking, extending, cancelling, taking and returning ever breaks what must hold.

On the real database. The short profile runs with the others, the long one with ``-m soak``.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from itertools import pairwise
from typing import Any, ClassVar

import pytest
from flask import Flask
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from sqlalchemy import select

from mobility.core.clock import at_paris, day_of, in_paris
from mobility.core.db import db, end_read
from mobility.core.errors import RuleViolation
from mobility.fleet.kinds import Category
from mobility.fleet.models import OdometerReading, VehicleReservation
from mobility.ledger.queries import get_balance
from mobility.loans import services
from mobility.loans.models import Loan, LoanEvent, LoanInspection
from mobility.loans.rules.policy import DepositKind, HandoverMode
from mobility.loans.rules.reminders import dedup_prefix
from mobility.loans.rules.states import HOLDING, LOANS, ON_THE_ROAD, LoanAction, LoanState
from mobility.notifications.kinds import MessageState
from mobility.notifications.models import OutboxMessage
from tests.conftest import empty_tables
from tests.factories.loans import NOW, a_borrower, make_scene

QUIET = frozenset(
    {
        LoanAction.OVERRIDE,
        LoanAction.CONFIRM_RETURN,
        LoanAction.ASK_EXTENSION,
        LoanAction.REFUSE_EXTENSION,
        LoanAction.PAY,
        LoanAction.CHECK,
    }
)


class Desk(RuleBasedStateMachine):
    """A desk with two cars and four borrowers, for some weeks."""

    app: ClassVar[Flask]

    @initialize(by_box=st.booleans())
    def open(self, by_box: bool) -> None:
        end_read()  # PostgreSQL empties no table that a reader still holds
        empty_tables()
        handover = HandoverMode.KEY_BOX if by_box else HandoverMode.OPENING_HOURS
        policy = {"max_simultaneous": 2, "needs_objective": False, "max_renewals": 50, "handover": handover}
        self.scene = make_scene(cars=2, policy=policy, key_box=True)
        self.people = [self.scene.person, *(a_borrower(self.scene.desk, self.scene.adviser) for _ in range(3))]
        self.now = NOW
        self.odometer: dict[int, int] = defaultdict(lambda: 1000)

    def loans(self, *states: LoanState) -> list[Loan]:
        db.session.expire_all()
        return list(db.session.scalars(select(Loan).where(Loan.state.in_(states)).order_by(Loan.id)))

    def one(self, data: st.DataObject, *states: LoanState) -> Loan | None:
        found = self.loans(*states)
        return data.draw(st.sampled_from(found)) if found else None

    def attempt(self, act: Any, **values: Any) -> None:
        """Do it if the rules allow: a refusal is an answer, anything else is a fault."""
        try:
            act(actor_id=self.scene.adviser.id, now=self.now, **values)
        except RuleViolation:
            assert not db.session.dirty

    @rule(days=st.integers(0, 5), hours=st.sampled_from([9, 12, 17, 19]))
    def time_passes(self, days: int, hours: int) -> None:
        later = at_paris(day_of(self.now) + timedelta(days=days), in_paris(self.now).time().replace(hour=hours))
        self.now = max(later, self.now + timedelta(minutes=1))

    @rule(
        who=st.integers(0, 3),
        start=st.integers(0, 12),
        length=st.integers(0, 10),
        by_person=st.booleans(),
        override=st.booleans(),
    )
    def book(self, who: int, start: int, length: int, by_person: bool, override: bool) -> None:
        first = day_of(self.now) + timedelta(days=start)
        self.attempt(
            services.book,
            person_id=self.people[who].id,
            desk_id=self.scene.desk.id,
            category=Category.CAR,
            start_at=at_paris(first, in_paris(NOW).time()),
            due_at=at_paris(first + timedelta(days=length), in_paris(NOW).time().replace(hour=17)),
            by_person=by_person,
            override_reason="Poste confirmé" if override else None,
        )

    @rule(data=st.data(), accept=st.booleans())
    def answer(self, data: st.DataObject, accept: bool) -> None:
        loan = self.one(data, LoanState.REQUESTED)
        if loan is not None and accept:
            self.attempt(services.approve, loan_id=loan.id)
        elif loan is not None:
            self.attempt(services.refuse, loan_id=loan.id, reason="Pas possible")

    @rule(data=st.data())
    def take(self, data: st.DataObject) -> None:
        loan = self.one(data, LoanState.APPROVED, LoanState.CONTRACTED)
        if loan is None:
            return
        if loan.state is LoanState.APPROVED:
            self.attempt(services.contract, loan_id=loan.id, deposit_kind=DepositKind.CHEQUE)
        self.attempt(services.depart, loan_id=loan.id, odometer_km=self.odometer[loan.vehicle_id], energy_percent=80)

    @rule(data=st.data(), driven=st.integers(-300, 800))
    def bring_back(self, data: st.DataObject, driven: int) -> None:
        loan = self.one(data, *LoanState)
        if loan is None:
            return
        vehicle_id = loan.vehicle_id
        reading = self.odometer[vehicle_id] + driven
        self.attempt(services.return_vehicle, loan_id=loan.id, odometer_km=max(reading, 0), energy_percent=30)
        self.read_odometer(vehicle_id)

    def read_odometer(self, vehicle_id: int) -> None:
        known = db.session.scalars(
            select(OdometerReading.km)
            .where(OdometerReading.vehicle_id == vehicle_id, OdometerReading.voided_at.is_(None))
            .order_by(OdometerReading.km.desc())
        ).first()
        self.odometer[vehicle_id] = known or self.odometer[vehicle_id]

    @rule(data=st.data(), driven=st.integers(-300, 800), unreadable=st.booleans())
    def act_alone(self, data: st.DataObject, driven: int, unreadable: bool) -> None:
        loan = self.one(data, *LoanState)
        if loan is None:
            return
        vehicle_id = loan.vehicle_id
        reading = None if unreadable else max(self.odometer[vehicle_id] + driven, 0)
        noted: dict[str, Any] = {"odometer_km": reading, "energy_percent": 50, "unreadable": unreadable}
        act = services.return_alone if loan.state in ON_THE_ROAD else services.depart_alone
        self.attempt(act, loan_id=loan.id, **noted)
        self.read_odometer(vehicle_id)

    @rule(data=st.data(), moment=st.sampled_from(["departure", "return"]), wrong=st.integers(-300, 300))
    def check(self, data: st.DataObject, moment: str, wrong: int) -> None:
        waiting = select(LoanInspection.loan_id).where(LoanInspection.moment == moment)
        found = db.session.scalars(waiting.order_by(LoanInspection.id)).all()
        if not found:
            return
        loan = db.session.get_one(Loan, data.draw(st.sampled_from(found)))
        noted = db.session.scalars(
            select(LoanInspection.odometer_km).where(LoanInspection.loan_id == loan.id, LoanInspection.moment == moment)
        ).one()
        seen = max((self.odometer[loan.vehicle_id] if noted is None else noted) + wrong, 0)
        vehicle_id = loan.vehicle_id
        self.attempt(services.check_inspection, loan_id=loan.id, moment=moment, odometer_km=seen, energy_percent=50)
        self.read_odometer(vehicle_id)

    @rule(data=st.data(), days=st.integers(-4, 4), pickup=st.booleans())
    def move(self, data: st.DataObject, days: int, pickup: bool) -> None:
        loan = self.one(data, *LoanState)
        if loan is None:
            return
        paid, shift = loan.person_cents, timedelta(days=days)
        if pickup:
            self.attempt(services.move_pickup, loan_id=loan.id, start_at=loan.start_at + shift)
        else:
            self.attempt(services.move_return, loan_id=loan.id, due_at=loan.due_at + shift)
        db.session.expire_all()
        assert db.session.get_one(Loan, loan.id).person_cents <= paid

    @rule(data=st.data(), days=st.integers(-6, 12), override=st.booleans())
    def extend(self, data: st.DataObject, days: int, override: bool) -> None:
        loan = self.one(data, *LoanState)
        if loan is not None:
            self.attempt(
                services.extend,
                loan_id=loan.id,
                new_due_at=loan.due_at + timedelta(days=days),
                override_reason="Mission prolongée" if override else None,
            )

    @rule(data=st.data())
    def cancel(self, data: st.DataObject) -> None:
        loan = self.one(data, *LoanState)
        if loan is not None:
            self.attempt(services.cancel, loan_id=loan.id)

    @rule(data=st.data())
    def nobody_came(self, data: st.DataObject) -> None:
        loan = self.one(data, LoanState.APPROVED, LoanState.CONTRACTED)
        if loan is not None:
            self.attempt(services.mark_no_show, loan_id=loan.id)

    @rule(data=st.data(), vehicle=st.integers(0, 1))
    def swap(self, data: st.DataObject, vehicle: int) -> None:
        loan = self.one(data, *LoanState)
        if loan is not None:
            self.attempt(services.swap_vehicle, loan_id=loan.id, vehicle_id=self.scene.vehicle_ids[vehicle])

    @rule()
    def close_the_day(self) -> None:
        self.attempt(services.close_day, desk_id=self.scene.desk.id, day_on=day_of(self.now))

    @rule()
    def run_the_jobs(self) -> None:
        services.queue_due_reminders(now=self.now)
        services.keep_late_vehicles(now=self.now)

    @rule(data=st.data())
    def pay_and_settle(self, data: st.DataObject) -> None:
        loan = self.one(data, LoanState.RETURNED)
        if loan is not None:
            owed = get_balance(loan.person_id, subject_kind="loan", subject_id=loan.id).owed_cents
            self.attempt(services.settle, loan_id=loan.id, paid_cents=max(owed, 0))

    @invariant()
    def no_vehicle_is_promised_twice(self) -> None:
        if not hasattr(self, "scene"):
            return
        spans: dict[int, list[tuple[Any, Any]]] = defaultdict(list)
        for row in db.session.scalars(select(VehicleReservation).where(VehicleReservation.released_at.is_(None))):
            spans[row.vehicle_id].append((row.blocked_from_at, row.blocked_until_at))
        for taken in spans.values():
            assert all(a[1] <= b[0] for a, b in pairwise(sorted(taken)))

    @invariant()
    def no_vehicle_is_with_two_people(self) -> None:
        if not hasattr(self, "scene"):
            return
        out = [loan.vehicle_id for loan in self.loans(*ON_THE_ROAD)]
        assert len(out) == len(set(out))

    @invariant()
    def each_loan_that_holds_has_its_vehicle_reserved_for_its_whole_time(self) -> None:
        if not hasattr(self, "scene"):
            return
        for loan in self.loans(*LoanState):
            reservation = db.session.get_one(VehicleReservation, loan.reservation_id)
            assert reservation.vehicle_id == loan.vehicle_id
            if loan.state in HOLDING:
                assert reservation.released_at is None
                assert reservation.starts_at <= loan.start_at
                assert reservation.ends_at >= loan.due_at

    @invariant()
    def no_odometer_goes_back(self) -> None:
        if not hasattr(self, "scene"):
            return
        by_vehicle: dict[int, list[int]] = defaultdict(list)
        standing = select(OdometerReading).where(OdometerReading.voided_at.is_(None))
        for row in db.session.scalars(standing.order_by(OdometerReading.read_at, OdometerReading.km)):
            by_vehicle[row.vehicle_id].append(row.km)
        assert all(kms == sorted(kms) for kms in by_vehicle.values())

    @invariant()
    def nobody_is_reminded_of_a_loan_that_is_over_or_of_an_end_that_has_moved(self) -> None:
        if not hasattr(self, "scene"):
            return
        waiting = db.session.scalars(
            select(OutboxMessage.dedup_key).where(
                OutboxMessage.dedup_key.startswith("loan-return:"), OutboxMessage.state == MessageState.QUEUED
            )
        )
        held = {f"{dedup_prefix(loan.id)}{int(loan.due_at.timestamp())}:" for loan in self.loans(*ON_THE_ROAD)}
        assert all(any(key.startswith(prefix) for prefix in held) for key in waiting)

    @invariant()
    def every_log_follows_the_table(self) -> None:
        if not hasattr(self, "scene"):
            return
        last: dict[int, LoanState] = {}
        for event in db.session.scalars(select(LoanEvent).order_by(LoanEvent.id)):
            if event.action in QUIET or event.from_state is None:
                assert event.from_state in (None, event.to_state)
            else:
                assert LOANS.after(event.from_state, event.action) is event.to_state
                assert last[event.loan_id] is event.from_state
            last[event.loan_id] = event.to_state
        assert all(last[loan.id] is loan.state for loan in self.loans(*LoanState))

    @invariant()
    def what_did_not_take_place_costs_nothing(self) -> None:
        if not hasattr(self, "scene"):
            return
        settled = {loan.id for loan in self.loans(LoanState.SETTLED)}
        unchecked = db.session.scalars(select(LoanInspection.loan_id).where(LoanInspection.checked_at.is_(None)))
        assert not settled & set(unchecked)
        for loan in self.loans(LoanState.CANCELLED, LoanState.NO_SHOW, LoanState.REFUSED, LoanState.SETTLED):
            balance = get_balance(loan.person_id, subject_kind="loan", subject_id=loan.id)
            assert (max(balance.owed_cents, 0), balance.deposit_cents) == (0, 0)


def run(app: Flask, *, examples: int, steps: int) -> None:
    Desk.app = app
    run_state_machine_as_test(
        Desk,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_no_sequence_of_acts_breaks_what_must_hold(app: Flask) -> None:
    run(app, examples=8, steps=25)


@pytest.mark.soak
def test_no_long_sequence_of_acts_breaks_what_must_hold(app: Flask) -> None:
    run(app, examples=400, steps=60)
