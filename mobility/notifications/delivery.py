"""The delivery: claim one message, send it outside of any transaction, note what became of it.

A claim is one short transaction, so that a process killed at any instant loses nothing: what it had
claimed is taken again when its lease ends, and only the message that it was handing over at that
instant may reach its reader twice, under the same ``Message-ID``. Two processes never claim the same
message: PostgreSQL locks the recipient's row (``SKIP LOCKED``), SQLite has one writer at a time.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from flask import current_app
from jinja2 import TemplateError

from mobility.core import clock, jobs
from mobility.core.db import end_read
from mobility.notifications import claims, outcomes, render
from mobility.notifications.channels import Channels, DeliveryError, Envelope
from mobility.notifications.claims import Claim, Handled
from mobility.notifications.kinds import Channel, Outcome

log = structlog.get_logger(__name__)
LIMIT = 1000


@dataclass(frozen=True, slots=True)
class Result:
    """How one attempt ended."""

    outcome: Outcome
    reference: str = ""
    detail: str = ""


def deliver_due(*, now: datetime | None = None, limit: int = LIMIT, worker_id: str | None = None) -> dict[str, int]:
    """Send what may leave now, at most ``limit`` messages. Returns counts by what became of them.

    ``now`` is when the run begins; time goes on from there, as leases are compared between processes.
    """
    worker = worker_id or jobs.worker_name()
    tick = _clock_from(now)
    counts: Counter[str] = Counter()
    counts["recovered"] = claims.recover_lost(now=tick())
    channels, down = Channels(), frozenset[Channel]()
    lease = timedelta(seconds=int(current_app.config["OUTBOX_LEASE_SECONDS"]))
    try:
        while counts["tried"] < limit and not jobs.stopping():
            step = claims.claim_next(now=tick(), worker_id=worker, lease=lease, down=down)
            if step is None or counts[Handled.TAKEN.value] > limit:
                break
            if isinstance(step, Claim):
                counts["tried"] += 1
                result = _send(step, channels, tick())
                outcomes.record(step, result.outcome, reference=result.reference, detail=result.detail, now=tick())
                counts[result.outcome.value] += 1
                if result.outcome is Outcome.UNAVAILABLE:
                    down |= {step.channel}
            else:
                counts[step.value] += 1
    finally:
        channels.close()
        end_read()
    return {name: count for name, count in sorted(counts.items()) if count}


def _clock_from(now: datetime | None) -> Callable[[], datetime]:
    if now is None:
        return clock.now
    shift = now - clock.now()
    return lambda: clock.now() + shift


def _send(claim: Claim, channels: Channels, now: datetime) -> Result:
    """Render and hand over. Whatever goes wrong is an outcome, never an exception."""
    end_read()
    try:
        envelope = _envelope(claim, now)
    except (TemplateError, LookupError, render.TemplateBrokenError) as error:
        log.exception("message_not_rendered", message=claim.message_pk, template=claim.parts[0].template)
        return Result(Outcome.REFUSED, detail=f"Modèle illisible : {type(error).__name__}")
    try:
        return Result(Outcome.SENT, channels.get(claim.channel).send(envelope))
    except DeliveryError as error:
        return Result(error.outcome, detail=error.detail)
    except Exception as error:  # one message must not stop the others
        log.exception("message_not_sent", message=claim.message_pk, channel=claim.channel.value)
        return Result(Outcome.TEMPORARY, detail=type(error).__name__)


def _envelope(claim: Claim, now: datetime) -> Envelope:
    reader = render.Reader(claim.recipient_id, claim.point_id, claim.neutral, claim.locale)
    if claim.channel is Channel.SMS:
        return Envelope(to=claim.to, text=render.render_sms(claim.parts, reader), message_id=claim.message_id)
    email = render.render_email(claim.parts, reader, message_class=claim.message_class, now=now)
    return Envelope(
        to=claim.to,
        text=email.text,
        message_id=claim.message_id,
        subject=email.subject,
        html=email.html,
        unsubscribe_url=email.unsubscribe_url,
        neutral=claim.neutral,
    )
