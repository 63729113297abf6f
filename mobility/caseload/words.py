"""How the room writes itself: journal kinds, messages. No database."""

from __future__ import annotations

from mobility.journal import kinds
from mobility.notifications import templates
from mobility.people.kinds import PHASE_LABELS, Phase

SUBJECT = "person"
MOVED_DESK = "caseload.moved_desk"
REFERENT = "caseload.referent_changed"
HANDOVER = "caseload.handover_written"
HANDOVER_READ = "caseload.handover_read"
REFERENT_MESSAGE = "referent_changed"


def phase_kind(phase: Phase) -> str:
    """Return the journal's kind for a phase that begins."""
    return f"caseload.phase_{phase.value}"


def declare() -> None:
    """Declare how the journal's kinds read, and the message."""
    for phase, label in PHASE_LABELS.items():
        kinds.declare(phase_kind(phase), f"Phase : {label}, à partir du %(since_on)s", "signpost-split")
    kinds.declare(MOVED_DESK, "Dossier transféré à une autre antenne", "arrow-left-right")
    kinds.declare(REFERENT, "Nouveau conseiller référent", "person-check")
    kinds.declare(HANDOVER, "Note de passation écrite", "journal-arrow-down")
    kinds.declare(HANDOVER_READ, "Note de passation lue", "journal-check")
    templates.declare(
        REFERENT_MESSAGE,
        "Nouveau conseiller",
        {
            "adviser": "Claire Dupont",
            "place": "Denain",
            "address": "12 rue de Villars, 59220 Denain",
            "phone": "+33327000000",
        },
    )
