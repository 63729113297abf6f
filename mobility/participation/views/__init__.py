"""The pages of entries and exits."""

from mobility.participation.views import departures
from mobility.participation.views.blueprints import bp

__all__ = ["bp", "departures"]
