"""Sign-in by e-mail and password, for staff and partners."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from functools import lru_cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import select
from sqlalchemy.orm import selectinload

from mobility.accounts import audit, rules
from mobility.accounts.errors import SignInRefused
from mobility.accounts.models import User
from mobility.accounts.services import throttle
from mobility.core import links
from mobility.core.db import db, lock, transaction
from mobility.notifications.kinds import MessageClass
from mobility.notifications.services import queue

PURPOSE = "set-password"
INVITATION_LIFETIME = timedelta(days=7)
RESET_LIFETIME = timedelta(hours=1)


@lru_cache(maxsize=1)
def hasher() -> PasswordHasher:
    """Return the argon2 hasher (the library's defaults follow RFC 9106)."""
    return PasswordHasher()


@lru_cache(maxsize=1)
def _decoy() -> str:
    """Return the hash that is verified for unknown accounts, so that time tells nothing."""
    return hasher().hash("nobody has this password")


def _matches(stored: str | None, password: str) -> bool:
    try:
        hasher().verify(stored or _decoy(), password)
    except (VerificationError, InvalidHashError):
        return False
    return stored is not None


def find_by_email(email: str) -> User | None:
    """Return the user with this address, grants loaded, or None."""
    return db.session.scalar(select(User).where(User.email == email.strip().lower()).options(selectinload(User.grants)))


def check_password(*, email: str, password: str, address: str, now: datetime) -> User:
    """Return the user whose password this is. Raises SignInRefused or TooManyAttempts.

    The hash is computed outside of any transaction: it takes a tenth of a second on purpose.
    """
    throttle.check(account=email, address=address, now=now)
    user = find_by_email(email) if len(email) <= 254 else None
    known = user is not None and user.disabled_at is None
    if not _matches(user.password_hash if user and known else None, password[: rules.PASSWORD_MAX + 1]):
        throttle.note_failure(account=email, address=address, now=now)
        raise SignInRefused
    if user is None:  # pragma: no cover - an unknown user never matches
        raise SignInRefused
    return user


def note_sign_in(*, user_id: int, account: str, method: str, now: datetime) -> None:
    """Write a successful sign-in, and forget the failures before it."""
    with transaction():
        user = lock(User, user_id)
        user.signed_in_at = now
        throttle.forgive(account=account, now=now)
        audit.record(
            actor_id=user_id,
            action=f"sign_in.{method}",
            subject_kind="user",
            subject_id=user_id,
            person_id=user.person_id,
            now=now,
        )


def _fingerprint(user: User) -> str:
    """Return a mark of the present password: a link made before a change is dead after it."""
    return hashlib.sha256(f"{user.password_hash or ''}:{user.session_epoch}".encode()).hexdigest()[:16]


def password_link(user: User, *, now: datetime, lifetime: timedelta) -> str:
    """Return the address where the user chooses a password, once."""
    token = links.sign(PURPOSE, {"u": user.id, "f": _fingerprint(user)}, now=now, lifetime=lifetime)
    return links.public_url("accounts.choose_password", token=token)


def user_of_link(token: str, *, now: datetime) -> User:
    """Return the user of a password link. Raises LinkInvalid or LinkExpired (also once it was used)."""
    payload = links.read(PURPOSE, token, now=now)
    user = db.session.get(User, int(payload["u"]))
    if user is None or user.disabled_at is not None or payload["f"] != _fingerprint(user):
        raise links.LinkExpired
    return user


def choose_password(*, token: str, password: str, now: datetime) -> int:
    """Set the password by a link; other sessions end. Returns the user's id. Raises WeakPassword, LinkExpired."""
    user = user_of_link(token, now=now)
    rules.check_password(password, known=[user.display_name, (user.email or "").partition("@")[0]])
    hashed = hasher().hash(password)
    with transaction():
        user_of_link(token, now=now)
        row = lock(User, user.id)
        row.password_hash = hashed
        row.session_epoch += 1
        audit.record(actor_id=row.id, action="user.password_chosen", subject_kind="user", subject_id=row.id, now=now)
    return user.id


def send_reset(*, email: str, address: str, now: datetime) -> None:
    """Send a link to choose a new password, if the account exists; who asks is told the same either way.

    Each demand counts, known address or not: nobody's mailbox is to be flooded. Raises TooManyAttempts.
    """
    throttle.check(account=f"reset:{email}", address=address, now=now)
    throttle.note_failure(account=f"reset:{email}", address=address, now=now)
    user = find_by_email(email) if len(email) <= 254 else None
    if user is None or user.disabled_at is not None or user.recipient_id is None:
        return
    with transaction():
        queue(
            recipient_id=user.recipient_id,
            template="password_reset",
            params={"link": password_link(user, now=now, lifetime=RESET_LIFETIME), "minutes": 60},
            message_class=MessageClass.SECURITY,
            dedup_key=f"password-reset:{user.id}:{int(now.timestamp()) // 60}",
            now=now,
            expires_at=now + RESET_LIFETIME,
        )
        audit.record(actor_id=None, action="user.password_reset_sent", subject_kind="user", subject_id=user.id, now=now)
