"""The pages of carpooling: the desk's, the portal's, and those behind signed links."""

from mobility.carpool.views import (
    agreements,
    crews,
    hubs,
    journeys,
    members,
    outside,
    proposals,
    services,
    statements,
    trips,
)
from mobility.carpool.views.blueprints import bp, links_bp, portal_bp

__all__ = [
    "agreements",
    "bp",
    "crews",
    "hubs",
    "journeys",
    "links_bp",
    "members",
    "outside",
    "portal_bp",
    "proposals",
    "services",
    "statements",
    "trips",
]
