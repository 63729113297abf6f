"""The pages of prescriptions: the team's inbox, the prescribers' own pages, and those behind links."""

from mobility.prescriptions.views import decisions, imports, inbox, links, meetings, organisations, own, referents
from mobility.prescriptions.views.blueprints import bp, links_bp, own_bp

__all__ = [
    "bp",
    "decisions",
    "imports",
    "inbox",
    "links",
    "links_bp",
    "meetings",
    "organisations",
    "own",
    "own_bp",
    "referents",
]
