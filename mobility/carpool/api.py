"""Carpooling in the JSON API: matching as ``mobility carpool match`` answers it, and offers and requests."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from flask import Response, current_app, request
from flask.typing import ResponseReturnValue
from marshmallow import Schema, fields, validate

from mobility.carpool import listing, services
from mobility.carpool.cards import find_member_of
from mobility.carpool.errors import BadMatchFile, NotAMember
from mobility.carpool.kinds import JourneyState, Luggage, Side, Timing
from mobility.carpool.matchfile import MAX_MINUTES, MAX_SEATS, parse
from mobility.carpool.models import CarpoolMember, CarpoolOffer, CarpoolRequest
from mobility.carpool.rules.journeys import End, JourneyFacts
from mobility.core.clock import now
from mobility.core.db import load
from mobility.core.errors import NotFound
from mobility.core.retry import retried
from mobility.core.web.access import Permission, actor, check_permission
from mobility.core.web.api import (
    Identity,
    Instant,
    PageQuery,
    QueryIdentity,
    Text,
    Values,
    blueprint,
    get,
    page_schema,
    paged,
    post,
    refuse_field,
)
from mobility.core.web.asking import ask
from mobility.core.web.handlers import problem
from mobility.core.web.pagination import paginate
from mobility.geo import communes, engines
from mobility.geo.kept import Kept

if TYPE_CHECKING:  # heavy libraries: the application starts without them
    from mobility.carpool.plain import PlainMatching
    from mobility.geo.travel.nodes import NodeEngine

blp = blueprint("carpool", "Matching of rides; what is offered and asked for.")


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


# -- Offers and requests ----------------------------------------------------------------------------------

READ: dict[str, Any] = {"scope": "carpool:read", "permission": Permission.CARPOOL_VIEW}
WRITE: dict[str, Any] = {"scope": "carpool:write", "permission": Permission.CARPOOL_EDIT, "again": retried}


class JourneySchema(Schema):
    """An offer or a request; of its ends the communes alone."""

    id = fields.Integer(required=True)
    member_id = fields.Integer(required=True)
    desk_id = fields.Integer(required=True)
    state = fields.Enum(JourneyState, by_value=True, required=True)
    origin_insee = fields.String(required=True, allow_none=True)
    destination_insee = fields.String(required=True, allow_none=True)
    timing = fields.Enum(Timing, by_value=True, required=True)
    pattern = fields.Dict(required=True, metadata={"description": "Empty where an objective's rosters say it."})
    objective_id = fields.Integer(required=True, allow_none=True)
    there = fields.Boolean(required=True)
    back = fields.Boolean(required=True)
    starts_on = fields.Date(required=True)
    ends_on = fields.Date(required=True, allow_none=True)
    seats = fields.Integer(required=True)
    updated_at = Instant(required=True)


JourneyPage = page_schema(JourneySchema)


class JourneyQuery(PageQuery):
    """Which offers or requests are wanted."""

    desk = QueryIdentity(metadata={"description": "Only those of this desk."})
    state = fields.Enum(JourneyState, by_value=True, metadata={"description": "Only those in this state."})


class EndBody(Schema):
    """One end of a journey: the centre of a commune, unless a position is given."""

    insee_code = fields.String(required=True, validate=validate.Regexp(r"[0-9A-Z]{5}\Z"))
    label = Text(limit=200, load_default="")
    position = fields.List(
        fields.Float(validate=validate.Range(min=-180, max=180)),
        validate=validate.Length(equal=2),
        metadata={"description": "[lon, lat]"},
    )


def _whole(low: int, high: int, default: int) -> fields.Integer:
    return fields.Integer(strict=True, load_default=default, validate=validate.Range(min=low, max=high))


class JourneyBody(Schema):
    """A journey of a person who takes part. Its days: those of an objective, or a pattern as rosters have them."""

    person_id = Identity(required=True)
    origin = fields.Nested(EndBody, required=True)
    destination = fields.Nested(EndBody, required=True)
    objective_id = Identity()
    pattern = fields.Dict(metadata={"description": "As `pattern` of an answer: version, kind, and its days or dates."})
    there = fields.Boolean(load_default=True, truthy={True}, falsy={False})
    back = fields.Boolean(load_default=True, truthy={True}, falsy={False})
    starts_on = fields.Date(required=True)
    ends_on = fields.Date()
    early_minutes = _whole(0, 240, 30)
    late_minutes = _whole(0, 240, 30)
    seats = _whole(1, 8, 1)
    child_seats = _whole(0, 4, 0)
    luggage = fields.Enum(Luggage, by_value=True, load_default=Luggage.SMALL)
    non_smoking = fields.Boolean(load_default=True, truthy={True}, falsy={False})
    assistance_animal = fields.Boolean(load_default=False, truthy={True}, falsy={False})


class OfferJourneyBody(JourneyBody):
    """A driver's journey."""

    max_detour_minutes = _whole(0, 120, 10)
    price_per_km_cents = _whole(0, 100, 0)


