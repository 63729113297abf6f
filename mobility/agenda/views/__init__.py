"""The pages of the agenda."""

from mobility.agenda.views import (
    admin,
    booking,
    desk,
    earlier,
    feed,
    letters,
    links,
    planning,
    portal,
    resources,
    visits,
    ways,
)
from mobility.agenda.views.blueprints import bp, links_bp, portal_bp

__all__ = [
    "admin",
    "booking",
    "bp",
    "desk",
    "earlier",
    "feed",
    "letters",
    "links",
    "links_bp",
    "planning",
    "portal",
    "portal_bp",
    "resources",
    "visits",
    "ways",
]
