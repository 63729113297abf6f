"""The tables of carpooling."""

from __future__ import annotations

from mobility.carpool.models.hubs import CarpoolHub
from mobility.carpool.models.index import KEPT_WHILE_OFFERED, IndexedTrip, TripRevision
from mobility.carpool.models.interop import CarpoolBooking, CarpoolMessage, CarpoolOperator
from mobility.carpool.models.journeys import CarpoolException, CarpoolOffer, CarpoolRequest
from mobility.carpool.models.matches import CarpoolEvent, CarpoolMatch, CarpoolRide, CarpoolTrip
from mobility.carpool.models.members import CarpoolBlock, CarpoolMember, CarpoolReport

__all__ = [
    "KEPT_WHILE_OFFERED",
    "CarpoolBlock",
    "CarpoolBooking",
    "CarpoolEvent",
    "CarpoolException",
    "CarpoolHub",
    "CarpoolMatch",
    "CarpoolMember",
    "CarpoolMessage",
    "CarpoolOffer",
    "CarpoolOperator",
    "CarpoolReport",
    "CarpoolRequest",
    "CarpoolRide",
    "CarpoolTrip",
    "IndexedTrip",
    "TripRevision",
]
