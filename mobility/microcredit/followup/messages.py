"""The messages of the follow-up. They name no loan: a telephone may be shared."""

from __future__ import annotations

from mobility.notifications import templates

CALL_US = "credit_call_us"


def declare() -> None:
    """Declare the messages."""
    templates.declare(
        CALL_US,
        "Micro-crédit : appeler l’antenne",
        {"place": "Denain", "phone": "+33327000000", "until": "vendredi 5 février"},
    )
