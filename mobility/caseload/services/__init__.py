"""The use cases of the room; each is one transaction, or joins the caller's."""

from mobility.caseload.services.absences import Choice, treat_appointment
from mobility.caseload.services.handover import read_handover, write_handover
from mobility.caseload.services.phases import follow_event, set_phase
from mobility.caseload.services.transfers import note_desk_move, reassign, transfer

__all__ = [
    "Choice",
    "follow_event",
    "note_desk_move",
    "read_handover",
    "reassign",
    "set_phase",
    "transfer",
    "treat_appointment",
    "write_handover",
]
