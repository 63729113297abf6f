"""The search for communes that forms use while a name is typed."""

from __future__ import annotations

from flask import Blueprint, jsonify, request
from flask.typing import ResponseReturnValue

from mobility.core.web.access import public
from mobility.geo import communes

bp = Blueprint("geo", __name__)


@bp.get("/communes")
@public
def search() -> ResponseReturnValue:
    """Return the communes that the text may mean, as JSON: public facts, open to everybody."""
    found = communes.search(request.args.get("q", ""), limit=10)
    response = jsonify([{"insee_code": c.insee_code, "name": c.name, "label": c.label} for c in found])
    response.headers["Cache-Control"] = "public, max-age=86400"
    return response
