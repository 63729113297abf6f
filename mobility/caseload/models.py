"""The tables of the room: how phases, desks and words passed from one to the other. Histories: rows are only added."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from mobility.core.db import Base, UtcDateTime, enum_type
from mobility.people.kinds import Phase


class PersonPhase(Base):
    """A phase that began, on a day, by somebody. The last one is also on the person's row."""

    __tablename__ = "person_phase"
    __table_args__ = (CheckConstraint("length(reason) <= 500", name="reason_length"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    phase: Mapped[Phase] = mapped_column(enum_type(Phase, name="phase"))
    since_on: Mapped[date]
    reason: Mapped[str] = mapped_column(String(500), default="")
    set_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    set_at: Mapped[datetime] = mapped_column(UtcDateTime)


class DeskMove(Base):
    """A file that went from one desk to another: before that instant it counted at the first one."""

    __tablename__ = "desk_move"
    __table_args__ = (
        CheckConstraint("from_desk_id <> to_desk_id", name="somewhere_else"),
        CheckConstraint("length(reason) <= 500", name="reason_length"),
        Index("ix_desk_move_person_id_moved_at", "person_id", "moved_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    from_desk_id: Mapped[int] = mapped_column(ForeignKey("desk.id"))
    to_desk_id: Mapped[int] = mapped_column(ForeignKey("desk.id"))
    reason: Mapped[str] = mapped_column(String(500), default="")
    moved_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    moved_at: Mapped[datetime] = mapped_column(UtcDateTime)


class HandoverNote(Base):
    """What somebody who leaves wants the one who takes over to know; shown until it is read."""

    __tablename__ = "handover_note"
    __table_args__ = (
        CheckConstraint("text <> '' OR erased_at IS NOT NULL", name="says_something"),
        CheckConstraint("length(text) <= 4000", name="text_length"),
        CheckConstraint("read_at IS NULL OR read_at >= written_at", name="read_after_writing"),
        Index("ix_handover_note_to_user_id_read_at", "to_user_id", "read_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    from_user_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    to_user_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    text: Mapped[str] = mapped_column(Text)
    written_at: Mapped[datetime] = mapped_column(UtcDateTime)
    read_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    erased_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
