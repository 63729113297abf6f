"""The tables of papers that are asked from a person and sent by phone."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from mobility.core.db import Base, UtcDateTime, enum_type
from mobility.microcredit.rules.cards import PageState

_LIVING = text("revoked_at IS NULL")


class PaperRequest(Base):
    """Papers that were asked from the person, by a link of their own. A new request ends the one before it."""

    __tablename__ = "microcredit_paper_request"
    __table_args__ = (
        CheckConstraint("expires_at > made_at", name="expires_later"),
        Index(
            "uq_microcredit_paper_request_living", "dossier_id", unique=True,
            sqlite_where=_LIVING, postgresql_where=_LIVING,
        ),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(primary_key=True)
    dossier_id: Mapped[int] = mapped_column(ForeignKey("microcredit_dossier.id"), index=True)
    codes: Mapped[list[str]] = mapped_column(JSON)
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    made_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class SentPage(Base):
    """One page of a paper as the person sent it. It counts once the adviser takes it; a refused one is erased."""

    __tablename__ = "microcredit_sent_page"
    __table_args__ = (
        # The same photograph sent twice (the network fell, the button was pressed again) is one page.
        UniqueConstraint("dossier_id", "code", "document_id"),
        CheckConstraint("code <> ''", name="code_given"),
        CheckConstraint("(state = 'waiting') = (decided_at IS NULL)", name="decided_with_date"),
        CheckConstraint("reason <> '' OR state <> 'refused'", name="refused_with_reason"),
        CheckConstraint("(state = 'accepted') = (paper_id IS NOT NULL)", name="accepted_into_a_paper"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    dossier_id: Mapped[int] = mapped_column(ForeignKey("microcredit_dossier.id"), index=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    code: Mapped[str] = mapped_column(String(60))
    document_id: Mapped[int] = mapped_column(ForeignKey("document.id"))
    state: Mapped[PageState] = mapped_column(enum_type(PageState, name="state"), default=PageState.WAITING)
    sent_at: Mapped[datetime] = mapped_column(UtcDateTime)
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    reason: Mapped[str] = mapped_column(Text, default="")
    paper_id: Mapped[int | None] = mapped_column(ForeignKey("microcredit_paper.id"), index=True)