class RequestJourneyBody(JourneyBody):
    """A passenger's journey."""

    max_walk_metres = _whole(0, 5000, 800)


def _listed(side: Side, query: Values) -> Values:
    found = listing.select_journeys(actor(), side, desk_id=query.get("desk"), state=query.get("state"))
    return paged(paginate(found, number=query["page"], per_page=query["per_page"]), query)


def _end(name: str, typed: Values) -> End:
    commune = communes.find(typed["insee_code"])
    estimate = communes.estimate_position(typed["insee_code"]) if commune else None
    if commune is None or estimate is None:
        refuse_field(name, "There is no such commune.")
    longitude, latitude = typed.get("position") or (estimate.position.longitude, estimate.position.latitude)
    if not -90 <= latitude <= 90:
        refuse_field(name, "There is no such latitude.")
    return End(typed["label"] or commune.name, commune.insee_code, latitude, longitude)


def _opened(side: Side, body: Values) -> CarpoolOffer | CarpoolRequest:
    person_id, pattern = body.pop("person_id"), body.pop("pattern", None)
    try:
        check_permission(Permission.CARPOOL_EDIT, person=person_id)
    except NotFound:
        refuse_field("person_id", "There is no such person.")
    if (pattern is None) == ("objective_id" not in body):
        refuse_field("pattern", "Either a pattern or an objective.")
    origin, destination = _end("origin", body.pop("origin")), _end("destination", body.pop("destination"))
    member: CarpoolMember | None = find_member_of(person_id)
    if member is None:
        raise NotAMember
    timing = Timing.ROSTER if pattern is None else Timing.PATTERN
    facts = JourneyFacts(origin=origin, destination=destination, timing=timing, pattern=pattern or {}, **body)
    journey_id = services.open_journey(side=side, member_id=member.id, facts=facts, actor_id=actor().user_id, now=now())
    return load(CarpoolOffer, journey_id) if side is Side.OFFER else load(CarpoolRequest, journey_id)


@get(blp, "/carpool/offers", query=JourneyQuery, answer=JourneyPage, **READ)
def offer_list(query: Values) -> Values:
    """List offers, the latest change first."""
    return _listed(Side.OFFER, query)


@get(blp, "/carpool/requests", query=JourneyQuery, answer=JourneyPage, **READ)
def request_list(query: Values) -> Values:
    """List requests, the latest change first."""
    return _listed(Side.REQUEST, query)


@post(blp, "/carpool/offers", body=OfferJourneyBody, status=201, answer=JourneySchema, **WRITE)
def offer_open(body: Values) -> CarpoolOffer | CarpoolRequest:
    """Offer a journey in the name of a person who takes part, and may drive."""
    return _opened(Side.OFFER, body)


@post(blp, "/carpool/requests", body=RequestJourneyBody, status=201, answer=JourneySchema, **WRITE)
def request_open(body: Values) -> CarpoolOffer | CarpoolRequest:
    """Ask for a journey in the name of a person who takes part; it stands until it is met or closed."""
    return _opened(Side.REQUEST, body)
