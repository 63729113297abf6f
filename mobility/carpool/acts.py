"""How the acts of offers and requests read in a journal, and the messages that go out."""

from __future__ import annotations

from mobility.journal import kinds
from mobility.notifications import templates

JOINED, LEFT = "carpool.joined", "carpool.left"
OFFERED, ASKED = "carpool.offered", "carpool.asked"
CLOSED = "carpool.journey_closed"
LINK_SENT = "carpool_link"
SUBJECT_MEMBER = "carpool_member"

_LINK = "https://mobilite.example/c/eyJwIjp7Im0iOjEyMzQsInMiOjF9LCJlIjoxNzk1NjAwMDAwfQ.abcdefghijklmnopqrstuvw_x"


def declare_journal() -> None:
    """Declare the kinds of the journal."""
    kinds.declare(JOINED, "Participe au covoiturage", "people")
    kinds.declare(LEFT, "Ne participe plus au covoiturage", "person-dash")
    kinds.declare(OFFERED, "Propose un trajet en covoiturage", "car-front")
    kinds.declare(ASKED, "Cherche un covoiturage", "search")
    kinds.declare(CLOSED, "Offre ou demande de covoiturage terminée", "x-circle")


def declare_messages() -> None:
    """Declare the messages of offers and requests."""
    templates.declare(
        LINK_SENT, "Lien de sa page de covoiturage", {"place": "Denain", "phone": "03 27 00 00 00", "link": _LINK}
    )
