"""Attempts counted in the database: every server process sees the same count."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import delete, select

from mobility.accounts import rules
from mobility.accounts.errors import TooManyAttempts
from mobility.accounts.models import SignInFailure
from mobility.core.crypto import keyed_hash
from mobility.core.db import db, transaction


def _keys(account: str, address: str) -> tuple[tuple[str, int], ...]:
    """Return (hash, failures allowed) for the account tried and for the address it is tried from."""
    return (
        (keyed_hash(account.casefold(), purpose="throttle-account"), rules.ACCOUNT_FAILURES),
        (keyed_hash(address, purpose="throttle-address"), rules.ADDRESS_FAILURES),
    )


def check(*, account: str, address: str, now: datetime) -> None:
    """Raise TooManyAttempts, with the minutes to wait, after too many failures."""
    for key, allowed in _keys(account, address):
        since = now - rules.FAILURE_WINDOW
        failures: Iterable[datetime] = db.session.scalars(
            select(SignInFailure.at)
            .where(SignInFailure.key_hash == key, SignInFailure.at > since)
            .order_by(SignInFailure.at.desc())
            .limit(allowed)
        )
        if minutes := rules.minutes_to_wait(failures, allowed=allowed, now=now):
            raise TooManyAttempts(minutes=minutes)


def note_failure(*, account: str, address: str, now: datetime) -> None:
    """Count one failure, in a transaction of its own: the refusal that follows must not undo it."""
    with transaction() as session:
        session.add_all(SignInFailure(key_hash=key, at=now) for key, _ in _keys(account, address))


def forgive(*, account: str, now: datetime) -> None:
    """Forget the failures of an account after a success."""
    key = keyed_hash(account.casefold(), purpose="throttle-account")
    with transaction() as session:
        session.execute(delete(SignInFailure).where(SignInFailure.key_hash == key, SignInFailure.at <= now))


def forget_old(*, now: datetime) -> int:
    """Delete failures that no longer count. Returns how many."""
    with transaction() as session:
        result = session.execute(delete(SignInFailure).where(SignInFailure.at <= now - rules.FAILURE_WINDOW))
        return int(getattr(result, "rowcount", 0))
