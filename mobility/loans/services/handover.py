"""The vehicle leaves and comes back: contract, departure, return, late inspection of a key box."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from mobility.core.clock import day_of
from mobility.core.db import savepoint, transaction
from mobility.core.errors import NotFound
from mobility.core.retry import retried
from mobility.desks.queries import get_calendar
from mobility.fleet import services as fleet
from mobility.fleet.errors import VehicleTaken
from mobility.fleet.kinds import CYCLES, OdometerSource
from mobility.fleet.models import VehicleReservation
from mobility.loans.errors import DepositNeeded, OdometerImplausible, SignatoryNeeded, TooEarly, VehicleStillOut
from mobility.loans.models import Loan, LoanInspection
from mobility.loans.queries import facts
from mobility.loans.rules.policy import DepositKind, terms_from
from mobility.loans.rules.quote import days_to_pay, extra_km_due_cents, quote_days
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
from mobility.loans.services.money import post_deposit, post_extra, post_price

DEPARTURE, RETURN = "departure", "return"
SIGNATURE_LENGTH = 200
EXTRA_KM_LABEL = "Kilomètres en plus"


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
        follow(loan, now=now)


def _check_odometer(loan: Loan, odometer_km: int | None) -> None:
    if odometer_km is None and loan.category not in CYCLES:
        raise OdometerImplausible("Notez le nombre de kilomètres au compteur.")


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
) -> None:
    """Hand the vehicle over. Raises TooEarly before the day, VehicleStillOut, OdometerBackwards, ForbiddenTransition."""
    written = clean_reason(remarks, field="remarks")
    with transaction() as session:
        loan = lock_loan(loan_id, version=version)
        check_move(loan, LoanAction.DEPART)
        if day_of(now) < day_of(loan.start_at):
            raise TooEarly(why="le départ est prévu un autre jour. Changez d’abord les dates.")
        if now >= loan.due_at:
            raise TooEarly("Le retour prévu est déjà passé : changez d’abord la date de retour.")
        _check_odometer(loan, odometer_km)
        if now < loan.start_at:
            _come_forward(loan, now)
        _note(
            session,
            loan,
            DEPARTURE,
            odometer_km=odometer_km,
            energy_percent=energy_percent,
            remarks=written,
            at=now,
            now=now,
            actor_id=actor_id,
        )
        try:
            with savepoint():
                # Inside: opening a savepoint writes what changed before it, and state and instant go together.
                loan.departed_at = now
                move(session, loan, LoanAction.DEPART, actor_id=actor_id, now=now, facts={"odometer_km": odometer_km})
                session.flush()
        except IntegrityError as error:
            if "uq_loan_vehicle_on_the_road" in str(error) or "loan.vehicle_id" in str(error):
                raise VehicleStillOut from None
            raise
        follow(loan, now=now)


def _come_forward(loan: Loan, now: datetime) -> None:
    """Let the reservation begin now: the borrower is there before the hour."""
    try:
        fleet.move_reservation(reservation_id=loan.reservation_id, starts_at=now, now=now)
    except VehicleTaken:
        raise VehicleStillOut from None


def _note(
    session: Session,
    loan: Loan,
    moment: str,
    *,
    odometer_km: int | None,
    energy_percent: int | None,
    remarks: str,
    at: datetime,
    now: datetime,
    actor_id: int | None,
    checked: bool = True,
) -> None:
    if odometer_km is not None:
        source = OdometerSource.DEPARTURE if moment == DEPARTURE else OdometerSource.RETURN
        fleet.record_odometer(
            vehicle_id=loan.vehicle_id, km=odometer_km, read_at=at, source=source, actor_id=actor_id, now=now
        )
    session.add(
        LoanInspection(
            loan_id=loan.id,
            moment=moment,
            at=at,
            odometer_km=odometer_km,
            energy_percent=energy_percent,
            remarks=remarks,
            checked_at=now if checked else None,
            actor_id=actor_id,
        )
    )
    session.flush()


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
) -> None:
    """Take the vehicle back.

    ``in_key_box``: it was left there at ``returned_at``, the inspection comes later (``complete_return``).
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
            _check_odometer(loan, odometer_km)
        _note(
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
        )
        loan.returned_at = back_at
        move(
            session,
            loan,
            LoanAction.RETURN,
            actor_id=actor_id,
            now=now,
            facts={"returned_at": back_at, "odometer_km": odometer_km},
        )
        _give_vehicle_back(session, loan, now)
        withdraw_pending(session, loan, actor_id=actor_id, now=now)
        forget_reminders(loan, now=now)
        _final_price(session, loan, actor_id=actor_id, now=now)
        follow(loan, now=now)


@retried
def complete_return(
    *,
    loan_id: int,
    odometer_km: int | None,
    energy_percent: int | None,
    actor_id: int | None,
    now: datetime,
    remarks: str | None = None,
    version: int | None = None,
) -> None:
    """Do the inspection of a vehicle that was left in the key box. Raises NotFound when none is waited for."""
    written = clean_reason(remarks, field="remarks")
    with transaction() as session:
        loan = lock_loan(loan_id, version=version)
        row = _inspection(session, loan, RETURN)
        if row is None or row.checked_at is not None:
            raise NotFound(f"inspection of loan {loan_id}")
        _check_odometer(loan, odometer_km)
        if odometer_km is not None:
            fleet.record_odometer(
                vehicle_id=loan.vehicle_id,
                km=odometer_km,
                read_at=row.at,
                source=OdometerSource.RETURN,
                actor_id=actor_id,
                now=now,
            )
        row.odometer_km, row.energy_percent, row.checked_at, row.actor_id = odometer_km, energy_percent, now, actor_id
        row.remarks = "\n".join(text for text in (row.remarks, written) if text)
        session.flush()
        _charge_kilometres(session, loan, actor_id=actor_id, now=now)


def _inspection(session: Session, loan: Loan, moment: str) -> LoanInspection | None:
    return session.scalar(
        select(LoanInspection).where(LoanInspection.loan_id == loan.id, LoanInspection.moment == moment)
    )


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
    )
    terms = terms_from(loan)
    uses = facts.funder_uses(loan.person_id, start_at=loan.start_at, except_loan_id=loan.id)
    apply_quote(loan, quote_days(terms, first_on=day_of(loan.start_at), days=days, used=facts.use_of(terms, uses)))
    session.flush()
    post_price(session, loan, actor_id=actor_id, now=now)
    _charge_kilometres(session, loan, actor_id=actor_id, now=now)


def _charge_kilometres(session: Session, loan: Loan, *, actor_id: int | None, now: datetime) -> None:
    out, back = _inspection(session, loan, DEPARTURE), _inspection(session, loan, RETURN)
    if out is None or back is None or out.odometer_km is None or back.odometer_km is None:
        return
    cents = extra_km_due_cents(
        driven_km=back.odometer_km - out.odometer_km,
        allowance_km=loan.km_allowance,
        extra_km_cents=loan.extra_km_cents,
    )
    post_extra(loan, cents, EXTRA_KM_LABEL, actor_id=actor_id, now=now)
