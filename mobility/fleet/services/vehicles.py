"""Create, describe, retire and transfer vehicles."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import date, datetime

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from mobility.accounts import audit
from mobility.core.clock import day_of, start_of
from mobility.core.db import check_version, load, lock, savepoint, transaction, violated_constraint
from mobility.core.retry import retried
from mobility.desks.models import Desk
from mobility.documents import services as documents
from mobility.documents.services import Prepared
from mobility.fleet.errors import PlateAlreadyUsed, ReservationsAhead, WrongVehicle
from mobility.fleet.kinds import CYCLES, Category, CritAir, Energy, Equipment, Gearbox, OdometerSource
from mobility.fleet.models import Vehicle, VehicleTransfer
from mobility.fleet.plates import normalise_marking, normalise_plate
from mobility.fleet.queries import promises_ahead
from mobility.fleet.rules import check_vehicle, licence_needed
from mobility.fleet.services.odometer import record_odometer
from mobility.fleet.services.reassign import reassign


@dataclass(frozen=True, slots=True, kw_only=True)
class Description:
    """What is written about a vehicle, as it is typed."""

    category: Category
    make: str
    model: str
    energy: Energy
    gearbox: Gearbox
    seats: int
    plate: str = ""
    marking: str = ""
    fiscal_power_cv: int | None = None
    critair: CritAir | None = None
    equipment: tuple[Equipment, ...] = ()
    first_registered_on: date | None = None
    insurer_min_age_years: int | None = None
    insurer_min_seniority_months: int | None = None
    note: str = ""


@retried
def create_vehicle(
    *,
    desk_id: int,
    description: Description,
    odometer_km: int | None = None,
    actor_id: int | None,
    now: datetime,
) -> int:
    """Add a vehicle to the fleet of a desk.

    Raises WrongPlate, WrongVehicle, PlateAlreadyUsed, OdometerRefused, NotFound (the desk).
    """
    with transaction() as session:
        load(Desk, desk_id)
        vehicle = Vehicle(
            desk_id=desk_id,
            created_at=now,
            **_columns(description, today=day_of(now)),
        )
        _write(session, vehicle)
        if odometer_km is not None:
            record_odometer(
                vehicle_id=vehicle.id,
                km=odometer_km,
                read_at=now,
                source=OdometerSource.OFFICER,
                actor_id=actor_id,
                now=now,
            )
        audit.record(actor_id=actor_id, action="create", subject_kind="vehicle", subject_id=vehicle.id, now=now)
        return vehicle.id


@retried
def edit_vehicle(
    *, vehicle_id: int, description: Description, version: int | None, actor_id: int | None, now: datetime
) -> None:
    """Rewrite the description. The category stays: another category is another vehicle.

    Raises StaleVersion, WrongPlate, WrongVehicle, PlateAlreadyUsed, NotFound.
    """
    with transaction() as session:
        vehicle = lock(Vehicle, vehicle_id)
        check_version(vehicle, version)
        if description.category is not vehicle.category:
            raise WrongVehicle(
                "Le type d’un véhicule ne change pas. Sortez-le du parc, puis créez-en un autre.", field="category"
            )
        columns = _columns(description, today=day_of(now))
        changes = {name: (getattr(vehicle, name), value) for name, value in columns.items()}
        _write(session, vehicle, columns)
        audit.record(
            actor_id=actor_id, action="edit", subject_kind="vehicle", subject_id=vehicle_id, now=now, changes=changes
        )


@retried
def set_photo(*, vehicle_id: int, prepared: Prepared | None, actor_id: int | None, now: datetime) -> None:
    """Show another photo, or none; the one before is erased. Raises NotFound."""
    with transaction():
        vehicle = lock(Vehicle, vehicle_id)
        document_id = None if prepared is None else _store_photo(vehicle_id, prepared, actor_id, now)
        before, vehicle.photo_document_id = vehicle.photo_document_id, document_id
        if before is not None and before != document_id:
            documents.erase(document_id=before, actor_id=actor_id, now=now)
        audit.record(
            actor_id=actor_id,
            action="set_photo",
            subject_kind="vehicle",
            subject_id=vehicle_id,
            now=now,
            changes={"photo_document_id": (before, document_id)},
        )


def _store_photo(vehicle_id: int, prepared: Prepared, actor_id: int | None, now: datetime) -> int:
    return documents.store(
        prepared=prepared, kind="photo", owner_kind="vehicle", owner_id=vehicle_id, actor_id=actor_id, now=now
    )


@retried
def retire_vehicle(*, vehicle_id: int, retired_on: date, reason: str, actor_id: int | None, now: datetime) -> None:
    """Take the vehicle out of the fleet from that day on. Raises ReservationsAhead, WrongVehicle, NotFound."""
    with transaction():
        vehicle = lock(Vehicle, vehicle_id)
        if retired_on < day_of(vehicle.created_at):
            raise WrongVehicle("Ce véhicule est entré au parc après cette date. Vérifiez-la.", field="retired_on")
        ahead = promises_ahead(vehicle_id=vehicle_id, from_at=start_of(retired_on))
        if ahead:
            raise ReservationsAhead(tuple(ahead), field="retired_on")
        before = vehicle.retired_on
        vehicle.retired_on, vehicle.retired_reason = retired_on, reason
        audit.record(
            actor_id=actor_id,
            action="retire",
            subject_kind="vehicle",
            subject_id=vehicle_id,
            now=now,
            changes={"retired_on": (before, retired_on)},
        )


@retried
def bring_back(*, vehicle_id: int, actor_id: int | None, now: datetime) -> None:
    """Undo a retirement. Raises NotFound."""
    with transaction():
        vehicle = lock(Vehicle, vehicle_id)
        before, vehicle.retired_on = vehicle.retired_on, None
        vehicle.retired_reason = ""
        audit.record(
            actor_id=actor_id,
            action="bring_back",
            subject_kind="vehicle",
            subject_id=vehicle_id,
            now=now,
            changes={"retired_on": (before, None)},
        )


@retried
def transfer_vehicle(
    *,
    vehicle_id: int,
    to_desk_id: int,
    reason: str,
    actor_id: int | None,
    now: datetime,
    moves: Mapping[int, int] | None = None,
) -> None:
    """Give the vehicle another home desk, after the reservations in ``moves`` went to other vehicles.

    ``moves`` is {reservation id: vehicle id}; whatever still lies ahead refuses the transfer, and then nothing
    is moved. Raises ReservationsAhead, VehicleTaken, WrongVehicle, NotFound.
    """
    with transaction() as session:
        vehicle = lock(Vehicle, vehicle_id)
        load(Desk, to_desk_id)
        if vehicle.desk_id == to_desk_id:
            raise WrongVehicle("Ce véhicule est déjà dans cette antenne. Choisissez-en une autre.", field="to_desk_id")
        for reservation_id, other_id in sorted((moves or {}).items()):
            reassign(
                reservation_id=reservation_id,
                from_vehicle_id=vehicle_id,
                vehicle_id=other_id,
                actor_id=actor_id,
                now=now,
            )
        ahead = promises_ahead(vehicle_id=vehicle_id, from_at=now)
        if ahead:
            raise ReservationsAhead(tuple(ahead), field="to_desk_id")
        session.add(
            VehicleTransfer(
                vehicle_id=vehicle_id,
                from_desk_id=vehicle.desk_id,
                to_desk_id=to_desk_id,
                moved_at=now,
                actor_id=actor_id,
                reason=reason,
            )
        )
        audit.record(
            actor_id=actor_id,
            action="transfer",
            subject_kind="vehicle",
            subject_id=vehicle_id,
            now=now,
            changes={"desk_id": (vehicle.desk_id, to_desk_id)},
        )
        vehicle.desk_id = to_desk_id


def _columns(description: Description, *, today: date) -> dict[str, object]:
    """Return the columns of a coherent description. Raises WrongVehicle, WrongPlate."""
    check_vehicle(
        category=description.category,
        energy=description.energy,
        gearbox=description.gearbox,
        seats=description.seats,
        first_registered_on=description.first_registered_on,
        fiscal_power_cv=description.fiscal_power_cv,
        today=today,
    )
    columns: dict[str, object] = {item.name: getattr(description, item.name) for item in fields(description)}
    has_plate = description.category not in CYCLES or description.plate.strip()
    columns["plate"] = normalise_plate(description.plate, description.category) if has_plate else None
    columns["marking"] = normalise_marking(description.marking)
    columns["equipment"] = _codes(description.equipment)
    columns["licence_category"] = licence_needed(description.category)
    return columns


def _codes(equipment: Iterable[Equipment]) -> list[str]:
    return sorted({item.value for item in equipment})


def _write(session: Session, vehicle: Vehicle, columns: Mapping[str, object] | None = None) -> None:
    try:
        with savepoint():
            for name, value in (columns or {}).items():
                setattr(vehicle, name, value)
            session.add(vehicle)
            session.flush()
    except IntegrityError as error:
        constraint = violated_constraint(error)
        if constraint in {"uq_vehicle_plate", "vehicle.plate"}:
            raise PlateAlreadyUsed from None
        if constraint in {"uq_vehicle_marking", "vehicle.marking"}:
            raise PlateAlreadyUsed("Un autre vélo du parc porte déjà ce numéro de marquage.", field="marking") from None
        raise
