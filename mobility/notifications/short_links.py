"""Short addresses for the long ones of signed links, so that they fit into an SMS."""

from __future__ import annotations

import secrets
import string
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete

from mobility.core.db import db, transaction
from mobility.core.errors import NotFound
from mobility.notifications.models import ShortLink
from mobility.notifications.render import public_url

# 12 letters and digits out of 55 that cannot be misread: 69 bits, as the code stands for the signed link.
ALPHABET = "".join(sorted(set(string.ascii_letters + string.digits) - set("0O1lIoi")))
CODE_LENGTH = 12
LIFETIME = timedelta(days=60)
WORTH_IT = 45


def shorten_params(params: Mapping[str, Any], *, now: datetime) -> dict[str, Any]:
    """Return the values with the long addresses of this site made short. Joins the caller's transaction."""
    return {
        key: shorten(value, now=now) if isinstance(value, str) and _is_ours(value) else value
        for key, value in params.items()
    }


def _is_ours(value: str) -> bool:
    return (
        WORTH_IT < len(value) <= 2000 and value.startswith(public_url("/")) and not value.startswith(public_url("//"))
    )


def shorten(url: str, *, now: datetime) -> str:
    """Return a short address that leads to this address of the site."""
    path = url.removeprefix(public_url())
    code = "".join(secrets.choice(ALPHABET) for _ in range(CODE_LENGTH))
    with transaction() as session:
        session.add(ShortLink(code=code, path=path, expires_at=now + LIFETIME))
    return public_url(f"/l/{code}")


def resolve(code: str, *, now: datetime) -> str:
    """Return the path behind a short address. Raises NotFound."""
    row = db.session.get(ShortLink, code[:20])
    if row is None or row.expires_at <= now:
        raise NotFound("short link")
    return row.path


def forget_old(now: datetime) -> int:
    """Delete the short addresses that lead nowhere any more. Returns how many."""
    with transaction() as session:
        result = session.execute(delete(ShortLink).where(ShortLink.expires_at < now))
        return int(getattr(result, "rowcount", 0))
