"""The table of the list: only what somebody put off. Tasks themselves are facts of their rooms."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from mobility.core.db import Base, UtcDateTime


class TaskDelay(Base):
    """« Not before that day »: one user, one task. Forgotten when its day has come."""

    __tablename__ = "task_delay"
    __table_args__ = (
        UniqueConstraint("user_id", "key"),
        CheckConstraint("key <> ''", name="key_named"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    key: Mapped[str] = mapped_column(String(80))
    until_on: Mapped[date] = mapped_column(index=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
