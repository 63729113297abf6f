"""The pages of carpooling: the desk's, the portal's, and those behind signed links."""

<<<<<<< HEAD
from mobility.carpool.views import (
    agreements,
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
=======
from mobility.carpool.views import hubs, journeys, members, outside, proposals, services
from mobility.carpool.views.blueprints import bp, links_bp, portal_bp

__all__ = ["bp", "hubs", "journeys", "links_bp", "members", "outside", "portal_bp", "proposals", "services"]
>>>>>>> ccf6a73 (Let employers' staff offer a seat by the poster of their site; managers keep the sites)
