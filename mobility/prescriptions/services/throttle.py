"""How many prescriptions may come from one place in an hour, counted in the database: every process sees the same."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import func, select, update

from mobility.core.crypto import keyed_hash
from mobility.core.db import db, transaction
from mobility.prescriptions.errors import TooMany
from mobility.prescriptions.models import Prescription

WINDOW = timedelta(hours=1)
BY_LINK, BY_ADDRESS = 60, 30
HASH_KEPT = timedelta(days=1)


def check_rate(*, link_id: int, sender: str, now: datetime) -> None:
    """Raise TooMany where a link or a network address has sent too much within the hour; drafts count."""
    hashed = keyed_hash(sender, purpose="prescription-sender")
    for condition, allowed in (
        (Prescription.link_id == link_id, BY_LINK),
        (Prescription.sender_hash == hashed, BY_ADDRESS),
    ):
        count = db.session.scalar(
            select(func.count()).select_from(Prescription).where(condition, Prescription.created_at > now - WINDOW)
        )
        if (count or 0) >= allowed:
            raise TooMany


def forget_senders(*, now: datetime) -> int:
    """Empty the hashed addresses that no longer count. Returns how many."""
    with transaction() as session:
        result = session.execute(
            update(Prescription)
            .where(Prescription.sender_hash.is_not(None), Prescription.created_at < now - HASH_KEPT)
            .values(sender_hash=None)
            .execution_options(synchronize_session=False)
        )
        return int(getattr(result, "rowcount", 0))
