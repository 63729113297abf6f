"""The vehicle leaves and comes back: contract, departure, return."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from mobility.core.clock import day_of
from mobility.core.db import savepoint, transaction
from mobility.core.retry import retried
from mobility.desks.queries import get_calendar
from mobility.fleet import services as fleet
from mobility.fleet.errors import VehicleTaken
from mobility.fleet.models import VehicleReservation
from mobility.loans.errors import DepositNeeded, SignatoryNeeded, TooEarly, VehicleStillOut
from mobility.loans.models import Loan
from mobility.loans.queries import facts
from mobility.loans.rules.policy import DepositKind, terms_from
from mobility.loans.rules.quote import days_to_pay, quote_days
from mobility.loans.rules.states import LoanAction
from mobility.loans.services.booking import apply_quote
from mobility.loans.services.common import (
    MINUTE,
    check_move,
    clean_reason,
    follow,
    forget_reminders,
    lock_loan,
    move,
)
from mobility.loans.services.decisions import withdraw_pending
from mobility.loans.services.inspections import DEPARTURE, RETURN, charge_kilometres, check_odometer, note
from mobility.loans.services.messages import announce_key_box, forget_key_box
from mobility.loans.services.money import post_deposit, post_price

SIGNATURE_LENGTH = 200


@retried
def contract(
    *,
    loan_id: int,
    actor_id: int | None,
    now: datetime,
    deposit_kind: DepositKind | None = None,
    signed_by: str | None = None,
    version: int | None = None,
) -> None:
    """Note that the contract is signed: deposit received, price due.

    ``signed_by`` names the representative of a minor or a protected adult.
    Raises SignatoryNeeded, DepositNeeded, ForbiddenTransition.
    """
    with transaction() as session:
        loan = lock_loan(loan_id, version=version)
        check_move(loan, LoanAction.CONTRACT)
        person = facts.get_person(loan.person_id)
        who = facts.person_facts(person, starts_on=day_of(loan.start_at), until_on=day_of(loan.due_at))
        signatory = clean_reason(signed_by, field="signed_by")[:SIGNATURE_LENGTH]
        if who.needs_representative(day_of(loan.start_at)) and not signatory:
            raise SignatoryNeeded
        allowed = {DepositKind(kind) for kind in loan.deposit_kinds}
        if loan.deposit_cents and allowed and deposit_kind not in allowed:
            raise DepositNeeded
        loan.signed_by = signatory
        loan.deposit_kind = deposit_kind if loan.deposit_cents else None
        move(session, loan, LoanAction.CONTRACT, actor_id=actor_id, now=now)
        post_price(session, loan, actor_id=actor_id, now=now)
        post_deposit(loan, loan.deposit_kind, actor_id=actor_id, now=now)
        announce_key_box(session, loan, now=now)
        follow(loan, now=now)


@retried
def depart(
    *,
    loan_id: int,
    odometer_km: int | None,
    energy_percent: int | None,
    actor_id: int | None,
    now: datetime,
    remarks: str | None = None,
    version: int | None = None,
    by_person: bool = False,
) -> None:
    """Hand the vehicle over; ``by_person``: the borrower took it from the key box, to be checked later.

    Raises TooEarly before the day, VehicleStillOut, OdometerBackwards, ForbiddenTransition.
    """
    written = clean_reason(remarks, field="remarks")
    with transaction() as session:
        loan = lock_loan(loan_id, version=version)
        check_move(loan, LoanAction.DEPART)
        if day_of(now) < day_of(loan.start_at):
            raise TooEarly(why="le départ est prévu un autre jour. Changez d’abord les dates.")
        if now >= loan.due_at:
            raise TooEarly("Le retour prévu est déjà passé : changez d’abord la date de retour.")
        if not by_person:
            check_odometer(loan, odometer_km)
        if now < loan.start_at:
            _come_forward(loan, now)
        note(
            session,
            loan,
            DEPARTURE,
            odometer_km=odometer_km,
            energy_percent=energy_percent,
            remarks=written,
            at=now,
            now=now,
            actor_id=actor_id,
            checked=not by_person,
            by_person=by_person,
        )
        try:
            with savepoint():
                # Inside: opening a savepoint writes what changed before it, and state and instant go together.
                loan.departed_at = now
                told = {"odometer_km": odometer_km, "by_person": by_person}
                move(session, loan, LoanAction.DEPART, actor_id=actor_id, now=now, facts=told)
                session.flush()
        except IntegrityError as error:
            if "uq_loan_vehicle_on_the_road" in str(error) or "loan.vehicle_id" in str(error):
                raise VehicleStillOut from None
            raise
        forget_key_box(loan, now=now)
        follow(loan, now=now)


def _come_forward(loan: Loan, now: datetime) -> None:
    """Let the reservation begin now: the borrower is there before the hour."""
    try:
        fleet.move_reservation(reservation_id=loan.reservation_id, starts_at=now, now=now)
    except VehicleTaken:
        raise VehicleStillOut from None


@retried
def return_vehicle(
    *,
    loan_id: int,
    odometer_km: int | None,
    energy_percent: int | None,
    actor_id: int | None,
    now: datetime,
    remarks: str | None = None,
    returned_at: datetime | None = None,
    in_key_box: bool = False,
    version: int | None = None,
    by_person: bool = False,
) -> None:
    """Take the vehicle back.

    ``in_key_box``: it was left there at ``returned_at``, the inspection comes later (``check_inspection``);
    ``by_person``: the borrower says so themselves.
    Raises OdometerBackwards, OdometerImplausible, TooEarly, ForbiddenTransition.
    """
    written = clean_reason(remarks, field="remarks")
    with transaction() as session:
        loan = lock_loan(loan_id, version=version)
        check_move(loan, LoanAction.RETURN)
        back_at = min(returned_at or now, now)
        if loan.departed_at is None or back_at < loan.departed_at:
            raise TooEarly(why="le retour ne peut pas être avant le départ.", field="returned_at")
        if not in_key_box:
            check_odometer(loan, odometer_km)
        note(
            session,
            loan,
            RETURN,
            odometer_km=odometer_km,
            energy_percent=energy_percent,
            remarks=written,
            at=back_at,
            now=now,
            actor_id=actor_id,
            checked=not in_key_box,
            by_person=by_person,
        )
        loan.returned_at = back_at
        move(
            session,
            loan,
            LoanAction.RETURN,
            actor_id=actor_id,
            now=now,
            facts={"returned_at": back_at, "odometer_km": odometer_km, "by_person": by_person},
        )
        _give_vehicle_back(session, loan, now)
        withdraw_pending(session, loan, actor_id=actor_id, now=now)
        forget_reminders(loan, now=now)
        _final_price(session, loan, actor_id=actor_id, now=now)
        follow(loan, now=now)


def _give_vehicle_back(session: Session, loan: Loan, now: datetime) -> None:
    """End the reservation at the return: sooner it frees the vehicle, later it tells what was."""
    reservation = session.get_one(VehicleReservation, loan.reservation_id)
    ends_at = max(loan.returned_at or now, reservation.starts_at + MINUTE)
    try:
        fleet.move_reservation(reservation_id=loan.reservation_id, ends_at=ends_at, now=now)
    except VehicleTaken:
        # Late, and the vehicle has been promised in between: what is over blocks nothing any more.
        return


def closed_days(loan: Loan, until_on: date) -> set[date]:
    """Return the days after the due one on which the desk was closed."""
    calendar = get_calendar(loan.desk_id)
    first = day_of(loan.due_at)
    days = [first + timedelta(days=number) for number in range(1, (until_on - first).days + 1)]
    return {day for day in days if not calendar.is_open_day(day)}


def _final_price(session: Session, loan: Loan, *, actor_id: int | None, now: datetime) -> None:
    """Bring the price to the days really begun, then charge the kilometres beyond the allowance."""
    back_at = loan.returned_at or now
    days = days_to_pay(
        start_at=loan.start_at,
        due_at=loan.due_at,
        returned_at=back_at,
        closed_days=closed_days(loan, day_of(back_at)),
        free_days=loan.free_days,
    )
    terms = terms_from(loan)
    uses = facts.funder_uses(loan.person_id, start_at=loan.start_at, except_loan_id=loan.id)
    apply_quote(loan, quote_days(terms, first_on=day_of(loan.start_at), days=days, used=facts.use_of(terms, uses)))
    session.flush()
    post_price(session, loan, actor_id=actor_id, now=now)
    charge_kilometres(session, loan, actor_id=actor_id, now=now)
