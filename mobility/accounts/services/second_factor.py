"""The second factor of staff: a time-based code (TOTP), with recovery codes for a lost phone."""

from __future__ import annotations

import secrets
from datetime import datetime

import pyotp
from sqlalchemy import delete, select

from mobility.accounts import audit, rules
from mobility.accounts.errors import CodeRefused
from mobility.accounts.models import RecoveryCode, User
from mobility.accounts.services import throttle
from mobility.core.crypto import decrypt, encrypt, keyed_hash
from mobility.core.db import db, lock, transaction

ISSUER = "Mobilité"
STEP_SECONDS = 30


def new_secret() -> str:
    """Return a secret of 160 bits."""
    return pyotp.random_base32()


def provisioning_uri(*, secret: str, account: str) -> str:
    """Return the otpauth:// address that authenticator apps read as a QR code."""
    return pyotp.TOTP(secret).provisioning_uri(name=account, issuer_name=ISSUER)


def matching_step(secret: str, code: str, *, now: datetime) -> int | None:
    """Return the time step of which this is the code (the present one or a neighbour), or None."""
    typed = rules.normalise_code(code)
    present = int(now.timestamp()) // STEP_SECONDS
    totp = pyotp.TOTP(secret)
    for step in (present, present - 1, present + 1):
        if secrets.compare_digest(totp.at(step * STEP_SECONDS).encode(), typed.encode()):
            return step
    return None


def enrol(*, user_id: int, secret: str, code: str, now: datetime) -> list[str]:
    """Confirm a new secret with its first code. Returns the recovery codes, shown once. Raises CodeRefused."""
    step = matching_step(secret, code, now=now)
    if step is None:
        raise CodeRefused
    codes = ["".join(secrets.choice(rules.RECOVERY_ALPHABET) for _ in range(12)) for _ in range(rules.RECOVERY_CODES)]
    with transaction() as session:
        user = lock(User, user_id)
        user.totp_secret_encrypted = encrypt(secret)
        user.totp_confirmed_at = now
        user.totp_last_step = step
        session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user_id))
        session.add_all(RecoveryCode(user_id=user_id, code_hash=keyed_hash(code, purpose="recovery")) for code in codes)
        audit.record(
            actor_id=user_id, action="user.second_factor_set", subject_kind="user", subject_id=user_id, now=now
        )
    return [f"{code[:4]}-{code[4:8]}-{code[8:]}" for code in codes]


def check(*, user_id: int, code: str, address: str, now: datetime) -> str:
    """Accept a code once; returns ``totp`` or ``recovery``. Raises CodeRefused or TooManyAttempts."""
    account = f"second-factor:{user_id}"
    throttle.check(account=account, address=address, now=now)
    with transaction() as session:
        user = lock(User, user_id)
        if user.totp_secret_encrypted is None:
            raise CodeRefused
        step = matching_step(decrypt(user.totp_secret_encrypted), code, now=now)
        if step is not None and (user.totp_last_step is None or step > user.totp_last_step):
            user.totp_last_step = step
            return "totp"
        hashed = keyed_hash(rules.normalise_code(code), purpose="recovery")
        recovery = session.scalar(
            select(RecoveryCode).where(
                RecoveryCode.user_id == user_id, RecoveryCode.code_hash == hashed, RecoveryCode.used_at.is_(None)
            )
        )
        if recovery is not None:
            recovery.used_at = now
            return "recovery"
    throttle.note_failure(account=account, address=address, now=now)
    raise CodeRefused


def codes_left(user_id: int) -> int:
    """Return how many recovery codes are unused."""
    return len(
        db.session.scalars(
            select(RecoveryCode.id).where(RecoveryCode.user_id == user_id, RecoveryCode.used_at.is_(None))
        ).all()
    )


def reset(*, user_id: int, actor_id: int, now: datetime) -> None:
    """Take the second factor off, for a lost phone; the user sets a new one at the next sign-in."""
    with transaction() as session:
        user = lock(User, user_id)
        user.totp_secret_encrypted = None
        user.totp_confirmed_at = None
        user.totp_last_step = None
        user.session_epoch += 1
        session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user_id))
        audit.record(
            actor_id=actor_id, action="user.second_factor_reset", subject_kind="user", subject_id=user_id, now=now
        )
