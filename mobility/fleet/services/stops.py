"""Periods in which a vehicle stands still: out of service, or in maintenance."""

from __future__ import annotations

from datetime import UTC, datetime

from mobility.accounts import audit
from mobility.core.db import lock, transaction
from mobility.core.errors import NotFound, RuleViolation
from mobility.core.retry import retried
from mobility.fleet.errors import ReservationReleased, ReservationsAhead, VehicleTaken, WrongPeriod
from mobility.fleet.kinds import STOP_LABELS, STOPS, ReservationKind, StopReason
from mobility.fleet.models import Vehicle, VehicleReservation
from mobility.fleet.queries import reservations_ahead
from mobility.fleet.rules import OPEN_END_YEAR
from mobility.fleet.services.reservations import move_reservation, release, reserve

OPEN_END = datetime(OPEN_END_YEAR, 1, 1, tzinfo=UTC)


@retried
def stop_vehicle(
    *,
    vehicle_id: int,
    starts_at: datetime,
    ends_at: datetime | None,
    reason: StopReason,
    actor_id: int | None,
    now: datetime,
    kind: ReservationKind = ReservationKind.OUT_OF_SERVICE,
) -> int:
    """Keep the vehicle from being used; ``ends_at=None`` means until further notice.

    Raises ReservationsAhead with the reservations in the way, WrongPeriod, NotFound.
    """
    until = ends_at or OPEN_END
    if kind not in STOPS:
        raise ValueError(f"{kind} is no stop")
    if until <= starts_at:
        raise WrongPeriod
    with transaction():
        lock(Vehicle, vehicle_id)
        in_the_way = reservations_ahead(vehicle_id=vehicle_id, from_at=starts_at, until_at=until)
        if in_the_way:
            raise ReservationsAhead(tuple(in_the_way), field="starts_at")
        try:
            reservation_id = reserve(
                vehicle_id=vehicle_id,
                kind=kind,
                starts_at=starts_at,
                ends_at=until,
                buffer_minutes=0,
                label=STOP_LABELS[reason],
                now=now,
            )
        except VehicleTaken:  # pragma: no cover - the vehicle is locked; kept for what the lock cannot see
            raise ReservationsAhead(
                tuple(reservations_ahead(vehicle_id=vehicle_id, from_at=starts_at, until_at=until))
            ) from None
        audit.record(
            actor_id=actor_id,
            action="stop",
            subject_kind="vehicle",
            subject_id=vehicle_id,
            now=now,
            changes={"starts_at": (None, starts_at), "ends_at": (None, ends_at), "reason": (None, reason)},
        )
        return reservation_id


@retried
def end_stop(*, vehicle_id: int, reservation_id: int, actor_id: int | None, now: datetime) -> None:
    """Put the vehicle back in service now: what was spent stays in the history, what lay ahead is free.

    Raises RuleViolation where the reservation is no stop or is over, NotFound.
    """
    with transaction():
        reservation = lock(VehicleReservation, reservation_id)
        if reservation.vehicle_id != vehicle_id:
            raise NotFound(f"vehicle_reservation {reservation_id}")
        if reservation.kind not in STOPS:
            raise RuleViolation(
                "Cette réservation n’est pas un arrêt du véhicule. Ouvrez-la là où elle a été faite.", code="no_stop"
            )
        if reservation.released_at is not None or reservation.ends_at <= now:
            raise ReservationReleased("Cet arrêt est déjà terminé.")
        if reservation.starts_at < now:
            move_reservation(reservation_id=reservation_id, ends_at=now, now=now)
        else:
            release(reservation_id=reservation_id, now=now)
        audit.record(
            actor_id=actor_id,
            action="end_stop",
            subject_kind="vehicle",
            subject_id=vehicle_id,
            now=now,
            changes={"reservation_id": (reservation_id, None)},
        )
