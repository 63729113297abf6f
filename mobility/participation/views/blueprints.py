"""The doors of the room: the desk, the signed links."""

from __future__ import annotations

from flask import Blueprint

bp = Blueprint("participation", __name__)
links_bp = Blueprint("participation_links", __name__)
