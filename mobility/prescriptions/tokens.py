"""The signed addresses of prescriptions. Each is made anew from its row, so that nothing secret is kept."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from mobility.core import links
from mobility.core.links import LinkInvalid
from mobility.prescriptions.models import Prescription, PrescriptionLink

FORM, DRAFT, FOLLOW, ANSWER = (
    "prescription.form",
    "prescription.draft",
    "prescription.follow",
    "prescription.answer",
)
FOLLOW_DAYS = 400
ANSWER_DAYS = 30
TOKEN_MAX = 400


def form_url(link: PrescriptionLink) -> str:
    """Return the address by which the organisation sends people."""
    token = links.sign(FORM, {"l": link.id}, now=link.created_at, lifetime=link.expires_at - link.created_at)
    return links.public_url("prescription_links.form", token=token)


def draft_token(row: Prescription, *, now: datetime) -> str:
    """Return the token under which a draft is found again; it holds as long as the draft is kept."""
    until = row.draft_until_at or now
    return links.sign(DRAFT, {"p": row.id}, now=row.created_at, lifetime=until - row.created_at)


def draft_url(row: Prescription, *, now: datetime) -> str:
    """Return the address under which a draft is found again."""
    return links.public_url("prescription_links.draft", token=draft_token(row, now=now))


def follow_token(row: Any) -> str:
    """Return the token of the page on which the prescriber sees how far it is; ``row``: a prescription, or its columns."""
    since = row.received_at or row.created_at
    return links.sign(FOLLOW, {"p": row.id}, now=since, lifetime=timedelta(days=FOLLOW_DAYS))


def follow_url(row: Prescription) -> str:
    """Return the address of that page."""
    return links.public_url("prescription_links.follow", token=follow_token(row))


def answer_token(row: Prescription) -> str:
    """Return the token by which the prescriber gives what was missing."""
    since = row.asked_at or row.created_at
    return links.sign(ANSWER, {"p": row.id}, now=since, lifetime=timedelta(days=ANSWER_DAYS))


def answer_url(row: Prescription) -> str:
    """Return the address by which the prescriber gives what was missing."""
    return links.public_url("prescription_links.answer", token=answer_token(row))


def read_id(purpose: str, token: str, name: str, *, now: datetime) -> int:
    """Return the id in a token. Raises LinkInvalid, LinkExpired."""
    payload = links.read(purpose, token[:TOKEN_MAX], now=now)
    number = payload.get(name)
    if not isinstance(number, int):
        raise LinkInvalid
    return number
