"""The pages of entries and exits."""

from mobility.participation.views import departures, entries, links, missing
from mobility.participation.views.blueprints import bp, links_bp

__all__ = ["bp", "departures", "entries", "links", "links_bp", "missing"]
