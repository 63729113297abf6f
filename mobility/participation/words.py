"""How entries and exits write themselves: journal kinds, messages. No database."""

from __future__ import annotations

from typing import Any

from mobility.journal import kinds
from mobility.notifications import templates
from mobility.participation.rules.exits import LATER_LABELS, OUTCOME_LABELS, Later, Outcome

DEPARTURE = "departure"
PARTICIPATION = "participation"
SNAPSHOT = "count_snapshot"

LEFT = "departure.left"
PROVEN = "departure.proven"
RETURNED = "departure.returned"
ASKED = "departure.asked"
ANSWERED = "departure.later"
ENTERED = "participation.entered"
ASKED_ENTRY = "participation.answers"
EVIDENCE = "participation.evidence"
FROZEN = "participation.counts_frozen"

_KINDS = (
    (PROVEN, "Sortie justifiée", "file-earmark-check"),
    (ASKED, "Question envoyée : « Que faites-vous aujourd’hui ? »", "envelope"),
    (ENTERED, "Entrée dans une opération le %(entered_on)s", "box-arrow-in-right"),
    (EVIDENCE, "Justificatif d’éligibilité vu (daté du %(dated_on)s)", "file-earmark-check"),
    (RETURNED, "De retour dans l’accompagnement, depuis le %(returned_on)s", "arrow-return-left"),
)


def left_kind(outcome: Outcome) -> str:
    """Return the journal's kind of an exit: the journal keeps codes and says them by their kind."""
    return f"{LEFT}_{outcome.value}"


def later_kind(later: Later) -> str:
    """Return the journal's kind of what the person says some months later."""
    return f"{ANSWERED}_{later.value}"


def declare_journal() -> None:
    """Declare how the journal's kinds read."""
    for outcome, label in OUTCOME_LABELS.items():
        words = label[0].lower() + label[1:]
        kinds.declare(left_kind(outcome), f"Sortie le %(left_on)s : {words}", "box-arrow-right")
    for later, label in LATER_LABELS.items():
        kinds.declare(later_kind(later), f"Après la sortie : {label[0].lower()}{label[1:]}", "chat-left-text")
    for kind, label, icon in _KINDS:
        kinds.declare(kind, label, icon)


_SAMPLE: dict[str, Any] = {
    "place": "Denain",
    "phone": "03 27 00 00 00",
    "link": "https://mobilite.example/six-mois/eyJwIjp7ImQiOjEyMzR9LCJlIjoxNzk1NjAwMDAwfQ.abcdefghijklmnopqrstuvw_x",
}


def declare_messages() -> None:
    """Declare the messages of the room."""
    templates.declare("departure_later", "Une question après la sortie", _SAMPLE)
