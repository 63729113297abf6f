"""Secrets at rest: encrypted where they must be read again, hashed where they need not."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from flask import current_app


def _derive(purpose: bytes) -> bytes:
    """Return 32 bytes of the secret key for one purpose, so that no two uses share a key."""
    secret = str(current_app.config["SECRET_KEY"]).encode()
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=b"mobility:" + purpose).derive(secret)


def encrypt(text: str) -> str:
    """Return the text encrypted and authenticated under the secret key."""
    return Fernet(base64.urlsafe_b64encode(_derive(b"at-rest"))).encrypt(text.encode()).decode("ascii")


def decrypt(token: str) -> str:
    """Return the text behind ``encrypt``. Raises ValueError if the key or the token is another."""
    try:
        return Fernet(base64.urlsafe_b64encode(_derive(b"at-rest"))).decrypt(token.encode()).decode()
    except InvalidToken as error:
        raise ValueError("cannot be decrypted with this secret key") from error


def keyed_hash(text: str, *, purpose: str) -> str:
    """Return a hex HMAC of a code or token: equal texts are found, but not read back.

    Made for codes that are long or that live a few minutes only; passwords go through argon2.
    """
    return hmac.new(_derive(b"hash:" + purpose.encode()), text.encode(), hashlib.sha256).hexdigest()


def same_hash(left: str, right: str) -> bool:
    """Compare two hashes in constant time."""
    return hmac.compare_digest(left, right)


def random_digits(count: int) -> str:
    """Return a code of ``count`` decimal digits."""
    return "".join(secrets.choice("0123456789") for _ in range(count))


def random_token(bytes_count: int = 32) -> str:
    """Return a URL-safe token of that much entropy."""
    return secrets.token_urlsafe(bytes_count)
