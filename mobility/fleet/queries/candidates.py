"""Vehicles as a booking sees them, in a number of queries that does not depend on how many there are."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta

from sqlalchemy import case, func, select

from mobility.core.clock import day_of
from mobility.core.db import db
from mobility.fleet.facts import Busy, VehicleFacts
from mobility.fleet.kinds import STOPS, Category, Equipment, Gearbox
from mobility.fleet.models import OdometerReading, Vehicle, VehicleReservation
from mobility.fleet.queries.papers import paper_facts
from mobility.fleet.queries.scope import in_desks
from mobility.fleet.rules import lendable_until

R = VehicleReservation
HORIZON = timedelta(days=75)


def list_candidates(
    *,
    desk_ids: Collection[int],
    category: Category | None,
    start_at: datetime,
    end_at: datetime,
    vehicle_ids: Collection[int] | None = None,
    exclude_reservation_id: int | None = None,
    horizon: timedelta = HORIZON,
) -> list[VehicleFacts]:
    """Return the vehicles of the desks as seen from the half-open window, ordered by id, in five queries.

    All are told, the taken and the unlendable too: the caller decides and explains. ``category=None`` means
    every category, ``vehicle_ids`` narrows the list, ``exclude_reservation_id`` is not counted as busy (to
    move or prolong it). ``end_at`` may hold the buffer of the loan to come; ``horizon`` is how far around the
    window ``nearby`` reaches.
    """
    first_on = day_of(start_at)
    query = select(Vehicle).where(
        in_desks(Vehicle.desk_id, desk_ids if isinstance(desk_ids, frozenset) else frozenset(desk_ids)),
        (Vehicle.retired_on.is_(None)) | (Vehicle.retired_on > first_on),
    )
    if category is not None:
        query = query.where(Vehicle.category == category)
    if vehicle_ids is not None:
        query = query.where(Vehicle.id.in_(sorted(vehicle_ids)))
    vehicles = db.session.scalars(query.order_by(Vehicle.id)).all()
    ids = [vehicle.id for vehicle in vehicles]
    papers = paper_facts(vehicles)
    nearby = _meeting(ids, start_at - horizon, end_at + horizon, exclude_reservation_id)
    around = _around(ids, start_at, end_at, exclude_reservation_id)
    odometers = odometers_of(ids)
    return [
        VehicleFacts(
            id=vehicle.id,
            desk_id=vehicle.desk_id,
            category=vehicle.category,
            plate=vehicle.plate,
            name=vehicle.name,
            energy=vehicle.energy,
            gearbox=vehicle.gearbox,
            seats=vehicle.seats,
            equipment=frozenset(Equipment(code) for code in vehicle.equipment),
            licence_category=vehicle.licence_category,
            insurer_min_age_years=vehicle.insurer_min_age_years,
            insurer_min_seniority_months=vehicle.insurer_min_seniority_months,
            lendable_until_on=lendable_until(papers[vehicle.id], first_on),
            odometer_km=odometers.get(vehicle.id),
            free_since_at=around.get(vehicle.id, (None, None))[0],
            free_until_at=around.get(vehicle.id, (None, None))[1],
            overlapping=tuple(
                block
                for block in nearby[vehicle.id]
                if block.blocked_from_at < end_at and block.blocked_until_at > start_at
            ),
            nearby=tuple(nearby[vehicle.id]),
        )
        for vehicle in vehicles
    ]


def busy(row: VehicleReservation) -> Busy:
    """Return the reservation as others see it."""
    return Busy(
        row.id,
        row.vehicle_id,
        row.kind,
        row.starts_at,
        row.ends_at,
        row.blocked_from_at,
        row.blocked_until_at,
        row.label,
    )


def _meeting(ids: list[int], start_at: datetime, end_at: datetime, exclude: int | None) -> dict[int, list[Busy]]:
    found: dict[int, list[Busy]] = defaultdict(list)
    query = select(R).where(
        R.vehicle_id.in_(ids), R.released_at.is_(None), R.blocked_from_at < end_at, R.blocked_until_at > start_at
    )
    if exclude is not None:
        query = query.where(R.id != exclude)
    for row in db.session.scalars(query.order_by(R.blocked_from_at)):
        found[row.vehicle_id].append(busy(row))
    return found


def _around(
    ids: list[int], start_at: datetime, end_at: datetime, exclude: int | None
) -> dict[int, tuple[datetime | None, datetime | None]]:
    """Return for each vehicle the nearest end before the window and the nearest start after it."""
    query = (
        select(
            R.vehicle_id,
            func.max(case((R.blocked_until_at <= start_at, R.blocked_until_at))),
            func.min(case((R.blocked_from_at >= end_at, R.blocked_from_at))),
        )
        .where(R.vehicle_id.in_(ids), R.released_at.is_(None))
        .group_by(R.vehicle_id)
    )
    if exclude is not None:
        query = query.where(R.id != exclude)
    return {vehicle_id: (before, after) for vehicle_id, before, after in db.session.execute(query)}


def odometers_of(vehicle_ids: Iterable[int]) -> dict[int, int]:
    """Return the last reading of each vehicle that has one. Readings never fall, so it is the highest."""
    rows = db.session.execute(
        select(OdometerReading.vehicle_id, func.max(OdometerReading.km))
        .where(OdometerReading.vehicle_id.in_(list(vehicle_ids)), OdometerReading.voided_at.is_(None))
        .group_by(OdometerReading.vehicle_id)
    )
    return {row[0]: row[1] for row in rows}


def reservations_ahead(*, vehicle_id: int, from_at: datetime, until_at: datetime | None = None) -> list[Busy]:
    """Return what blocks the vehicle in the half-open window (without end if None), soonest first."""
    query = select(R).where(R.vehicle_id == vehicle_id, R.released_at.is_(None), R.blocked_until_at > from_at)
    if until_at is not None:
        query = query.where(R.blocked_from_at < until_at)
    return [busy(row) for row in db.session.scalars(query.order_by(R.blocked_from_at))]


def promises_ahead(*, vehicle_id: int, from_at: datetime) -> list[Busy]:
    """Return what others count on from an instant on, soonest first: all uses but the vehicle's own stops."""
    return [use for use in reservations_ahead(vehicle_id=vehicle_id, from_at=from_at) if use.kind not in STOPS]


