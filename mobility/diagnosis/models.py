"""The tables of diagnoses: the diagnosis, its answers one by one, and the scores that an adviser has overridden."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from mobility.core.db import Base, UtcDateTime, Versioned, enum_type
from mobility.diagnosis.rules import AbandonReason, Author, Moment, State

_OPEN = text("state = 'open'")
_CURRENT = text("superseded_at IS NULL")
_IN_FORCE = text("withdrawn_at IS NULL")


class Diagnosis(Versioned, Base):
    """One diagnosis of one person. ``findings`` are those of the day on which it was finished: rules change, they do not."""

    __tablename__ = "diagnosis"
    __table_args__ = (
        CheckConstraint("(state = 'finished') = (closed_at IS NOT NULL)", name="finished_with_instant"),
        CheckConstraint("(state = 'finished') = (findings IS NOT NULL)", name="finished_with_findings"),
        CheckConstraint("(state = 'abandoned') = (abandon_reason IS NOT NULL)", name="abandoned_has_reason"),
        CheckConstraint("(state = 'abandoned') = (abandoned_at IS NOT NULL)", name="abandoned_with_instant"),
        CheckConstraint(
            "abandon_reason IS NULL OR abandon_reason <> 'other' OR abandon_note <> ''", name="other_says_why"
        ),
        CheckConstraint("closed_at IS NULL OR closed_at >= started_at", name="finished_after_start"),
        CheckConstraint("prepared_at IS NULL OR invited_at IS NOT NULL", name="prepared_was_invited"),
        Index("uq_diagnosis_open", "person_id", unique=True, sqlite_where=_OPEN, postgresql_where=_OPEN),
        Index("ix_diagnosis_last", "person_id", "closed_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    moment: Mapped[Moment] = mapped_column(enum_type(Moment, name="moment"))
    questionnaire: Mapped[str] = mapped_column(String(20))
    """The version of the questionnaire, which never changes under a diagnosis."""
    state: Mapped[State] = mapped_column(enum_type(State, name="state"), default=State.OPEN)
    started_at: Mapped[datetime] = mapped_column(UtcDateTime)
    started_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    invited_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """Since when the person may answer their part alone."""
    prepared_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When the person has said « j’ai fini »."""
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    closed_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    findings: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    abandoned_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    abandon_reason: Mapped[AbandonReason | None] = mapped_column(enum_type(AbandonReason, name="abandon_reason"))
    abandon_note: Mapped[str] = mapped_column(Text, default="")


class DiagnosisAnswer(Base):
    """One answer to one item, by one author. A correction supersedes it: the earlier one stays."""

    __tablename__ = "diagnosis_answer"
    __table_args__ = (
        CheckConstraint("author <> 'adviser' OR user_id IS NOT NULL", name="adviser_is_named"),
        CheckConstraint("superseded_at IS NULL OR superseded_at >= answered_at", name="superseded_later"),
        CheckConstraint("length(item) > 0", name="item_named"),
        Index(
            "uq_diagnosis_answer_current",
            "diagnosis_id",
            "item",
            unique=True,
            sqlite_where=_CURRENT,
            postgresql_where=_CURRENT,
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    diagnosis_id: Mapped[int] = mapped_column(ForeignKey("diagnosis.id"), index=True)
    item: Mapped[str] = mapped_column(String(40))
    value: Mapped[Any | None] = mapped_column(JSON(none_as_null=True))
    """A code, codes, a number, cents, an ISO date or a text; None where an answer was taken back."""
    author: Mapped[Author] = mapped_column(enum_type(Author, name="author"))
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    answered_at: Mapped[datetime] = mapped_column(UtcDateTime)
    superseded_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class DiagnosisOverride(Base):
    """A score that the adviser sets instead of the computed one; both stay, with the reason."""

    __tablename__ = "diagnosis_override"
    __table_args__ = (
        CheckConstraint("value BETWEEN 0 AND 4", name="value_in_range"),
        CheckConstraint("computed BETWEEN 0 AND 4", name="computed_in_range"),
        CheckConstraint("reason <> ''", name="reasoned"),
        CheckConstraint("withdrawn_at IS NULL OR withdrawn_at >= at", name="withdrawn_later"),
        Index(
            "uq_diagnosis_override_in_force",
            "diagnosis_id",
            "dimension",
            unique=True,
            sqlite_where=_IN_FORCE,
            postgresql_where=_IN_FORCE,
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    diagnosis_id: Mapped[int] = mapped_column(ForeignKey("diagnosis.id"), index=True)
    dimension: Mapped[str] = mapped_column(String(40))
    value: Mapped[int]
    computed: Mapped[int | None]
    """What the rules gave at that moment; None where too little was answered."""
    reason: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    withdrawn_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
