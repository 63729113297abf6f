"""Vehicles with their papers, as tests and the demo's tests need them. Use inside an application context."""

from __future__ import annotations

import itertools
from datetime import UTC, date, datetime, timedelta
from typing import Any

from mobility.core.db import transaction
from mobility.fleet.kinds import CYCLES, Category, Energy, Gearbox, OdometerSource, PaperKind, ReservationKind
from mobility.fleet.models import OdometerReading, Vehicle, VehiclePaper, VehicleReservation
from mobility.fleet.rules import licence_needed
from tests.factories.desks import make_desk

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
TODAY = date(2026, 11, 22)
_LETTERS = "ABCDEFGHJKLMNPQRTVWXYZ"
_serial = itertools.count(1)


def a_plate(number: int) -> str:
    """Return a valid SIV plate that differs for each number."""
    block, rest = divmod(number, 999)
    left, right = divmod(block, len(_LETTERS))
    return f"A{_LETTERS[left % len(_LETTERS)]}-{rest + 1:03}-B{_LETTERS[right]}"


def a_desk(name: str = "Denain", **values: Any) -> int:
    """Add a desk without hours or communes, so that a test gives it the ones that matter; returns its id."""
    return make_desk(name, days=(), serves=(), **values).id


def a_vehicle(desk_id: int, category: Category = Category.CAR, *, papers: bool = True, **values: Any) -> int:
    """Add a vehicle that can be lent (``papers=False``: nothing noted yet); returns its id."""
    cycle = category in CYCLES
    energy = {Category.BIKE: Energy.HUMAN, Category.EBIKE: Energy.ELECTRIC}.get(category, Energy.PETROL)
    known: dict[str, Any] = {
        "desk_id": desk_id,
        "category": category,
        "plate": None if cycle else a_plate(next(_serial)),
        "make": "Renault",
        "model": "Clio",
        "energy": energy,
        "gearbox": Gearbox.NONE if cycle else Gearbox.MANUAL,
        "seats": 1 if cycle else 2 if category in {Category.MOPED, Category.LIGHT_CAR} else 5,
        "equipment": [],
        "licence_category": licence_needed(category),
        "first_registered_on": None if cycle else date(2024, 3, 1),
        "created_at": NOW - timedelta(days=400),
    }
    with transaction() as session:
        vehicle = Vehicle(**{**known, **values})
        session.add(vehicle)
        session.flush()
        if papers and not cycle:
            session.add(
                VehiclePaper(
                    vehicle_id=vehicle.id,
                    kind=PaperKind.INSURANCE,
                    done_on=date(2026, 1, 1),
                    valid_until_on=date(2027, 12, 31),
                    added_at=NOW,
                )
            )
        return vehicle.id


def a_reservation(vehicle_id: int, start_at: datetime, end_at: datetime, **values: Any) -> int:
    """Write a reservation straight into the table; returns its id."""
    known: dict[str, Any] = {
        "vehicle_id": vehicle_id,
        "kind": ReservationKind.LOAN,
        "starts_at": start_at,
        "ends_at": end_at,
        "blocked_from_at": start_at,
        "blocked_until_at": end_at,
        "label": "",
        "created_at": NOW,
    }
    with transaction() as session:
        row = VehicleReservation(**{**known, **values})
        session.add(row)
        session.flush()
        return row.id


def a_reading(vehicle_id: int, km: int, read_at: datetime, **values: Any) -> int:
    """Write an odometer reading straight into the table; returns its id."""
    with transaction() as session:
        row = OdometerReading(
            **{
                "vehicle_id": vehicle_id,
                "km": km,
                "read_at": read_at,
                "source": OdometerSource.OFFICER,
                "actor_id": None,
                **values,
            }
        )
        session.add(row)
        session.flush()
        return row.id
