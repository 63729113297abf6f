"""The blueprints of prescriptions."""

from __future__ import annotations

from flask import Blueprint

bp = Blueprint("prescriptions", __name__)
own_bp = Blueprint("prescribers", __name__)
links_bp = Blueprint("prescription_links", __name__)
