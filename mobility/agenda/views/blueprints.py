"""The three doors of the room: the desk, the portal, the signed links."""

from __future__ import annotations

from flask import Blueprint

bp = Blueprint("agenda", __name__)
portal_bp = Blueprint("my_agenda", __name__)
links_bp = Blueprint("agenda_links", __name__)
