"""The signed address under which a person answers their part without signing in."""

from __future__ import annotations

from datetime import datetime, timedelta

from mobility.core import links
from mobility.core.links import LinkInvalid
from mobility.diagnosis.models import Diagnosis

PURPOSE = "diagnosis_prepare"
TOKEN_MAX = 400


def prepare_token(row: Diagnosis, *, now: datetime, days: int) -> str:
    """Return the token of one diagnosis; it ends with it, whatever its date."""
    return links.sign(PURPOSE, {"d": row.id}, now=now, lifetime=timedelta(days=days))


def prepare_url(row: Diagnosis, *, now: datetime, days: int) -> str:
    """Return the address that messages carry."""
    return links.public_url("diagnosis_links.index", token=prepare_token(row, now=now, days=days))


def read_id(token: str, *, now: datetime) -> int:
    """Return the diagnosis of a token. Raises LinkInvalid, LinkExpired."""
    number = links.read(PURPOSE, token[:TOKEN_MAX], now=now).get("d")
    if not isinstance(number, int):
        raise LinkInvalid
    return number
