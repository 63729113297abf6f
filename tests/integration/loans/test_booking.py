"""Booking: what is written, what is refused, what is proposed instead."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from mobility.accounts.models import AuditEntry
from mobility.core.db import db, transaction
from mobility.core.errors import NotFound
from mobility.fleet.kinds import Category, ReservationKind
from mobility.fleet.models import VehicleReservation
from mobility.journal.models import JournalEntry, JournalNote
from mobility.loans import services
from mobility.loans.errors import BadPeriod, NoPolicy, NotEligible, NoVehicle, TextTooLong, VehicleUnfit
from mobility.loans.models import Loan, LoanEvent, LoanRight
from mobility.loans.proposals import ProposalKind
from mobility.loans.rules.policy import Terms
from mobility.loans.rules.states import LoanState
from mobility.notifications.models import OutboxMessage
from mobility.pathway.models import Coverage, Step
from mobility.pathway.rules import StepState
from mobility.people.models import PersonLicence
from tests.factories.desks import make_desk
from tests.factories.fleet import a_reservation, a_vehicle
from tests.factories.loans import ALL_DAY, DUE, NOW, START, a_policy, get_loan, make_scene, paris
from tests.factories.organisations import make_organisation

pytestmark = pytest.mark.usefixtures("app")


def test_a_booking_writes_everything_at_once() -> None:
    scene = make_scene()
    loan = get_loan(scene.book())
    assert loan.state is LoanState.APPROVED
    assert loan.vehicle_id == scene.vehicle_ids[0]
    assert (loan.days, loan.total_cents, loan.person_cents, loan.km_allowance) == (15, 4500, 4500, 750)
    reservation = db.session.get_one(VehicleReservation, loan.reservation_id)
    assert reservation.kind is ReservationKind.LOAN
    assert (reservation.starts_at, reservation.ends_at) == (START, DUE)
    assert reservation.blocked_until_at == DUE + timedelta(minutes=60)
    events = db.session.scalars(select(LoanEvent.action).where(LoanEvent.loan_id == loan.id)).all()
    assert [action.value for action in events] == ["request", "approve"]
    kinds = db.session.scalars(select(JournalEntry.kind).where(JournalEntry.subject_id == loan.id)).all()
    assert list(kinds) == ["loan.request", "loan.approve"]
    step = db.session.scalars(select(Step).where(Step.aid_kind == "loan", Step.aid_ref == loan.id)).one()
    assert (step.state, step.objective_id, step.cost_cents) == (StepState.AGREED, loan.objective_id, 4500)
    message = db.session.scalars(select(OutboxMessage).where(OutboxMessage.person_id == scene.person.id)).one()
    assert (message.template, message.recipient_id) == ("loan_approved", scene.person.recipient_id)
    assert db.session.scalars(select(AuditEntry).where(AuditEntry.subject_kind == "loan")).all()


def test_the_terms_of_the_day_stay_the_loan_s() -> None:
    scene = make_scene()
    loan_id = scene.book()
    services.add_policy(
        desk_id=scene.desk.id,
        category=Category.CAR,
        status=None,
        valid_from_on=date(2026, 11, 24),
        terms=Terms(price_per_day_cents=9900, max_days=90),
        actor_id=scene.manager.id,
        now=NOW,
    )
    services.extend(loan_id=loan_id, new_due_at=paris("2026-12-14", "17:00"), actor_id=scene.adviser.id, now=NOW)
    loan = get_loan(loan_id)
    assert (loan.price_per_day_cents, loan.total_cents, loan.days) == (300, 5400, 18)
    other = get_loan(scene.book(person_id=scene.another().id, start_at=paris("2026-12-15"), due_at=paris("2026-12-16")))
    assert other.price_per_day_cents == 9900


def test_a_beneficiary_s_request_waits_where_the_policy_asks_and_not_where_it_does_not() -> None:
    scene = make_scene(cars=2)
    first = get_loan(scene.book(by_person=True, actor_id=None))
    assert first.state is LoanState.REQUESTED
    templates = set(db.session.scalars(select(OutboxMessage.template)))
    assert templates == {"loan_requested", "staff_alert"}
    assert db.session.scalars(select(Coverage)).all() == []
    a_policy(desk_id=scene.desk.id, needs_approval=False)
    second = get_loan(scene.book(by_person=True, actor_id=None, person_id=scene.another().id))
    assert second.state is LoanState.APPROVED


def test_the_funder_s_share_runs_over_the_loans_of_a_person() -> None:
    funder = make_organisation()
    scene = make_scene(
        cars=2,
        policy={
            "price_per_day_cents": 600,
            "funder_organisation_id": funder.id,
            "funder_rate_bp": 9000,
            "funder_max_days": 20,
        },
    )
    first = get_loan(scene.book())
    assert (first.total_cents, first.funder_cents, first.funded_days) == (9000, 15 * 540, 15)
    second = get_loan(scene.book(start_at=paris("2026-12-14"), due_at=paris("2026-12-23", "17:00")))
    assert (second.days, second.funded_days, second.funder_cents) == (10, 5, 5 * 540)
    assert second.person_cents == 6000 - 2700


def test_a_refusal_writes_nothing() -> None:
    scene = make_scene()
    with pytest.raises(NotEligible) as refused:
        scene.book(start_at=paris("2026-11-28"))
    assert [reason.code for reason in refused.value.reasons] == ["desk_closed_start"]
    for table in (Loan, LoanEvent, VehicleReservation, OutboxMessage, Step):
        assert db.session.scalars(select(table)).all() == []


def test_an_adviser_overrides_with_a_written_reason_which_is_kept() -> None:
    scene = make_scene(policy={"max_days": 10})
    with pytest.raises(NotEligible):
        scene.book()
    loan = get_loan(scene.book(override_reason="  Poste confirmé, pas d’autre solution.  "))
    assert loan.overridden == ["too_long"]
    assert loan.override_reason == "Poste confirmé, pas d’autre solution."
    note = db.session.scalars(
        select(JournalNote)
        .join(JournalEntry, JournalEntry.id == JournalNote.entry_id)
        .where(JournalEntry.kind == "loan.override")
    ).one()
    assert note.text == loan.override_reason


def test_a_beneficiary_overrides_nothing() -> None:
    scene = make_scene(policy={"max_days": 10})
    with pytest.raises(NotEligible):
        scene.book(by_person=True, override_reason="parce que")


def test_nobody_overrides_the_law() -> None:
    scene = make_scene()
    with transaction() as session:
        session.query(PersonLicence).update({"valid_until_on": date(2026, 12, 1)})
    with pytest.raises(NotEligible) as refused:
        scene.book(override_reason="je le veux")
    assert [reason.code for reason in refused.value.reasons] == ["licence_expires"]


@pytest.mark.parametrize(
    ("values", "error"),
    [
        ({"due_at": START}, BadPeriod),
        ({"person_id": 2**31 - 2}, NotFound),
        ({"person_id": 2**40}, NotFound),
        ({"desk_id": 2**40}, NotFound),
        ({"category": Category.MOPED}, NoPolicy),
        ({"override_reason": "x" * 10_000}, TextTooLong),
        ({"vehicle_id": 2**31 - 2}, VehicleUnfit),
    ],
)
def test_hostile_or_wrong_values_are_refused_by_name(values: dict[str, Any], error: type[Exception]) -> None:
    scene = make_scene()
    with pytest.raises(error):
        scene.book(**values)


def test_the_vehicle_whose_gap_is_filled_best_is_assigned() -> None:
    scene = make_scene(cars=3)
    tight = scene.vehicle_ids[1]
    a_reservation(tight, paris("2026-11-20"), START)
    a_reservation(tight, DUE + timedelta(hours=1), paris("2026-12-30"))
    assert get_loan(scene.book()).vehicle_id == tight


def test_an_adviser_names_the_vehicle() -> None:
    scene = make_scene(cars=3)
    assert get_loan(scene.book(vehicle_id=scene.vehicle_ids[2])).vehicle_id == scene.vehicle_ids[2]


def test_a_vehicle_that_does_not_suit_is_never_assigned() -> None:
    scene = make_scene()
    automatic = a_vehicle(scene.desk.id, gearbox="automatic")
    with transaction() as session:
        for licence in session.query(PersonLicence):
            licence.codes = ["78"]
    assert get_loan(scene.book()).vehicle_id == automatic
    with pytest.raises(VehicleUnfit, match="78"):
        scene.book(
            person_id=scene.person.id,
            vehicle_id=scene.vehicle_ids[0],
            start_at=paris("2026-12-14"),
            due_at=paris("2026-12-15"),
        )


def test_when_no_vehicle_suits_the_reasons_say_why() -> None:
    scene = make_scene()
    with pytest.raises(NotEligible) as refused:
        scene.book(needs=["child_seat"])
    assert [reason.code for reason in refused.value.reasons] == ["equipment_missing"]


def test_when_everything_is_taken_the_next_best_is_proposed() -> None:
    scene = make_scene(policy={"max_simultaneous": 5})
    near = make_desk("Valenciennes", insee_code="59606", ranges=ALL_DAY)
    a_vehicle(near.id)
    a_policy(category=Category.EBIKE)
    a_vehicle(scene.desk.id, Category.EBIKE)
    scene.book()
    with pytest.raises(NoVehicle) as refused:
        scene.book(person_id=scene.another().id)
    kinds = [proposal.kind for proposal in refused.value.proposals]
    assert ProposalKind.OTHER_DESK in kinds
    assert ProposalKind.OTHER_CATEGORY in kinds
    elsewhere = next(p for p in refused.value.proposals if p.kind is ProposalKind.OTHER_DESK)
    assert elsewhere.desk_id == near.id
    times = [p for p in refused.value.proposals if p.kind is ProposalKind.OTHER_TIME]
    assert all(p.start_at > DUE for p in times)


def test_what_is_proposed_can_be_booked() -> None:
    scene = make_scene()
    scene.book(start_at=paris("2026-11-30"), due_at=paris("2026-12-01", "17:00"))
    other = scene.another()
    with pytest.raises(NoVehicle) as refused:
        scene.book(person_id=other.id, start_at=paris("2026-11-30"), due_at=paris("2026-12-01", "17:00"))
    assert refused.value.proposals
    for proposal in refused.value.proposals:
        loan_id = scene.book(
            person_id=other.id,
            desk_id=proposal.desk_id,
            category=proposal.category,
            start_at=proposal.start_at,
            due_at=proposal.due_at,
        )
        services.cancel(loan_id=loan_id, actor_id=scene.adviser.id, now=NOW)


def test_the_days_of_a_right_are_used_up() -> None:
    scene = make_scene(policy={"max_simultaneous": 5})
    with transaction() as session:
        session.query(LoanRight).update({"days_allowed": 20})
    loan_id = scene.book()
    with pytest.raises(NotEligible) as refused:
        scene.book(start_at=paris("2026-12-14"), due_at=paris("2026-12-21"))
    assert [reason.code for reason in refused.value.reasons] == ["right_days"]
    services.cancel(loan_id=loan_id, actor_id=scene.adviser.id, now=NOW)
    scene.book(start_at=paris("2026-12-14"), due_at=paris("2026-12-21"))


def test_the_price_of_a_running_loan_is_no_debt_yet_and_becomes_one_at_the_return() -> None:
    scene = make_scene(cars=2)
    loan_id = scene.out()
    wanted = {"start_at": paris("2026-12-14"), "due_at": paris("2026-12-15")}
    services.cancel(loan_id=scene.book(**wanted), actor_id=scene.adviser.id, now=NOW)
    scene.give_back(loan_id)
    with pytest.raises(NotEligible) as refused:
        scene.book(**wanted, now=DUE)
    assert [reason.code for reason in refused.value.reasons] == ["unpaid_balance"]
    services.record_payment(loan_id=loan_id, paid_cents=4500, actor_id=scene.adviser.id, now=DUE)
    scene.book(**wanted, now=DUE)


def test_a_booking_asks_the_same_number_of_queries_whatever_the_fleet(app: Flask, count_queries: Any) -> None:
    totals = []
    for cars in (1, 25):
        scene = make_scene(cars=cars)
        with count_queries() as seen:
            scene.book()
        totals.append(seen.total)
    assert totals[0] == totals[1]
