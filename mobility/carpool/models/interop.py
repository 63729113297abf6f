"""Other carpooling services, and what they ask of our members (« standard covoiturage »)."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from mobility.carpool import ddl
from mobility.carpool.models.matches import CarpoolRide
from mobility.carpool.rules.bookings import BookingStatus
from mobility.carpool.states import Side
from mobility.core.db import Base, UtcDateTime, Versioned, enum_type
from mobility.pathway.rules import Direction


class CarpoolOperator(Versioned, Base):
    """Another service: the key with which it asks us (its hash alone), the address and the key with which we ask it.

    ``domain`` is what the standard calls « operator ». ``asked``: we ask it for what our own search has not.
    """

    __tablename__ = "carpool_operator"
    __table_args__ = (
        CheckConstraint("name <> ''", name="name_given"),
        CheckConstraint("domain = lower(domain) AND domain <> ''", name="domain_in_lower_case"),
        CheckConstraint("NOT asked OR base_url <> ''", name="who_is_asked_has_an_address"),
        UniqueConstraint("domain"),
        UniqueConstraint("inbound_hash"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(120))
    domain: Mapped[str] = mapped_column(String(253))
    base_url: Mapped[str] = mapped_column(String(300), default="")
    key_encrypted: Mapped[str | None] = mapped_column(Text, info={"nir": "exempt"})
    inbound_hash: Mapped[str | None] = mapped_column(String(64), info={"nir": "exempt"})
    asked: Mapped[bool] = mapped_column(default=False)
    disabled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class CarpoolBooking(Versioned, Base):
    """A place that another service asks for, for one of its users with one of our members.

    ``content`` is the booking as the standard writes it, but for its id and status. ``to_tell``: our answer has not
    reached the other service yet.
    """

    __tablename__ = "carpool_booking"
    __table_args__ = (
        UniqueConstraint("operator_id", "uuid"),
        CheckConstraint("(our_side = 'driver' AND request_id IS NULL) OR offer_id IS NULL", name="one_journey"),
        CheckConstraint("(shift_on IS NULL) = (direction IS NULL)", name="a_day_has_a_direction"),
        CheckConstraint("erased_at IS NULL OR NOT to_tell", name="nothing_is_told_of_the_erased"),
        Index("ix_carpool_booking_pickup_at", "pickup_at"),
        Index(
            "ix_carpool_booking_to_tell",
            "tell_at",
            sqlite_where=text("to_tell"),
            postgresql_where=text("to_tell"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    uuid: Mapped[str] = mapped_column(String(36), info={"nir": "exempt"})
    operator_id: Mapped[int] = mapped_column(ForeignKey("carpool_operator.id"))
    member_id: Mapped[int] = mapped_column(ForeignKey("carpool_member.id"), index=True)
    our_side: Mapped[Side] = mapped_column(enum_type(Side))
    offer_id: Mapped[int | None] = mapped_column(ForeignKey("carpool_offer.id"), index=True)
    request_id: Mapped[int | None] = mapped_column(ForeignKey("carpool_request.id"), index=True)
    status: Mapped[BookingStatus] = mapped_column(enum_type(BookingStatus))
    content: Mapped[dict[str, Any]] = mapped_column(JSON)
    # Which day of our journey is meant; None: the other service named none.
    shift_on: Mapped[date | None]
    direction: Mapped[Direction | None] = mapped_column(enum_type(Direction))
    pickup_at: Mapped[datetime] = mapped_column(UtcDateTime)
    to_tell: Mapped[bool] = mapped_column(default=False)
    tell_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    tries: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)
    erased_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class CarpoolMessage(Base):
    """What a user of another service writes to one of our members; staff of the desk read it too, and answer.

    ``our_side``: as what the member is written to. ``to_tell``: the answer has not reached the other service yet.
    """

    __tablename__ = "carpool_message"
    __table_args__ = (
        CheckConstraint("(read_at IS NULL) = (read_by_id IS NULL)", name="read_by_somebody"),
        CheckConstraint("NOT to_tell OR (read_at IS NOT NULL AND answer <> '')", name="an_answer_is_told"),
        Index("ix_carpool_message_member_id_read_at", "member_id", "read_at"),
        Index(
            "ix_carpool_message_to_tell",
            "tell_at",
            sqlite_where=text("to_tell"),
            postgresql_where=text("to_tell"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    operator_id: Mapped[int] = mapped_column(ForeignKey("carpool_operator.id"), index=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("carpool_member.id"))
    booking_id: Mapped[int | None] = mapped_column(ForeignKey("carpool_booking.id"), index=True)
    from_id: Mapped[str] = mapped_column(String(255))
    from_alias: Mapped[str] = mapped_column(String(120))
    our_side: Mapped[Side] = mapped_column(enum_type(Side))
    text: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    read_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    read_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    answer: Mapped[str] = mapped_column(Text, default="")
    to_tell: Mapped[bool] = mapped_column(default=False)
    tell_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    tries: Mapped[int] = mapped_column(default=0)


ddl.GUARDS.attach(CarpoolRide.__table__, CarpoolBooking.__table__)
