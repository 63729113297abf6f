"""Once-only keys: a double click, a reload or a repeated API call never acts twice.

The key is claimed in the same transaction as the act; whoever comes second with the same key gets
the first one's result.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import JSON, Index, String, delete
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, mapped_column

from mobility.core.db import Base, db, transaction
from mobility.core.retry import retried

KEPT = timedelta(days=2)


class OnceKey(Base):
    """A key that was used, by whom, and what came of it."""

    __tablename__ = "once_key"
    __table_args__ = (Index("ix_once_key_created_at", "created_at"),)

    scope: Mapped[str] = mapped_column(String(120), primary_key=True)
    key: Mapped[str] = mapped_column(String(120), primary_key=True)
    fingerprint: Mapped[str] = mapped_column(String(64), default="")
    result: Mapped[Any] = mapped_column(JSON, nullable=True)
    created_at: Mapped[datetime]


def find_result(scope: str, key: str) -> OnceKey | None:
    """Return the earlier use of the key, or None."""
    return db.session.get(OnceKey, (scope, key))


@retried
def run_once(scope: str, key: str, act: Callable[[], Any], *, now: datetime, fingerprint: str = "") -> tuple[Any, bool]:
    """Run the act under the key. Returns (result, repeated); the result must be a JSON value.

    If the act raises, the key is free again: a refused form may be sent again.
    """
    try:
        with transaction() as session:
            earlier = session.get(OnceKey, (scope, key))
            if earlier is not None:
                return earlier.result, True
            row = OnceKey(scope=scope, key=key, fingerprint=fingerprint, created_at=now)
            session.add(row)
            session.flush()
            row.result = act()
            return row.result, False
    except IntegrityError:
        earlier = find_result(scope, key)
        if earlier is None:
            raise
        return earlier.result, True


def forget_old(now: datetime) -> int:
    """Delete the keys that nobody can repeat any more. Returns how many."""
    with transaction() as session:
        result = session.execute(delete(OnceKey).where(OnceKey.created_at < now - KEPT))
        return int(getattr(result, "rowcount", 0))
