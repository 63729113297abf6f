"""The pages of carpooling: the desk's, the portal's, and those behind signed links."""

from mobility.carpool.views.blueprints import bp, links_bp, portal_bp

__all__ = ["bp", "links_bp", "portal_bp"]
