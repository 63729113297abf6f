"""Who may look at a message of the outbox."""

from __future__ import annotations

from flask import current_app
from sqlalchemy import select

from mobility.core.db import db, load
from mobility.core.web.access import Actor, Permission, may_touch, row_kinds
from mobility.notifications.models import OutboxMessage


def may_touch_message(actor: Actor, _permission: Permission, message_id: int) -> bool:
    """Tell whether the actor may see this message. Raises NotFound.

    A message about a person is seen by whoever may see that person; those who see no file at all
    (administrators) see that messages failed, as these pages show neither names nor contents.
    """
    message = load(OutboxMessage, message_id)
    if message.person_id is None or "person" not in row_kinds(current_app):
        return True
    if not actor.permits(Permission.PERSON_VIEW):
        return True
    return may_touch(actor, Permission.PERSON_VIEW, "person", message.person_id)


def person_of_message(message_id: int) -> int | None:
    """Return whom a message is about, or None."""
    return db.session.scalar(select(OutboxMessage.person_id).where(OutboxMessage.id == message_id))
