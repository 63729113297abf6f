"""What providers tell us: replies, STOP, delivery reports. Each event counts once, however often it is told."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from mobility.core.crypto import keyed_hash
from mobility.core.db import lock, transaction
from mobility.core.privacy import find_nir
from mobility.notifications import hooks, outcomes
from mobility.notifications.errors import PhoneInvalid
from mobility.notifications.kinds import (
    TRANSITIONS,
    Channel,
    InboundKind,
    MessageAction,
    MessageClass,
    MessageState,
    Outcome,
)
from mobility.notifications.models import ContactPoint, DeliveryAttempt, InboundMessage, OutboxMessage
from mobility.notifications.services import normalise, opt_in, opt_out

BODY_MAX = 2000
_STOP = re.compile(r"\W*(?:stop|arret|desabonnement|unsubscribe)\b(?:\W*\d+)?\W*", re.IGNORECASE)
_START = re.compile(r"\W*(?:start|oui stop|reprendre)\W*", re.IGNORECASE)
_DIGITS = re.compile(r"\d(?:[\s.\-/]?\d)+")


@dataclass(frozen=True, slots=True)
class Report:
    """A delivery report. ``delivered`` is None while the provider still tries."""

    provider: str
    reference: str
    delivered: bool | None
    permanent: bool = False
    detail: str = ""


def is_stop(body: str) -> bool:
    """Tell whether the whole answer is a wish to get no more messages."""
    return _STOP.fullmatch(_plain(body)) is not None


def is_start(body: str) -> bool:
    """Tell whether the whole answer is a wish to get messages again."""
    return _START.fullmatch(_plain(body)) is not None


def _plain(body: str) -> str:
    decomposed = unicodedata.normalize("NFD", body[:200])
    return "".join(c for c in decomposed if not unicodedata.combining(c)).strip()


def clean_body(body: str) -> str:
    """Return the text as it may be kept: cut, without control characters, without a social security number."""
    kept = "".join(c for c in body[:BODY_MAX] if c in "\n\t" or unicodedata.category(c) not in {"Cc", "Cs"})
    while find_nir(kept):
        masked = _DIGITS.sub(lambda m: "[numéro retiré]" if sum(c.isdigit() for c in m[0]) >= 12 else m[0], kept)
        kept = masked if masked != kept else "[message retiré : il contenait un numéro de sécurité sociale]"
    return kept


def receive_reply(*, provider: str, provider_ref: str, from_value: str, body: str, now: datetime) -> int | None:
    """Keep an answer by SMS and tell the rooms. Returns its id, or None if it was known.

    Several people may share a phone: the answer goes to the one written to last. STOP and its like hold
    for the phone, whoever uses it.
    """
    sender = _sender(from_value)
    text = clean_body(body)
    kind = InboundKind.STOP if is_stop(body) else InboundKind.REPLY
    reference = provider_ref or _fingerprint(sender, body, now)
    with transaction() as session:
        if _is_known(session, provider, reference):
            return None
        points = _points(session, sender)
        last = _last_sent(session, [point.id for point in points])
        points.sort(key=lambda point: point.recipient_id != (last.recipient_id if last else None))
        row = InboundMessage(
            kind=kind,
            provider=provider,
            provider_ref=reference,
            from_value=sender,
            body=text,
            received_at=now,
            contact_point_id=points[0].id if points else None,
            recipient_id=points[0].recipient_id if points else None,
            person_id=last.person_id if last else None,
            outbox_message_id=last.id if last else None,
        )
        session.add(row)
        session.flush()
        for point in points:
            if kind is InboundKind.STOP:
                opt_out(contact_point_id=point.id, now=now)
            elif is_start(body):
                opt_in(contact_point_id=point.id, now=now)
        hooks.tell_reply(
            hooks.Reply(
                inbound_id=row.id,
                kind=kind,
                recipient_ids=tuple(dict.fromkeys(point.recipient_id for point in points)),
                person_id=row.person_id,
                outbox_message_id=row.outbox_message_id,
                text=text,
                received_at=now,
            )
        )
        return row.id


def _sender(from_value: str) -> str:
    value = from_value.strip()[:30]
    if value.isdigit() and not value.startswith("0") and len(value) > 9:  # shorter ones are numbers of services
        value = f"+{value}"
    try:
        return normalise(Channel.SMS, value)
    except PhoneInvalid:
        return value or "?"


def _fingerprint(sender: str, body: str, now: datetime) -> str:
    """Stand in for the reference that a provider did not give: the same words of the same hour are one event."""
    return keyed_hash(f"{sender}|{body}|{now:%Y-%m-%dT%H}", purpose="inbound")


def _is_known(session: Session, provider: str, reference: str) -> bool:
    query = select(InboundMessage.id).where(
        InboundMessage.provider == provider, InboundMessage.provider_ref == reference
    )
    return session.scalar(query) is not None


def _points(session: Session, value: str) -> list[ContactPoint]:
    query = select(ContactPoint).where(
        ContactPoint.channel == Channel.SMS, ContactPoint.value == value, ContactPoint.archived_at.is_(None)
    )
    return list(session.scalars(query.order_by(ContactPoint.id)))


def _last_sent(session: Session, point_ids: list[int]) -> OutboxMessage | None:
    if not point_ids:
        return None
    query = (
        select(OutboxMessage)
        .where(
            OutboxMessage.contact_point_id.in_(point_ids),
            OutboxMessage.state.in_((MessageState.SENT, MessageState.DELIVERED)),
        )
        .order_by(OutboxMessage.sent_at.desc(), OutboxMessage.id.desc())
        .limit(1)
    )
    return session.scalars(query).first()


def receive_report(report: Report, *, now: datetime) -> bool:
    """Note what became of an SMS after it left. Tells whether the report concerned a message of ours.

    A number that does not exist is flagged and the message takes another way, if there is one.
    """
    with transaction() as session:
        query = select(OutboxMessage.id).where(OutboxMessage.provider_ref == f"{report.provider}:{report.reference}")
        message_id = session.scalars(query.order_by(OutboxMessage.id.desc()).limit(1)).first()
        if message_id is None:
            return False
        row = lock(OutboxMessage, message_id)
        _keep_report(session, report, row, now)
        if row.state is MessageState.SENT:
            _apply(session, report, row, now)
        return True


def _keep_report(session: Session, report: Report, row: OutboxMessage, now: datetime) -> None:
    reference = f"report:{report.reference}:{report.delivered}"
    if not _is_known(session, report.provider, reference):
        session.add(
            InboundMessage(
                kind=InboundKind.REPORT,
                provider=report.provider,
                provider_ref=reference,
                body=report.detail[:200],
                received_at=now,
                contact_point_id=row.contact_point_id,
                recipient_id=row.recipient_id,
                person_id=row.person_id,
                outbox_message_id=row.id,
            )
        )


def _apply(session: Session, report: Report, row: OutboxMessage, now: datetime) -> None:
    if report.delivered is None:
        return
    if report.delivered:
        row.state = TRANSITIONS.after(row.state, MessageAction.CONFIRM)
        row.delivered_at, row.ended_at = now, now
        return
    outcome = Outcome.BOUNCED if report.permanent else Outcome.REFUSED
    attempt = session.scalars(
        select(DeliveryAttempt).where(
            DeliveryAttempt.outbox_message_id == row.id, DeliveryAttempt.number == row.attempts
        )
    ).one()
    attempt.outcome, attempt.detail = outcome, report.detail[:300]
    if report.permanent:
        outcomes.flag_bounced(attempt.contact_point_id, now)
    if row.message_class is MessageClass.SECURITY:
        # The contents of a code are gone once it left; it cannot take another way.
        outcomes.end(row, MessageAction.GIVE_UP, "Non remis par l’opérateur", now)
        return
    session.flush()
    outcomes.fall_back(row, MessageAction.BOUNCE, outcome, now)


_TRUE_WORDS = {"delivered", "accepted_by_recipient"}
_DEAD_WORDS = {"hard_bounce", "hardbounce", "invalid", "unknown_subscriber", "rejected_number"}
_LOST_WORDS = {"soft_bounce", "softbounce", "undelivered", "failed", "rejected", "blocked", "expired"}
# OVHcloud, guide « Tout savoir sur les utilisateurs SMS », step 5. The report's id (« description »):
# 1 success, 2 failed, 16 in error; 0, 4 and 8 are on their way. The « ptt » says why: 4 delivered, 1 and 2 tried
# again, 3 accepted, 6 never known; 23 a number that must not be used again, 27 a phone that takes no SMS.
_OVH_REPORTS = {"0": None, "1": True, "2": False, "4": None, "8": None, "16": False}
_OVH_UNDECIDED, _OVH_DELIVERED, _OVH_DEAD = {"0", "1", "2", "3", "6"}, "4", {"23", "27"}


def read_report(provider: str, payload: Mapping[str, Any]) -> Report | None:
    """Read a provider's report; None if it is not one. Each provider has its own names and codes."""
    return _read_ovh_report(payload) if provider == "ovh" else _read_named_report(provider, payload)


