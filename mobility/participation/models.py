"""The tables of entries and exits, and of counts that were frozen."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from mobility.core.db import Base, UtcDateTime, Versioned, enum_type
from mobility.participation import ddl
from mobility.participation.rules.exits import Later, Outcome, Proof
from mobility.participation.rules.items import VERSIONS, AgeBand, EvidenceKind, Standing

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


class Participation(Versioned, Base):
    """One person in one operation, once: a return goes on with the same row.

    ``age_band`` is that of the day of entry: it outlives the birth date of an erased file.
    """

    __tablename__ = "participation"
    __table_args__ = (
        UniqueConstraint("person_id", "agreement_id"),
        CheckConstraint(f"items IN ({', '.join(repr(version) for version in VERSIONS)})", name="items_known"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    agreement_id: Mapped[int] = mapped_column(ForeignKey("agreement.id"), index=True)
    entered_on: Mapped[date] = mapped_column(index=True)
    age_band: Mapped[AgeBand | None] = mapped_column(enum_type(AgeBand, name="age_band"))
    items: Mapped[str] = mapped_column(String(20))
    """The version of the questions under which the person was asked."""
    entered_at: Mapped[datetime] = mapped_column(UtcDateTime)
    entered_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))


class ParticipationAnswer(Base):
    """One standing answer to one question; « refused » is an answer, no row means not asked yet."""

    __tablename__ = "participation_answer"
    __table_args__ = (
        UniqueConstraint("participation_id", "item"),
        CheckConstraint("item <> ''", name="item_named"),
        CheckConstraint("value <> ''", name="value_given"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    participation_id: Mapped[int] = mapped_column(ForeignKey("participation.id"))
    item: Mapped[str] = mapped_column(String(40))
    value: Mapped[str] = mapped_column(String(40))
    answered_at: Mapped[datetime] = mapped_column(UtcDateTime)
    answered_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))


class EligibilityEvidence(Base):
    """A paper that somebody has seen, with its date; the file itself may be kept or not."""

    __tablename__ = "eligibility_evidence"

    id: Mapped[int] = mapped_column(primary_key=True)
    participation_id: Mapped[int] = mapped_column(ForeignKey("participation.id"), index=True)
    kind: Mapped[EvidenceKind] = mapped_column(enum_type(EvidenceKind, name="kind"))
    dated_on: Mapped[date]
    document_id: Mapped[int | None] = mapped_column(ForeignKey("document.id"))
    standing: Mapped[Standing] = mapped_column(enum_type(Standing, name="standing"))
    """What the rule says, by the setting of the day of entry: a fact, so that lists can be asked of the database."""
    seen_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    seen_at: Mapped[datetime] = mapped_column(UtcDateTime)


class CountSnapshot(Base):
    """A count as it was on a day. The database refuses every change (see ``ddl.py``); numbers and names of lines only."""

    __tablename__ = "count_snapshot"
    __table_args__ = (
        CheckConstraint("first_on <= last_on", name="period_in_order"),
        CheckConstraint("length(sha256) = 64", name="sha256_length"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    desk_id: Mapped[int | None] = mapped_column(ForeignKey("desk.id"), index=True)
    """The one desk that was counted; None for all those of whoever froze it."""
    first_on: Mapped[date]
    last_on: Mapped[date]
    filters: Mapped[dict[str, Any]] = mapped_column(JSON)
    content: Mapped[dict[str, Any]] = mapped_column(JSON)
    sha256: Mapped[str] = mapped_column(String(64))
    taken_at: Mapped[datetime] = mapped_column(UtcDateTime)
    taken_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"), index=True)


ddl.GUARDS.attach(CountSnapshot.__table__)
