"""The use cases of carpooling, one transaction each."""

from mobility.carpool.services.hubs import archive_hub, offer_by_hub, revoke_poster, save_hub
from mobility.carpool.services.journeys import (
    add_exception,
    change_journey,
    close_past,
    move_journey,
    open_journey,
    remove_exception,
)
from mobility.carpool.services.members import Self, ask_by_hub, check_papers, join, move, register, say, send_link
from mobility.carpool.services.trips_index import (
    DROPPED_KEPT,
    PAST_KEPT,
    OfferedTrip,
    drop_trips,
    put_trips,
    tidy_trips,
)

__all__ = [
    "DROPPED_KEPT",
    "PAST_KEPT",
    "OfferedTrip",
    "Self",
    "add_exception",
    "archive_hub",
    "ask_by_hub",
    "change_journey",
    "check_papers",
    "close_past",
    "drop_trips",
    "join",
    "move",
    "move_journey",
    "offer_by_hub",
    "open_journey",
    "put_trips",
    "register",
    "remove_exception",
    "revoke_poster",
    "save_hub",
    "say",
    "send_link",
    "tidy_trips",
]
