"""The tables of the follow-up."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from mobility.core.db import Base, UtcDateTime, Versioned, enum_type
from mobility.microcredit import ddl
from mobility.microcredit.columns import Percent
from mobility.microcredit.rules.signals import SignalKind


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


class CreditSignal(Base):
    """One early signal of a loan: a dated fact, noticed once (``key``), seen by somebody or not yet."""

    __tablename__ = "credit_signal"
    __table_args__ = (
        UniqueConstraint("dossier_id", "kind", "key"),
        CheckConstraint("(seen_at IS NULL) = (seen_by_id IS NULL)", name="seen_by_and_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    dossier_id: Mapped[int] = mapped_column(ForeignKey("microcredit_dossier.id"))
    kind: Mapped[SignalKind] = mapped_column(enum_type(SignalKind))
    on: Mapped[date]
    key: Mapped[str] = mapped_column(String(60))
    words: Mapped[str] = mapped_column(Text)
    noted_at: Mapped[datetime] = mapped_column(UtcDateTime)
    seen_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    seen_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))


class CreditPlan(Base):
    """A schedule that a bank agreed to after the first one; every version is kept.

    ``number``: that of its instalments (the first schedule is 1). ``apr``: the new annual rate, as it was shown.
    """

    __tablename__ = "credit_plan"
    __table_args__ = (
        UniqueConstraint("dossier_id", "number"),
        CheckConstraint("number >= 2 AND capital_cents > 0 AND months BETWEEN 1 AND 600", name="plausible"),
        CheckConstraint("first_due_on > from_on", name="first_after_start"),
        CheckConstraint("rate >= 0 AND apr >= 0", name="rates_positive"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    dossier_id: Mapped[int] = mapped_column(ForeignKey("microcredit_dossier.id"))
    accord_id: Mapped[int] = mapped_column(ForeignKey("credit_accord.id"), unique=True)
    """What person and bank have signed."""
    number: Mapped[int]
    capital_cents: Mapped[int]
    rate: Mapped[str] = mapped_column(Percent)
    apr: Mapped[str] = mapped_column(Percent)
    months: Mapped[int]
    from_on: Mapped[date]
    first_due_on: Mapped[date]
    agreed_on: Mapped[date]
    document_id: Mapped[int] = mapped_column(ForeignKey("document.id"))
    """The bank's agreement."""
    reason: Mapped[str] = mapped_column(Text)
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    made_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))


class CreditLoss(Base):
    """What was never paid back, and who bears it: the shares sum to the loss."""

    __tablename__ = "credit_loss"
    __table_args__ = (
        UniqueConstraint("dossier_id"),
        CheckConstraint("loss_cents > 0 AND fund_cents >= 0 AND bank_cents >= 0", name="amounts_positive"),
        CheckConstraint("fund_cents + bank_cents = loss_cents", name="shares_sum_to_loss"),
        CheckConstraint("percent >= 0", name="percent_positive"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    dossier_id: Mapped[int] = mapped_column(ForeignKey("microcredit_dossier.id"))
    on: Mapped[date]
    loss_cents: Mapped[int]
    fund_cents: Mapped[int]
    bank_cents: Mapped[int]
    percent: Mapped[str] = mapped_column(Percent)
    noted_at: Mapped[datetime] = mapped_column(UtcDateTime)
    noted_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))


class CreditCount(Base):
    """Indicators as they were counted on a day, small numbers already hidden; the database refuses to change a row.

    ``content``: axis, columns, lines and total; ``desk_id``: the one desk that was counted, None for several.
    """

    __tablename__ = "credit_count"
    __table_args__ = (
        CheckConstraint("length(sha256) = 64", name="sha256_length"),
        CheckConstraint("last_on >= first_on", name="period_forward"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    desk_id: Mapped[int | None] = mapped_column(ForeignKey("desk.id"), index=True)
    first_on: Mapped[date]
    last_on: Mapped[date]
    content: Mapped[dict[str, Any]] = mapped_column(JSON)
    sha256: Mapped[str] = mapped_column(String(64))
    taken_at: Mapped[datetime] = mapped_column(UtcDateTime)
    taken_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))


ddl.COUNT_GUARDS.attach(CreditCount.__table__)
