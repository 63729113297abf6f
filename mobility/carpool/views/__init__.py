"""The pages of carpooling: the desk's, the portal's, and those behind signed links."""

from mobility.carpool.views import journeys, members, outside, proposals, services
from mobility.carpool.views.blueprints import bp, links_bp, portal_bp

__all__ = ["bp", "journeys", "links_bp", "members", "outside", "portal_bp", "proposals", "services"]
