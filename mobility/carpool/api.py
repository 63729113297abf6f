"""Matching in the JSON API: what ``mobility carpool match`` answers, over HTTP."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from flask import Response, current_app, request
from flask.typing import ResponseReturnValue
from marshmallow import Schema, fields, validate

from mobility.carpool.errors import BadMatchFile
from mobility.carpool.matchfile import MAX_MINUTES, MAX_SEATS, parse
from mobility.core.web.access import Permission
from mobility.core.web.api import Values, blueprint
from mobility.core.web.asking import ask
from mobility.core.web.handlers import problem
from mobility.geo import engines
from mobility.geo.kept import Kept

if TYPE_CHECKING:  # heavy libraries: the application starts without them
    from mobility.carpool.plain import PlainMatching
    from mobility.geo.travel.nodes import NodeEngine

blp = blueprint("carpool", "Matching of rides.")


def _make(engine: NodeEngine) -> PlainMatching:
    from mobility.carpool.plain import PlainMatching

    return PlainMatching(engine)


# Prepared once for the network in use: the nodes' places, and the bounds by straight lines.
_MATCHING = Kept(_make)


def _body(name: str, doc: str, **of_its_own: fields.Field[Any]) -> type[Schema]:
    """Return the description of an offer or a request; « from » is no name that a class attribute can have."""
    between = fields.Float(validate=validate.Range(min=-180, max=180))
    place: dict[str, Any] = {
        "required": True,
        "validate": validate.Length(equal=2),
        "metadata": {"description": "[lon, lat]"},
    }
    made = Schema.from_dict(
        {
            "id": fields.String(required=True, metadata={"description": "A text or a whole number of your own."}),
            "from": fields.List(between, **place),
            "to": fields.List(between, **place),
            **of_its_own,
        },
        name=name,
    )
    made.__doc__ = doc
    return made


def _instant() -> fields.Field[Any]:
    return fields.AwareDateTime(format="iso", required=True)


def _minutes() -> fields.Field[Any]:
    return fields.Float(required=True, validate=validate.Range(min=0, max=MAX_MINUTES))


def _seats(least: int) -> fields.Field[Any]:
    return fields.Integer(required=True, validate=validate.Range(min=least, max=MAX_SEATS))


OfferBody = _body(
    "MatchOffer", "A driver's journey.", depart_at=_instant(), max_detour_minutes=_minutes(), seats=_seats(0)
)
RequestBody = _body(
    "MatchRequest", "A rider's journey.", arrive_by=_instant(), flex_minutes=_minutes(), seats=_seats(1)
)


class MatchBody(Schema):
    """Offers and requests, as `mobility carpool match` reads them."""

    offers = fields.List(fields.Nested(OfferBody), required=True)
    requests = fields.List(fields.Nested(RequestBody), required=True)


class MatchQuery(Schema):
    """How far points may lie from the road."""

    snap_limit_m = fields.Float(
        attribute="limit_metres",
        validate=validate.Range(min=0),
        metadata={"description": "Items of which an end is further from the nearest node of the network are left out."},
    )


class MatchSchema(Schema):
    """A pair that holds."""

    offer = fields.Raw(required=True, metadata={"description": "Its id."})
    request = fields.Raw(required=True, metadata={"description": "Its id."})
    detour_seconds = fields.Integer(required=True)
    pickup_at = fields.String(required=True)
    dropoff_at = fields.String(required=True)
    direct_seconds = fields.Integer(required=True, metadata={"description": "Of the driver alone."})


class MatchesSchema(Schema):
    """Every pair that holds, by request and rank, and what was left out."""

    matches = fields.List(fields.Nested(MatchSchema), required=True)
    left_out = fields.List(fields.String(), required=True, metadata={"description": "A line each, with the reason."})
    network = fields.String(required=True)
    demonstration = fields.Boolean(required=True, metadata={"description": "Made up: not the real roads."})
    attribution = fields.String(required=True, metadata={"description": "To be shown with every map or route."})


@ask(
    blp,
    "/carpool/matches",
    scope="carpool:match",
    permission=Permission.ROADS_USE,
    query=MatchQuery,
    body=MatchBody,
    answer=MatchesSchema,
    most_megabytes="MATCH_MAX_MB",
)
def matches(query: Values) -> ResponseReturnValue:
    """Match requests with offers by exact detours on the road; nothing is kept."""
    try:
        asked = parse(request.get_data())
    except BadMatchFile as error:
        return problem(422, detail=str(error), code="invalid")
    pairs, most = len(asked.offers) * len(asked.requests), int(current_app.config["MATCH_MAX_PAIRS"])
    if pairs > most:
        detail = f"{len(asked.offers)} offers times {len(asked.requests)} requests are {pairs} pairs: {most} at most."
        return problem(422, detail=detail, code="too_many_pairs")
    matching = _MATCHING.of(engines.local().engine)
    found, left_out = matching.answer(asked, **query)
    facts = matching.engine.network.facts
    # As it stands, past the schema: thousands of pairs are to be told without delay.
    answer = {
        "matches": [match.as_json() for match in found],
        "left_out": left_out,
        "network": facts.name,
        "demonstration": facts.demonstration,
        "attribution": facts.attribution,
    }
    return Response(json.dumps(answer), mimetype="application/json")
