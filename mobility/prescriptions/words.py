"""How prescriptions write themselves: journal kinds and messages. No database."""

from __future__ import annotations

from typing import Any

from mobility.journal import kinds
from mobility.notifications import templates
from mobility.prescriptions.rules.states import ACTION_ICONS, REOPENINGS, Action

SUBJECT = "prescription"
REFERENT = "outside_referent"
REFERENT_ADDED, REFERENT_CHANGED, REFERENT_ENDED = "referent.add", "referent.change", "referent.end"

JOURNAL: dict[Action, str] = {
    Action.ASSIGN: "Orientation prise en charge par quelqu’un d’autre",
    Action.ACCEPT: "Orientation acceptée, reçue le %(received_on)s",
    Action.BOOK: "Premier rendez-vous fixé %(meeting_at)s",
    Action.MOVE: "Premier rendez-vous déplacé %(meeting_at)s",
    Action.UNBOOK: "Premier rendez-vous annulé",
    Action.START: "Premier rendez-vous tenu %(met_on)s",
    Action.CLOSE: "Orientation terminée",
    **dict.fromkeys(REOPENINGS, "Orientation rouverte"),
}


def journal_kind(action: Action) -> str:
    """Return the kind under which journal and audit keep an action."""
    return f"prescription.{action.value}"


def declare_journal() -> None:
    """Declare how the journal's kinds read."""
    for action, label in JOURNAL.items():
        kinds.declare(journal_kind(action), label, ACTION_ICONS[action])
    kinds.declare(REFERENT_ADDED, "Référent extérieur noté", "person-plus")
    kinds.declare(REFERENT_CHANGED, "Référent extérieur : ce qu’il peut savoir a changé", "person-gear")
    kinds.declare(REFERENT_ENDED, "Référent extérieur : ne suit plus la personne", "person-dash")


_PLACE: dict[str, Any] = {"place": "Denain", "phone": "03 27 39 81 02"}
_URL = "https://mobilite.example/orientation/suivi/eyJwIjp7InAiOjEyfSwiZSI6MX0.abcdefghijklmnop"


def declare_messages() -> None:
    """Declare the messages of prescriptions: to the person, and to whoever sent them."""
    declare = templates.declare
    declare(
        "prescription_received",
        "Orientation reçue (à la personne)",
        {**_PLACE, "organisation": "Mission locale", "before": "mardi 22 décembre", "url": _URL},
    )
    declare(
        "prescription_accepted",
        "Orientation acceptée (à la personne)",
        _PLACE,
    )
    declare(
        "prescription_meeting",
        "Premier rendez-vous (à la personne)",
        {**_PLACE, "when": "mardi 1er décembre à 14 h 30", "address": "3 place Wilson, 59220 Denain"},
    )
    declare(
        "prescription_unbooked",
        "Premier rendez-vous annulé (à la personne)",
        {**_PLACE, "when": "mardi 1er décembre à 14 h 30"},
    )
    declare("prescription_moved", "Orientation confiée à une autre antenne (à la personne)", _PLACE)
    declare(
        "prescription_refused",
        "Orientation refusée (à la personne)",
        {**_PLACE, "reason": "La personne habite hors de notre territoire", "note": "Le CCAS de Lens peut vous aider."},
        long_sms=True,  # the note is the desk's own words
    )
    declare("prescription_ended", "Orientation terminée (à la personne)", _PLACE)
    declare("prescription_reopened", "Orientation rouverte (à la personne)", _PLACE)
    declare(
        "prescription_draft",
        "Brouillon d’orientation (au prescripteur)",
        {"before": "mardi 8 décembre", "url": _URL.replace("suivi", "brouillon")},
    )
    sent = {**_PLACE, "number": 123, "url": _URL}
    declare("prescription_receipt", "Orientation reçue (au prescripteur)", sent)
    declare(
        "prescription_question",
        "Informations manquantes (au prescripteur)",
        {**sent, "what": "Le téléphone de la personne", "note": "Le numéro donné ne répond pas."},
    )
    declare(
        "prescription_refused_sender",
        "Orientation refusée (au prescripteur)",
        {**sent, "reason": "Hors de notre territoire", "note": "Le CCAS de Lens peut l’aider."},
        long_sms=True,  # the note is the desk's own words
    )
    declare(
        "prescription_followed",
        "Orientation commencée ou terminée (au prescripteur)",
        {**sent, "word": "terminée", "detail": "Emploi trouvé ou gardé"},
        long_sms=True,  # the outcome, where the person agrees that it is told
    )
    declare(
        "referent_told",
        "Nouvelle d’une personne (à un référent extérieur)",
        {**_PLACE, "initials": "N. L.", "word": "commencé", "detail": "premier rendez-vous mardi 1er décembre"},
        long_sms=True,  # the step, where the person agrees that it is told
    )
    declare(
        "prescription_step",
        "Étape d’une orientation, avec l’accord de la personne (au prescripteur)",
        {**sent, "detail": "premier rendez-vous mardi 1er décembre à 14 h 30"},
        long_sms=True,  # the step, where the person agrees that it is told
    )
