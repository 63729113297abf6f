"""What a professional outside of the platform, who follows the person too, is told. Pure."""

from __future__ import annotations

from enum import StrEnum


class Sees(StrEnum):
    """What the person agrees that a referent is told."""

    NOTHING = "nothing"
    STEPS = "steps"
    DETAILS = "details"


SEES_LABELS = {
    Sees.NOTHING: "Rien : nous savons seulement qu’il existe",
    Sees.STEPS: "Les étapes : reçu, commencé, terminé",
    Sees.DETAILS: "Les étapes, la date du premier rendez-vous et comment cela se termine",
}
# What the person reads in their own space.
SEES_WORDS = {
    Sees.NOTHING: "Nous ne lui disons rien.",
    Sees.STEPS: "Nous lui disons seulement : reçu, commencé ou terminé.",
    Sees.DETAILS: "Nous lui disons les étapes, la date du premier rendez-vous et comment cela se termine.",
}


def is_told(sees: Sees, *, detail: bool) -> bool:
    """Tell whether a referent hears of an event; ``detail``: one of those between two steps."""
    return sees is Sees.DETAILS or (sees is Sees.STEPS and not detail)
