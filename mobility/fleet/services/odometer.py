"""Readings of the odometer: written once, never backwards; a slip of the pen is voided, not deleted."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from mobility.accounts import audit
from mobility.core.db import lock, savepoint, transaction, violated_constraint
from mobility.core.errors import NotFound
from mobility.core.retry import retried
from mobility.fleet import ddl
from mobility.fleet.errors import OdometerBackwards
from mobility.fleet.kinds import OdometerSource
from mobility.fleet.models import OdometerReading, Vehicle
from mobility.fleet.rules import Reading, check_reading


@retried
def record_odometer(
    *,
    vehicle_id: int,
    km: int,
    read_at: datetime,
    source: OdometerSource,
    actor_id: int | None,
    now: datetime | None = None,
) -> int:
    """Write what the odometer showed at ``read_at``. Joins the caller's transaction.

    With ``now``, a reading from the future is refused too.
    Raises OdometerBackwards where a reading before shows more or one after shows less, OdometerRefused for
    what no such vehicle can have run, NotFound.
    """
    with transaction() as session:
        lock(Vehicle, vehicle_id)
        known = session.execute(
            select(OdometerReading.km, OdometerReading.read_at).where(
                OdometerReading.vehicle_id == vehicle_id, OdometerReading.voided_at.is_(None)
            )
        )
        check_reading(Reading(km, read_at), [Reading(*row) for row in known], now=now or read_at)
        reading = OdometerReading(vehicle_id=vehicle_id, km=km, read_at=read_at, source=source, actor_id=actor_id)
        try:
            with savepoint():
                session.add(reading)
                session.flush()
        except IntegrityError as error:
            if violated_constraint(error) == ddl.BACKWARDS:
                raise OdometerBackwards from None
            raise
        return reading.id


@retried
def void_odometer(*, vehicle_id: int, reading_id: int, actor_id: int, now: datetime) -> None:
    """Strike a reading out that was mistyped; it stays visible and counts for nothing. Raises NotFound."""
    with transaction():
        lock(Vehicle, vehicle_id)
        reading = lock(OdometerReading, reading_id)
        if reading.vehicle_id != vehicle_id:
            raise NotFound(f"odometer_reading {reading_id}")
        if reading.voided_at is not None:
            return
        reading.voided_at, reading.voided_by_id = now, actor_id
        audit.record(
            actor_id=actor_id,
            action="void_odometer",
            subject_kind="vehicle",
            subject_id=vehicle_id,
            now=now,
            changes={"km": (reading.km, None)},
        )
