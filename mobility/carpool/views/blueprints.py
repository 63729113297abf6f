"""The three doors of the room: the desk, the portal, the signed links."""

from __future__ import annotations

from flask import Blueprint

bp = Blueprint("carpool", __name__)
portal_bp = Blueprint("my_carpool", __name__)
links_bp = Blueprint("carpool_links", __name__)
