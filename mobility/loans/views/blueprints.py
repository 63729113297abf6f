"""The three doors of the room: the desk, the portal, the signed links."""

from __future__ import annotations

from flask import Blueprint

bp = Blueprint("loans", __name__)
portal_bp = Blueprint("my_loans", __name__)
links_bp = Blueprint("loan_links", __name__)
