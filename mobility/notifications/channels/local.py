"""The channel of the demonstration: nothing leaves, everything can be read on a page."""

from __future__ import annotations

from sqlalchemy import select

from mobility.core import clock
from mobility.core.db import transaction
from mobility.notifications.channels.base import Envelope
from mobility.notifications.kinds import Channel
from mobility.notifications.models import LocalMessage


class LocalChannel:
    """Keeps what it is given. The same message twice is kept once."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel

    def send(self, envelope: Envelope) -> str:
        """Keep the message."""
        with transaction() as session:
            known = session.scalar(
                select(LocalMessage.id).where(
                    LocalMessage.message_id == envelope.message_id, LocalMessage.channel == self._channel
                )
            )
            if known is None:
                session.add(
                    LocalMessage(
                        channel=self._channel,
                        to_value=envelope.to,
                        subject=envelope.subject,
                        body=envelope.text,
                        html=envelope.html,
                        message_id=envelope.message_id,
                        stored_at=clock.now(),
                    )
                )
        return ""

    def close(self) -> None:
        """Nothing is open."""
