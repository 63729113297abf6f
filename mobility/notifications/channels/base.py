"""What every channel offers, and how it says that it could not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from mobility.notifications.kinds import Outcome


@dataclass(frozen=True, slots=True)
class Envelope:
    """One message to one address, ready to leave. An SMS has neither subject nor HTML."""

    to: str
    text: str
    message_id: str
    subject: str = ""
    html: str = ""
    unsubscribe_url: str | None = None
    neutral: bool = False


class DeliveryError(Exception):
    """The message was not taken. ``outcome`` says whether trying again can help; ``detail`` holds no address."""

    def __init__(self, outcome: Outcome, detail: str) -> None:
        super().__init__(detail)
        self.outcome = outcome
        self.detail = detail[:300]


class DeliveryChannel(Protocol):
    """A way out. One object serves one batch, so that it may keep its connection open."""

    def send(self, envelope: Envelope) -> str:
        """Hand the message over; return the provider's reference (may be empty). Raises DeliveryError."""

    def close(self) -> None:
        """Let go of the connection."""