def _read_ovh_report(payload: Mapping[str, Any]) -> Report | None:
    reference, ptt = _first(payload, "id"), _first(payload, "ptt")
    code = _first(payload, "dlr", "description")
    if not reference or not (ptt.isdecimal() or code in _OVH_REPORTS):
        return None
    by_ptt = True if ptt == _OVH_DELIVERED else (None if ptt in _OVH_UNDECIDED else False)
    delivered = _OVH_REPORTS.get(code, by_ptt)
    detail = f"{_first(payload, 'descriptionDlr')[:50]} (ptt {ptt[:10]})".strip()
    return Report("ovh", reference[:100], delivered, delivered is False and ptt in _OVH_DEAD, detail)


def _read_named_report(provider: str, payload: Mapping[str, Any]) -> Report | None:
    # Not « id »: Brevo puts the webhook's own number there.
    reference = _first(payload, "messageId", "message_id")
    status = _first(payload, "event", "msg_status", "status", "deliveryStatus").lower()
    if not reference or not status:
        return None
    delivered = True if status in _TRUE_WORDS else (False if status in _DEAD_WORDS | _LOST_WORDS else None)
    return Report(provider, reference[:100], delivered, status in _DEAD_WORDS, status[:80])


def read_reply(payload: Mapping[str, Any]) -> tuple[str, str, str] | None:
    """Read (reference, sender, text) of a reply; None if it is not one."""
    sender = _first(payload, "from", "sender", "phone", "number", "senderNumber")
    text = _first(payload, "message", "text", "body", "reply", "content")
    if not sender:
        return None
    return _first(payload, "id", "messageId", "message_id", "reference")[:100], sender, text


def _first(payload: Mapping[str, Any], *names: str) -> str:
    for name in names:
        value = payload.get(name)
        if isinstance(value, str | int) and not isinstance(value, bool) and str(value).strip():
            return str(value).strip()
    return ""
