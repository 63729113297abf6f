"""Reserve, move and release: the only three ways in which a vehicle is ever taken."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from mobility.core.clock import day_of
from mobility.core.db import lock, savepoint, transaction, violated_constraint
from mobility.core.retry import retried
from mobility.fleet import ddl
from mobility.fleet.errors import (
    ReservationReleased,
    VehicleRetired,
    VehicleTaken,
    WrongPeriod,
)
from mobility.fleet.kinds import ReservationKind
from mobility.fleet.models import Vehicle, VehicleReservation


@retried
def reserve(
    *,
    vehicle_id: int,
    kind: ReservationKind,
    starts_at: datetime,
    ends_at: datetime,
    buffer_minutes: int,
    label: str,
    now: datetime,
) -> int:
    """Reserve the vehicle from ``starts_at`` to ``ends_at`` and keep it free for the buffer that follows.

    ``buffer_minutes`` comes after the period only: what precedes it keeps its own. ``label`` holds codes,
    never a person's name. Joins the caller's transaction, and leaves it usable when it refuses.
    Raises VehicleTaken, VehicleRetired, WrongPeriod, NotFound.
    """
    _check_period(starts_at, ends_at)
    with transaction() as session:
        vehicle = lock(Vehicle, vehicle_id)
        _check_in_fleet(vehicle, ends_at)
        reservation = VehicleReservation(
            vehicle_id=vehicle_id,
            kind=kind,
            starts_at=starts_at,
            ends_at=ends_at,
            blocked_from_at=starts_at,
            blocked_until_at=ends_at + timedelta(minutes=max(0, buffer_minutes)),
            label=label[:80],
            created_at=now,
        )
        _flush(session, reservation, add=True)
        return reservation.id


@retried
def move_reservation(
    *,
    reservation_id: int,
    starts_at: datetime | None = None,
    ends_at: datetime | None = None,
    vehicle_id: int | None = None,
    now: datetime,
) -> None:
    """Give the reservation other dates or another vehicle; its buffers stay as long as they were.

    Raises VehicleTaken, VehicleRetired, ReservationReleased, WrongPeriod, NotFound.
    """
    with transaction() as session:
        reservation = lock(VehicleReservation, reservation_id)
        if reservation.released_at is not None:
            raise ReservationReleased
        new_start, new_end = (
            starts_at or reservation.starts_at,
            ends_at or reservation.ends_at,
        )
        _check_period(new_start, new_end)
        vehicle = lock(Vehicle, reservation.vehicle_id if vehicle_id is None else vehicle_id)
        if vehicle.id != reservation.vehicle_id or new_end > reservation.ends_at:
            _check_in_fleet(vehicle, new_end)
        before = reservation.starts_at - reservation.blocked_from_at
        after = reservation.blocked_until_at - reservation.ends_at
        with session.no_autoflush:
            _flush(
                session,
                reservation,
                vehicle_id=vehicle.id,
                starts_at=new_start,
                ends_at=new_end,
                blocked_from_at=new_start - before,
                blocked_until_at=new_end + after,
                moved_at=now,
            )


@retried
def release(*, reservation_id: int, now: datetime) -> None:
    """Give the vehicle back to the others; releasing twice changes nothing. Raises NotFound."""
    with transaction():
        reservation = lock(VehicleReservation, reservation_id)
        if reservation.released_at is None:
            reservation.released_at = now


def _check_period(starts_at: datetime, ends_at: datetime) -> None:
    if ends_at <= starts_at:
        raise WrongPeriod


def _check_in_fleet(vehicle: Vehicle, until: datetime) -> None:
    if vehicle.retired_on is not None and day_of(until) >= vehicle.retired_on:
        raise VehicleRetired


def _flush(
    session: Session,
    reservation: VehicleReservation,
    *,
    add: bool = False,
    **changes: object,
) -> None:
    """Write the row inside a savepoint, so that a refusal leaves the caller's transaction alive."""
    try:
        with savepoint():
            if add:
                session.add(reservation)
            for name, value in changes.items():
                setattr(reservation, name, value)
            session.flush()
    except IntegrityError as error:
        if violated_constraint(error) == ddl.OVERLAP:
            raise VehicleTaken(vehicle_id=reservation.vehicle_id) from None
        raise
