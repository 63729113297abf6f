"""The pages of entries and exits."""

from mobility.participation.views import departures, links
from mobility.participation.views.blueprints import bp, links_bp

__all__ = ["bp", "departures", "links", "links_bp"]
