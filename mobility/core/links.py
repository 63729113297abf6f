"""Signed links: one purpose, one payload, an expiry.

A signed link never acts on GET: mail scanners and previews follow links. It shows a page with a
button, and the button posts.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from flask import current_app
from itsdangerous import BadData, URLSafeSerializer

from mobility.core.errors import RuleViolation


class LinkInvalid(RuleViolation):
    """The link was altered, cut, or made for something else."""

    code = "link_invalid"
    template = "Ce lien n’est pas valable. Vérifiez que vous l’avez copié en entier, ou appelez votre antenne."


class LinkExpired(RuleViolation):
    """The link is too old."""

    code = "link_expired"
    template = "Ce lien n’est plus valable. Demandez-en un nouveau à votre antenne."


def _serializer(purpose: str) -> URLSafeSerializer:
    return URLSafeSerializer(str(current_app.config["SECRET_KEY"]), salt=f"mobility.link.{purpose}")


def sign(purpose: str, payload: Mapping[str, Any], *, now: datetime, lifetime: timedelta) -> str:
    """Return a token that carries the payload (JSON values, readable by its bearer) until ``now + lifetime``."""
    return str(_serializer(purpose).dumps({"p": dict(payload), "e": int((now + lifetime).timestamp())}))


def read(purpose: str, token: str, *, now: datetime) -> dict[str, Any]:
    """Return the payload of a token. Raises LinkInvalid or LinkExpired."""
    try:
        content = _serializer(purpose).loads(token)
    except BadData:
        raise LinkInvalid from None
    if now.timestamp() > content["e"]:
        raise LinkExpired
    payload: dict[str, Any] = content["p"]
    return payload


def public_url(endpoint: str, **values: Any) -> str:
    """Return the address of a page as people type it, for messages.

    Built from the setting PUBLIC_URL and never from the request: a forged Host header must not
    put another site's address into our messages.
    """
    path = current_app.url_map.bind("localhost").build(endpoint, values)
    return f"{current_app.config['PUBLIC_URL']}{path}"
