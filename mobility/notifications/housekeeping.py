"""What is forgotten with time: contents first, rows later."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Text, cast, delete, select

from mobility.core.db import db, transaction
from mobility.notifications import short_links
from mobility.notifications.kinds import MessageState
from mobility.notifications.models import InboundMessage, LocalMessage, OutboxMessage

CONTENTS_KEPT = timedelta(days=90)
LOCAL_KEPT = timedelta(days=30)
BATCH = 500
_ENDED = (
    MessageState.SENT,
    MessageState.DELIVERED,
    MessageState.MERGED,
    MessageState.FAILED,
    MessageState.EXPIRED,
    MessageState.CANCELLED,
)


def forget_contents(*, now: datetime, limit: int = BATCH) -> dict[str, int]:
    """Empty the values of messages that ended long ago, and delete what the demonstration kept."""
    old = now - CONTENTS_KEPT
    has_contents = cast(OutboxMessage.params, Text) != "{}"  # PostgreSQL compares no JSON
    query = (
        select(OutboxMessage.id)
        .where(OutboxMessage.created_at < old, OutboxMessage.state.in_(_ENDED), has_contents)
        .order_by(OutboxMessage.id)
        .limit(limit)
    )
    emptied = 0
    for message_id in db.session.scalars(query).all():
        with transaction() as session:
            row = session.get(OutboxMessage, message_id, with_for_update=True)
            if row is not None and row.state in _ENDED:
                row.params = {}
                emptied += 1
    with transaction() as session:
        replies = session.scalars(
            select(InboundMessage).where(InboundMessage.received_at < old, InboundMessage.body != "").limit(limit)
        ).all()
        for reply in replies:
            reply.body = ""
        gone = session.execute(delete(LocalMessage).where(LocalMessage.stored_at < now - LOCAL_KEPT))
    return {
        "emptied": emptied,
        "replies": len(replies),
        "local": int(getattr(gone, "rowcount", 0)),
        "short_links": short_links.forget_old(now),
    }
