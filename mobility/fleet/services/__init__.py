"""The use cases of the fleet, one transaction each."""

from mobility.fleet.services.reservations import move_reservation, release, reserve

__all__ = ["move_reservation", "release", "reserve"]
