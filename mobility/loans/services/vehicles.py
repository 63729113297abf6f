"""Which vehicle a loan has: swapped by an adviser, reassigned when its vehicle is not back."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from mobility.core.clock import day_of, format_instant
from mobility.core.db import db, end_read, transaction
from mobility.core.jobs import stopping
from mobility.core.retry import retried
from mobility.fleet import services as fleet
from mobility.fleet.errors import VehicleRetired, VehicleTaken
from mobility.fleet.facts import Busy
from mobility.fleet.kinds import ReservationKind
from mobility.fleet.models import VehicleReservation
from mobility.fleet.queries import reservations_ahead
from mobility.loans import parameters
from mobility.loans.assignment import Candidate, Span, fit_reasons, rank, suitable
from mobility.loans.errors import VehicleUnfit
from mobility.loans.models import Loan
from mobility.loans.queries import facts
from mobility.loans.rules.licences import Driver, driver_for
from mobility.loans.rules.states import AWAITED, ON_THE_ROAD, LoanAction
from mobility.loans.services.common import (
    adviser_of,
    check_move,
    clean_reason,
    lock_loan,
    move,
    tell_person,
    tell_staff,
    urgency,
)

# How late a vehicle must be before its next borrower is told that it may be missing.
WARN_AFTER = timedelta(hours=1)
WARN_BEFORE = timedelta(hours=2)


def driver_of(loan: Loan) -> Driver:
    """Return the borrower as vehicles and insurers see them."""
    person = facts.get_person(loan.person_id)
    who = facts.person_facts(person, starts_on=day_of(loan.start_at), until_on=day_of(loan.due_at))
    return driver_for(loan.category, who.licences, born_on=who.born_on, on=day_of(loan.start_at))


def _others(loan: Loan, due_at: datetime) -> list[Candidate]:
    return facts.candidates(
        desk_ids=[loan.desk_id],
        category=loan.category,
        start_at=loan.start_at,
        end_at=due_at + timedelta(minutes=loan.buffer_minutes),
        exclude_reservation_id=loan.reservation_id,
    )


def replacements(loan: Loan, *, due_at: datetime | None = None, besides: Collection[int] = ()) -> list[Candidate]:
    """Return the other vehicles of the desk that could take the loan, best fit first."""
    end = due_at or loan.due_at
    fitting = suitable(_others(loan, end), driver=driver_of(loan), needs=loan.needs, due_at=end)
    span = Span(loan.start_at, end + timedelta(minutes=loan.buffer_minutes))
    return [c for c in rank(fitting, span) if c.vehicle_id not in {loan.vehicle_id, *besides}]


def put_on_another(
    session: Session,
    loan: Loan,
    *,
    actor_id: int | None,
    now: datetime,
    due_at: datetime | None = None,
    besides: Collection[int] = (),
) -> bool:
    """Move a loan that has not departed to the best other vehicle; False when there is none."""
    for vehicle in replacements(loan, due_at=due_at, besides=besides):
        try:
            fleet.move_reservation(
                reservation_id=loan.reservation_id, vehicle_id=vehicle.vehicle_id, ends_at=due_at, now=now
            )
        except (VehicleTaken, VehicleRetired):
            continue
        change_vehicle(session, loan, vehicle.vehicle_id, actor_id=actor_id, now=now)
        return True
    return False


def change_vehicle(
    session: Session, loan: Loan, vehicle_id: int, *, actor_id: int | None, now: datetime, note: str = ""
) -> None:
    """Write and log the other vehicle; its reservation has moved already. Raises ForbiddenTransition once out."""
    check_move(loan, LoanAction.SWAP)
    before, loan.vehicle_id = loan.vehicle_id, vehicle_id
    move(
        session,
        loan,
        LoanAction.SWAP,
        actor_id=actor_id,
        now=now,
        facts={"from_vehicle_id": before, "vehicle_id": vehicle_id},
        note=note,
        changes={"vehicle_id": (before, vehicle_id)},
    )


@retried
def swap_vehicle(
    *,
    loan_id: int,
    vehicle_id: int,
    actor_id: int | None,
    now: datetime,
    reason: str | None = None,
    version: int | None = None,
) -> None:
    """Give the loan another vehicle of its desk and category, before departure.

    Raises VehicleUnfit with what it lacks, VehicleTaken, ForbiddenTransition, StaleVersion.
    """
    written = clean_reason(reason)
    with transaction() as session:
        loan = lock_loan(loan_id, version=version)
        check_move(loan, LoanAction.SWAP)
        named = next((c for c in _others(loan, loan.due_at) if c.vehicle_id == vehicle_id), None)
        if named is None:
            raise VehicleUnfit(why="il n’est pas de ce type ou pas dans cette antenne.")
        lacks = fit_reasons(named, driver=driver_of(loan), needs=loan.needs, last_on=day_of(loan.due_at))
        if lacks:
            raise VehicleUnfit(why=" ".join(reason.text for reason in lacks))
        if vehicle_id == loan.vehicle_id:
            return
        fleet.move_reservation(reservation_id=loan.reservation_id, vehicle_id=vehicle_id, now=now)
        change_vehicle(session, loan, vehicle_id, actor_id=actor_id, now=now, note=written)


def follow_fleet(*, reservation_id: int, vehicle_id: int, actor_id: int | None, now: datetime) -> None:
    """Follow a reservation that the fleet has put on another vehicle. Raises VehicleUnfit, ForbiddenTransition."""
    with transaction() as session:
        loan = session.scalar(select(Loan).where(Loan.reservation_id == reservation_id))
        if loan is None:
            return
        check_move(loan, LoanAction.SWAP)
        named = next((c for c in _others(loan, loan.due_at) if c.vehicle_id == vehicle_id), None)
        lacks = (
            []
            if named is None
            else fit_reasons(named, driver=driver_of(loan), needs=loan.needs, last_on=day_of(loan.due_at))
        )
        if named is None or lacks:
            raise VehicleUnfit(
                why=" ".join(r.text for r in lacks) or "il n’est pas de ce type ou pas dans cette antenne."
            )
        change_vehicle(session, loan, vehicle_id, actor_id=actor_id, now=now)


def next_blocks(loan: Loan, *, until_at: datetime) -> list[Busy]:
    """Return what other reservations block the loan's vehicle after its own, up to an instant."""
    blocks = reservations_ahead(vehicle_id=loan.vehicle_id, from_at=loan.start_at, until_at=until_at)
    return [block for block in blocks if block.reservation_id != loan.reservation_id]


