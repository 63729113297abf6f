"""How the diagnosis writes itself: journal kinds, messages, the lines of other rooms' pages. No database."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from mobility.diagnosis.barriers import LABELS
from mobility.diagnosis.queries import Standing
from mobility.journal import kinds
from mobility.notifications import templates

SUBJECT = "diagnosis"

STARTED = "diagnosis.started"
INVITED = "diagnosis.invited"
PREPARED = "diagnosis.prepared"
OVERRIDDEN = "diagnosis.overridden"
FINISHED = "diagnosis.finished"
REOPENED = "diagnosis.reopened"
ABANDONED = "diagnosis.abandoned"
ANSWERED = "diagnosis.answered"

_KINDS = (
    (STARTED, "Diagnostic commencé", "clipboard"),
    (INVITED, "Questions du diagnostic envoyées à la personne", "envelope"),
    (PREPARED, "La personne a préparé son diagnostic", "person-check"),
    (OVERRIDDEN, "Note du diagnostic changée par le conseiller", "pencil"),
    (FINISHED, "Diagnostic terminé", "clipboard-check"),
    (REOPENED, "Diagnostic rouvert", "arrow-counterclockwise"),
    (ABANDONED, "Diagnostic arrêté", "x-circle"),
)


def declare_journal() -> None:
    """Declare how the journal's kinds read."""
    for kind, label, icon in _KINDS:
        kinds.declare(kind, label, icon)


_SAMPLE: dict[str, Any] = {
    "place": "Denain",
    "phone": "03 27 00 00 00",
    "link": "https://mobilite.example/preparer/eyJwIjp7ImQiOjEyMzR9LCJlIjoxNzk1NjAwMDAwfQ.abcdefghijklmnopqrstuvw_x",
}


def declare_messages() -> None:
    """Declare the messages of the room."""
    templates.declare("diagnosis_prepare", "Questions à préparer", _SAMPLE)


@dataclass(frozen=True)
class CardLine:
    """A barrier on the person's page."""

    label: str
    tone: str


CARD_LINES = 4
TONES = {1: "info", 2: "warning", 3: "danger"}


def card_of(standing: Standing) -> list[CardLine]:
    """Return the heaviest barriers of the last diagnosis, for the person's page."""
    found = standing.last.barriers if standing.last else ()
    return [CardLine(LABELS[one.barrier], TONES[one.severity]) for one in found[:CARD_LINES]]
