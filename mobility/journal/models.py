"""The tables of the journal. Entries hold ids, codes, numbers and dates; free text stands apart, erasable."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from mobility.core.db import Base, UtcDateTime
from mobility.journal import ddl


class JournalEntry(Base):
    """One thing that happened to one person. The database refuses any change (see ``journal.ddl``)."""

    __tablename__ = "journal_entry"
    __table_args__ = (
        CheckConstraint("kind <> ''", name="kind_named"),
        CheckConstraint("(subject_kind IS NULL) = (subject_id IS NULL)", name="subject_whole"),
        Index("ix_journal_entry_person_id_at", "person_id", "at"),
        Index("ix_journal_entry_subject", "subject_kind", "subject_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    actor_user_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    kind: Mapped[str] = mapped_column(String(60))
    subject_kind: Mapped[str | None] = mapped_column(String(40))
    subject_id: Mapped[int | None]
    facts: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)

    note: Mapped[JournalNote | None] = relationship(back_populates="entry", lazy="raise", uselist=False)


class JournalNote(Base):
    """The words that go with an entry. Its text may be erased; nothing else may change."""

    __tablename__ = "journal_note"
    __table_args__ = (
        CheckConstraint("length(text) <= 5000", name="text_length"),
        CheckConstraint("(erased_at IS NULL) OR (text = '')", name="erased_empty"),
    )

    entry_id: Mapped[int] = mapped_column(ForeignKey("journal_entry.id"), primary_key=True)
    text: Mapped[str] = mapped_column(Text)
    erased_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    entry: Mapped[JournalEntry] = relationship(back_populates="note", lazy="raise")


ddl.GUARDS.attach(JournalEntry.__table__, JournalNote.__table__)
