"""Which services we know, and with which keys: who asks us shows theirs, we show ours."""

from __future__ import annotations

from sqlalchemy import select

from mobility.carpool.models import CarpoolOperator
from mobility.core.crypto import keyed_hash
from mobility.core.db import db

KEY_PURPOSE = "carpool-operator"
LONGEST_KEY = 200


def hash_of(key: str) -> str:
    """Return what is kept of a key that another service shows us."""
    return keyed_hash(key, purpose=KEY_PURPOSE)


def find_by_key(key: str) -> CarpoolOperator | None:
    """Return the service that a key belongs to, if it may ask (one query)."""
    if not 16 <= len(key) <= LONGEST_KEY:
        return None
    return db.session.scalar(
        select(CarpoolOperator).where(
            CarpoolOperator.inbound_hash == hash_of(key), CarpoolOperator.disabled_at.is_(None)
        )
    )
