"""The pages of the diagnosis."""

from mobility.diagnosis.views import desk, links, portal, results
from mobility.diagnosis.views.blueprints import bp, links_bp, portal_bp

__all__ = ["bp", "desk", "links", "links_bp", "portal", "portal_bp", "results"]
