"""The tables of exits."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from mobility.core.db import Base, UtcDateTime, Versioned, enum_type
from mobility.participation.rules.exits import Later, Outcome, Proof

_STANDS = text("returned_at IS NULL")


class Departure(Versioned, Base):
    """The end of an accompaniment. A return closes it; at most one stands for a person.

    What the person says some months later belongs to the exit: ``later`` with ``later_by_id`` None came by the link.
    """

    __tablename__ = "departure"
    __table_args__ = (
        CheckConstraint("(returned_on IS NULL) = (returned_at IS NULL)", name="returned_with_instant"),
        CheckConstraint("returned_on IS NULL OR returned_on >= left_on", name="returned_after_exit"),
        CheckConstraint("document_id IS NULL OR proof IS NOT NULL", name="document_proves_something"),
        CheckConstraint("(proof IS NULL) = (proven_at IS NULL)", name="proven_with_instant"),
        CheckConstraint("reminded_at IS NULL OR asked_at IS NOT NULL", name="reminded_after_asked"),
        CheckConstraint("(later IS NULL) = (later_at IS NULL)", name="later_with_instant"),
        CheckConstraint("later_by_id IS NULL OR later IS NOT NULL", name="later_by_whoever_noted_it"),
        Index("uq_departure_standing", "person_id", unique=True, sqlite_where=_STANDS, postgresql_where=_STANDS),
        Index("ix_departure_left_on", "left_on"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    left_on: Mapped[date]
    outcome: Mapped[Outcome] = mapped_column(enum_type(Outcome, name="outcome"))
    proof: Mapped[Proof | None] = mapped_column(enum_type(Proof, name="proof"))
    document_id: Mapped[int | None] = mapped_column(ForeignKey("document.id"))
    proven_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    note: Mapped[str] = mapped_column(Text, default="")
    recorded_at: Mapped[datetime] = mapped_column(UtcDateTime)
    recorded_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    returned_on: Mapped[date | None]
    returned_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    returned_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    asked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    reminded_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    later: Mapped[Later | None] = mapped_column(enum_type(Later, name="later"))
    later_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    later_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
