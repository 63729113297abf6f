"""The table of letters: what waits to be posted, and what was."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from mobility.agenda.letters import LetterKind
from mobility.core.db import Base, UtcDateTime, enum_type

_WAITS = text("posted_at IS NULL AND dropped_at IS NULL")


class AgendaLetter(Base):
    """A message that no channel could carry: to be printed, and posted by ``post_on``. Words are kept until then."""

    __tablename__ = "agenda_letter"
    __table_args__ = (
        CheckConstraint("posted_at IS NULL OR dropped_at IS NULL", name="posted_or_dropped"),
        CheckConstraint("person_id IS NOT NULL OR subject_id IS NOT NULL", name="to_somebody"),
        CheckConstraint("(subject_kind = '') = (subject_id IS NULL)", name="subject_whole"),
        Index("ix_agenda_letter_subject", "subject_kind", "subject_id"),
        # Those that nobody has posted or dropped: few, among years of letters.
        Index("ix_agenda_letter_waiting", "desk_id", "post_on", sqlite_where=_WAITS, postgresql_where=_WAITS),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)
    desk_id: Mapped[int] = mapped_column(ForeignKey("desk.id"))
    attendance_id: Mapped[int | None] = mapped_column(ForeignKey("attendance.id"), index=True)
    subject_kind: Mapped[str] = mapped_column(String(40), default="")
    subject_id: Mapped[int | None]
    """The row of a higher room that the letter is about, as the audit log names it."""
    receiver: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)
    """Name, street, postcode and city of somebody who has no file; those of a file are the file's."""
    kind: Mapped[LetterKind] = mapped_column(enum_type(LetterKind, name="kind"))
    key: Mapped[str] = mapped_column(String(120), unique=True)
    params: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)
    post_on: Mapped[date]
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    posted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    posted_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    dropped_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
