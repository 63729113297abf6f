"""How agreements write themselves: links, messages, journal kinds. No database. Messages name no loan."""

from __future__ import annotations

from typing import Any

from mobility.journal import kinds
from mobility.notifications import templates

LINK_PURPOSE = "microcredit-accord"
TO_SIGN, TO_SIGN_FOR = "credit_accord", "credit_accord_for"
LAID, SENT, SIGNED, BANK, KEPT, DROPPED = (
    f"microcredit.accord_{act}" for act in ("laid", "sent", "signed", "bank", "kept", "dropped")
)
_SAMPLE: dict[str, Any] = {
    "place": "Denain",
    "phone": "+33327000000",
    "link": "https://mobilite.example/accord/eyJwIjp7ImEiOjEyfSwiZSI6MX0.abcdefghijklmnopqrstuvwxyz0",
    "until": "mardi 15 décembre",
}


def declare() -> None:
    """Declare the messages and how the journal reads."""
    templates.declare(TO_SIGN, "Accord de remboursement à lire et signer", _SAMPLE)
    templates.declare(TO_SIGN_FOR, "Accord de remboursement à signer par un représentant", _SAMPLE)
    kinds.declare(LAID, "Accord de remboursement préparé", "pencil")
    kinds.declare(SENT, "Accord de remboursement envoyé à signer", "send")
    kinds.declare(SIGNED, "Accord de remboursement signé", "pen")
    kinds.declare(BANK, "Accord écrit de la banque reçu", "bank")
    kinds.declare(KEPT, "Plan amiable tenu jusqu’au bout", "check2-circle")
    kinds.declare(DROPPED, "Accord de remboursement laissé de côté", "x-circle")
