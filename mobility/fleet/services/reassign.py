"""Put a use on another vehicle, and tell the room that made it."""

from __future__ import annotations

from datetime import datetime

from mobility.accounts import audit
from mobility.core.db import lock, transaction
from mobility.core.errors import NotFound, RuleViolation
from mobility.core.retry import retried
from mobility.fleet import hooks
from mobility.fleet.models import VehicleReservation
from mobility.fleet.queries import replacements
from mobility.fleet.services.reservations import move_reservation


@retried
def reassign(
    *, reservation_id: int, from_vehicle_id: int, vehicle_id: int, actor_id: int | None, now: datetime
) -> None:
    """Move one reservation that has not begun from a vehicle to another of the same desk and category.

    Raises RuleViolation where it began, is over, or the other vehicle does not fit; VehicleTaken; NotFound.
    """
    with transaction():
        reservation = lock(VehicleReservation, reservation_id)
        if reservation.vehicle_id != from_vehicle_id:
            raise NotFound(f"vehicle_reservation {reservation_id}")
        if reservation.starts_at <= now:
            raise RuleViolation(
                "Cette utilisation a déjà commencé : attendez le retour du véhicule.", code="reservation_begun"
            )
        if vehicle_id not in {facts.id for facts in replacements(reservation)}:
            raise RuleViolation(
                "Ce véhicule ne peut pas remplacer l’autre sur ces dates. Choisissez-en un de la liste.",
                code="no_replacement",
            )
        move_reservation(reservation_id=reservation_id, vehicle_id=vehicle_id, now=now)
        owner = hooks.owner_of(reservation.kind)
        if owner is not None:
            owner.vehicle_changed(reservation_id=reservation_id, vehicle_id=vehicle_id, actor_id=actor_id, now=now)
        audit.record(
            actor_id=actor_id,
            action="reassign",
            subject_kind="vehicle",
            subject_id=from_vehicle_id,
            now=now,
            changes={"vehicle_id": (from_vehicle_id, vehicle_id)},
        )
