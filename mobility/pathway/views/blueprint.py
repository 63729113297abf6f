"""The blueprint that the modules of views share."""

from __future__ import annotations

from flask import Blueprint, current_app, url_for

bp = Blueprint("pathway", __name__)


def link(endpoint: str, **values: object) -> str | None:
    """Return the address of a page of another room, or None where that room has no such page."""
    return url_for(endpoint, **values) if endpoint in current_app.view_functions else None  # type: ignore[arg-type]
