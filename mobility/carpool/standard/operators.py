"""Which services we know, and with which keys: who asks us shows theirs, we show ours."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from flask import current_app
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from mobility.accounts.audit import record
from mobility.carpool.models import CarpoolOperator
from mobility.carpool.standard.errors import OperatorKnown
from mobility.core.crypto import encrypt, keyed_hash
from mobility.core.db import check_version, db, lock, transaction

KEY_PURPOSE = "carpool-operator"
SHORTEST_KEY, LONGEST_KEY = 16, 200


@dataclass(frozen=True, slots=True)
class Details:
    """What is typed of a service; ``key`` empty: the one that is known stays."""

    name: str
    domain: str
    base_url: str
    key: str
    asked: bool


def own_domain() -> str:
    """Return what the standard calls us by: the setting, or the host of PUBLIC_URL."""
    return str(current_app.config["CARPOOL_OPERATOR"]) or urlsplit(str(current_app.config["PUBLIC_URL"])).hostname or ""


def hash_of(key: str) -> str:
    """Return what is kept of a key that another service shows us."""
    return keyed_hash(key, purpose=KEY_PURPOSE)


def find_by_key(key: str) -> CarpoolOperator | None:
    """Return the service that a key belongs to, if it may ask (one query)."""
    if not SHORTEST_KEY <= len(key) <= LONGEST_KEY:
        return None
    return db.session.scalar(
        select(CarpoolOperator).where(
            CarpoolOperator.inbound_hash == hash_of(key), CarpoolOperator.disabled_at.is_(None)
        )
    )


def list_operators() -> Sequence[CarpoolOperator]:
    """Return every service, by name (one query)."""
    return db.session.scalars(select(CarpoolOperator).order_by(CarpoolOperator.name, CarpoolOperator.id)).all()


def put_operator(
    *, operator_id: int | None, details: Details, version: int | None, actor_id: int | None, now: datetime
) -> int:
    """Add a service, or change one. Raises OperatorKnown where its domain is another's, StaleVersion."""
    try:
        with transaction() as session:
            if operator_id is None:
                row = CarpoolOperator(created_at=now)
                session.add(row)
                before: dict[str, object] = {}
            else:
                row = lock(CarpoolOperator, operator_id)
                check_version(row, version)
                before = _audited(row)
            row.name, row.domain, row.base_url, row.asked = (
                details.name, details.domain.lower(), details.base_url.rstrip("/"), details.asked,
            )  # fmt: skip
            if details.key:
                row.key_encrypted = encrypt(details.key)
            session.flush()
            after = _audited(row)
            record(
                actor_id=actor_id,
                action="carpool.operator_saved",
                subject_kind="carpool_operator",
                subject_id=row.id,
                now=now,
                changes={name: (before.get(name), value) for name, value in after.items()},
            )
            return row.id
    except IntegrityError:
        raise OperatorKnown from None


def _audited(row: CarpoolOperator) -> dict[str, object]:
    return {"name": row.name, "domain": row.domain, "base_url": row.base_url, "asked": row.asked}


def set_inbound_key(*, operator_id: int, key: str, actor_id: int | None, now: datetime) -> None:
    """Let a service ask us with this key from now on; the one before opens nothing any more."""
    with transaction():
        lock(CarpoolOperator, operator_id).inbound_hash = hash_of(key)
        _note("carpool.operator_key", operator_id, actor_id, now)


def set_disabled(*, operator_id: int, disabled: bool, actor_id: int | None, now: datetime) -> None:
    """Shut a service out, both ways, or let it in again."""
    with transaction():
        lock(CarpoolOperator, operator_id).disabled_at = now if disabled else None
        _note("carpool.operator_disabled" if disabled else "carpool.operator_enabled", operator_id, actor_id, now)


def _note(action: str, operator_id: int, actor_id: int | None, now: datetime) -> None:
    record(actor_id=actor_id, action=action, subject_kind="carpool_operator", subject_id=operator_id, now=now)
