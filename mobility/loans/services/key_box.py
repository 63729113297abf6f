"""The borrower alone at the key box: takes the vehicle, brings it back; the desk checks what they noted later."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from mobility.core.clock import format_instant
from mobility.core.db import transaction
from mobility.core.errors import RuleViolation
from mobility.core.retry import retried
from mobility.desks.models import Desk
from mobility.fleet.kinds import CYCLES
from mobility.loans.errors import NotByKeyBox, OdometerImplausible, TooEarly, VehicleNotBack, VehicleStillOut
from mobility.loans.models import Loan
from mobility.loans.queries.key_box import KeyBox, find_key_box
from mobility.loans.rules.key_box import KeyBoxStage
from mobility.loans.rules.states import LoanAction
from mobility.loans.services.common import check_move, lock_loan
from mobility.loans.services.handover import depart, return_vehicle


@retried
def depart_alone(
    *,
    loan_id: int,
    odometer_km: int | None,
    energy_percent: int | None,
    unreadable: bool,
    actor_id: int | None,
    now: datetime,
    remarks: str | None = None,
) -> None:
    """Note that the borrower took the vehicle from the key box.

    ``unreadable``: they cannot read the odometer; the desk will. Raises NotByKeyBox, TooEarly,
    VehicleNotBack, OdometerImplausible, OdometerBackwards, ForbiddenTransition.
    """
    with transaction() as session:
        loan = lock_loan(loan_id)
        check_move(loan, LoanAction.DEPART)
        box = _box(session, loan, now)
        if box is None or box.stage is not KeyBoxStage.TAKE:
            raise _refusal(box)
        _check_reading(loan, odometer_km, unreadable=unreadable)
        try:
            depart(
                loan_id=loan_id,
                odometer_km=odometer_km,
                energy_percent=energy_percent,
                remarks=remarks,
                actor_id=actor_id,
                now=now,
                by_person=True,
            )
        except VehicleStillOut:
            if now < loan.start_at:
                # The time kept free after the loan before runs until the agreed hour.
                raise TooEarly(
                    "Le véhicule est à vous à partir du %(start)s.", start=format_instant(loan.start_at)
                ) from None
            raise VehicleNotBack from None


@retried
def return_alone(
    *,
    loan_id: int,
    odometer_km: int | None,
    energy_percent: int | None,
    unreadable: bool,
    actor_id: int | None,
    now: datetime,
    remarks: str | None = None,
) -> None:
    """Note that the borrower left the vehicle at the desk and its key in the box.

    Raises NotByKeyBox, OdometerImplausible, OdometerBackwards, ForbiddenTransition.
    """
    with transaction() as session:
        loan = lock_loan(loan_id)
        check_move(loan, LoanAction.RETURN)
        box = _box(session, loan, now)
        if box is None or box.stage is not KeyBoxStage.BRING_BACK:
            raise NotByKeyBox
        _check_reading(loan, odometer_km, unreadable=unreadable)
        return_vehicle(
            loan_id=loan_id,
            odometer_km=odometer_km,
            energy_percent=energy_percent,
            remarks=remarks,
            actor_id=actor_id,
            now=now,
            in_key_box=True,
            by_person=True,
        )


def _box(session: Session, loan: Loan, now: datetime) -> KeyBox | None:
    return find_key_box(loan, session.get_one(Desk, loan.desk_id), now=now)


def _refusal(box: KeyBox | None) -> RuleViolation:
    match None if box is None else box.stage:
        case KeyBoxStage.SOON if box is not None:
            return TooEarly("Vous pouvez prendre le véhicule à partir du %(at)s.", at=format_instant(box.opens_at))
        case KeyBoxStage.NOT_BACK:
            return VehicleNotBack()
        case KeyBoxStage.MISSED:
            return TooEarly("L’heure du retour est déjà passée. Appelez l’antenne pour changer les dates.")
        case _:
            return NotByKeyBox()


def _check_reading(loan: Loan, odometer_km: int | None, *, unreadable: bool) -> None:
    if odometer_km is None and not unreadable and loan.category not in CYCLES:
        raise OdometerImplausible(
            "Écrivez le nombre de kilomètres du compteur, ou cochez « Je ne peux pas lire le compteur »."
        )
