"""How matches and their days write themselves: journal kinds and messages. No database."""

from __future__ import annotations

from typing import Any

from mobility.journal import kinds
from mobility.notifications import templates

AGREED, ASKED, NEWS, DAY_CANCELLED = "carpool_agreed", "carpool_asked", "carpool_news", "carpool_day_cancelled"

_KINDS = (
    ("driver_agrees", "Covoiturage : la personne qui conduit est d’accord", "hand-thumbs-up"),
    ("passenger_agrees", "Covoiturage : le passager est d’accord", "hand-thumbs-up"),
    ("refuse", "Covoiturage proposé : refusé", "hand-thumbs-down"),
    ("expire", "Covoiturage proposé : resté sans réponse", "hourglass-bottom"),
    ("confirm", "Covoiturage confirmé après l’essai", "check-circle"),
    ("change", "Covoiturage modifié", "calendar-range"),
    ("suspend", "Covoiturage en pause", "pause-circle"),
    ("resume", "Covoiturage repris", "play-circle"),
    ("end", "Covoiturage terminé", "x-circle"),
    ("cancel_day", "Covoiturage : trajet de %(pickup_at)s annulé", "calendar-x"),
    ("attend", "Covoiturage : présence notée", "check2-square"),
    ("report", "Covoiturage : problème signalé", "exclamation-triangle"),
)


def declare_journal() -> None:
    """Declare how the journal's kinds read."""
    for act, label, icon in _KINDS:
        kinds.declare(f"carpool.{act}", label, icon)


_DESK: dict[str, Any] = {
    "place": "Denain",
    "phone": "03 27 00 00 00",
    "link": "https://mobilite.example/c/eyJwIjp7Im0iOjEyMzQsInMiOjF9LCJlIjoxNzk1NjAwMDAwfQ.abcdefghijklmnopqrstuvw_x/accords/123",
}


def declare_messages() -> None:
    """Declare the messages of matches and of their days."""
    templates.declare(ASKED, "Covoiturage : une réponse est attendue", {**_DESK, "drives": True, "when": ""})
    templates.declare(
        AGREED,
        "Covoiturage : les deux sont d’accord",
        {
            **_DESK,
            "drives": False,
            "other": "Sophie Lemaire",
            "other_phone": "+33612345678",
            "when": "mardi 24 novembre à 4 h 12",
            "where": "Mairie de Raismes",
            "until": "1er décembre",
        },
        # Who, where and when in one message: nobody should have to open a link in the street.
        long_sms=True,
    )
    templates.declare(NEWS, "Covoiturage : du nouveau", {**_DESK, "what": "Votre covoiturage est en pause."})
    templates.declare(
        DAY_CANCELLED,
        "Covoiturage : un trajet est annulé",
        {
            **_DESK,
            "what": "La personne qui vous emmène ne peut pas venir. L’aller est annulé : mardi 24 novembre à 4 h 12",
            "instead": "Une conductrice peut vous emmener, passe vers 4 h 20 près de Raismes",
        },
        # What falls through and what carries instead, in one message.
        long_sms=True,
    )
