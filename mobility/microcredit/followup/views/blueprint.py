"""Where the routes of the follow-up hang."""

from __future__ import annotations

from flask import Blueprint

bp = Blueprint("microcredit_followup", __name__)
