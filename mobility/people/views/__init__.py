"""The pages of people. ``bp`` carries them all; each module adds its routes."""

from mobility.people.views import (
    around,
    contacts,
    create,
    documents,
    files,
    merge,
    notes,
    papers,
    portal,
    protection,
    representatives,
    retention,
    rights,
)
from mobility.people.views.base import bp

__all__ = [
    "around",
    "bp",
    "contacts",
    "create",
    "documents",
    "files",
    "merge",
    "notes",
    "papers",
    "portal",
    "protection",
    "representatives",
    "retention",
    "rights",
]
