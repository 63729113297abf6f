"""The search for communes that forms use while a name is typed, and the page of the road network."""

from __future__ import annotations

from flask import Blueprint, jsonify, render_template, request
from flask.typing import ResponseReturnValue

from mobility.core.web.access import Permission, public, requires
from mobility.geo import communes, networks
from mobility.geo.network.model import ROAD_LABELS

bp = Blueprint("geo", __name__)


@bp.get("/communes")
@public
def search() -> ResponseReturnValue:
    """Return the communes that the text may mean, as JSON: public facts, open to everybody."""
    found = communes.search(request.args.get("q", ""), limit=10)
    response = jsonify([{"insee_code": c.insee_code, "name": c.name, "label": c.label} for c in found])
    response.headers["Cache-Control"] = "public, max-age=86400"
    return response


@bp.get("/administration/reseau")
@requires(Permission.PARAMETER_VIEW)
def network() -> ResponseReturnValue:
    """Show which road network is in use, where it comes from, and how it is replaced."""
    in_use = networks.in_use()
    roads = in_use.network
    return render_template(
        "geo/network.html",
        in_use=in_use,
        facts=roads.facts,
        node_count=roads.node_count,
        arc_count=roads.arc_count,
        length_km=round(float(roads.metres.sum(dtype="float64")) / 1000),
        factors=[
            {"label": label.capitalize(), "factor": f"{in_use.factors[road_class]:g}".replace(".", ",")}
            for road_class, label in ROAD_LABELS.items()
        ],
    )
