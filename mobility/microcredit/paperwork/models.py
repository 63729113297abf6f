"""The tables of papers that are asked from a person and sent by phone."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from mobility.core.db import Base, UtcDateTime, enum_type
from mobility.microcredit.rules.cards import PageState
from mobility.microcredit.rules.joining import JoinState

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


class JoinedFile(Base):
    """The dossier with all its papers in one file, while a job makes it: to be looked at, or to be sent.

    One a dossier. ``version``: of the dossier as it was when its sending was asked for. A file that was sent belongs to
    its transmission, and leaves no row here.
    """

    __tablename__ = "microcredit_joined_file"
    __table_args__ = (
        CheckConstraint("(state = 'ready') = (document_id IS NOT NULL)", name="ready_with_file"),
        CheckConstraint("(state = 'failed') = (why <> '')", name="failed_with_reason"),
        CheckConstraint("(state = 'waiting') = (ended_at IS NULL)", name="ended_with_date"),
        CheckConstraint("NOT sends OR state <> 'ready'", name="sent_leaves_no_row"),
        CheckConstraint("NOT sends OR version IS NOT NULL", name="sent_as_it_was"),
        CheckConstraint("tries >= 0", name="tries_positive"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    dossier_id: Mapped[int] = mapped_column(ForeignKey("microcredit_dossier.id"), unique=True)
    sends: Mapped[bool]
    version: Mapped[int | None]
    state: Mapped[JoinState] = mapped_column(enum_type(JoinState, name="state"), default=JoinState.WAITING)
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime)
    asked_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    tries: Mapped[int] = mapped_column(default=0)
    next_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    why: Mapped[str] = mapped_column(Text, default="")
    document_id: Mapped[int | None] = mapped_column(ForeignKey("document.id"))
