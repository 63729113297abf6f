"""The pages of entries and exits."""

from mobility.participation.views import counts, departures, entries, links, missing
from mobility.participation.views.blueprints import bp, links_bp

__all__ = ["bp", "counts", "departures", "entries", "links", "links_bp", "missing"]
