"""Recipients, contact points and messages for tests. Each is written at once."""

from __future__ import annotations

from datetime import UTC, datetime, time
from itertools import count
from typing import Any

from mobility.core.db import transaction
from mobility.notifications import services, templates
from mobility.notifications.kinds import Channel, Holder, MessageClass
from mobility.notifications.models import ContactPoint, Recipient

NOON = datetime(2026, 11, 24, 11, 0, tzinfo=UTC)  # a Tuesday, 12 h in Paris
_numbers = count(1)


def make_recipient(*, preferred: Channel | None = None, digest: bool = True, **traits: Any) -> int:
    """A recipient without contact points."""
    with transaction() as session:
        row = Recipient(preferred_channel=preferred, digest=digest, **traits)
        session.add(row)
        session.flush()
        return row.id


def make_point(
    recipient_id: int,
    channel: Channel = Channel.EMAIL,
    value: str | None = None,
    *,
    safe: tuple[time, time] | None = None,
    holder: Holder = Holder.SELF,
    **traits: Any,
) -> int:
    """A verified contact point."""
    number = next(_numbers)
    default = f"personne{number}@exemple.fr" if channel is Channel.EMAIL else f"+336399{number % 100000:05d}"
    values = {"created_at": NOON, "verified_at": NOON, **traits}
    with transaction() as session:
        row = ContactPoint(
            recipient_id=recipient_id,
            channel=channel,
            value=value or default,
            holder=holder,
            safe_from=safe[0] if safe else None,
            safe_until=safe[1] if safe else None,
            **values,
        )
        session.add(row)
        session.flush()
        return row.id


def make_message(
    recipient_id: int,
    *,
    message_class: MessageClass = MessageClass.NORMAL,
    template: str = "staff_alert",
    key: str | None = None,
    now: datetime = NOON,
    **traits: Any,
) -> int:
    """A queued message."""
    params = dict(templates.get_template(template).sample)
    params.update(traits.pop("params", {}))
    message_id = services.queue(
        recipient_id=recipient_id,
        template=template,
        params=params,
        message_class=message_class,
        dedup_key=key or f"test:{next(_numbers)}",
        now=now,
        **traits,
    )
    assert message_id is not None
    return message_id
