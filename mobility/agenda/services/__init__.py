"""The use cases of the agenda. Other rooms call ``book``."""

from mobility.agenda.services.booking import book, cancel, create_workshop, join, move
from mobility.agenda.services.closing import Next, close
from mobility.agenda.services.invitations import invite_again, invite_person
from mobility.agenda.services.openings import (
    TypeValues,
    add_absence,
    add_opening,
    add_standard_types,
    archive_type,
    remove_absence,
    save_type,
    stop_opening,
)

__all__ = [
    "Next",
    "TypeValues",
    "add_absence",
    "add_opening",
    "add_standard_types",
    "archive_type",
    "book",
    "cancel",
    "close",
    "create_workshop",
    "invite_again",
    "invite_person",
    "join",
    "move",
    "remove_absence",
    "save_type",
    "stop_opening",
]
