"""The use cases of the fleet, one transaction each."""

from mobility.fleet.services.odometer import record_odometer, void_odometer
from mobility.fleet.services.papers import add_paper, remove_paper
from mobility.fleet.services.reassign import reassign
from mobility.fleet.services.reservations import move_reservation, release, reserve
from mobility.fleet.services.stops import end_stop, stop_vehicle
from mobility.fleet.services.vehicles import (
    Description,
    bring_back,
    create_vehicle,
    edit_vehicle,
    retire_vehicle,
    set_photo,
    transfer_vehicle,
)

__all__ = [
    "Description",
    "add_paper",
    "bring_back",
    "create_vehicle",
    "edit_vehicle",
    "end_stop",
    "move_reservation",
    "reassign",
    "record_odometer",
    "release",
    "remove_paper",
    "reserve",
    "retire_vehicle",
    "set_photo",
    "stop_vehicle",
    "transfer_vehicle",
    "void_odometer",
]
