"""The message to somebody whose standing request has met an offer: its name and sample values. No database."""

from __future__ import annotations

from mobility.notifications import templates

FOUND = "carpool_found"


def declare_messages() -> None:
    """Declare the message."""
    templates.declare(
        FOUND,
        "Covoiturage trouvé",
        {
            "place": "Denain",
            "phone": "+33327000000",
            "words": "Une conductrice fait 6 minutes de plus, passe vers 4 h 10 près de Raismes, 4 jours sur 5",
            "link": "https://mobilite.example/mon-espace/covoiturage/demandes/1234/propositions",
        },
    )
