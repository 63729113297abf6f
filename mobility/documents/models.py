"""Tables of the documents; the bytes are files under a random key."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from mobility.core.db import Base, UtcDateTime


class Document(Base):
    """One stored file, and the thing it was first uploaded for (its owner)."""

    __tablename__ = "document"
    __table_args__ = (
        CheckConstraint("size_bytes > 0", name="not_empty"),
        CheckConstraint("length(sha256) = 64", name="sha256_length"),
        CheckConstraint("length(storage_key) = 32", name="storage_key_length"),
        # Erased means that no name is left either: a file name often holds a person's name.
        CheckConstraint("erased_at IS NULL OR filename = ''", name="erased_nameless"),
        Index("ix_document_owner", "owner_kind", "owner_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(40))
    owner_kind: Mapped[str] = mapped_column(String(40))
    owner_id: Mapped[int]
    # Plain: people stand above documents. Set where the file concerns a person.
    person_id: Mapped[int | None] = mapped_column(index=True)
    filename: Mapped[str] = mapped_column(String(200))
    media_type: Mapped[str] = mapped_column(String(60))
    size_bytes: Mapped[int]
    sha256: Mapped[str] = mapped_column(String(64), index=True)
    storage_key: Mapped[str] = mapped_column(String(32), unique=True)
    valid_until_on: Mapped[date | None]
    nir_found: Mapped[bool] = mapped_column(default=False)
    """Its text holds a social security number: it goes nowhere until that is masked."""
    uploaded_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    uploaded_at: Mapped[datetime] = mapped_column(UtcDateTime)
    erased_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    uses: Mapped[list[DocumentUse]] = relationship(
        back_populates="document", lazy="raise", cascade="all, delete-orphan"
    )


class DocumentUse(Base):
    """A further thing that a document serves, besides its owner: uploaded once, used again."""

    __tablename__ = "document_use"
    __table_args__ = (
        UniqueConstraint("document_id", "owner_kind", "owner_id"),
        Index("ix_document_use_owner", "owner_kind", "owner_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    document_id: Mapped[int] = mapped_column(ForeignKey("document.id", ondelete="CASCADE"))
    owner_kind: Mapped[str] = mapped_column(String(40))
    owner_id: Mapped[int]
    used_at: Mapped[datetime] = mapped_column(UtcDateTime)

    document: Mapped[Document] = relationship(back_populates="uses", lazy="raise")
