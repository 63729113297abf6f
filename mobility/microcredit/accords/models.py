"""The tables of agreements between a person and their bank."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from mobility.core.db import Base, UtcDateTime, Versioned, enum_type
from mobility.microcredit import ddl
from mobility.microcredit.rules.accords import AccordKind, AccordState
from mobility.pathway.plan.rules.terms import Manner
from mobility.people.rules import SignsWith

_WAITING, _IN_FORCE = text("state = 'waiting'"), text("state = 'in_force'")
_AGREED = "state IN ('in_force', 'applied', 'kept', 'broken', 'replaced')"


class CreditAccord(Versioned, Base):
    """A plan of arrears, or a new schedule, as it was laid before the person: what it says never changes.

    ``content`` is what was shown, ``sha256`` its digest. It holds once the borrower's side has signed and the bank's
    paper is there. ``base_cents``: all that was paid when it was laid; ``arrears_cents``: what was late then.
    The database refuses any other change than a signature, the bank's paper, a step of ``ACCORDS`` and an erasure.
    """

    __tablename__ = "credit_accord"
    __table_args__ = (
        UniqueConstraint("dossier_id", "number"),
        CheckConstraint("number >= 1 AND length(sha256) = 64 AND base_cents >= 0", name="plausible"),
        CheckConstraint(
            "(kind = 'amicable' AND arrears_cents > 0 AND state <> 'applied')"
            " OR (kind = 'schedule' AND arrears_cents = 0 AND state IN ('waiting', 'applied', 'dropped'))",
            name="states_of_kind",
        ),
        CheckConstraint(
            f"NOT ({_AGREED}) OR (begun_at IS NOT NULL AND bank_document_id IS NOT NULL"
            " AND (signs_with = 'by_representative' OR person_signed_at IS NOT NULL)"
            " AND (signs_with = 'alone' OR representative_signed_at IS NOT NULL))",
            name="agreed_by_all",
        ),
        CheckConstraint("(bank_document_id IS NULL) = (bank_agreed_on IS NULL)", name="bank_paper_dated"),
        CheckConstraint("(person_signed_at IS NULL) = (person_manner IS NULL)", name="person_signature_whole"),
        CheckConstraint(
            "(representative_signed_at IS NULL) = (representative_manner IS NULL)"
            " AND (representative_signed_at IS NULL) = (representative_id IS NULL)",
            name="representative_signature_whole",
        ),
        CheckConstraint("(state IN ('waiting', 'in_force', 'applied')) = (ended_at IS NULL)", name="ended_with_instant"),
        Index("uq_credit_accord_waiting", "dossier_id", unique=True, sqlite_where=_WAITING, postgresql_where=_WAITING),
        Index(
            "uq_credit_accord_in_force", "dossier_id", unique=True, sqlite_where=_IN_FORCE, postgresql_where=_IN_FORCE
        ),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(primary_key=True)
    dossier_id: Mapped[int] = mapped_column(ForeignKey("microcredit_dossier.id"))
    number: Mapped[int]
    kind: Mapped[AccordKind] = mapped_column(enum_type(AccordKind, name="kind"))
    state: Mapped[AccordState] = mapped_column(enum_type(AccordState, name="state"), default=AccordState.WAITING)
    content: Mapped[dict[str, Any]] = mapped_column(JSON)
    sha256: Mapped[str] = mapped_column(String(64))
    base_cents: Mapped[int]
    arrears_cents: Mapped[int] = mapped_column(default=0)
    reason: Mapped[str] = mapped_column(Text, default="")
    laid_at: Mapped[datetime] = mapped_column(UtcDateTime)
    laid_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    signs_with: Mapped[SignsWith] = mapped_column(enum_type(SignsWith, name="signs_with"))
    person_signed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    person_manner: Mapped[Manner | None] = mapped_column(enum_type(Manner, name="person_manner"))
    person_name: Mapped[str] = mapped_column(String(160), default="")
    person_ink: Mapped[str] = mapped_column(Text, default="")
    representative_signed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    representative_manner: Mapped[Manner | None] = mapped_column(enum_type(Manner, name="representative_manner"))
    # Their row goes with an erasure: who signed stays as it was written, in their quality.
    representative_id: Mapped[int | None]
    representative_quality: Mapped[str] = mapped_column(String(120), default="")
    representative_name: Mapped[str] = mapped_column(String(160), default="")
    representative_ink: Mapped[str] = mapped_column(Text, default="")
    bank_agreed_on: Mapped[date | None]
    bank_document_id: Mapped[int | None] = mapped_column(ForeignKey("document.id"))
    begun_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    erased_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class CreditAccordLine(Base):
    """One sum of a plan of arrears. Lines are written with their plan, never after a signature, and never changed."""

    __tablename__ = "credit_accord_line"
    __table_args__ = (
        UniqueConstraint("accord_id", "due_on"),
        CheckConstraint("amount_cents > 0", name="amount_positive"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    accord_id: Mapped[int] = mapped_column(ForeignKey("credit_accord.id"))
    due_on: Mapped[date]
    amount_cents: Mapped[int]


ddl.ACCORD_GUARDS.attach(CreditAccord.__table__, CreditAccordLine.__table__)
