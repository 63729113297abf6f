"""The tables of the follow-up."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from mobility.core.db import Base, UtcDateTime, Versioned, enum_type


class StatementState(StrEnum):
    """Where a bank's file stands."""

    PREVIEW = "preview"
    DONE = "done"
    DROPPED = "dropped"


STATEMENT_LABELS: dict[StatementState, str] = {
    StatementState.PREVIEW: "À confirmer",
    StatementState.DONE: "Noté",
    StatementState.DROPPED: "Laissé de côté",
}


class CreditStatement(Versioned, Base):
    """A bank's file of payments: read, shown, and nothing more until it is confirmed. Its rows are emptied then.

    ``sha256``: of the file itself, so that one brought twice says so.
    """

    __tablename__ = "credit_statement"
    __table_args__ = (
        CheckConstraint("(state = 'preview') = (rows IS NOT NULL)", name="rows_until_decided"),
        CheckConstraint("(state = 'preview') = (decided_at IS NULL)", name="decided_with_instant"),
        CheckConstraint("length(sha256) = 64", name="sha256_length"),
        CheckConstraint("made >= 0", name="made_positive"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    state: Mapped[StatementState] = mapped_column(enum_type(StatementState), default=StatementState.PREVIEW)
    filename: Mapped[str] = mapped_column(String(200), default="")
    sha256: Mapped[str] = mapped_column(String(64), index=True)
    rows: Mapped[list[dict[str, Any]] | None] = mapped_column(JSON(none_as_null=True))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_by_id: Mapped[int] = mapped_column(ForeignKey("user.id"), index=True)
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    made: Mapped[int] = mapped_column(default=0)
