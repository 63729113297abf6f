"""The pages of loans: the desk's, the portal's, and those behind signed links."""

from mobility.loans.views import acts, booking, ends, links, lists, moves, policies, portal, portal_booking, rights
from mobility.loans.views.blueprints import bp, links_bp, portal_bp

__all__ = [
    "acts",
    "booking",
    "bp",
    "ends",
    "links",
    "links_bp",
    "lists",
    "moves",
    "policies",
    "portal",
    "portal_booking",
    "portal_bp",
    "rights",
]
