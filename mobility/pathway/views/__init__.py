"""The pages of the pathway."""

from mobility.pathway.views import objectives, person, portal, rosters
from mobility.pathway.views.blueprint import bp

__all__ = ["bp", "objectives", "person", "portal", "rosters"]
