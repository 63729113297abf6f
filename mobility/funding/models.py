"""The tables of projects: what they cost, by which quotes, and who pays."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from mobility.core.db import Base, UtcDateTime, Versioned, enum_type
from mobility.funding import ddl
from mobility.funding.rules import LineState, Purpose, Source

_STANDING = text("source = 'grant' AND state NOT IN ('refused', 'dropped')")


class Project(Versioned, Base):
    """Something that a person needs money for. Its cost is that of the quotes that were chosen, or an estimate.

    The database refuses a cost below what its stack already pays, and a stack above its cost (``ddl.py``).
    """

    __tablename__ = "project"
    __table_args__ = (
        CheckConstraint("title <> ''", name="named"),
        CheckConstraint("amount_cents > 0", name="amount_positive"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    objective_id: Mapped[int | None] = mapped_column(ForeignKey("objective.id"))
    purpose: Mapped[Purpose] = mapped_column(enum_type(Purpose, name="purpose"))
    title: Mapped[str] = mapped_column(String(160))
    amount_cents: Mapped[int]
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)


class ProjectQuote(Base):
    """A quote (« devis »): who sells, what for, how much, until when. Those that are chosen make the project's cost.

    ``target``: a price to be obtained, which nobody has written yet; it stands in the place of ``replaces_id``.
    """

    __tablename__ = "project_quote"
    __table_args__ = (
        CheckConstraint("seller <> ''", name="seller_given"),
        CheckConstraint("amount_cents > 0", name="amount_positive"),
        CheckConstraint("valid_until_on IS NULL OR valid_until_on >= dated_on", name="period_forward"),
        CheckConstraint("NOT target OR (document_id IS NULL AND replaces_id IS NOT NULL)", name="target_has_no_paper"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"), index=True)
    seller: Mapped[str] = mapped_column(String(160))
    label: Mapped[str] = mapped_column(String(160), default="")
    amount_cents: Mapped[int]
    dated_on: Mapped[date]
    valid_until_on: Mapped[date | None]
    chosen: Mapped[bool] = mapped_column(default=True)
    target: Mapped[bool] = mapped_column(default=False)
    replaces_id: Mapped[int | None] = mapped_column(ForeignKey("project_quote.id"))
    document_id: Mapped[int | None] = mapped_column(ForeignKey("document.id"))
    added_at: Mapped[datetime] = mapped_column(UtcDateTime)
    added_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))


class FundingLine(Versioned, Base):
    """The money of one source. Refused and withdrawn lines stay, to be read; they pay nothing."""

    __tablename__ = "funding_line"
    __table_args__ = (
        CheckConstraint("amount_cents > 0", name="amount_positive"),
        CheckConstraint("(source = 'grant') = (code <> '')", name="grant_named"),
        CheckConstraint("state <> 'refused' OR reason <> ''", name="refused_with_reason"),
        # One grant pays one project once.
        Index("uq_funding_line_grant", "project_id", "code", unique=True, sqlite_where=_STANDING, postgresql_where=_STANDING),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(primary_key=True)
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"), index=True)
    source: Mapped[Source] = mapped_column(enum_type(Source, name="source"))
    code: Mapped[str] = mapped_column(String(40), default="")
    label: Mapped[str] = mapped_column(String(160), default="")
    amount_cents: Mapped[int]
    state: Mapped[LineState] = mapped_column(enum_type(LineState, name="state"), default=LineState.PLANNED)
    reason: Mapped[str] = mapped_column(String(300), default="")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))


ddl.GUARDS.attach(FundingLine.__table__)
