"""The one table of the ledger."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    String,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from mobility.core.db import Base, UtcDateTime, enum_type
from mobility.ledger import ddl
from mobility.ledger.rules import LedgerKind


class LedgerEntry(Base):
    """One movement, in positive cents; the database refuses any change (see ``ledger.ddl``).

    A reversal repeats the kind, the person and the amount of what it reverses: the composite
    foreign key makes a reversal of another amount, or of somebody else's entry, impossible.
    """

    __tablename__ = "ledger_entry"
    __table_args__ = (
        CheckConstraint("amount_cents > 0", name="amount_positive"),
        CheckConstraint("label <> ''", name="label_named"),
        CheckConstraint(
            "(kind = 'reversal') = (reverses_id IS NOT NULL)",
            name="reversal_names_entry",
        ),
        CheckConstraint("(reverses_id IS NULL) = (reverses_kind IS NULL)", name="reversal_whole"),
        CheckConstraint(
            "reverses_kind IS NULL OR reverses_kind <> 'reversal'",
            name="reversal_of_reversal",
        ),
        CheckConstraint(
            "(kind <> 'funder_share') OR (organisation_id IS NOT NULL)",
            name="share_names_funder",
        ),
        CheckConstraint("(subject_kind IS NULL) = (subject_id IS NULL)", name="subject_whole"),
        UniqueConstraint("reverses_id"),
        UniqueConstraint("id", "kind", "person_id", "amount_cents", name="uq_ledger_entry_reversible"),
        ForeignKeyConstraint(
            ["reverses_id", "reverses_kind", "person_id", "amount_cents"],
            [
                "ledger_entry.id",
                "ledger_entry.kind",
                "ledger_entry.person_id",
                "ledger_entry.amount_cents",
            ],
            name="fk_ledger_entry_reverses",
        ),
        Index("ix_ledger_entry_person_id_at", "person_id", "at"),
        Index("ix_ledger_entry_subject", "subject_kind", "subject_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    kind: Mapped[LedgerKind] = mapped_column(enum_type(LedgerKind))
    amount_cents: Mapped[int] = mapped_column(BigInteger)
    label: Mapped[str] = mapped_column(String(200))
    subject_kind: Mapped[str | None] = mapped_column(String(40))
    subject_id: Mapped[int | None]
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"), index=True)
    reverses_id: Mapped[int | None]
    reverses_kind: Mapped[LedgerKind | None] = mapped_column(enum_type(LedgerKind, name="ledger_reverses_kind"))
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))


ddl.GUARDS.attach(LedgerEntry.__table__)
