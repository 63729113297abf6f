"""How entries and exits write themselves: journal kinds, messages. No database."""

from __future__ import annotations

from mobility.journal import kinds
from mobility.participation.rules.exits import OUTCOME_LABELS, Outcome

DEPARTURE = "departure"

LEFT = "departure.left"
PROVEN = "departure.proven"
RETURNED = "departure.returned"

_KINDS = (
    (PROVEN, "Sortie justifiée", "file-earmark-check"),
    (RETURNED, "De retour dans l’accompagnement, depuis le %(returned_on)s", "arrow-return-left"),
)


def left_kind(outcome: Outcome) -> str:
    """Return the journal's kind of an exit: the journal keeps codes and says them by their kind."""
    return f"{LEFT}_{outcome.value}"


def declare_journal() -> None:
    """Declare how the journal's kinds read."""
    for outcome, label in OUTCOME_LABELS.items():
        words = label[0].lower() + label[1:]
        kinds.declare(left_kind(outcome), f"Sortie le %(left_on)s : {words}", "box-arrow-right")
    for kind, label, icon in _KINDS:
        kinds.declare(kind, label, icon)
