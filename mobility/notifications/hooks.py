"""What other rooms want to know: replies, and messages that reached nobody. ``app.py`` wires them.

A hook runs in the transaction of its cause: what it writes is kept or undone with it. A reply whose hook
fails is not kept, so that the provider tells it again; but what the delivery did stays noted even if a
hook fails, else the same message would leave over and over.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

import structlog

from mobility.core.db import savepoint
from mobility.notifications.kinds import Channel, InboundKind, MessageClass, MessageState

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer by SMS. Several recipients may share the phone: the one written to last comes first."""

    inbound_id: int
    kind: InboundKind
    recipient_ids: tuple[int, ...]
    person_id: int | None
    outbox_message_id: int | None
    text: str
    received_at: datetime


@dataclass(frozen=True, slots=True)
class Undelivered:
    """A message that reached nobody: failed by every way, or too late."""

    outbox_message_id: int
    recipient_id: int
    person_id: int | None
    message_class: MessageClass
    template: str
    state: MessageState
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Bounced:
    """A contact point that does not exist (any more)."""

    contact_point_id: int
    recipient_id: int
    channel: Channel
    at: datetime


_replies: list[Callable[[Reply], None]] = []
_undelivered: list[Callable[[Undelivered], None]] = []
_bounced: list[Callable[[Bounced], None]] = []


def on_reply(hook: Callable[[Reply], None]) -> None:
    """Call the hook for each reply and STOP."""
    if hook not in _replies:
        _replies.append(hook)


def on_undelivered(hook: Callable[[Undelivered], None]) -> None:
    """Call the hook for each message that reached nobody."""
    if hook not in _undelivered:
        _undelivered.append(hook)


def on_bounced(hook: Callable[[Bounced], None]) -> None:
    """Call the hook for each contact point found dead."""
    if hook not in _bounced:
        _bounced.append(hook)


def tell_reply(reply: Reply) -> None:
    """Tell whoever wants to know."""
    for hook in _replies:
        hook(reply)


def tell_undelivered(message: Undelivered) -> None:
    """Tell whoever wants to know."""
    for hook in _undelivered:
        with _apart("undelivered"):
            hook(message)


def tell_bounced(point: Bounced) -> None:
    """Tell whoever wants to know."""
    for hook in _bounced:
        with _apart("bounced"):
            hook(point)


@contextmanager
def _apart(what: str) -> Iterator[None]:
    """Undo by itself what a hook that fails has written, and log the failure."""
    try:
        with savepoint():
            yield
    except Exception:
        log.exception("hook_failed", hook=what)