def replacements(reservation: VehicleReservation) -> list[VehicleFacts]:
    """Return the vehicles of the same desk and category that could carry the use instead, in six queries."""
    vehicle = db.session.get_one(Vehicle, reservation.vehicle_id)
    return [
        facts
        for facts in list_candidates(
            desk_ids={vehicle.desk_id},
            category=vehicle.category,
            start_at=reservation.blocked_from_at,
            end_at=reservation.blocked_until_at,
            exclude_reservation_id=reservation.id,
        )
        if facts.id != vehicle.id
        and facts.is_free
        and facts.can_cover(day_of(reservation.ends_at))
        and _carries_as_much(facts, vehicle)
    ]


def replacements_for(vehicle_id: int, uses: Sequence[Busy]) -> dict[int, list[VehicleFacts]]:
    """Return for each use the vehicles that could carry it instead, in six queries whatever their number.

    A vehicle whose papers do not hold from the first use to the end of the one in question is left out.
    """
    vehicle = db.session.get_one(Vehicle, vehicle_id)
    if not uses:
        return {}
    found = list_candidates(
        desk_ids={vehicle.desk_id},
        category=vehicle.category,
        start_at=min(use.blocked_from_at for use in uses),
        end_at=max(use.blocked_until_at for use in uses),
    )
    others = [facts for facts in found if facts.id != vehicle_id and _carries_as_much(facts, vehicle)]
    return {
        use.reservation_id: [
            facts
            for facts in others
            if facts.can_cover(day_of(use.ends_at))
            and not any(
                block.blocked_from_at < use.blocked_until_at and block.blocked_until_at > use.blocked_from_at
                for block in facts.overlapping
            )
        ]
        for use in uses
    }


def _carries_as_much(facts: VehicleFacts, vehicle: Vehicle) -> bool:
    """Tell whether whoever may drive the one may drive the other: gearbox and the insurer's conditions."""
    return (
        (facts.gearbox is vehicle.gearbox or facts.gearbox is Gearbox.AUTOMATIC)
        and (facts.insurer_min_age_years or 0) <= (vehicle.insurer_min_age_years or 0)
        and (facts.insurer_min_seniority_months or 0) <= (vehicle.insurer_min_seniority_months or 0)
    )
