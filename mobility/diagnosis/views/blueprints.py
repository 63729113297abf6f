"""The three doors of the room: the desk, the portal, the signed links."""

from __future__ import annotations

from flask import Blueprint

bp = Blueprint("diagnosis", __name__)
portal_bp = Blueprint("my_diagnosis", __name__)
links_bp = Blueprint("diagnosis_links", __name__)
