"""The use cases of the agenda. Other rooms call ``book``."""

from mobility.agenda.services.booking import book, cancel, cancel_workshop, create_workshop, join, move
from mobility.agenda.services.closing import Next, close
from mobility.agenda.services.common import note_act
from mobility.agenda.services.earlier import (
    accept_offer,
    ask_earlier,
    decline_offer,
    find_wish,
    get_offer,
    stop_waiting,
    withdraw_offer,
)
from mobility.agenda.services.interpreting import set_interpreter
from mobility.agenda.services.invitations import invite_again, invite_person
from mobility.agenda.services.offering import offer_earlier
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
from mobility.agenda.services.resources import (
    InterpreterValues,
    add_room,
    archive_interpreter,
    archive_room,
    ask_after_visits,
    save_interpreter,
    say_back,
)
from mobility.agenda.services.ways import say_reach

__all__ = [
    "InterpreterValues",
    "Next",
    "TypeValues",
    "accept_offer",
    "add_absence",
    "add_opening",
    "add_room",
    "add_standard_types",
    "archive_interpreter",
    "archive_room",
    "archive_type",
    "ask_after_visits",
    "ask_earlier",
    "book",
    "cancel",
    "cancel_workshop",
    "close",
    "create_workshop",
    "decline_offer",
    "find_wish",
    "get_offer",
    "invite_again",
    "invite_person",
    "join",
    "move",
    "note_act",
    "offer_earlier",
    "remove_absence",
    "save_interpreter",
    "save_type",
    "say_back",
    "say_reach",
    "set_interpreter",
    "stop_opening",
    "stop_waiting",
    "withdraw_offer",
]
