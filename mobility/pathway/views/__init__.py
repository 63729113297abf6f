"""The pages of the pathway."""

from mobility.pathway.views import journeys, links, objectives, person, portal, rosters, trying
from mobility.pathway.views.blueprint import bp

__all__ = ["bp", "journeys", "links", "objectives", "person", "portal", "rosters", "trying"]
