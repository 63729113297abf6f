"""What the vehicle looked like as it left or came back: noted, and checked later where a key box stood between."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from mobility.core.db import transaction
from mobility.core.errors import NotFound
from mobility.core.retry import retried
from mobility.fleet import services as fleet
from mobility.fleet.errors import OdometerBackwards, OdometerRefused
from mobility.fleet.kinds import CYCLES, OdometerSource
from mobility.loans.errors import AlreadyChecked, OdometerImplausible
from mobility.loans.models import Loan, LoanInspection
from mobility.loans.rules.quote import extra_km_due_cents
from mobility.loans.rules.states import LoanAction
from mobility.loans.services.common import clean_reason, lock_loan, log
from mobility.loans.services.money import post_extra

DEPARTURE: Final = "departure"
RETURN: Final = "return"
EXTRA_KM_LABEL = "Kilomètres en plus"
_SOURCES = {DEPARTURE: OdometerSource.DEPARTURE, RETURN: OdometerSource.RETURN}


def check_odometer(loan: Loan, odometer_km: int | None) -> None:
    """Raise OdometerImplausible where a vehicle with an odometer comes without its reading."""
    if odometer_km is None and loan.category not in CYCLES:
        raise OdometerImplausible("Notez le nombre de kilomètres au compteur.")


def find_inspection(session: Session, loan: Loan, moment: str) -> LoanInspection | None:
    """Return what was noted at that moment, or None."""
    return session.scalar(
        select(LoanInspection).where(LoanInspection.loan_id == loan.id, LoanInspection.moment == moment)
    )


def note(
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
    by_person: bool = False,
) -> None:
    """Write an inspection and the reading of the odometer. Raises OdometerBackwards, OdometerRefused."""
    row = LoanInspection(
        loan_id=loan.id,
        moment=moment,
        at=at,
        energy_percent=energy_percent,
        remarks=remarks,
        by_person=by_person,
        checked_at=now if checked else None,
        checked_by_id=actor_id if checked else None,
        actor_id=actor_id,
    )
    _read(row, loan, odometer_km, actor_id=actor_id, now=now)
    session.add(row)
    session.flush()


def _read(row: LoanInspection, loan: Loan, km: int | None, *, actor_id: int | None, now: datetime) -> None:
    row.odometer_km, row.odometer_reading_id = km, None
    if km is None:
        return
    try:
        row.odometer_reading_id = fleet.record_odometer(
            vehicle_id=loan.vehicle_id, km=km, read_at=row.at, source=_SOURCES[row.moment], actor_id=actor_id, now=now
        )
    except (OdometerBackwards, OdometerRefused) as refusal:
        refusal.field = OdometerImplausible.field
        raise


@retried
def check_inspection(
    *,
    loan_id: int,
    moment: str,
    odometer_km: int | None,
    energy_percent: int | None,
    actor_id: int,
    now: datetime,
    remarks: str | None = None,
    version: int | None = None,
) -> bool:
    """Confirm or correct what was noted through the key box; tell whether it was corrected.

    A wrong reading is struck out and the right one written; both stay in the log. The kilometres are charged
    once nothing is left to check. Raises NotFound where nothing was noted, AlreadyChecked, OdometerBackwards,
    OdometerImplausible.
    """
    written = clean_reason(remarks, field="remarks")
    with transaction() as session:
        loan = lock_loan(loan_id, version=version)
        row = find_inspection(session, loan, moment)
        if row is None:
            raise NotFound(f"inspection of loan {loan_id}")
        if row.checked_at is not None:
            raise AlreadyChecked
        check_odometer(loan, odometer_km)
        before = {"odometer_km": row.odometer_km, "energy_percent": row.energy_percent}
        if odometer_km != row.odometer_km:
            _correct(session, row, loan, odometer_km, actor_id=actor_id, now=now)
        row.energy_percent, row.checked_at, row.checked_by_id = energy_percent, now, actor_id
        row.remarks = "\n".join(text for text in (row.remarks, written) if text)
        after = {"odometer_km": row.odometer_km, "energy_percent": row.energy_percent}
        changed = {name: (old, after[name]) for name, old in before.items() if old != after[name]}
        # What was left empty and is now filled in corrects nobody.
        corrected = any(old is not None for old, _new in changed.values())
        log(
            session,
            loan,
            LoanAction.CHECK,
            actor_id=actor_id,
            now=now,
            from_state=loan.state,
            facts={
                "moment": moment,
                "corrected": corrected,
                **{f"{name}_before": old for name, (old, _new) in changed.items()},
                **after,
            },
            changes=changed,
        )
        charge_kilometres(session, loan, actor_id=actor_id, now=now)
        return corrected


def _correct(
    session: Session, row: LoanInspection, loan: Loan, km: int | None, *, actor_id: int, now: datetime
) -> None:
    wrong = row.odometer_reading_id
    if wrong is not None:
        fleet.void_odometer(vehicle_id=loan.vehicle_id, reading_id=wrong, actor_id=actor_id, now=now)
        session.flush()
    _read(row, loan, km, actor_id=actor_id, now=now)


def charge_kilometres(session: Session, loan: Loan, *, actor_id: int | None, now: datetime) -> None:
    """Charge the kilometres beyond the allowance, once both readings are there and checked."""
    out, back = find_inspection(session, loan, DEPARTURE), find_inspection(session, loan, RETURN)
    if out is None or back is None or out.checked_at is None or back.checked_at is None:
        return
    if out.odometer_km is None or back.odometer_km is None:
        return
    cents = extra_km_due_cents(
        driven_km=back.odometer_km - out.odometer_km,
        allowance_km=loan.km_allowance,
        extra_km_cents=loan.extra_km_cents,
    )
    post_extra(loan, cents, EXTRA_KM_LABEL, actor_id=actor_id, now=now)
