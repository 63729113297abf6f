"""Journeys by car in the JSON API: how long they take, and how far one comes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from flask.typing import ResponseReturnValue
from marshmallow import Schema, ValidationError, fields, validate, validates_schema
from webargs.fields import DelimitedList

from mobility.core.web.access import Permission
from mobility.core.web.api import Values, blueprint, get
from mobility.core.web.handlers import problem
from mobility.geo import engines, surroundings
from mobility.geo.errors import TooFarFromRoad
from mobility.geo.travel.interface import UNREACHABLE

blp = blueprint("roads", "Journeys by car: how long they take, and how far one comes.")
READ: dict[str, Any] = {"scope": "roads:read", "permission": Permission.ROADS_USE}
MOST_PAIRS = 100


class LonLat(fields.String):
    """A place as ``longitude,latitude`` in degrees (WGS 84)."""

    def __init__(self, **options: Any) -> None:
        super().__init__(metadata={"example": "3.5163,50.3591", "description": "longitude,latitude"}, **options)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        parts = str(value).split(",")
        try:
            longitude, latitude = (float(part) for part in parts)
        except ValueError:
            raise ValidationError("Expected longitude,latitude in degrees.") from None
        if not (abs(longitude) <= 180 and abs(latitude) <= 90):
            raise ValidationError("There is no such place on the earth.")
        return longitude, latitude


def _coordinate(limit: int, what: str) -> fields.Float:
    between = validate.Range(min=-limit, max=limit)
    return fields.Float(required=True, validate=between, metadata={"description": f"{what}, degrees (WGS 84)."})


def _check_minutes(minutes: Sequence[int]) -> None:
    # A heavy library: the application starts without it.
    from mobility.geo.travel.isochrones import check_minutes

    try:
        check_minutes(minutes)
    except ValueError as error:
        raise ValidationError(f"Expected {error}.") from None


class IsochroneQuery(Schema):
    """From where, and for how long."""

    lon = _coordinate(180, "Longitude")
    lat = _coordinate(90, "Latitude")
    minutes = DelimitedList(
        fields.Integer(),
        load_default=lambda: [15, 30, 45, 60],
        validate=_check_minutes,
        metadata={"description": "By car, separated by commas; 15,30,45,60 by default."},
    )


class ReachedSchema(Schema):
    """A commune that is reached."""

    insee_code = fields.String(required=True)
    name = fields.String(required=True)
    minutes = fields.Integer(required=True)
    approximate = fields.Boolean(required=True, metadata={"description": "Placed in the middle of its neighbours."})


class NetworkMixin(Schema):
    """Where the roads come from."""

    network = fields.String(required=True)
    demonstration = fields.Boolean(required=True, metadata={"description": "Made up: not the real roads."})
    attribution = fields.String(required=True, metadata={"description": "To be shown with every map or route."})


class IsochroneSchema(NetworkMixin):
    """A GeoJSON FeatureCollection: the areas, the largest first, and the place; the communes beside it."""

    type = fields.String(required=True)
    features = fields.List(fields.Dict(), required=True)
    communes = fields.List(fields.Nested(ReachedSchema), required=True, metadata={"description": "The soonest first."})


class TravelTimesQuery(Schema):
    """The n-th `from` goes with the n-th `to`."""

    origins = fields.List(LonLat(), required=True, data_key="from", validate=validate.Length(min=1, max=MOST_PAIRS))
    targets = fields.List(LonLat(), required=True, data_key="to", validate=validate.Length(min=1, max=MOST_PAIRS))

    @validates_schema
    def check_pairs(self, data: Values, **_options: Any) -> None:
        """Refuse an end without its other end."""
        if len(data["origins"]) != len(data["targets"]):
            raise ValidationError("Expected as many as of `from`.", "to")


class TravelTimesSchema(NetworkMixin):
    """How long each journey takes, in the order asked."""

    seconds = fields.List(
        fields.Integer(allow_none=True), required=True, metadata={"description": "None where no road leads there."}
    )
    fallen_back = fields.Boolean(
        required=True, metadata={"description": "The routing server is down; the local network answered."}
    )


@get(blp, "/isochrones", query=IsochroneQuery, answer=IsochroneSchema, **READ)
def isochrones(query: Values) -> Values:
    """Tell which communes, and what area, are reached by car within some minutes of a place."""
    return surroundings.in_use().isochrones((query["lon"], query["lat"]), query["minutes"]).geojson()


@get(blp, "/travel-times", query=TravelTimesQuery, answer=TravelTimesSchema, **READ)
def travel_times(query: Values) -> Values:
    """Tell how long journeys by car take."""
    engine = engines.in_use()
    seconds = engine.matrix(np.array(query["origins"]), np.array(query["targets"])).diagonal()
    facts = engine.facts()
    return {
        "seconds": [None if one == UNREACHABLE else one for one in seconds.tolist()],
        "network": facts.name,
        "demonstration": facts.demonstration,
        "attribution": facts.attribution,
        "fallen_back": facts.fallen_back,
    }


def _too_far(error: TooFarFromRoad) -> ResponseReturnValue:
    field = {"sources": "from", "targets": "to"}.get(error.array)
    return problem(409, detail=error.message, code=error.error_code, field=field, index=error.index)


blp.register_error_handler(TooFarFromRoad, _too_far)