def make_room(session: Session, loan: Loan, *, until_at: datetime, actor_id: int | None, now: datetime) -> list[Busy]:
    """Put the next loans of the vehicle on others as far as ``until_at``; return the blocks that stay."""
    staying = []
    for block in next_blocks(loan, until_at=until_at):
        following = _awaited_loan(session, block)
        if following is None or not put_on_another(
            session, following, actor_id=actor_id, now=now, besides=[loan.vehicle_id]
        ):
            staying.append(block)
    return staying


def _awaited_loan(session: Session, block: Busy) -> Loan | None:
    if block.kind is not ReservationKind.LOAN:
        return None
    found = session.scalar(select(Loan).where(Loan.reservation_id == block.reservation_id))
    return found if found is not None and found.state in AWAITED else None


def keep_late_vehicles(*, now: datetime, limit: int = 500, desk_id: int | None = None) -> dict[str, int]:
    """Look after every vehicle that is out beyond its due time: its next loans are reassigned or warned.

    One transaction a loan; safe to run again. Returns counts.
    """
    query = select(Loan.id).where(Loan.state.in_(ON_THE_ROAD), Loan.due_at < now).order_by(Loan.due_at, Loan.id)
    if desk_id is not None:
        query = query.where(Loan.desk_id == desk_id)
    loan_ids = list(db.session.scalars(query.limit(limit)))
    end_read()
    counts = {"late": 0, "reassigned": 0, "warned": 0}
    for loan_id in loan_ids:
        if stopping():
            break
        reassigned, warned = _keep(loan_id, now=now)
        counts["late"] += 1
        counts["reassigned"] += reassigned
        counts["warned"] += warned
    return counts


@retried
def _keep(loan_id: int, *, now: datetime) -> tuple[int, int]:
    with transaction() as session:
        loan = lock_loan(loan_id)
        if loan.state not in ON_THE_ROAD or loan.due_at >= now:
            return 0, 0
        hours = parameters.hold_hours(on=day_of(now), desk_id=loan.desk_id)
        wanted = now + timedelta(hours=hours)
        until = wanted + timedelta(minutes=loan.buffer_minutes)
        before = next_blocks(loan, until_at=until)
        staying = make_room(session, loan, until_at=until, actor_id=None, now=now)
        warned = sum(_warn(session, loan, block, now=now) for block in staying)
        _hold(session, loan, staying, wanted, now)
        return len(before) - len(staying), warned


def _hold(session: Session, loan: Loan, staying: list[Busy], wanted: datetime, now: datetime) -> None:
    """Let the reservation last as long as the vehicle is likely to be missing: nobody is promised it meanwhile."""
    reservation = session.get_one(VehicleReservation, loan.reservation_id)
    buffer = reservation.blocked_until_at - reservation.ends_at
    ends_at = min([wanted, *(block.blocked_from_at - buffer for block in staying)])
    if ends_at <= reservation.ends_at:
        return
    try:
        fleet.move_reservation(reservation_id=loan.reservation_id, ends_at=ends_at, now=now)
    except (VehicleTaken, VehicleRetired):
        return


def _warn(session: Session, late: Loan, block: Busy, *, now: datetime) -> int:
    """Tell the next borrower and both advisers in time that the vehicle is not back."""
    following = _awaited_loan(session, block)
    if following is None or not (now - late.due_at >= WARN_AFTER or following.start_at - now <= WARN_BEFORE):
        return 0
    key = f"next-blocked:{int(following.start_at.timestamp())}"
    tell_person(
        session,
        following,
        "loan_next_blocked",
        key=key,
        now=now,
        message_class=urgency(following.start_at, now),
        expires_at=following.due_at,
    )
    return tell_staff(
        following,
        adviser_of(session, following),
        key=f"loan:{following.id}:{key}",
        title="Un véhicule promis n’est pas rendu",
        text=(
            f"Le véhicule du prêt qui commence {format_instant(following.start_at)} n’est pas encore rendu, "
            "et aucun autre ne peut le remplacer. La personne est prévenue."
        ),
        now=now,
    )
