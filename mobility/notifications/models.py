"""Tables of the notifications.

``outbox_message`` rows are written in the transaction of their cause. ``leave_at`` is the first
instant at which the delivery may look at a queued message; ``lease_until_at`` is the instant from which a
message claimed by a dead process is taken again.
"""

from __future__ import annotations

from datetime import datetime, time
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from mobility.core.db import Base, enum_type
from mobility.notifications.kinds import (
    Channel,
    Holder,
    InboundKind,
    MessageClass,
    MessageState,
    Outcome,
)

NIR_EXEMPT = {"nir": "exempt"}
_QUEUED, _SENDING = text("state = 'queued'"), text("state = 'sending'")


class Recipient(Base):
    """Somebody who gets messages, with their wishes. Persons and users point to it."""

    __tablename__ = "recipient"

    id: Mapped[int] = mapped_column(primary_key=True)
    locale: Mapped[str] = mapped_column(String(10), default="fr")
    preferred_channel: Mapped[Channel | None] = mapped_column(enum_type(Channel, name="preferred_channel"))
    digest: Mapped[bool] = mapped_column(default=True)
    paused_until_at: Mapped[datetime | None]


class ContactPoint(Base):
    """A phone number or a mailbox."""

    __tablename__ = "contact_point"
    __table_args__ = (
        CheckConstraint("(safe_from IS NULL) = (safe_until IS NULL)", name="safe_hours_whole"),
        CheckConstraint("safe_from IS NULL OR safe_from <> safe_until", name="safe_hours_not_empty"),
        CheckConstraint("value <> '' OR archived_at IS NOT NULL", name="value_unless_archived"),
        CheckConstraint("channel <> 'sms' OR value = '' OR value LIKE '+%'", name="sms_in_e164"),
        CheckConstraint("channel <> 'email' OR value = '' OR value LIKE '%_@_%'", name="email_with_at"),
        CheckConstraint("version > 0", name="version_positive"),
        Index(
            "uq_contact_point_active",
            "recipient_id",
            "channel",
            "value",
            unique=True,
            sqlite_where=text("archived_at IS NULL"),
            postgresql_where=text("archived_at IS NULL"),
        ),
        Index("ix_contact_point_channel_value", "channel", "value"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    recipient_id: Mapped[int] = mapped_column(ForeignKey("recipient.id"), index=True)
    channel: Mapped[Channel] = mapped_column(enum_type(Channel))
    value: Mapped[str] = mapped_column(String(254))
    holder: Mapped[Holder] = mapped_column(enum_type(Holder), default=Holder.SELF)
    holder_name: Mapped[str] = mapped_column(String(200), default="")
    safe_from: Mapped[time | None]
    safe_until: Mapped[time | None]
    neutral: Mapped[bool] = mapped_column(default=False)
    version: Mapped[int] = mapped_column(default=1)
    """Rises when somebody says how to use the point. Bounces and replies leave it: they refuse nobody's edit."""
    verified_at: Mapped[datetime | None]
    bounced_at: Mapped[datetime | None]
    opted_out_at: Mapped[datetime | None]
    archived_at: Mapped[datetime | None]
    created_at: Mapped[datetime]


class OutboxMessage(Base):
    """One message to one recipient."""

    __tablename__ = "outbox_message"
    __table_args__ = (
        CheckConstraint("(state = 'sending') = (lease_until_at IS NOT NULL)", name="sending_has_lease"),
        CheckConstraint("(state = 'sending') = (claimed_by IS NOT NULL)", name="sending_has_worker"),
        CheckConstraint(
            "(state IN ('sent', 'delivered')) = (sent_at IS NOT NULL) OR state = 'failed'", name="sent_has_instant"
        ),
        CheckConstraint(
            "(state IN ('delivered', 'failed', 'expired', 'cancelled')) = (ended_at IS NOT NULL) OR state = 'sent'",
            name="ended_has_instant",
        ),
        CheckConstraint("(state = 'delivered') = (delivered_at IS NOT NULL)", name="delivered_has_instant"),
        CheckConstraint("state <> 'merged' OR merged_into_id IS NOT NULL", name="merged_has_carrier"),
        CheckConstraint("merged_into_id IS NULL OR merged_into_id <> id", name="not_merged_into_itself"),
        CheckConstraint("merged_into_id IS NULL OR message_class = 'normal'", name="only_normal_is_merged"),
        CheckConstraint(
            "(state IN ('sending', 'sent', 'delivered')) <= (channel IS NOT NULL)", name="sending_has_channel"
        ),
        CheckConstraint("(state IN ('failed', 'expired')) <= (last_error <> '')", name="failed_has_reason"),
        CheckConstraint("attempts >= 0", name="attempts_counted"),
        CheckConstraint("expires_at IS NULL OR expires_at > created_at", name="expires_after_creation"),
        CheckConstraint("dedup_key <> ''", name="dedup_key_not_empty"),
        Index(
            "ix_outbox_message_queued",
            "message_class",
            "leave_at",
            "id",
            sqlite_where=_QUEUED,
            postgresql_where=_QUEUED,
        ),
        Index("ix_outbox_message_sending", "lease_until_at", sqlite_where=_SENDING, postgresql_where=_SENDING),
        Index("ix_outbox_message_dedup_prefix", "dedup_key", postgresql_ops={"dedup_key": "varchar_pattern_ops"}),
        Index("ix_outbox_message_recipient_id_state", "recipient_id", "state"),
        Index("ix_outbox_message_state_due_at", "state", "due_at"),
        Index("ix_outbox_message_created_at", "created_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    dedup_key: Mapped[str] = mapped_column(String(200), unique=True)
    recipient_id: Mapped[int] = mapped_column(ForeignKey("recipient.id"))
    person_id: Mapped[int | None] = mapped_column(index=True)
    message_class: Mapped[MessageClass] = mapped_column(enum_type(MessageClass))
    template: Mapped[str] = mapped_column(String(60))
    params: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    created_at: Mapped[datetime]
    due_at: Mapped[datetime]
    leave_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]
    state: Mapped[MessageState] = mapped_column(enum_type(MessageState), default=MessageState.QUEUED)
    only_point_id: Mapped[int | None] = mapped_column(
        ForeignKey("contact_point.id", name="fk_outbox_message_only_point")
    )
    channel: Mapped[Channel | None] = mapped_column(enum_type(Channel))
    contact_point_id: Mapped[int | None] = mapped_column(
        ForeignKey("contact_point.id", name="fk_outbox_message_contact_point"), index=True
    )
    attempts: Mapped[int] = mapped_column(default=0)
    claimed_by: Mapped[str | None] = mapped_column(String(80))
    lease_until_at: Mapped[datetime | None]
    message_id: Mapped[str] = mapped_column(String(200), default="", info=NIR_EXEMPT)
    provider_ref: Mapped[str | None] = mapped_column(String(120), index=True, info=NIR_EXEMPT)
    sent_at: Mapped[datetime | None]
    delivered_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    merged_into_id: Mapped[int | None] = mapped_column(ForeignKey("outbox_message.id"), index=True)
    last_error: Mapped[str] = mapped_column(String(300), default="")


class DeliveryAttempt(Base):
    """One try to hand a message over. ``outcome`` is empty while it is in flight."""

    __tablename__ = "delivery_attempt"
    __table_args__ = (
        UniqueConstraint("outbox_message_id", "number"),
        CheckConstraint("(outcome IS NULL) = (ended_at IS NULL)", name="ended_with_outcome"),
        CheckConstraint("number > 0", name="number_positive"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    outbox_message_id: Mapped[int] = mapped_column(ForeignKey("outbox_message.id"))
    number: Mapped[int]
    contact_point_id: Mapped[int] = mapped_column(ForeignKey("contact_point.id"), index=True)
    channel: Mapped[Channel] = mapped_column(enum_type(Channel))
    worker: Mapped[str] = mapped_column(String(80))
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    outcome: Mapped[Outcome | None] = mapped_column(enum_type(Outcome))
    detail: Mapped[str] = mapped_column(String(300), default="", info=NIR_EXEMPT)


class InboundMessage(Base):
    """What came back: a reply, a STOP, a delivery report. One row per event of the provider."""

    __tablename__ = "inbound_message"
    __table_args__ = (
        UniqueConstraint("provider", "provider_ref", name="uq_inbound_message_provider"),
        CheckConstraint("kind = 'report' OR from_value <> ''", name="reply_has_sender"),
        Index("ix_inbound_message_received_at", "received_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[InboundKind] = mapped_column(enum_type(InboundKind))
    provider: Mapped[str] = mapped_column(String(20))
    provider_ref: Mapped[str] = mapped_column(String(160), info=NIR_EXEMPT)
    from_value: Mapped[str] = mapped_column(String(40), default="")
    body: Mapped[str] = mapped_column(Text, default="")
    received_at: Mapped[datetime]
    contact_point_id: Mapped[int | None] = mapped_column(ForeignKey("contact_point.id"), index=True)
    recipient_id: Mapped[int | None] = mapped_column(ForeignKey("recipient.id"), index=True)
    person_id: Mapped[int | None] = mapped_column(index=True)
    outbox_message_id: Mapped[int | None] = mapped_column(ForeignKey("outbox_message.id"), index=True)


class LocalMessage(Base):
    """What the local channel « sent », for the demonstration."""

    __tablename__ = "local_message"
    __table_args__ = (UniqueConstraint("message_id", "channel"), Index("ix_local_message_stored_at", "stored_at"))

    id: Mapped[int] = mapped_column(primary_key=True)
    channel: Mapped[Channel] = mapped_column(enum_type(Channel))
    to_value: Mapped[str] = mapped_column(String(254))
    subject: Mapped[str] = mapped_column(String(300), default="")
    body: Mapped[str] = mapped_column(Text, default="")
    html: Mapped[str] = mapped_column(Text, default="")
    message_id: Mapped[str] = mapped_column(String(200), info=NIR_EXEMPT)
    stored_at: Mapped[datetime]


class ShortLink(Base):
    """A short address for a long one, so that a signed link fits into an SMS. It only leads there."""

    __tablename__ = "short_link"
    __table_args__ = (
        CheckConstraint("path LIKE '/%' AND path NOT LIKE '//%'", name="path_of_this_site"),
        Index("ix_short_link_expires_at", "expires_at"),
    )

    code: Mapped[str] = mapped_column(String(20), primary_key=True, info=NIR_EXEMPT)
    path: Mapped[str] = mapped_column(String(2000), info=NIR_EXEMPT)
    expires_at: Mapped[datetime]
