"""The search for communes that forms use while a name is typed, maps, and the page of the road network."""

from __future__ import annotations

import hashlib
import json

from flask import Blueprint, Response, abort, jsonify, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from mobility.core.text import clean_line
from mobility.core.web.access import Permission, public, requires
from mobility.geo import communes, maps, networks, reach
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


@bp.get("/carte/<insee_code>/<int:km>.json")
@requires(Permission.ROADS_USE)
def ground(insee_code: str, km: int) -> ResponseReturnValue:
    """Return the ground of a map around a commune: the same for everybody, until another network is in use."""
    from mobility.geo.background import WIDTHS

    if km not in WIDTHS or communes.find(insee_code) is None:
        abort(404)
    response = Response(mimetype="application/geo+json")
    response.headers["Cache-Control"] = "private, max-age=3600"
    response.set_etag(hashlib.blake2b(f"{networks.in_use().version} {insee_code} {km}".encode()).hexdigest()[:32])
    if response.make_conditional(request).status_code != 304:
        drawn = maps.backgrounds().around(insee_code, km)
        if drawn is None:
            abort(404)
        response.set_data(json.dumps(drawn, ensure_ascii=False, separators=(",", ":")))
    return response


@bp.get("/ou-aller")
@requires(Permission.ROADS_USE)
def around() -> ResponseReturnValue:
    """Show which communes are reached by car from a commune."""
    typed = clean_line(request.args.get("commune", "")[:100]) or ""
    found, error = None, ""
    if typed:
        matching = communes.match(typed) or communes.search(typed, limit=5)
        if len(matching) == 1:
            found = reach.from_commune(matching[0])
        elif matching:
            names = ", ".join(commune.label for commune in matching[:5])
            error = _("Plusieurs communes sont possibles. Écrivez l’une d’elles : %(names)s.", names=names)
        else:
            error = _("Cette commune n’est pas connue. Vérifiez l’orthographe ou le code postal.")
    return render_template(
        "geo/reach.html", reach=found, typed=typed, error=error, asks=True, breadcrumbs=()
    ), 422 if error else 200


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
